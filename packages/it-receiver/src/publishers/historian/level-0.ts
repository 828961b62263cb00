/** Segments turned by ninety degrees: which rows belong to which tag.
 *  segments → [level 0] → compaction, read history */
import type { Lane } from "../../record/store.ts";
import { SeriesBuilder, type TagSeries } from "./chunk.ts";
import type { SegmentEntry } from "./segment.ts";

/** (stream, journal epoch, tag id) → the historian's tag number. */
export type TagNumberOf = (stream: number, journalEpoch: number, tagId: number) => number | undefined;

/** Collect segments with `add`, then `index` once, then ask for tags. About 37 bytes per sample. */
export class Level0 {
  readonly #numberOf: TagNumberOf;
  readonly #entries: (SegmentEntry & { readonly lane: Lane })[] = [];
  #samples = 0;
  /** Rows grouped by tag: entry index and row of each. `#starts` says where a tag's group begins and ends. */
  #entryOf = new Uint32Array(0);
  #rowOf = new Uint32Array(0);
  #starts = new Map<number, { start: number; end: number }>();

  constructor(numberOf: TagNumberOf) {
    this.#numberOf = numberOf;
  }

  get samples(): number {
    return this.#samples;
  }

  add(lane: Lane, entries: readonly SegmentEntry[]): void {
    for (const entry of entries) {
      this.#entries.push({ ...entry, lane });
      this.#samples += entry.samples.count;
    }
  }

  /** A counting sort: two passes over the tag ids. @throws RangeError for a tag without a number: nothing is left out silently. */
  index(): void {
    const numbers = new Uint32Array(this.#samples);
    const counts = new Map<number, number>();
    let at = 0;
    for (const { stream, journalEpoch, samples } of this.#entries) {
      for (let row = 0; row < samples.count; row++) {
        const number = this.#numberOf(stream, journalEpoch, samples.tagIds[row]!);
        if (number === undefined)
          throw new RangeError(`tag ${samples.tagIds[row]} of ${stream}/${journalEpoch} has no number`);
        numbers[at++] = number;
        counts.set(number, (counts.get(number) ?? 0) + 1);
      }
    }
    let start = 0;
    for (const [number, count] of counts) {
      this.#starts.set(number, { start, end: start });
      start += count;
    }
    this.#entryOf = new Uint32Array(this.#samples);
    this.#rowOf = new Uint32Array(this.#samples);
    at = 0;
    this.#entries.forEach(({ samples }, entry) => {
      for (let row = 0; row < samples.count; row++) {
        const group = this.#starts.get(numbers[at++]!)!;
        this.#entryOf[group.end] = entry;
        this.#rowOf[group.end] = row;
        group.end++;
      }
    });
  }

  /** Ascending. */
  tagNumbers(): number[] {
    return [...this.#starts.keys()].sort((a, b) => a - b);
  }

  /** The samples of one tag, sorted by time. @param lane  only those of one lane */
  series(number: number, lane?: Lane): TagSeries {
    const builder = new SeriesBuilder();
    const group = this.#starts.get(number);
    for (let index = group?.start ?? 0; index < (group?.end ?? 0); index++) {
      const entry = this.#entries[this.#entryOf[index]!]!;
      if (lane === undefined || entry.lane === lane) builder.push(entry.samples, this.#rowOf[index]!);
    }
    return builder.take();
  }
}
