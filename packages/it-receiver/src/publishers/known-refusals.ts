/** What was lately refused row by row: for which errors, and of which tags. It says where to look first, and proves nothing about any row.
 *  quarantine → [known refusals] → refused search */
import type { Clock } from "@nonreturn/station/thread";
import { rowCount } from "./entry-rows.ts";
import { CUT_OFF } from "./failure.ts";
import type { StoredEntry } from "./publisher.ts";
import type { Foreknown, RefusedSearch } from "./refused-search.ts";
import { kindOf } from "./spread-offers.ts";

/** After a row was last refused so. */
const REMEMBERED_MS = 3_600_000;
const MOST_ERRORS = 100;
const MOST_TAGS = 1000;
/** Offered one by one, three times each, they must not use up the offers of a batch. */
export const MOST_KNOWN_ROWS = 200;

/** Tags of one kind of row in one name space. */
type Tags = Map<number, { readonly untilMs: number; readonly by: Foreknown["by"] }>;

export class KnownRefusals {
  readonly #clock: Clock;
  /** Kinds of suspicion, and until when. */
  readonly #errors = new Map<string, number>();
  readonly #spaces = new Map<string, Tags>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** An error of this kind was lately found to speak of single rows, while others were taken. */
  isOfRows(kind: string): boolean {
    return (this.#errors.get(kind) ?? Number.NEGATIVE_INFINITY) > this.#clock.monotonicMs();
  }

  /** Rows of tags that were refused lately, numbered through the entries; and whether the connection ended at any of them. */
  rowsIn(entries: readonly StoredEntry[]): Pick<Foreknown, "rows" | "by"> {
    const nowMs = this.#clock.monotonicMs();
    const rows: number[] = [];
    let by: Foreknown["by"] = "answer";
    let start = 0;
    for (const entry of entries) {
      const tags = this.#spaces.get(spaceOf(entry));
      const end = start + rowCount(entry);
      for (let row = 0; tags !== undefined && tags.size > 0 && row < end - start; row++) {
        const tagId = tagIdOf(entry, row);
        const known = tags.get(tagId);
        if (known === undefined) continue;
        if (known.untilMs <= nowMs) tags.delete(tagId);
        else {
          rows.push(start + row);
          if (known.by === "cut") by = "cut";
        }
      }
      start = end;
    }
    return { rows, by };
  }

  /** The far side holds every row of these. */
  taken(entries: readonly StoredEntry[]): void {
    for (const entry of entries) {
      const key = spaceOf(entry);
      const tags = this.#spaces.get(key);
      if (tags === undefined) continue;
      for (let row = rowCount(entry) - 1; row >= 0 && tags.size > 0; row--) tags.delete(tagIdOf(entry, row));
      if (tags.size === 0) this.#spaces.delete(key);
    }
  }

  /** What a search found, while it took others. Call it after {@link taken}: a tag of which both are true stays known. */
  refused({ batch, setAside, wasCut }: RefusedSearch): void {
    const untilMs = this.#clock.monotonicMs() + REMEMBERED_MS;
    for (const { entry: index, first, end, kind } of setAside) {
      if (end - first > 1) continue; // not every row of it needs to be
      const entry = batch.entries[index]!;
      const tags = this.#tagsOf(entry);
      const tagId = tagIdOf(entry, first);
      const by = wasCut || tags.get(tagId)?.by === "cut" ? "cut" : "answer";
      tags.delete(tagId);
      tags.set(tagId, { untilMs, by });
      // That a connection ended says nothing about the next time.
      if (kind !== undefined && kind !== CUT_OFF) {
        this.#errors.delete(kind);
        this.#errors.set(kind, untilMs);
      }
    }
    dropOldest(this.#errors, MOST_ERRORS);
    for (let left = this.#tagCount() - MOST_TAGS; left > 0; ) {
      const [key, tags] = this.#spaces.entries().next().value!;
      const most = Math.max(0, tags.size - left);
      left -= tags.size - most;
      dropOldest(tags, most);
      if (most === 0) this.#spaces.delete(key);
    }
  }

  #tagsOf(entry: StoredEntry): Tags {
    const key = spaceOf(entry);
    const tags: Tags = this.#spaces.get(key) ?? new Map();
    this.#spaces.delete(key);
    this.#spaces.set(key, tags); // the latest one last
    return tags;
  }

  #tagCount(): number {
    return [...this.#spaces.values()].reduce((sum, { size }) => sum + size, 0);
  }
}

function spaceOf(entry: StoredEntry): string {
  return `${kindOf(entry)} ${entry.stream} ${entry.journalEpoch}`;
}

function tagIdOf({ samples, events }: StoredEntry, row: number): number {
  return events === undefined ? samples.tagIds[row]! : events[row]!.tagId;
}

function dropOldest(map: Map<unknown, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}
