/** Makes the figures by minute and by hour of every unit whose samples lie in chunks, and takes late samples into those whose samples are gone.
 *  chunk, old figures → [roll up] → figures table */
import type { Clock, Database, Statement } from "@nonreturn/station";
import { CELL_MICROS, type SampleCell } from "../sample-cells.ts";
import { type ChunkBody, decodeChunk, type TagSeries } from "./chunk.ts";
import { HOUR_MICROS, unitOf, unitStart } from "./figure-units.ts";
import { FiguresWriter } from "./figures-table.ts";
import { CellList, hoursOf, mergeCells, minutesOf } from "./join-cells.ts";
import { firstRowFrom, mergeSources, type Source } from "./merge-sources.ts";
import { OldFigures } from "./old-figures.ts";
import type { PendingUnit, PendingUnits } from "./pending-units.ts";

/** A unit that has just ended gets more samples yet: those of the last round of compaction, and a little of what is late. */
const GRACE_MICROS = 15 * 60_000_000;

interface ChunkTimes {
  readonly id: number;
  readonly firstTimestamp: number;
  readonly lastTimestamp: number;
}

export class RollUp {
  readonly #database: Database;
  readonly #pending: PendingUnits;
  readonly #clock: Clock;
  readonly #figures: FiguresWriter;
  readonly #old: OldFigures;
  readonly #chunks: Statement;
  readonly #body: Statement;
  /** Those that failed are passed over until the next start, so that they do not stop the others. */
  readonly #failed = new Set<string>();

  constructor(database: Database, pending: PendingUnits, clock: Clock) {
    this.#database = database;
    this.#pending = pending;
    this.#clock = clock;
    this.#figures = new FiguresWriter(database);
    this.#old = new OldFigures(database, pending);
    this.#chunks = database.prepare(
      `SELECT id, first_timestamp AS firstTimestamp, last_timestamp AS lastTimestamp FROM chunk INDEXED BY chunk_by_time
       WHERE tag = ? AND first_timestamp < ? AND last_timestamp >= ? ORDER BY first_timestamp, id`,
    );
    this.#body = database.prepare("SELECT codec, plain_bytes AS plainBytes, body FROM chunk WHERE id = ?");
  }

  /** True if {@link step} would not be idle. */
  get due(): boolean {
    return this.#old.due || this.#next("when due") !== undefined;
  }

  /**
   * Work for about `budgetMs`, in one transaction.
   *
   * @param urgency  now: units that have not ended too.
   * @returns more: call again. Errors are SQLite's or of a damaged chunk, whose unit is then passed over.
   */
  step(budgetMs: number, urgency: "when due" | "now" = "when due"): "more" | "idle" {
    const untilMs = this.#clock.monotonicMs() + budgetMs;
    const inTime = (): boolean => this.#clock.monotonicMs() < untilMs;
    let unit: PendingUnit | undefined;
    try {
      return this.#database
        .transaction(() => {
          let outcome: "more" | "idle" = "idle";
          do {
            unit = undefined;
            if (this.#old.step() === "idle") {
              unit = this.#next(urgency);
              if (unit !== undefined) this.rollUp(unit);
              else if (this.#old.clear() === "idle") return outcome;
            }
            outcome = "more";
          } while (inTime());
          return outcome;
        })
        .immediate();
    } catch (error) {
      this.#pending.forget(this.#database);
      if (unit !== undefined) this.#failed.add(keyOf(unit));
      throw error;
    }
  }

  /** Everything of a tag before a unit; then its samples there may go. In the caller's transaction. @returns how many units it was. */
  rollUpBefore(tag: number, unit: number): number {
    const pending = this.#pending.ofTag(tag, unit);
    for (const one of pending) this.rollUp(one);
    return pending.length;
  }

  /** In the caller's transaction. */
  rollUp(pending: PendingUnit): void {
    const { tag, unit } = pending;
    const [from, to] = [unitStart(unit), unitStart(unit + 1)];
    let minutes: readonly SampleCell[] = this.#fromChunks(tag, from, to);
    let hours = hoursOf(minutes);
    if (from < this.#pending.reducedThrough(tag)) {
      // Of a file of before: what was kept of removed samples, and what came late since.
      const kept = mergeCells(this.#old.minutes(tag, from, to), minutes, CELL_MICROS);
      minutes = mergeCells(this.#figures.minutesOf(tag, unit) ?? [], kept, CELL_MICROS);
      hours = mergeCells(this.#figures.hoursOf(tag, unit) ?? [], hoursOf(kept), HOUR_MICROS);
    }
    if (minutes.length > 0) this.#figures.putUnit(tag, unit, minutes, hours);
    this.#pending.remove(pending);
  }

  /**
   * Samples that came after others of their time were removed: into the figures, and nowhere else. In the caller's transaction.
   *
   * @param end  of the rows before `reducedThrough`
   */
  foldLate(tag: number, series: TagSeries, end: number): void {
    for (let row = 0; row < end; ) {
      const unit = unitOf(series.timestamps[row]!);
      const next = Math.min(end, firstRowFrom(series, unitStart(unit + 1)));
      const late = minutesOf(series, row, next);
      const known = this.#figures.minutesOf(tag, unit);
      const hours = this.#figures.hoursOf(tag, unit);
      // Minutes that are kept no longer do not come back with the late samples alone.
      const minutes =
        known === undefined && hours !== undefined && hours.length > 0
          ? undefined
          : mergeCells(known ?? [], late, CELL_MICROS);
      const allHours = minutes === undefined ? mergeCells(hours ?? [], hoursOf(late), HOUR_MICROS) : hoursOf(minutes);
      this.#figures.putUnit(tag, unit, minutes, allHours);
      row = next;
    }
  }

  #next(urgency: "when due" | "now"): PendingUnit | undefined {
    const bound = urgency === "now" ? Number.MAX_SAFE_INTEGER : unitOf(this.#clock.nowUtcMicros() - GRACE_MICROS);
    let next = this.#pending.next(undefined, bound);
    while (next !== undefined && this.#failed.has(keyOf(next))) next = this.#pending.next(next, bound);
    return next;
  }

  #fromChunks(tag: number, from: number, to: number): SampleCell[] {
    const sources = (this.#chunks.all(tag, to, from) as ChunkTimes[]).map(
      ({ id, ...times }): Source => ({ ...times, open: () => decodeChunk(this.#body.get(id) as ChunkBody) }),
    );
    const minutes = new CellList(CELL_MICROS);
    for (const { series, first, end } of mergeSources(sources, from, to)) minutes.pushRows(series, first, end);
    return minutes.cells;
  }
}

function keyOf({ unit, tag }: PendingUnit): string {
  return `${unit}/${tag}`;
}
