/** Calculates tags from the latest samples of others, whichever devices these come from.
 *  tag → [calculations] → report by exception */
import { qualityOf, type Sample, StatusCode } from "@nonreturn/wire-format";
import type { Operand, ParsedExpression } from "./expression.ts";

export interface CalculatedTag {
  readonly tagId: number;
  readonly expression: ParsedExpression;
  /** Names in the expression → tags. Not empty. */
  readonly inputs: ReadonlyMap<string, number>;
  readonly dataType: "FLOAT64" | "BOOLEAN";
}

/**
 * A result has the latest timestamp of its inputs. One Bad input makes it Bad, with that input's status; an input that was never read,
 * BadWaitingForInitialData; an Uncertain one makes it Uncertain. What cannot be calculated is Bad (BadOutOfRange), a result of the other type BadTypeMismatch.
 *
 * Cost: a scan calculates what depends on its tags, once each, however many of them changed.
 */
export class Calculations {
  #tags: readonly CalculatedTag[];
  /** Indexes of the calculated tags that a tag goes into, directly. */
  #dependents: ReadonlyMap<number, readonly number[]>;
  #latest = new Map<number, Sample>();
  readonly #due = new Set<number>();

  /** @param tags  each after those that it depends on. */
  constructor(tags: readonly CalculatedTag[]) {
    this.#tags = tags;
    this.#dependents = dependentsOf(tags);
  }

  /**
   * Other calculated tags from now on. Due without another sample are new ones, those that changed, and those that have an input less.
   *
   * @param lastRead  what is known of an input, calculated ones included.
   */
  change(tags: readonly CalculatedTag[], lastRead: (tagId: number) => Sample | undefined): void {
    const [before, known] = [new Map(this.#tags.map((tag) => [tag.tagId, tag])), this.#latest];
    this.#tags = tags;
    this.#dependents = dependentsOf(tags);
    this.#latest = new Map();
    for (const inputId of this.#dependents.keys()) {
      const sample = lastRead(inputId);
      if (sample !== undefined) this.#latest.set(inputId, sample);
    }
    this.#due.clear();
    for (const [index, tag] of tags.entries()) {
      const isMissing = (inputId: number): boolean => known.has(inputId) && !this.#latest.has(inputId);
      if (!isSame(before.get(tag.tagId), tag) || [...tag.inputs.values()].some(isMissing)) this.#due.add(index);
    }
  }

  get configured(): number {
    return this.#tags.length;
  }

  get tagIds(): readonly number[] {
    return this.#tags.map(({ tagId }) => tagId);
  }

  /** Whether a calculated tag has this one among its inputs. */
  uses(tagId: number): boolean {
    return this.#dependents.has(tagId);
  }

  /** A sample as it goes to report: scaled, clamped. */
  note(sample: Sample): void {
    const dependents = this.#dependents.get(sample.tagId);
    if (dependents === undefined) return;
    this.#latest.set(sample.tagId, sample);
    for (const index of dependents) this.#due.add(index);
  }

  /** For drivers that deliver only changes: what depends on the tag is calculated again, so that its silence is noticed. */
  again(tagId: number): void {
    const sample = this.#latest.get(tagId);
    if (sample !== undefined) this.note(sample);
  }

  /** What depends on the samples noted since the last call, in order. */
  *results(): Generator<Sample> {
    if (this.#due.size === 0) return;
    // Noting a result makes only later ones due.
    for (let index = Math.min(...this.#due); index < this.#tags.length && this.#due.size > 0; index++) {
      if (!this.#due.delete(index)) continue;
      const result = this.#calculate(this.#tags[index]!);
      this.note(result);
      yield result;
    }
  }

  #calculate({ tagId, expression, inputs, dataType }: CalculatedTag): Sample {
    const values = new Map<string, Operand>();
    let sourceTimestamp = 0;
    let statusCode: number = StatusCode.Good;
    for (const [name, inputId] of inputs) {
      const sample = this.#latest.get(inputId);
      sourceTimestamp = Math.max(sourceTimestamp, sample?.sourceTimestamp ?? 0);
      statusCode = worse(statusCode, sample?.statusCode ?? StatusCode.BadWaitingForInitialData);
      const value = operandOf(sample);
      if (value === undefined) statusCode = worse(statusCode, StatusCode.BadTypeMismatch);
      else values.set(name, value);
    }
    const bad = (code: number): Sample => ({ tagId, value: null, statusCode: code, sourceTimestamp });
    if (qualityOf(statusCode) === "bad") return bad(statusCode);
    const value = expression.evaluate(values);
    if (value === undefined) return bad(StatusCode.BadOutOfRange);
    if (typeof value !== (dataType === "BOOLEAN" ? "boolean" : "number")) return bad(StatusCode.BadTypeMismatch);
    return { tagId, value, statusCode, sourceTimestamp };
  }
}

function dependentsOf(tags: readonly CalculatedTag[]): ReadonlyMap<number, readonly number[]> {
  const dependents = new Map<number, number[]>();
  for (const [index, { inputs }] of tags.entries())
    for (const tagId of new Set(inputs.values())) {
      const known = dependents.get(tagId);
      if (known === undefined) dependents.set(tagId, [index]);
      else known.push(index);
    }
  return dependents;
}

function isSame(before: CalculatedTag | undefined, tag: CalculatedTag): boolean {
  return (
    before !== undefined &&
    before.expression.text === tag.expression.text &&
    before.dataType === tag.dataType &&
    before.inputs.size === tag.inputs.size &&
    [...tag.inputs].every(([name, tagId]) => before.inputs.get(name) === tagId)
  );
}

/** The first of the worst. */
function worse(one: number, other: number): number {
  const rank = { good: 0, uncertain: 1, bad: 2 } as const;
  return rank[qualityOf(other)] > rank[qualityOf(one)] ? other : one;
}

/** 64-bit integers beyond 2^53 lose their last digits here: results are doubles. */
function operandOf(sample: Sample | undefined): Operand | undefined {
  const value = sample?.value;
  if (typeof value === "bigint") return Number(value);
  return typeof value === "number" || typeof value === "boolean" ? value : undefined;
}
