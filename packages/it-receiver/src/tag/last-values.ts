/** The current value of every tag of one name space, as columns.
 *  record → live samples, refresh, silence → [last values] → publishers of current values, console */
import {
  qualityOf,
  type Sample,
  type SampleColumns,
  SampleColumnsBuilder,
  StatusCode,
  TagRows,
  type UtcMicros,
  ValueKind,
  valueAt,
} from "@nonreturn/wire-format";

/** What is shown for a tag: the sample, and whether it is only a memory because the link fell silent. */
export interface LastValue {
  readonly sample: Sample;
  readonly freshness: "fresh" | "stale";
}

/** By how much a refresh may overtake the journal block with the sample before it. Beyond it, a clock was set back. 10 s. */
const OVERTAKEN_MICROS = 10_000_000;

const NEVER = Number.NEGATIVE_INFINITY;

/** One row per tag id, made when the tag is first seen. Memory: about 40 bytes per tag, and whatever strings and arrays are current. */
export class LastValues {
  readonly #rows = new TagRows();
  #tagIds = new Uint32Array(256);
  #timestamps = new Float64Array(256).fill(NEVER);
  #statusCodes = new Uint32Array(256);
  #kinds = new Uint8Array(256);
  #numbers = new Float64Array(256);
  #stale = new Uint8Array(256);
  #staleSince = new Float64Array(256);
  #refreshed = new Uint8Array(256);
  /** By row; only for kinds above number. */
  readonly #others: (SampleColumns["others"][number] | undefined)[] = [];
  #staleCount = 0;

  get count(): number {
    return this.#rows.count;
  }

  get staleCount(): number {
    return this.#staleCount;
  }

