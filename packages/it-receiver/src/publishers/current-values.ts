/** Follows the live lane to know what is current, and turns it stale when the link falls silent.
 *  record → [current values] → last values → runners of publishers that want current values */
import type { Clock } from "@nonreturn/station";
import type { SampleColumns, TagDefinition } from "@nonreturn/wire-format";
import { SampleColumnsBuilder, sampleAt } from "@nonreturn/wire-format";
import { type LastValue, LastValues } from "../tag/last-values.ts";
import { StaleWatch } from "../tag/stale-watch.ts";
import type { BlockFeed } from "./block-feed.ts";
import type { CurrentEntry } from "./current-queue.ts";
import type { LinkState, StoredEntry } from "./publisher.ts";

export interface CurrentValuesSettings {
  readonly stream: number;
  readonly silentAfterMs: number;
}

export interface CurrentValuesListener {
  offer(entry: CurrentEntry): void;
  linkChanged(link: LinkState): void;
}

/** Values carried beside history, as the record step hands them on. */
export interface Refresh {
  readonly journalEpoch: number;
  readonly directoryRevision: number;
  readonly samples: SampleColumns;
}

/** Live blocks read back at the start, so that last values are there before the first refresh. */
const WARM_BLOCKS = 2000;
/** One entry is one call of publish: all tags of a large plant in one would not meet its deadline. */
const SAMPLES_PER_ENTRY = 4096;
const BLOCKS_PER_READ = 64;
const BYTES_PER_READ = 8 * 1024 * 1024;

/**
 * One stream. Only the newest journal epoch is current: when the OT station begins a new journal, what the old one's tags last showed
 * turns stale, and the new one's values replace it.
 */
export class CurrentValues {
  readonly #feed: BlockFeed;
  readonly #clock: Clock;
  readonly #settings: CurrentValuesSettings;
  readonly #listener: CurrentValuesListener;
  readonly #watch: StaleWatch;
  #phase: "warming" | "following" = "warming";
  #journalEpoch = -1;
  #values = new LastValues();
  #livePosition: number;
  #latePosition: number;
  #directoryVersion = -1;
  #link: LinkState;

  /** Reads the end of the live lane; tells nobody about what it finds there, since the publishers' cursors do. */
  constructor(feed: BlockFeed, clock: Clock, settings: CurrentValuesSettings, listener: CurrentValuesListener) {
    this.#feed = feed;
    this.#clock = clock;
    this.#settings = settings;
    this.#listener = listener;
    this.#watch = new StaleWatch(clock, settings, (state) => this.#become({ state, since: clock.nowUtcMicros() }));
    this.#link = { state: "unknown", since: clock.nowUtcMicros() };
    this.#latePosition = feed.store.lastPosition("late");
    const last = feed.store.lastPosition("live");
    this.#livePosition = Math.max(0, last - WARM_BLOCKS);
    this.#follow(last);
    this.#enterByDirectory();
    this.#directoryVersion = feed.directory.version;
    this.#phase = "following";
  }

  get link(): LinkState {
    return this.#link;
  }

  get tags(): number {
    return this.#values.count;
  }

  get staleTags(): number {
    return this.#values.staleCount;
  }

