/** Runs one publisher: connects, cuts batches, retries, moves cursors, counts. Retry lives here, never in a publisher.
 *  block feed → [runner] → publisher → business system */
import { type StationError, sleep } from "@nonreturn/station/thread";
import type { UtcMicros } from "@nonreturn/wire-format";
import type { Lane } from "../record/store.ts";
import { BackOff } from "./back-off.ts";
import { Backlog, type BacklogFill } from "./backlog.ts";
import type { CurrentEntry } from "./current-queue.ts";
import { DropWarning } from "./drop-warning.ts";
import { isRefusal } from "./failure.ts";
import { Lanes } from "./lanes.ts";
import { LookAhead } from "./look-ahead.ts";
import { type Progress, type ProgressKeeper, type ProgressStep, progressStep } from "./progress.ts";
import { PublishLatency } from "./publish-latency.ts";
import { publishParts } from "./publish-parts.ts";
import type { LinkState, StoredEntry } from "./publisher.ts";
import { PublisherCalls } from "./publisher-calls.ts";
import type { RunnerSettings, RunnerSurroundings } from "./runner-settings.ts";
import type { RunnerState, RunnerStatus } from "./runner-status.ts";
import type { TakenBatch } from "./take-batch.ts";

/** How long one publisher may go on without giving the others a turn. */
const TURN_MS = 5;
/** How often the backlog is held against its limits. */
const BOUND_EVERY_MS = 1000;
const NO_BACKLOG: BacklogFill = { live: { blocks: 0, bytes: 0 }, late: { blocks: 0, bytes: 0 } };
export class PublisherRunner {
  readonly settings: RunnerSettings;
  /** Of live journal samples. */
  readonly latency = new PublishLatency();
  readonly #around: RunnerSurroundings;
  readonly #backOff: BackOff;
  readonly #calls: PublisherCalls;
  readonly #lanes: Lanes;
  readonly #lookAhead: LookAhead;
  readonly #backlog: Backlog;
  readonly #dropWarning: DropWarning;
  readonly #stopping = new AbortController();
  #progress: ProgressKeeper | undefined;
  #ended: Promise<void> | undefined;
  #wakeUp: (() => void) | undefined;
  #state: RunnerState = "connecting";
  #reason = "";
  #since: UtcMicros;
  #retries = 0;
  #refusedEntries = 0;
  #events = 0;
  #refused: { position: number; tries: number } = { position: -1, tries: 0 };
  #boundedMs = Number.NEGATIVE_INFINITY;

