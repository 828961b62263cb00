/** Segments turned by ninety degrees: which rows belong to which tag.
 *  segments → [level 0] → compaction, read history */
import type { Lane } from "../../record/store.ts";
import { SeriesBuilder, type TagSeries } from "./chunk.ts";
import type { SegmentEntry } from "./segment.ts";

/** The tag numbers of one name space: tag id → the historian's number. */
export type TagNumbers = ReadonlyMap<number, number>;

/** Collect segments with `add`, then `index` once, then ask for tags. About 41 bytes per sample. */
export class Level0 {
  readonly #numbersOf: (stream: number, journalEpoch: number) => TagNumbers | undefined;
  readonly #entries: (SegmentEntry & { readonly lane: Lane; readonly numbers: Uint32Array })[] = [];
  #samples = 0;
  #highest = 0;
  /** Rows grouped by tag number: entry index and row of each. A tag's group is #starts[number] … #starts[number + 1] − 1. */
  #entryOf = new Uint32Array(0);
  #rowOf = new Uint32Array(0);
  #starts = new Uint32Array(2);

  constructor(numbersOf: (stream: number, journalEpoch: number) => TagNumbers | undefined) {
    this.#numbersOf = numbersOf;
  }

  get samples(): number {
    return this.#samples;
  }

  /** @throws RangeError for a tag without a number: nothing is left out silently. */
  add(lane: Lane, entries: readonly SegmentEntry[]): void {
    for (const entry of entries) {
      const { stream, journalEpoch, samples } = entry;
      const known = this.#numbersOf(stream, journalEpoch);
      const numbers = new Uint32Array(samples.count);
      for (let row = 0; row < samples.count; row++) {
        const number = known?.get(samples.tagIds[row]!);
        if (number === undefined)
          throw new RangeError(`tag ${samples.tagIds[row]} of ${stream}/${journalEpoch} has no number`);
        if (number > this.#highest) this.#highest = number;
        numbers[row] = number;
      }
      this.#entries.push({ ...entry, lane, numbers });
      this.#samples += samples.count;
    }
  }

  /** A counting sort: two passes over the tag numbers. */
  index(): void {
    const starts = new Uint32Array(this.#highest + 2);
    for (const { numbers } of this.#entries) for (const number of numbers) starts[number + 1]!++;
    for (let number = 1; number < starts.length; number++) starts[number]! += starts[number - 1]!;
    const next = starts.slice();
    this.#starts = starts;
    this.#entryOf = new Uint32Array(this.#samples);
    this.#rowOf = new Uint32Array(this.#samples);
    for (let entry = 0; entry < this.#entries.length; entry++) {
      const { numbers } = this.#entries[entry]!;
      for (let row = 0; row < numbers.length; row++) {
        const place = next[numbers[row]!]!++;
        this.#entryOf[place] = entry;
        this.#rowOf[place] = row;
      }
    }
  }

  /** Ascending. */
  tagNumbers(): number[] {
    const found: number[] = [];
    for (let number = 0; number + 1 < this.#starts.length; number++) {
      if (this.#starts[number + 1]! > this.#starts[number]!) found.push(number);
    }
    return found;
  }

  /**
   * Frees the columns of all segments now; they are of no use to anybody afterwards, and nothing may be asked any more. V8 itself frees
   * them when it next collects old objects, which with 40 MB per round may be after several rounds.
   */
  release(): void {
    for (const { samples, numbers } of this.#entries.splice(0)) {
      const { tagIds, timestamps, statusCodes, kinds } = samples;
      for (const column of [tagIds, timestamps, statusCodes, kinds, samples.numbers, numbers]) free(column);
    }
    free(this.#entryOf);
    free(this.#rowOf);
    this.#samples = 0;
  }

  /** The samples of one tag, sorted by time. @param lane  only those of one lane */
  series(number: number, lane?: Lane): TagSeries {
    const builder = new SeriesBuilder();
    const end = this.#starts[number + 1] ?? 0;
    for (let place = this.#starts[number] ?? 0; place < end; place++) {
      const entry = this.#entries[this.#entryOf[place]!]!;
      if (lane === undefined || entry.lane === lane) builder.push(entry.samples, this.#rowOf[place]!);
    }
    return builder.take();
  }
}

function free(column: { readonly buffer: ArrayBufferLike }): void {
  if (column.buffer instanceof ArrayBuffer) column.buffer.transfer(0);
}
