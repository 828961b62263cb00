/** Offers the parts of a refused batch until its refused rows are known, sets those aside and publishes the rest.
 *  runner → [quarantine] → publisher, progress */
import { rowCount, wordsOfRow } from "./entry-rows.ts";
import { isRefusal, kindOfSuspicion, RepeatedFailure } from "./failure.ts";
import { KnownRefusals, MOST_KNOWN_ROWS } from "./known-refusals.ts";
import { type ProgressKeeper, type ProgressStep, progressStep, type QuarantinedRows } from "./progress.ts";
import { CutOff, type MovedOn, type Publisher, Refusal, type StoredEntry, Suspicion } from "./publisher.ts";
import type { PublisherCalls } from "./publisher-calls.ts";
import { RefusedSearch } from "./refused-search.ts";
import type { RunnerSettings, RunnerSurroundings } from "./runner-settings.ts";
import { FEW_ROWS, kindOf, type RowKind } from "./spread-offers.ts";
import type { TakenBatch } from "./take-batch.ts";
import { textOf } from "./value-text.ts";

/** Of a path, a value and a reason in a record. */
const MOST_CHARACTERS = { path: 1000, value: 200, reason: 500 } as const;

const KINDS = ["samples", "events"] as const;

export type Outcome =
  /** Parts are still to be offered. */
  | { readonly is: "searching" }
  /** Everything else is held, and the progress is saved. */
  | { readonly is: "settled"; readonly entries: readonly StoredEntry[]; readonly step: ProgressStep }
  /** Not one row was accepted: perhaps the far side is wrong rather than the rows. Nothing is set aside yet. */
  | { readonly is: "all refused"; readonly reason: string }
  /** Every part is accepted, but not all of them together. */
  | { readonly is: "too much at once" };

export class Quarantine {
  readonly #settings: RunnerSettings;
  readonly #around: RunnerSurroundings;
  readonly #calls: PublisherCalls;
  /** Batches of which not one row was accepted: the position of the first entry, and how often. */
  #fruitless = { position: -1, times: 0 };
  readonly #failure = new RepeatedFailure();
  readonly #known: KnownRefusals;
  #searches = 0;
  /** Rows set aside on suspicion since one of their kind was accepted. */
  readonly #unproved: Record<RowKind, number> = { samples: 0, events: 0 };
  #refusedRows = 0;
  #refusedBlocks = 0;