  constructor(settings: RunnerSettings, surroundings: RunnerSurroundings) {
    this.settings = settings;
    this.#around = surroundings;
    this.#backOff = new BackOff(settings.backOff, surroundings.random);
    this.#calls = new PublisherCalls(settings, surroundings);
    this.#lanes = new Lanes(settings, surroundings);
    this.#lookAhead = new LookAhead(surroundings.feed, surroundings.clock);
    this.#backlog = new Backlog(surroundings.feed.store, settings.backlog);
    this.#dropWarning = new DropWarning(settings.name, surroundings.clock, surroundings.log);
    this.#since = surroundings.clock.nowUtcMicros();
    if (this.#calls.publisher.progress === undefined) this.#progress = surroundings.progress;
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
    this.#lanes.offerCurrent(entry);
    this.wake();
  }

  linkChanged(link: LinkState): void {
    this.#lanes.linkChanged(link);
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

  /**
   * Hold the backlog against its limits while the far side is away, if its cursors are not kept there. Call this once a second.
   * While connected the runner does it by itself, between calls of publish.
   */
  boundWhileAway(): void {
    if (this.#state === "running" || this.#state === "stopped" || this.#calls.publisher.progress !== undefined) return;
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
      this.#lanes.currentIsEmpty
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
      eventsTold: this.#calls.eventsTold,
      retries: this.#retries,
      refusedEntries: this.#refusedEntries,
      currentDropped: this.#lanes.currentDropped,
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
        await this.#calls.make("connect", signal, (publisher, inner) => publisher.connect(inner));
        this.#begin();
        this.#become("running", "");
        await this.#publishUntilFailure(signal);
      } catch (error) {
        if (!signal.aborted) {
          this.#become("waiting", error instanceof Error ? error.message : String(error));
          log.warn({ err: error, publisher: this.settings.name }, "publisher failed; it is tried again");
        }
      }
      await this.#calls.close();
      if (!signal.aborted) await sleep(clock, this.#backOff.next(), signal);
    }
  }

  /** After connect: find the cursors, or set them for a publisher that never ran or whose store is another one. */
  #begin(): void {
    const { feed, log } = this.#around;
    const { store } = feed;
    const progress = this.#calls.publisher.progress ?? this.#around.progress;
    this.#progress = progress;
    this.#lanes.begin();
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
      const work = this.#lanes.next(this.#calls.publisher, this.#keeper());
      if (work === undefined) await this.#sleepUntilWoken(signal);
      else if (work.is === "batch") await this.#publishBatch(work.batch, signal);
      else if (work.is === "current") await this.#publishCurrent(work.entry, signal);
      else if (work.is === "tags") await this.#tellTags(work.version, signal);
      else await this.#tellLink(work.link, signal);
    }
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
      await this.#lookAhead.during(batch, () => this.#publish(batch.entries, batch.step, signal));
    } catch (error) {
      if (signal.aborted) return;
      this.#retries++;
      if (!isRefusal(error)) throw error;
      await this.#setAside(batch, error, signal);
      return;
    }
    if (this.#calls.publisher.progress === undefined) this.#keeper().save(batch.step);
    this.#events += batch.events;
    this.#logSetAside(batch.step);
    this.#backOff.succeeded();
    if (batch.lane === "live") this.latency.record(batch, clock.nowUtcMicros());
    else this.#lanes.pace.took(clock.monotonicMs() - startedMs);
  }

  /** The far side refuses one of these entries: find out which by offering them singly, then quarantine it. */
  async #setAside(batch: TakenBatch, error: StationError, signal: AbortSignal): Promise<void> {
    const { clock } = this.#around;
    const [entry] = batch.entries;
    if (batch.entries.length > 1 || entry === undefined) {
      this.#lanes.offerSingly(batch);
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
    if (this.#calls.publisher.parts !== "welcome" || count < 2) return { accepted: 0, reason: refusal };
    const { accepted, refused, reason } = await publishParts(entry, async (part) => {
      try {
        await this.#publish([part], progressStep({}), signal);
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
    const excess = this.#backlog.excess(progress, this.#calls.publisher.events ?? "unwanted", clock.nowUtcMicros());
    if (excess === undefined) return;
    keeper.save(progressStep(excess));
    this.#dropWarning.dropped(excess.gaps);
  }

  async #publishCurrent(entry: StoredEntry, signal: AbortSignal): Promise<void> {
    try {
      await this.#publish([entry], progressStep({}), signal);
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
    this.#lanes.currentTaken();
    this.#backOff.succeeded();
  }

  async #tellTags(version: number, signal: AbortSignal): Promise<void> {
    const tags = this.#around.feed.directory.currentTags();
    await this.#calls.make("publish the tags", signal, (publisher, inner) => publisher.tagsChanged?.(tags, inner));
    this.#lanes.tagsTold(version);
  }

  async #tellLink(link: LinkState, signal: AbortSignal): Promise<void> {
    await this.#calls.make("publish the link's state", signal, (publisher, inner) =>
      publisher.linkChanged?.(link, inner),
    );
    this.#lanes.linkTold(link);
  }

  #ageOf(lane: Lane): number {
    const progress = this.#progress?.load();
    const { feed, clock } = this.#around;
    if (progress === undefined || progress[lane] >= feed.store.lastPosition(lane)) return 0;
    const [block] = feed.store.readAfter(lane, progress[lane], 1, 1);
    return block === undefined ? 0 : Math.max(0, (clock.nowUtcMicros() - block.recordedAt) / 1000);
  }

  #publish(entries: readonly StoredEntry[], step: ProgressStep, signal: AbortSignal): Promise<void> {
    return this.#calls.make("publish", signal, (publisher, inner) => publisher.publish(entries, inner, step));
  }

  #keeper(): ProgressKeeper {
    return this.#calls.publisher.progress ?? this.#around.progress;
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
