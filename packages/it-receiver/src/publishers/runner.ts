/** Runs one publisher: connects, cuts batches, retries, moves cursors, counts. Retry lives here, never in a publisher.
 *  block feed → [runner] → publisher → business system */
import { type Clock, type Log, StationError, sleep } from "@nonreturn/station/thread";
import type { UtcMicros } from "@nonreturn/wire-format";
import type { Lane } from "../record/store.ts";
import { BackOff, type BackOffSettings } from "./back-off.ts";
import { Backlog, type BacklogFill, type BacklogLimits } from "./backlog.ts";
import type { BlockFeed } from "./block-feed.ts";
import { type CurrentEntry, CurrentQueue } from "./current-queue.ts";
import { DropWarning } from "./drop-warning.ts";
import { LatePace } from "./late-pace.ts";
import { RecentLatency } from "./latency-histogram.ts";
import { type Progress, type ProgressKeeper, type ProgressStep, progressStep, type RetentionGap } from "./progress.ts";
import { publishParts } from "./publish-parts.ts";
import type { LinkState, Publisher, StoredEntry } from "./publisher.ts";
import { type BatchLimits, type TakenBatch, takeBatch, takeParked } from "./take-batch.ts";
import { PUBLISHER_HUNG, withDeadline } from "./with-deadline.ts";

export interface RunnerSettings {
  readonly name: string;
  readonly wants: "history" | "current";
  readonly farSide: "keeps" | "forgets";
  /** Where a publisher begins that never ran before. */
  readonly startFrom: "oldest" | "now";
  readonly batchSamples: number;
  /** Sealed bytes read per batch. */
  readonly batchBytes: number;
  /** For one call of connect, publish or close. */
  readonly deadlineMs: number;
  /** Offers of one entry before it is quarantined. */
  readonly refusedTries: number;
  readonly backOff: BackOffSettings;
  /** What lies further behind is dropped, as a named gap. */
  readonly backlog: BacklogLimits;
}

export interface RunnerSurroundings {
  readonly clock: Clock;
  readonly log: Log;
  /** 0 ≤ r < 1 */
  readonly random: () => number;
  readonly feed: BlockFeed;
  /** Makes a publisher that is not connected. Called again when one hung. */
  readonly create: () => Publisher;
  /** For publishers that do not keep their progress themselves. */
  readonly progress: ProgressKeeper;
  /** Everything that is stale now, for a publisher whose queue overflowed. */
  readonly staleNow: () => readonly CurrentEntry[];
  /** Every current value, for a far side that forgot them. */
  readonly currentNow: () => readonly CurrentEntry[];
}

export type RunnerState = "connecting" | "running" | "waiting" | "stopped";

export interface RunnerStatus {
  readonly name: string;
  /** waiting: backing off after a failure. */
  readonly state: RunnerState;
  /** Why it waits; "" otherwise. */
  readonly reason: string;
  readonly since: UtcMicros;
  /** undefined until it was connected once, where the far side keeps it. */
  readonly progress: Progress | undefined;
  /** Alarm events that the far side holds, since the start. */
  readonly events: number;
  readonly retries: number;
  readonly refusedEntries: number;
  readonly currentDropped: number;
  /** Since the oldest block not published yet was recorded; 0 if there is none. */
  readonly liveAgeMs: number;
  readonly lateAgeMs: number;
  /** Stored and not published yet. */
  readonly backlog: BacklogFill;
  readonly latestGap: RetentionGap | undefined;
}

/** Samples of current values that may wait for one publisher. */
const CURRENT_QUEUE_SAMPLES = 262_144;
const PARKED_PER_BATCH = 32;
/** How long one publisher may go on without giving the others a turn. */
const TURN_MS = 5;
/** How often the backlog is held against its limits. */
const BOUND_EVERY_MS = 1000;
const CLOSE_MS = 5000;
const NO_BACKLOG: BacklogFill = { live: { blocks: 0, bytes: 0 }, late: { blocks: 0, bytes: 0 } };
/** How long a call may go on after the station asked it to stop. */
const GRACE_MS = 1000;

type Work =
  | { readonly is: "tags"; readonly version: number }
  | { readonly is: "link"; readonly link: LinkState }
  | { readonly is: "current"; readonly entry: StoredEntry }
  | { readonly is: "batch"; readonly batch: TakenBatch };

