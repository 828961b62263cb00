/** Reads the historian for clients: one reader at a time, in slices that leave the thread to the other publishers, never longer than needed.
 *  endpoints → [history queries] → historian */
import { type Clock, sleep } from "@nonreturn/station/thread";
import type { UtcMicros } from "@nonreturn/wire-format";
import { markGaps } from "../mark-gaps.ts";
import type { AlarmQuery, AlarmRecord, HistorySample, HistorySource } from "../publisher.ts";
import { type ReadIntervals, readIntervals } from "../read-intervals.ts";
import { Problem } from "./problem.ts";

/** A few milliseconds of reading; then everybody else has a turn. */
const SAMPLES_PER_SLICE = 20_000;
/** Who waits for the reader; further ones are told to come back. */
const MAXIMUM_WAITING = 32;

/** Where a page goes on: after `skip` samples of this time. */
export interface Place {
  readonly at: UtcMicros;
  readonly skip: number;
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** undefined at the end of the range. */
  readonly next: Place | undefined;
}

export interface PageBounds {
  readonly samples: number;
  readonly characters: number;
}

export class HistoryQueries {
  readonly #open: () => HistorySource | undefined;
  readonly #clock: Clock;
  #source: HistorySource | undefined;
  #waiting = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #state: "open" | "closed" = "open";

  constructor(open: () => HistorySource | undefined, clock: Clock) {
    this.#open = open;
    this.#clock = clock;
  }

  /**
   * Samples from ≤ time < to, each as `render` makes it, until a bound is reached: at least one if there is any.
   *
   * @param marks  of gaps, that come among the samples; the same for every page of a range.
   * @throws {Problem} 503
   */
  page<Row>(
    path: string,
    from: UtcMicros | Place,
    to: UtcMicros,
    bounds: PageBounds,
    render: (sample: HistorySample) => Row,
    charactersOf: (row: Row) => number,
    marks: readonly UtcMicros[] = [],
  ): Promise<Page<Row>> {
    const begin = typeof from === "number" ? { at: from, skip: 0 } : from;
    return this.#inTurn(async (source) => {
      const rows: Row[] = [];
      let characters = 0;
      let next = { at: begin.at, skip: 0 };
      for await (const sample of this.#slices(markGaps(source.read(path, begin.at, to - 1), marks, begin.at))) {
        const { sourceTimestamp } = sample;
        if (sourceTimestamp === begin.at && next.skip < begin.skip) {
          next = { at: begin.at, skip: next.skip + 1 };
          continue;
        }
        if (rows.length >= bounds.samples || characters >= bounds.characters) return { rows, next };
        const row = render(sample);
        rows.push(row);
        characters += charactersOf(row);
        next = { at: sourceTimestamp, skip: sourceTimestamp === next.at ? next.skip + 1 : 1 };
      }
      return { rows, next: undefined };
    });
  }

  /** @throws {Problem} 503 */
  alarms(query: AlarmQuery): Promise<AlarmRecord[]> {
    return this.#inTurn(async (source) => source.readAlarms(query));
  }

  /** @throws {Problem} 503 */
  intervals(path: string, from: UtcMicros, to: UtcMicros, interval: number): Promise<ReadIntervals> {
    return this.#inTurn((source) =>
      readIntervals(
        source,
        { path, from, to, interval },
        () => this.#pause(),
        () => this.#clock.nowUtcMicros(),
      ),
    );
  }

  /** Whoever reads is ended at the next slice; the historian is closed then. */
  async close(): Promise<void> {
    this.#state = "closed";
    await this.#turn;
    this.#source?.close();
    this.#source = undefined;
  }

  async *#slices(samples: Iterable<HistorySample>): AsyncGenerator<HistorySample, void, void> {
    let inSlice = 0;
    for (const sample of samples) {
      yield sample;
      if (++inSlice < SAMPLES_PER_SLICE) continue;
      inSlice = 0;
      await this.#pause();
    }
  }

  async #pause(): Promise<void> {
    await sleep(this.#clock, 0);
    if (this.#state === "closed") throw new Problem(503, "the station is stopping");
  }

  /** One after the other: between two turns the historian's read transaction ends, so that its log file can shrink. */
  #inTurn<T>(read: (source: HistorySource) => Promise<T>): Promise<T> {
    if (this.#waiting >= MAXIMUM_WAITING)
      throw new Problem(503, "too many history requests at a time; try again", {}, { "retry-after": "1" });
    this.#waiting++;
    const result = this.#turn.then(async () => {
      this.#waiting--;
      if (this.#state === "closed") throw new Problem(503, "the station is stopping");
      this.#source ??= this.#open();
      if (this.#source === undefined)
        throw new Problem(503, "this station has no history: no publisher of type historian has stored anything yet");
      return await read(this.#source);
    });
    this.#turn = result.catch(() => undefined);
    return result;
  }
}
