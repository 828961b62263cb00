/** Offers the parts of a refused batch until its refused rows are known, sets those aside and publishes the rest.
 *  runner → [quarantine] → publisher, progress */
import { wordsOfRow } from "./entry-rows.ts";
import { isRefusal } from "./failure.ts";
import { type ProgressKeeper, type ProgressStep, progressStep, type QuarantinedRows } from "./progress.ts";
import { CutOff, type Publisher, type Refusal, type StoredEntry } from "./publisher.ts";
import type { PublisherCalls } from "./publisher-calls.ts";
import { RefusedSearch } from "./refused-search.ts";
import type { RunnerSettings, RunnerSurroundings } from "./runner-settings.ts";
import type { TakenBatch } from "./take-batch.ts";
import { textOf } from "./value-text.ts";

/** Of a path, a value and a reason in a record. */
const MOST_CHARACTERS = { path: 1000, value: 200, reason: 500 } as const;

/** So often the connection ends at the same batch before its rows are suspected. */
const CUTS_BEFORE_SEARCH = 4;

export type Outcome =
  /** Parts are still to be offered. */
  | { readonly is: "searching" }
  /** Everything else is held, and the progress is saved. */
  | { readonly is: "settled"; readonly entries: readonly StoredEntry[]; readonly step: ProgressStep }
  /** Not one row was accepted: perhaps the far side is wrong rather than the rows. Nothing is set aside yet. */
  | { readonly is: "all refused"; readonly reason: string }
  /** Every part is accepted, but not all of them together. */
  | { readonly is: "too much at once" }
  /** Connections end whatever is offered. */
  | { readonly is: "in vain" };

export class Quarantine {
  readonly #settings: RunnerSettings;
  readonly #around: RunnerSurroundings;
  readonly #calls: PublisherCalls;
  /** Batches of which not one row was accepted: the position of the first entry, and how often. */
  #fruitless = { position: -1, times: 0 };
  /** Calls at whose middle the connection ended, in a row, for the same first entry. */
  #cut = { position: -1, times: 0 };
  #refusedRows = 0;
  #refusedBlocks = 0;

  constructor(settings: RunnerSettings, surroundings: RunnerSurroundings, calls: PublisherCalls) {
    this.#settings = settings;
    this.#around = surroundings;
    this.#calls = calls;
  }