export class PublisherRunner {
  readonly settings: RunnerSettings;
  /** Of live journal samples, from their source timestamp, in ms. Includes how far the two stations' clocks differ. */
  readonly sourceLatency = new RecentLatency();
  /** The same from the moment their block was sealed. */
  readonly sealedLatency = new RecentLatency();
  readonly #around: RunnerSurroundings;
  readonly #backOff: BackOff;
  readonly #pace: LatePace;
  readonly #backlog: Backlog;
  readonly #dropWarning: DropWarning;
  readonly #current = new CurrentQueue(CURRENT_QUEUE_SAMPLES);
  readonly #stopping = new AbortController();
  #publisher: Publisher;
  #progress: ProgressKeeper | undefined;
  #ended: Promise<void> | undefined;
  #wakeUp: (() => void) | undefined;
  #state: RunnerState = "connecting";
  #reason = "";
  #since: UtcMicros;
  #retries = 0;
  #refusedEntries = 0;
  #events = 0;
  #link: LinkState | undefined;
  #linkToTell: LinkState | undefined;
  /** Up to here entries go one at a time, because a call with several was refused. */
  readonly #singlyThrough: Record<Lane, number> = { live: 0, late: 0 };
  #parkedSingly = false;
  #refused: { position: number; tries: number } = { position: -1, tries: 0 };
  #parkedSeenAtVersion = -1;
  #tagsToldAtVersion = -1;
  #boundedMs = Number.NEGATIVE_INFINITY;

