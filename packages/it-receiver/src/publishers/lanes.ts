/** What one publisher gets next: tags, link and gaps first, then live blocks before late ones, current values at their place.
 *  block feed, current values → [lanes] → runner */
import type { Lane } from "../record/store.ts";
import { type CurrentEntry, CurrentQueue } from "./current-queue.ts";
import { LatePace } from "./late-pace.ts";
import { type KnownMissing, type MissingNews, MissingToTell } from "./missing-to-tell.ts";
import type { ProgressKeeper } from "./progress.ts";
import type { LinkState, Publisher, StoredEntry } from "./publisher.ts";
import type { RefusedSearch } from "./refused-search.ts";
import type { RunnerSettings, RunnerSurroundings } from "./runner-settings.ts";
import { type BatchLimits, type TakenBatch, takeBatch, takeParked, takeRetried } from "./take-batch.ts";
import { TurnPace } from "./turns.ts";

/** Samples of current values that may wait for one publisher. */
const CURRENT_QUEUE_SAMPLES = 262_144;
const PARKED_PER_BATCH = 32;
const RETRIED_PER_BATCH = 100;
const LOOK_FOR_RETRIED_MS = 1000;

export type Work =
  | { readonly is: "tags"; readonly version: number }
  | { readonly is: "link"; readonly link: LinkState }
  | { readonly is: "missing"; readonly news: MissingNews }
  | { readonly is: "current"; readonly entry: StoredEntry }
  | { readonly is: "batch"; readonly batch: TakenBatch }
  /** A batch that was refused, whose refused rows are looked for. */
  | { readonly is: "search"; readonly search: RefusedSearch };