  /** Rows that were set aside since the start, and the blocks they are in. */
  get refused(): { readonly rows: number; readonly blocks: number } {
    return { rows: this.#refusedRows, blocks: this.#refusedBlocks };
  }

  /**
   * Make one call of the search, or settle it.
   *
   * @throws what is no refusal; the search goes on with the same part when the far side is there again.
   */
  async goOn(search: RefusedSearch, keeper: ProgressKeeper, signal: AbortSignal): Promise<Outcome> {
    if (search.isInVain) return { is: "in vain" };
    if (search.part !== undefined) {
      await this.#offer(search, signal);
      return { is: "searching" };
    }
    const { position = 0 } = search.batch.entries[0] ?? {};
    if (search.acceptedRows === 0 && (search.wasCutOff || !this.#isPatienceOver(position)))
      return { is: "all refused", reason: search.reason };
    const records = recordsOf(search, this.#around.clock.nowUtcMicros());
    const step = stepWithout(search, records);
    const entries = search.kept();
    const { publisher } = this.#calls;
    if (publisher.trial !== undefined && search.acceptedRows > 0) {
      const refusal = await this.#refusalOf("publish", signal, (called, inner) => called.publish(entries, inner, step));
      if (refusal !== undefined) {
        if (entries.length > 1) return { is: "too much at once" };
        search.giveUp(refusal.what);
        return { is: "searching" };
      }
      if (publisher.progress === undefined) keeper.save(step);
    } else keeper.save(step);
    this.#count(records);
    return { is: "settled", entries, step };
  }

  /** After a call of publish failed: a search, if the connection has ended at this batch again and again although it can be made. */
  suspected(batch: TakenBatch, error: unknown): RefusedSearch | undefined {
    if (!(error instanceof CutOff)) return undefined;
    const { position = 0 } = batch.entries[0] ?? {};
    this.#cut = { position, times: this.#cut.position === position ? this.#cut.times + 1 : 1 };
    if (this.#cut.times < CUTS_BEFORE_SEARCH) return undefined;
    this.#cut = { position: -1, times: 0 };
    return new RefusedSearch(batch, error);
  }

  /** Current values are no history: the refused ones are dropped, the next refresh replaces them. */
  async publishCurrent(search: RefusedSearch, signal: AbortSignal): Promise<void> {
    while (search.part !== undefined) await this.#offer(search, signal);
    const entries = search.kept();
    if (this.#calls.publisher.trial !== undefined && search.acceptedRows > 0)
      await this.#refusalOf("publish", signal, (called, inner) => called.publish(entries, inner, progressStep({})));
    this.#refusedRows += search.refusedRows;
    this.#refusedBlocks++;
    this.#around.log.warn(
      { publisher: this.#settings.name, rows: search.refusedRows, reason: search.reason },
      "the far side refuses current values; they are dropped",
    );
  }

  async #offer(search: RefusedSearch, signal: AbortSignal): Promise<void> {
    const part = search.part!;
    let refusal: Refusal | undefined;
    try {
      refusal = await this.#refusalOf("publish", signal, (publisher, inner) =>
        publisher.trial === undefined ? publisher.publish(part, inner, progressStep({})) : publisher.trial(part, inner),
      );
    } catch (error) {
      if (error instanceof CutOff && !signal.aborted) search.cutOff(error);
      throw error;
    }
    if (refusal === undefined) search.accepted();
    else search.refused(refusal);
  }

  async #refusalOf(
    what: string,
    signal: AbortSignal,
    call: (publisher: Publisher, signal: AbortSignal) => Promise<void>,
  ): Promise<Refusal | undefined> {
    try {
      await this.#calls.make(what, signal, call);
      return undefined;
    } catch (error) {
      if (signal.aborted || !isRefusal(error)) throw error;
      return error;
    }
  }

  #isPatienceOver(position: number): boolean {
    const times = this.#fruitless.position === position ? this.#fruitless.times + 1 : 1;
    this.#fruitless = { position, times };
    return times >= this.#settings.refusedTries;
  }

  #count(records: readonly QuarantinedRows[]): void {
    this.#refusedRows += records.reduce((sum, { rows }) => sum + rows, 0);
    this.#refusedBlocks += new Set(records.map(({ position }) => position)).size;
  }
}

/** What becomes true once everything but the refused rows is held. */
function stepWithout(
  { batch, setAside, acceptedRows }: RefusedSearch,
  records: readonly QuarantinedRows[],
): ProgressStep {
  const refusedSamples = setAside
    .filter(({ entry }) => batch.entries[entry]!.events === undefined)
    .reduce((sum, { first, end }) => sum + end - first, 0);
  const samples = batch.step.samples - refusedSamples;
  const quarantine = [...(batch.step.quarantine ?? []), ...records];
  return { ...batch.step, samples, batches: acceptedRows > 0 ? 1 : 0, quarantine };
}

function recordsOf({ batch, setAside }: RefusedSearch, at: number): QuarantinedRows[] {
  return setAside.map(({ entry: index, first, end, reason }) => {
    const entry = batch.entries[index]!;
    const { path, sourceTime, value } = wordsOfRow(entry, first);
    return {
      position: entry.position,
      lane: entry.lane,
      firstRow: first,
      rows: end - first,
      path: path.slice(0, MOST_CHARACTERS.path),
      sourceTime,
      value: (textOf(value) ?? "").slice(0, MOST_CHARACTERS.value),
      reason: reason.slice(0, MOST_CHARACTERS.reason),
      at,
    };
  });
}