  constructor(settings: RunnerSettings, surroundings: RunnerSurroundings) {
    this.settings = settings;
    this.#around = surroundings;
    this.#backOff = new BackOff(settings.backOff, surroundings.random);
    this.#pace = new LatePace(settings.batchSamples);
    this.#backlog = new Backlog(surroundings.feed.store, settings.backlog);
    this.#dropWarning = new DropWarning(settings.name, surroundings.clock, surroundings.log);
    this.#publisher = surroundings.create();
    this.#since = surroundings.clock.nowUtcMicros();
    if (this.#publisher.progress === undefined) this.#progress = surroundings.progress;
  }

  /** Begin. Never throws; whatever fails is retried until {@link stop}. */
  start(): void {
    this.#ended ??= this.#run(this.#stopping.signal);
  }

  /** Something may be there to publish. */
  wake(): void {
    this.#wakeUp?.();
  }

  /** For publishers that want current values. */
  offerCurrent(entry: CurrentEntry): void {
    if (this.settings.wants !== "current") return;
    this.#current.push(entry);
    this.wake();
  }

  linkChanged(link: LinkState): void {
    this.#link = link;
    this.#linkToTell = link;
    this.wake();
  }

  /** Ends after the call in progress, or soon after it was told to give up. The publisher is closed. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.wake();
    await this.#ended;
    this.#become("stopped", "");
  }

  /** undefined until it was connected once, where the far side keeps it. */
  get progress(): Progress | undefined {
    return this.#progress?.load();
  }

  /** Recent latency covers the last turns: call this at a steady pace. */
  turnLatency(): void {
    this.sourceLatency.turn();
    this.sealedLatency.turn();
  }

  /**
   * Hold the backlog against its limits while the far side is away, if its cursors are not kept there. Call this once a second.
   * While connected the runner does it by itself, between calls of publish.
   */
  boundWhileAway(): void {
    if (this.#state === "running" || this.#state === "stopped" || this.#publisher.progress !== undefined) return;
    try {
      this.#boundBacklog();
    } catch (error) {
      this.#around.log.warn({ err: error, publisher: this.settings.name }, "what is too far behind cannot be dropped");
    }
  }

  /** Everything the store holds is published, parked or set aside. */
  get drained(): boolean {
    const progress = this.#progress?.load();
    if (progress === undefined) return false;
    const { store } = this.#around.feed;
    return (
      progress.live >= store.lastPosition("live") &&
      progress.late >= store.lastPosition("late") &&
      this.#current.head === undefined
    );
  }

  status(): RunnerStatus {
    const progress = this.#progress?.load();
    return {
      name: this.settings.name,
      state: this.#state,
      reason: this.#reason,
      since: this.#since,
      progress,
      events: this.#events,
      retries: this.#retries,
      refusedEntries: this.#refusedEntries,
      currentDropped: this.#current.dropped,
      liveAgeMs: this.#ageOf("live"),
      lateAgeMs: this.#ageOf("late"),
      backlog: progress === undefined ? NO_BACKLOG : this.#backlog.fill(progress),
      latestGap: progress === undefined || progress.gaps === 0 ? undefined : this.#progress?.gaps(1)[0],
    };
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#around;
    while (!signal.aborted) {
      try {
        this.#become("connecting", this.#reason);
        await this.#call("connect", signal, (inner) => this.#publisher.connect(inner));
        this.#begin();
        this.#become("running", "");
        await this.#publishUntilFailure(signal);
      } catch (error) {
        if (!signal.aborted) {
          this.#become("waiting", error instanceof Error ? error.message : String(error));
          log.warn({ err: error, publisher: this.settings.name }, "publisher failed; it is tried again");
        }
      }
      await this.#close();
      if (!signal.aborted) await sleep(clock, this.#backOff.next(), signal);
    }
  }

  /** After connect: find the cursors, or set them for a publisher that never ran or whose store is another one. */
  #begin(): void {
    const { feed, log } = this.#around;
    const { store } = feed;
    const progress = this.#publisher.progress ?? this.#around.progress;
    this.#progress = progress;
    this.#parkedSeenAtVersion = -1;
    this.#tagsToldAtVersion = -1;
    this.#linkToTell = this.#link;
    if (this.settings.farSide === "forgets") for (const entry of this.#around.currentNow()) this.#current.push(entry);
    const oldest = { live: store.removedThrough("live"), late: store.removedThrough("late") };
    const last = {
      live: Math.max(oldest.live, store.lastPosition("live")),
      late: Math.max(oldest.late, store.lastPosition("late")),
    };
    const held = progress.load();
    if (held === undefined) {
      progress.save(progressStep(this.settings.startFrom === "oldest" ? oldest : last));
    } else if (held.live > last.live || held.late > last.late) {
      log.warn(
        { publisher: this.settings.name, held, last },
        "the cursors are beyond the store's end: the store was replaced; publishing begins at its oldest block",
      );
      progress.save(progressStep(oldest));
    }
  }

  async #publishUntilFailure(signal: AbortSignal): Promise<void> {
    const { clock } = this.#around;
    let yieldedMs = clock.monotonicMs();
    while (!signal.aborted) {
      // A publisher that answers without waiting (the historian) must not keep messages and other publishers from their turn.
      if (clock.monotonicMs() - yieldedMs > TURN_MS) {
        await sleep(clock, 0, signal);
        yieldedMs = clock.monotonicMs();
      }
      this.#boundBacklog();
      const work = this.#nextWork();
      if (work === undefined) await this.#sleepUntilWoken(signal);
      else if (work.is === "batch") await this.#publishBatch(work.batch, signal);
      else if (work.is === "current") await this.#publishCurrent(work.entry, signal);
      else if (work.is === "tags") await this.#tellTags(work.version, signal);
      else await this.#tellLink(work.link, signal);
    }
  }

  /** In this order: the tags, the link's state, current values whose place has come, live blocks, parked blocks, late blocks. */
  #nextWork(): Work | undefined {
    const { version } = this.#around.feed.directory;
    if (this.#tagsToldAtVersion !== version && this.#publisher.tagsChanged !== undefined)
      return { is: "tags", version };
    if (this.#linkToTell !== undefined && this.#publisher.linkChanged !== undefined)
      return { is: "link", link: this.#linkToTell };
    const { live, late } = this.#cursors();
    if (this.#current.takeOverflow()) for (const entry of this.#around.staleNow()) this.#current.push(entry);
    const head = this.#current.head;
    if (head !== undefined && head.afterPosition <= live) return { is: "current", entry: head.entry };
    const liveBatch = this.#take("live", live, head?.afterPosition ?? Number.POSITIVE_INFINITY);
    if (liveBatch !== undefined) return { is: "batch", batch: liveBatch };
    // The position it waits for is not in the store (any more): nothing comes before it.
    if (head !== undefined) return { is: "current", entry: head.entry };
    const lateBatch = this.#takeParked() ?? this.#take("late", late, Number.POSITIVE_INFINITY);
    return lateBatch && { is: "batch", batch: lateBatch };
  }

  #take(lane: Lane, cursor: number, throughPosition: number): TakenBatch | undefined {
    const { batchSamples, batchBytes } = this.settings;
    const limits: BatchLimits = {
      entries: cursor < this.#singlyThrough[lane] ? 1 : Number.POSITIVE_INFINITY,
      samples: lane === "live" ? batchSamples : this.#pace.samples,
      bytes: batchBytes,
      throughPosition,
      events: this.#publisher.events ?? "unwanted",
    };
    return takeBatch(this.#around.feed, lane, cursor, limits, this.#around.clock.nowUtcMicros());
  }

  /** Only looked for again after a directory revision became complete: until then nothing can have changed. */
  #takeParked(): TakenBatch | undefined {
    const { feed, clock } = this.#around;
    if (this.#parkedSeenAtVersion === feed.directory.version) return undefined;
    for (const { stream, journalEpoch, revision } of feed.directory.revisions()) {
      const limit = this.#parkedSingly ? 1 : PARKED_PER_BATCH;
      const parked = this.#keeper().parkedUpTo(stream, journalEpoch, revision, limit);
      if (parked.length > 0)
        return takeParked(feed, parked, this.#publisher.events ?? "unwanted", clock.nowUtcMicros());
    }
    this.#parkedSeenAtVersion = feed.directory.version;
    this.#parkedSingly = false;
    return undefined;
  }

  async #publishBatch(batch: TakenBatch, signal: AbortSignal): Promise<void> {
    const { clock } = this.#around;
    if (batch.entries.length === 0) {
      this.#keeper().save(batch.step);
      this.#logSetAside(batch.step);
      return;
    }
    const startedMs = clock.monotonicMs();
    try {
      await this.#call("publish", signal, (inner) => this.#publisher.publish(batch.entries, inner, batch.step));
    } catch (error) {
      if (signal.aborted) return;
      this.#retries++;
      if (!isRefusal(error)) throw error;
      await this.#setAside(batch, error, signal);
      return;
    }
    if (this.#publisher.progress === undefined) this.#keeper().save(batch.step);
    this.#events += batch.events;
    this.#logSetAside(batch.step);
    this.#backOff.succeeded();
    if (batch.lane === "live") this.#recordLatency(batch);
    else this.#pace.took(clock.monotonicMs() - startedMs);
  }

  /** The far side refuses one of these entries: find out which by offering them singly, then quarantine it. */
  async #setAside(batch: TakenBatch, error: StationError, signal: AbortSignal): Promise<void> {
    const { clock } = this.#around;
    const parked = batch.step.live === undefined && batch.step.late === undefined;
    const [entry] = batch.entries;
    if (batch.entries.length > 1 || entry === undefined) {
      if (parked) this.#parkedSingly = true;
      else this.#singlyThrough[batch.lane] = batch.step[batch.lane] ?? 0;
      return;
    }
    const tries = this.#refused.position === entry.position ? this.#refused.tries + 1 : 1;
    this.#refused = { position: entry.position, tries };
    if (tries < this.settings.refusedTries) {
      await sleep(clock, this.settings.backOff.firstMs, signal);
      return;
    }
    const { accepted, reason } = await this.#publishParts(entry, error.what, signal);
    if (signal.aborted) return;
    this.#refusedEntries++;
    const refused = { position: entry.position, lane: entry.lane, reason, at: clock.nowUtcMicros() };
    const quarantine = [...(batch.step.quarantine ?? []), refused];
    const step = { ...batch.step, samples: accepted, batches: accepted > 0 ? 1 : 0, quarantine };
    this.#keeper().save(step);
    this.#logSetAside(step);
  }

  /** Of a refused entry, whatever is not refused by itself. @returns how many samples that is, and what to say of the others. */
  async #publishParts(
    entry: StoredEntry,
    refusal: string,
    signal: AbortSignal,
  ): Promise<{ readonly accepted: number; readonly reason: string }> {
    const { count } = entry.samples;
    if (this.#publisher.parts !== "welcome" || count < 2) return { accepted: 0, reason: refusal };
    const { accepted, refused, reason } = await publishParts(entry, async (part) => {
      try {
        await this.#call("publish", signal, (inner) => this.#publisher.publish([part], inner, progressStep({})));
        return undefined;
      } catch (error) {
        if (signal.aborted || !isRefusal(error)) throw error;
        return error.what;
      }
    });
    return { accepted, reason: `${refused} of ${count} samples: ${refused === 0 ? refusal : reason}` };
  }

  #logSetAside(step: ProgressStep): void {
    const { log } = this.#around;
    const publisher = this.settings.name;
    for (const { position, reason } of step.quarantine ?? []) {
      log.error(
        { publisher, position, reason },
        "a stored block cannot be published here, or not all of it; it is set aside and stays in the store",
      );
    }
    for (const gap of step.gaps ?? []) {
      log.error({ publisher, ...gap }, "retention removed blocks before they were published");
    }
  }

  /** Only between calls of publish: what a call has in hand must not be dropped. */
  #boundBacklog(): void {
    const { clock } = this.#around;
    if (clock.monotonicMs() - this.#boundedMs < BOUND_EVERY_MS) return;
    this.#boundedMs = clock.monotonicMs();
    const keeper = this.#keeper();
    const progress = keeper.load();
    if (progress === undefined) return;
    const excess = this.#backlog.excess(progress, this.#publisher.events ?? "unwanted", clock.nowUtcMicros());
    if (excess === undefined) return;
    keeper.save(progressStep(excess));
    this.#dropWarning.dropped(excess.gaps);
  }

  async #publishCurrent(entry: StoredEntry, signal: AbortSignal): Promise<void> {
    try {
      await this.#call("publish", signal, (inner) => this.#publisher.publish([entry], inner, progressStep({})));
    } catch (error) {
      if (signal.aborted) return;
      this.#retries++;
      if (!isRefusal(error)) throw error;
      this.#refusedEntries++; // not history: the next refresh replaces it
      this.#around.log.warn(
        { err: error, publisher: this.settings.name },
        "the far side refuses current values; they are dropped",
      );
    }
    this.#current.shift();
    this.#backOff.succeeded();
  }

  async #tellTags(version: number, signal: AbortSignal): Promise<void> {
    const tags = this.#around.feed.directory.currentTags();
    await this.#call("publish the tags", signal, async (inner) => this.#publisher.tagsChanged?.(tags, inner));
    this.#tagsToldAtVersion = version;
  }

  async #tellLink(link: LinkState, signal: AbortSignal): Promise<void> {
    await this.#call("publish the link's state", signal, async (inner) => this.#publisher.linkChanged?.(link, inner));
    if (this.#linkToTell === link) this.#linkToTell = undefined;
  }

  /** A call that hangs leaves an object nobody can trust: it is abandoned and a new one made. */
  async #call(
    what: string,
    signal: AbortSignal,
    operation: (signal: AbortSignal) => Promise<void>,
    deadlineMs = this.settings.deadlineMs,
  ): Promise<void> {
    const { clock } = this.#around;
    try {
      await withDeadline(clock, what, this.settings.name, deadlineMs, GRACE_MS, signal, operation);
    } catch (error) {
      if (codeOf(error) === PUBLISHER_HUNG) {
        const hung = this.#publisher;
        this.#publisher = this.#around.create();
        hung.close().catch(() => undefined);
      }
      throw error;
    }
  }