  /**
   * Live journal samples, in the order of their sequence, which decides: a device whose clock was set back is not frozen until it has
   * caught up. Only a refreshed value is not replaced by a sample that is a little older, because that one was merely on its way.
   * Late samples must not be given here.
   */
  apply(samples: SampleColumns): void {
    for (let index = 0; index < samples.count; index++) {
      const row = this.#row(samples.tagIds[index]!);
      const olderBy = this.#timestamps[row]! - samples.timestamps[index]!;
      if (olderBy > 0 && olderBy < OVERTAKEN_MICROS && this.#refreshed[row] === 1) continue;
      this.#take(row, samples, index);
      this.#refreshed[row] = 0;
    }
  }

  /**
   * Current values carried beside history: taken where newer, and where they show that a stale tag's value still stands.
   *
   * @returns the samples that were taken, for publishers.
   */
  refresh(samples: SampleColumns): SampleColumns {
    const taken = new SampleColumnsBuilder();
    for (let index = 0; index < samples.count; index++) {
      const row = this.#row(samples.tagIds[index]!);
      const timestamp = samples.timestamps[index]!;
      const held = this.#timestamps[row]!;
      if (!(timestamp > held || (timestamp === held && this.#stale[row] === 1))) continue;
      this.#take(row, samples, index);
      this.#refreshed[row] = 1;
      taken.push(samples.tagIds[index]!, valueAt(samples, index), samples.statusCodes[index]!, timestamp);
    }
    return taken.take();
  }

  /**
   * The link is silent: nothing known is current any more.
   *
   * @param tagIds  every tag of the name space that should be shown, those never seen included.
   * @param now     timestamp of a tag that has no value; a value keeps its own source timestamp.
   * @returns those that were not stale before, as they are to be shown from now on.
   */
  markStale(tagIds: Iterable<number>, now: UtcMicros): SampleColumns {
    const marked = new SampleColumnsBuilder();
    for (const tagId of tagIds) {
      const row = this.#row(tagId);
      if (this.#stale[row] === 1) continue;
      this.#stale[row] = 1;
      this.#staleCount++;
      this.#staleSince[row] = now;
      this.#pushShown(marked, row);
    }
    return marked.take();
  }

  /** Every stale tag as it is to be shown: for a publisher that lost track. */
  stale(): SampleColumns {
    const stale = new SampleColumnsBuilder();
    for (let row = 0; row < this.#rows.count; row++) if (this.#stale[row] === 1) this.#pushShown(stale, row);
    return stale.take();
  }

  /** Every tag that has a value and is not stale. */
  fresh(): SampleColumns {
    const fresh = new SampleColumnsBuilder();
    for (let row = 0; row < this.#rows.count; row++) {
      if (this.#stale[row] === 1 || this.#timestamps[row] === NEVER) continue;
      fresh.push(this.#tagIds[row]!, this.#value(row), this.#statusCodes[row]!, this.#timestamps[row]!);
    }
    return fresh.take();
  }

  get(tagId: number): LastValue | undefined {
    const row = this.#rows.rowOf(tagId);
    if (row < 0) return undefined;
    const stale = this.#stale[row] === 1;
    if (!stale && this.#timestamps[row] === NEVER) return undefined;
    return {
      sample: {
        tagId,
        value: stale && !this.#usable(row) ? null : this.#value(row),
        statusCode: stale ? this.#staleCode(row) : this.#statusCodes[row]!,
        sourceTimestamp: this.#shownTimestamp(row),
      },
      freshness: stale ? "stale" : "fresh",
    };
  }

  #take(row: number, samples: SampleColumns, index: number): void {
    const kind = samples.kinds[index]!;
    const number = samples.numbers[index]!;
    this.#timestamps[row] = samples.timestamps[index]!;
    this.#statusCodes[row] = samples.statusCodes[index]!;
    this.#kinds[row] = kind;
    this.#numbers[row] = number;
    this.#others[row] = kind > ValueKind.number ? samples.others[number] : undefined;
    if (this.#stale[row] === 1) {
      this.#stale[row] = 0;
      this.#staleCount--;
    }
  }

  #pushShown(into: SampleColumnsBuilder, row: number): void {
    const value = this.#usable(row) ? this.#value(row) : null;
    into.push(this.#tagIds[row]!, value, this.#staleCode(row), this.#shownTimestamp(row));
  }

  /** A value keeps the time at which it was read; where none was ever read, the moment of the silence stands in. */
  #shownTimestamp(row: number): UtcMicros {
    const timestamp = this.#timestamps[row]!;
    return timestamp === NEVER ? this.#staleSince[row]! : timestamp;
  }

  /** A Bad sample, or one without a value, leaves nothing usable. */
  #usable(row: number): boolean {
    return this.#kinds[row] !== ValueKind.none && qualityOf(this.#statusCodes[row]!) !== "bad";
  }

  // OPC UA Part 4 §7.39: Uncertain_NoCommunicationLastUsable "Communication to the data source has failed. The variable value is the last
  // value that had a good quality"; Bad_NoCommunication "… there is no last known value available".
  #staleCode(row: number): number {
    return this.#usable(row) ? StatusCode.UncertainNoCommunicationLastUsableValue : StatusCode.BadNoCommunication;
  }

  #value(row: number): Sample["value"] {
    switch (this.#kinds[row]) {
      case ValueKind.none:
        return null;
      case ValueKind.boolean:
        return this.#numbers[row] === 1;
      case ValueKind.number:
        return this.#numbers[row]!;
      default:
        return this.#others[row]!;
    }
  }

  #row(tagId: number): number {
    const known = this.#rows.rowOf(tagId);
    if (known >= 0) return known;
    const row = this.#rows.add(tagId);
    if (row === this.#tagIds.length) this.#grow();
    this.#tagIds[row] = tagId;
    return row;
  }

  #grow(): void {
    const capacity = this.#tagIds.length * 2;
    const widen = <T extends Uint32Array | Float64Array | Uint8Array>(wider: T, old: T): T => {
      wider.set(old as never);
      return wider;
    };
    this.#tagIds = widen(new Uint32Array(capacity), this.#tagIds);
    this.#timestamps = widen(new Float64Array(capacity).fill(NEVER), this.#timestamps);
    this.#statusCodes = widen(new Uint32Array(capacity), this.#statusCodes);
    this.#kinds = widen(new Uint8Array(capacity), this.#kinds);
    this.#numbers = widen(new Float64Array(capacity), this.#numbers);
    this.#stale = widen(new Uint8Array(capacity), this.#stale);
    this.#refreshed = widen(new Uint8Array(capacity), this.#refreshed);
    this.#staleSince = widen(new Float64Array(capacity), this.#staleSince);
  }
}