export class Lanes {
  readonly pace: LatePace;
  readonly turnPace: TurnPace;
  readonly #settings: RunnerSettings;
  readonly #around: RunnerSurroundings;
  readonly #current = new CurrentQueue(CURRENT_QUEUE_SAMPLES);
  readonly #missing = new MissingToTell();
  #link: LinkState | undefined;
  #linkToTell: LinkState | undefined;
  /** One per lane, so that live blocks never wait for late ones. */
  readonly #searches: Record<Lane, RefusedSearch | undefined> = { live: undefined, late: undefined };
  /** Up to here fewer entries go at once, because so many were too much. */
  readonly #fewer: Record<Lane, { entries: number; through: number }> = {
    live: { entries: 0, through: 0 },
    late: { entries: 0, through: 0 },
  };
  #parkedPerBatch = PARKED_PER_BATCH;
  #retriedFromMs = Number.NEGATIVE_INFINITY;
  #lateFromMs = Number.NEGATIVE_INFINITY;
  #parkedSeenAtVersion = -1;
  #tagsToldAtVersion = -1;

  constructor(settings: RunnerSettings, surroundings: RunnerSurroundings) {
    this.#settings = settings;
    this.#around = surroundings;
    this.pace = new LatePace(settings.batchSamples);
    this.turnPace = new TurnPace(settings.batchSamples);
  }

  /** Samples of current values given up so far. */
  get currentDropped(): number {
    return this.#current.dropped;
  }

  get currentIsEmpty(): boolean {
    return this.#current.head === undefined;
  }

  offerCurrent(entry: CurrentEntry): void {
    if (this.#settings.wants === "current") this.#current.push(entry);
  }

  linkChanged(link: LinkState): void {
    this.#link = link;
    this.#linkToTell = link;
  }

  missingChanged(known: KnownMissing): void {
    this.#missing.changed(known);
  }

  /** After connect: whoever is there now knows nothing yet. */
  begin(): void {
    this.#parkedSeenAtVersion = -1;
    this.#tagsToldAtVersion = -1;
    this.#linkToTell = this.#link;
    this.#missing.begin();
    if (this.#settings.farSide === "forgets") for (const entry of this.#around.currentNow()) this.#current.push(entry);
  }

  /** In this order: the tags, the link's state, what is missing, current values whose place has come, live blocks, parked blocks, retried rows, late blocks. */
  next(publisher: Publisher, keeper: ProgressKeeper): Work | undefined {
    const { version } = this.#around.feed.directory;
    if (this.#tagsToldAtVersion !== version && publisher.tagsChanged !== undefined) return { is: "tags", version };
    if (this.#linkToTell !== undefined && publisher.linkChanged !== undefined)
      return { is: "link", link: this.#linkToTell };
    const { live, late } = keeper.load() ?? { live: 0, late: 0 };
    const news = publisher.missingChanged === undefined ? undefined : this.#missing.next({ live, late });
    if (news !== undefined) return { is: "missing", news };
    const events = publisher.events ?? "unwanted";
    if (this.#current.takeOverflow()) for (const entry of this.#around.staleNow()) this.#current.push(entry);
    const head = this.#current.head;
    if (head !== undefined && head.afterPosition <= live) return { is: "current", entry: head.entry };
    if (this.#searches.live !== undefined) return { is: "search", search: this.#searches.live };
    const liveBatch = this.#take("live", live, head?.afterPosition ?? Number.POSITIVE_INFINITY, events);
    if (liveBatch !== undefined) return { is: "batch", batch: liveBatch };
    // The position it waits for is not in the store (any more): nothing comes before it.
    if (head !== undefined) return { is: "current", entry: head.entry };
    if (this.#around.clock.monotonicMs() < this.#lateFromMs) return undefined;
    if (this.#searches.late !== undefined) return { is: "search", search: this.#searches.late };
    const lateBatch =
      this.#takeParked(keeper, events) ??
      this.#takeRetried(keeper, events) ??
      this.#take("late", late, Number.POSITIVE_INFINITY, events);
    return lateBatch && { is: "batch", batch: lateBatch };
  }

  tagsTold(version: number): void {
    this.#tagsToldAtVersion = version;
  }

  linkTold(link: LinkState): void {
    if (this.#linkToTell === link) this.#linkToTell = undefined;
  }

  missingTold(news: MissingNews): void {
    this.#missing.told(news);
  }

  currentTaken(): void {
    this.#current.shift();
  }

  beginSearch(search: RefusedSearch): void {
    this.#searches[search.batch.lane] = search;
  }

  endSearch({ batch }: RefusedSearch): void {
    this.#searches[batch.lane] = undefined;
  }

  /** Before cursors are moved from outside: what a search has in hand may be gone then. */
  endSearches(): void {
    this.#searches.live = undefined;
    this.#searches.late = undefined;
  }

  /** Nothing late before then; live blocks go on. */
  postponeLate(untilMs: number): void {
    this.#lateFromMs = untilMs;
  }

  /** Half of these entries at once, until they are behind. */
  takeFewer({ lane, step, entries }: TakenBatch): void {
    const fewer = Math.ceil(entries.length / 2);
    if (step.live === undefined && step.late === undefined) this.#parkedPerBatch = fewer;
    else this.#fewer[lane] = { entries: fewer, through: step[lane] ?? 0 };
  }

  /** Samples of the next batch, at most. */
  samples(lane: Lane): number {
    return lane === "live" ? this.turnPace.samples : Math.min(this.turnPace.samples, this.pace.samples);
  }

  #take(lane: Lane, cursor: number, throughPosition: number, events: BatchLimits["events"]): TakenBatch | undefined {
    const limits: BatchLimits = {
      entries: cursor < this.#fewer[lane].through ? this.#fewer[lane].entries : Number.POSITIVE_INFINITY,
      samples: this.samples(lane),
      bytes: this.#settings.batchBytes,
      throughPosition,
      events,
      isLongEnough: this.#around.turns.piece(),
    };
    return takeBatch(this.#around.feed, lane, cursor, limits, this.#around.clock.nowUtcMicros());
  }

  /** Somebody else asks for them, in the table. */
  #takeRetried(keeper: ProgressKeeper, events: BatchLimits["events"]): TakenBatch | undefined {
    const { feed, clock } = this.#around;
    const nowMs = clock.monotonicMs();
    if (nowMs < this.#retriedFromMs) return undefined;
    const records = keeper.toRetry(RETRIED_PER_BATCH);
    if (records.length > 0) return takeRetried(feed, records, events, clock.nowUtcMicros());
    this.#retriedFromMs = nowMs + LOOK_FOR_RETRIED_MS;
    return undefined;
  }

  /** Only looked for again after a directory revision became complete: until then nothing can have changed. */
  #takeParked(keeper: ProgressKeeper, events: BatchLimits["events"]): TakenBatch | undefined {
    const { feed, clock } = this.#around;
    if (this.#parkedSeenAtVersion === feed.directory.version) return undefined;
    for (const { stream, journalEpoch, revision } of feed.directory.revisions()) {
      const parked = keeper.parkedUpTo(stream, journalEpoch, revision, this.#parkedPerBatch);
      if (parked.length > 0) return takeParked(feed, parked, events, clock.nowUtcMicros());
    }
    this.#parkedSeenAtVersion = feed.directory.version;
    this.#parkedPerBatch = PARKED_PER_BATCH;
    return undefined;
  }
}