  async #close(): Promise<void> {
    try {
      await this.#call("close", new AbortController().signal, () => this.#publisher.close(), CLOSE_MS);
    } catch (error) {
      this.#around.log.warn({ err: error, publisher: this.settings.name }, "publisher did not close well");
    }
  }

  #recordLatency(batch: TakenBatch): void {
    const now = this.#around.clock.nowUtcMicros();
    batch.entries.forEach(({ samples }, index) => {
      this.sealedLatency.record((now - batch.sealedAt[index]!) / 1000, samples.count);
      // Samples of one scan share their timestamp: one bucket look-up per run.
      for (let row = 0; row < samples.count; ) {
        const timestamp = samples.timestamps[row]!;
        let end = row + 1;
        while (end < samples.count && samples.timestamps[end] === timestamp) end++;
        this.sourceLatency.record((now - timestamp) / 1000, end - row);
        row = end;
      }
    });
  }

  #ageOf(lane: Lane): number {
    const progress = this.#progress?.load();
    const { feed, clock } = this.#around;
    if (progress === undefined || progress[lane] >= feed.store.lastPosition(lane)) return 0;
    const [block] = feed.store.readAfter(lane, progress[lane], 1, 1);
    return block === undefined ? 0 : Math.max(0, (clock.nowUtcMicros() - block.recordedAt) / 1000);
  }

  #cursors(): { live: number; late: number } {
    return this.#keeper().load() ?? { live: 0, late: 0 };
  }

  #keeper(): ProgressKeeper {
    return this.#publisher.progress ?? this.#around.progress;
  }

  #sleepUntilWoken(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        signal.removeEventListener("abort", done);
        this.#wakeUp = undefined;
        resolve();
      };
      this.#wakeUp = done;
      signal.addEventListener("abort", done, { once: true });
      if (signal.aborted) done();
    });
  }

  #become(state: RunnerState, reason: string): void {
    if (state === this.#state && reason === this.#reason) return;
    this.#state = state;
    this.#reason = reason;
    this.#since = this.#around.clock.nowUtcMicros();
  }
}

function isRefusal(error: unknown): error is StationError {
  return error instanceof StationError && error.code === "PUBLISH_REFUSED_ENTRY";
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null | undefined)?.code;
}