  /** Blocks were recorded: up to these positions. */
  recorded(live: number, late: number): void {
    this.#follow(live);
    while (this.#latePosition < late) {
      const followed = this.#feed.followDirectory("late", this.#latePosition, BLOCKS_PER_READ, BYTES_PER_READ);
      if (followed === this.#latePosition) break;
      this.#latePosition = followed;
    }
    this.#directoryChanged();
    // Stragglers of a link that has fallen silent: published, but they do not make it look alive.
    if (this.#link.state === "silent") this.#markSilent();
  }

  /**
   * Current values from the announce stream. Those of a journal older than the current one, or not nameable yet, or of a link that is held
   * to be silent, are ignored: they come again.
   */
  refresh({ journalEpoch, directoryRevision, samples }: Refresh): void {
    if (journalEpoch < this.#journalEpoch || this.#link.state === "silent") return;
    const resolve = this.#feed.directory.resolverFor(this.#settings.stream, journalEpoch, directoryRevision);
    if (resolve === undefined) return;
    this.#enter(journalEpoch, this.#livePosition);
    const known = keepRows(samples, (tagId) => resolve(tagId) !== undefined);
    this.#offer("refresh", this.#values.refresh(known), this.#livePosition, resolve);
  }

  /** What the record step knows about the link, by its heartbeats; it alone decides. `up` must be repeated well within `silentAfterMs`. */
  linkIs(state: "up" | "silent"): void {
    if (state === "up") this.#watch.alive();
    else this.#watch.silent();
  }

  /** Every stale tag, for a publisher that lost track. */
  staleNow(): CurrentEntry[] {
    return this.#entries("stale", this.#values.stale());
  }

  /** Every tag's value, for a publisher whose far side forgot them. */
  currentNow(): CurrentEntry[] {
    return [...this.#entries("refresh", this.#values.fresh()), ...this.staleNow()];
  }

  /** The current value of one tag of the newest journal. */
  valueOf(tagId: number): LastValue | undefined {
    return this.#values.get(tagId);
  }

  close(): void {
    this.#watch.close();
  }

  #follow(throughPosition: number): void {
    while (this.#livePosition < throughPosition) {
      const blocks = this.#feed.readAfter("live", this.#livePosition, BLOCKS_PER_READ, BYTES_PER_READ);
      if (blocks.length === 0) break;
      for (const block of blocks) {
        if (block.is === "entry" && block.entry.stream === this.#settings.stream) {
          this.#enter(block.entry.journalEpoch, block.position - 1);
          if (block.entry.journalEpoch === this.#journalEpoch) this.#values.apply(block.entry.samples);
        }
        this.#livePosition = block.position;
      }
    }
  }

  /** A newer journal began: nothing of the old one is current any more. */
  #enter(journalEpoch: number, afterPosition: number): void {
    if (journalEpoch <= this.#journalEpoch) return;
    const old = this.#directory();
    if (old !== undefined) this.#markStale(old.tags, old.resolve, afterPosition, () => true);
    this.#journalEpoch = journalEpoch;
    this.#values = new LastValues();
    this.#directoryVersion = -1;
  }

  /** A journal may be known by its directory alone, because none of its blocks is live or near. */
  #enterByDirectory(): void {
    for (const { stream, journalEpoch } of this.#feed.directory.revisions()) {
      if (stream === this.#settings.stream) this.#enter(journalEpoch, this.#livePosition);
    }
  }

  /** Tags that are no longer read keep their last value, but not its good name. */
  #directoryChanged(): void {
    if (this.#directoryVersion === this.#feed.directory.version) return;
    this.#enterByDirectory();
    this.#directoryVersion = this.#feed.directory.version;
    const directory = this.#directory();
    if (directory === undefined) return;
    this.#markStale(
      directory.tags,
      directory.resolve,
      this.#livePosition,
      (tag) => tag.retired && this.#values.get(tag.tagId) !== undefined,
    );
  }

  #become(link: LinkState): void {
    this.#link = link;
    if (link.state === "silent") this.#markSilent();
    this.#listener.linkChanged(link);
  }

  #markSilent(): void {
    const directory = this.#directory();
    if (directory === undefined) return;
    this.#markStale(directory.tags, directory.resolve, this.#livePosition, (tag) => !tag.retired);
  }

  #markStale(
    tags: ReadonlyMap<number, TagDefinition>,
    resolve: StoredEntry["tagOf"],
    afterPosition: number,
    which: (tag: TagDefinition) => boolean,
  ): void {
    const tagIds = [...tags.values()].filter(which).map((tag) => tag.tagId);
    this.#offer("stale", this.#values.markStale(tagIds, this.#clock.nowUtcMicros()), afterPosition, resolve);
  }

  #offer(
    origin: "refresh" | "stale",
    samples: SampleColumns,
    afterPosition: number,
    resolve: StoredEntry["tagOf"],
  ): void {
    if (this.#phase === "warming") return;
    for (let first = 0; first < samples.count; first += SAMPLES_PER_ENTRY) {
      const some = sliceRows(samples, first, first + SAMPLES_PER_ENTRY);
      this.#listener.offer(this.#entry(origin, some, afterPosition, resolve));
    }
  }

  #entries(origin: "refresh" | "stale", samples: SampleColumns): CurrentEntry[] {
    const directory = this.#directory();
    if (directory === undefined) return [];
    const named = keepRows(samples, (tagId) => directory.tags.has(tagId));
    const entries: CurrentEntry[] = [];
    for (let first = 0; first < named.count; first += SAMPLES_PER_ENTRY) {
      const some = sliceRows(named, first, first + SAMPLES_PER_ENTRY);
      entries.push(this.#entry(origin, some, this.#livePosition, directory.resolve));
    }
    return entries;
  }

  #entry(
    origin: "refresh" | "stale",
    samples: SampleColumns,
    afterPosition: number,
    tagOf: StoredEntry["tagOf"],
  ): CurrentEntry {
    const { stream } = this.#settings;
    return {
      afterPosition,
      entry: { origin, position: 0, stream, journalEpoch: this.#journalEpoch, lane: "live", samples, tagOf },
    };
  }

  #directory() {
    return this.#feed.directory.newest(this.#settings.stream, this.#journalEpoch);
  }
}

function keepRows(samples: SampleColumns, keep: (tagId: number) => boolean): SampleColumns {
  const kept = new SampleColumnsBuilder(Math.max(1, samples.count));
  for (let row = 0; row < samples.count; row++) {
    if (keep(samples.tagIds[row]!)) kept.pushSample(sampleAt(samples, row));
  }
  return kept.take();
}

/** Rows first … end − 1; the columns share memory with the original. */
function sliceRows(samples: SampleColumns, first: number, end: number): SampleColumns {
  if (first === 0 && end >= samples.count) return samples;
  return {
    count: Math.min(end, samples.count) - first,
    tagIds: samples.tagIds.subarray(first, end),
    timestamps: samples.timestamps.subarray(first, end),
    statusCodes: samples.statusCodes.subarray(first, end),
    kinds: samples.kinds.subarray(first, end),
    numbers: samples.numbers.subarray(first, end),
    others: samples.others,
  };
}