  constructor(settings: RunnerSettings, surroundings: RunnerSurroundings, calls: PublisherCalls) {
    this.#settings = settings;
    this.#around = surroundings;
    this.#calls = calls;
    this.#known = new KnownRefusals(surroundings.clock);
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
    // What was set aside before goes back where it was; nothing else has to wait for it.
    const isRetry = search.batch.step.release !== undefined;
    if (search.isInVain) {
      if (!isRetry) return { is: "all refused", reason: search.reason };
      search.giveUp(search.reason);
    }
    if (search.part !== undefined) {
      await this.#offer(search, signal);
      return { is: "searching" };
    }
    if (!isRetry && this.#isOfAll(search)) return { is: "all refused", reason: search.reason };
    const records = recordsOf(search, this.#around.clock.nowUtcMicros());
    const step = stepWithout(search, records);
    const entries = search.kept();
    const { publisher } = this.#calls;
    if (publisher.trial !== undefined && search.acceptedRows > 0) {
      const refusal = await this.#refusalOfKept(search, entries, step, signal);
      if (refusal !== undefined && search.presumes) {
        search.startOver(refusal);
        return { is: "searching" };
      }
      // What was taken a moment ago is not: something has changed for all.
      if (refusal instanceof Suspicion && !isRetry) return { is: "all refused", reason: refusal.what };
      if (refusal !== undefined) {
        if (entries.length > 1 && !isRetry) return { is: "too much at once" };
        search.giveUp(refusal.what);
        return { is: "searching" };
      }
      if (publisher.progress === undefined) keeper.save(step);
    } else keeper.save(step);
    if (search.isDoubtful) for (const kind of KINDS) this.#unproved[kind] += search.refusedOf(kind);
    this.taken(entries);
    if (search.acceptedRows > 0) this.#known.refused(search);
    this.#count(records);
    return { is: "settled", entries, step };
  }

  /** The far side holds all rows of these. */
  taken(entries: readonly StoredEntry[]): void {
    for (const entry of entries) if (rowCount(entry) > 0) this.#unproved[kindOf(entry)] = 0;
    this.#known.taken(entries);
  }

  /**
   * Before a batch is offered: a search, if it has rows of tags that were refused lately. Where trials cost nothing but time those are tried, and the
   * others published together; elsewhere it is begun only where the connection would end. too many: it takes fewer blocks at once.
   */
  searchBefore(batch: TakenBatch): RefusedSearch | "too many" | undefined {
    const { rows, by } = this.#known.rowsIn(batch.entries);
    const presumes = this.#calls.publisher.trial !== undefined;
    // Whoever asks for what was set aside says that it will be taken.
    if (rows.length === 0 || batch.step.release !== undefined || !(presumes || by === "cut")) return undefined;
    const all = batch.entries.reduce((sum, entry) => sum + rowCount(entry), 0);
    if (rows.length === all) return undefined; // nothing would be proved
    if (rows.length > MOST_KNOWN_ROWS) return batch.entries.length > 1 ? "too many" : undefined;
    return new RefusedSearch(batch, undefined, 0, { rows, by, others: presumes ? "presumed" : "offered" });
  }

  /**
   * After a call of publish failed: a search, if it is refused, has failed in the same way again and again although the far side is there, or failed with
   * what was lately found to speak of single rows.
   */
  searchAfter(batch: TakenBatch, error: unknown): RefusedSearch | undefined {
    if (!(error instanceof Refusal || error instanceof CutOff || error instanceof Suspicion)) return undefined;
    const isKnown = error instanceof Refusal || (error instanceof Suspicion && this.#known.isOfRows(error.kind));
    if (!isKnown && !this.#failure.again(batch.entries[0]?.position ?? 0, kindOfSuspicion(error) ?? ""))
      return undefined;
    if (error instanceof CutOff) this.#failure.forget();
    this.#searches++;
    const { rows, by } = this.#known.rowsIn(batch.entries);
    const known = { rows: rows.length > MOST_KNOWN_ROWS ? [] : rows, by };
    return new RefusedSearch(batch, error, this.#searches, known);
  }

  /**
   * Current values are no history: the refused ones are dropped, the next refresh replaces them.
   *
   * @throws what is no refusal; call it again with the same search when the far side is there again. `because`, if it may be the far side and
   *   there are many.
   */
  async publishCurrent(search: RefusedSearch, because: unknown, signal: AbortSignal): Promise<void> {
    while (search.part !== undefined && !search.isInVain) await this.#offer(search, signal);
    const rows = search.batch.entries.reduce((sum, entry) => sum + rowCount(entry), 0);
    if (search.isDoubtful && search.acceptedRows === 0 && rows > FEW_ROWS) throw because;
    if (search.acceptedRows === 0) search.giveUp(search.reason);
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
    let refusal: Refusal | Suspicion | undefined;
    try {
      refusal = await this.#refusalOf("publish", signal, (publisher, inner, movedOn) =>
        publisher.trial === undefined
          ? publisher.publish(part, inner, progressStep({}), movedOn)
          : publisher.trial(part, inner),
      );
    } catch (error) {
      if (error instanceof CutOff && !signal.aborted) search.cutOff(error);
      throw error;
    }
    if (refusal === undefined) search.accepted();
    else search.refused(refusal);
  }

  /** Without the rows that are set aside. */
  async #refusalOfKept(
    search: RefusedSearch,
    entries: readonly StoredEntry[],
    step: ProgressStep,
    signal: AbortSignal,
  ): Promise<Refusal | Suspicion | undefined> {
    try {
      return await this.#refusalOf("publish", signal, (called, inner) => called.publish(entries, inner, step));
    } catch (error) {
      if (error instanceof CutOff && search.presumes && !signal.aborted) search.startOver(error);
      throw error;
    }
  }

  async #refusalOf(
    what: string,
    signal: AbortSignal,
    call: (publisher: Publisher, signal: AbortSignal, movedOn: MovedOn) => Promise<void>,
  ): Promise<Refusal | Suspicion | undefined> {
    try {
      await this.#calls.make(what, signal, call);
      return undefined;
    } catch (error) {
      if (signal.aborted || !(isRefusal(error) || error instanceof Suspicion)) throw error;
      return error;
    }
  }

  /** It is the far side, as far as can be told, and not the rows. */
  #isOfAll(search: RefusedSearch): boolean {
    const { position = 0 } = search.batch.entries[0] ?? {};
    if (search.isDoubtful && search.acceptedRows > 0)
      return KINDS.some((kind) => {
        const refused = search.refusedOf(kind);
        return refused > 0 && this.#unproved[kind] + refused > FEW_ROWS;
      });
    if (search.acceptedRows > 0) return false;
    return search.isDoubtful || !this.#isPatienceOver(position);
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
      firstRow: (entry.firstRow ?? 0) + first,
      rows: end - first,
      path: path.slice(0, MOST_CHARACTERS.path),
      sourceTime,
      value: (textOf(value) ?? "").slice(0, MOST_CHARACTERS.value),
      reason: reason.slice(0, MOST_CHARACTERS.reason),
      at,
    };
  });
}
