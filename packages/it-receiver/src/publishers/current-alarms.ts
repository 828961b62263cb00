/** Follows the store's alarm events to know what is alarmed now: one place for all publishers, ahead of their cursors.
 *  block feed → [current alarms] → REST, OPC UA, figures */
import type { AlarmEvent } from "@nonreturn/wire-format";
import type { AlarmTable } from "./alarm-table.ts";
import type { BlockFeed } from "./block-feed.ts";
import type { AlarmState, AlarmStates, StoredEntry } from "./publisher.ts";

const BLOCKS_PER_READ = 64;

/**
 * The state of an alarm is its event with the highest number (docs/wire-format.md), whichever lane brings it, so a healed event never
 * replaces a newer one. Only the newest journal of a stream counts: what the alarms of an older one are now nobody can tell.
 */
export class CurrentAlarms implements AlarmStates {
  readonly #feed: BlockFeed;
  readonly #table: AlarmTable;
  #directoryVersion = -1;

  /** Takes up what was stored while the station was down. */
  constructor(feed: BlockFeed, table: AlarmTable) {
    this.#feed = feed;
    this.#table = table;
    const last = Math.max(feed.store.lastPosition("live"), feed.store.lastPosition("late"));
    if (table.position > last) table.apply([], 0); // the store was replaced
    this.follow();
  }

  get activeCount(): number {
    return this.#table.activeCount;
  }

  get forgotten(): number {
    return this.#table.forgotten;
  }

  /** Blocks were recorded. Costs one query where none of them carries events. */
  follow(): void {
    let outcome: "same" | "applied" = "same";
    while (true) {
      const blocks = this.#feed.eventsAfter(this.#table.position, BLOCKS_PER_READ);
      if (blocks.length === 0) break;
      this.#table.apply(blocks, blocks.at(-1)!.position);
      outcome = "applied";
    }
    const { version } = this.#feed.directory;
    if (outcome === "same" && version === this.#directoryVersion) return;
    this.#directoryVersion = version;
    this.#dropOlderJournals();
  }

  active(after: number, limit: number): AlarmState[] {
    return this.#table.active(after, limit).map((row) => ({
      ...row,
      tag: this.#feed.directory.newest(row.stream, row.journalEpoch)?.tags.get(row.event.tagId),
    }));
  }

  isPresent({ stream, journalEpoch }: Pick<StoredEntry, "stream" | "journalEpoch">, event: AlarmEvent): boolean {
    return this.#table.isPresent(stream, journalEpoch, event);
  }

  /** A new journal is known by its directory before its first event. */
  #dropOlderJournals(): void {
    const newest = new Map<number, number>();
    for (const { stream, journalEpoch } of this.#feed.directory.revisions())
      newest.set(stream, Math.max(journalEpoch, newest.get(stream) ?? 0));
    for (const [stream, journalEpoch] of newest) this.#table.forgetBefore(stream, journalEpoch);
  }
}
