/** Runs one publisher: connects, cuts batches, retries, moves cursors, counts. Retry lives here, never in a publisher.
 *  block feed → [runner] → publisher → business system */
import { sleep } from "@nonreturn/station/thread";
import type { UtcMicros } from "@nonreturn/wire-format";
import type { Lane } from "../record/store.ts";
import { BackOff } from "./back-off.ts";
import { Backlog, type BacklogFill } from "./backlog.ts";
import type { CurrentEntry } from "./current-queue.ts";
import { DropWarning } from "./drop-warning.ts";
import { Lanes, type Work } from "./lanes.ts";
import { logSetAside } from "./log-set-aside.ts";
import { LookAhead } from "./look-ahead.ts";
import type { KnownMissing, MissingNews } from "./missing-to-tell.ts";
import { placeCursors } from "./place-cursors.ts";
import { type Progress, type ProgressKeeper, type ProgressStep, progressStep } from "./progress.ts";
import { PublishLatency } from "./publish-latency.ts";
import { Busy, CutOff, type LinkState, Refusal, type StoredEntry, Suspicion } from "./publisher.ts";
import { PublisherCalls } from "./publisher-calls.ts";
import { type Outcome, Quarantine } from "./quarantine.ts";
import type { RefusedSearch } from "./refused-search.ts";
import type { RunnerSettings, RunnerSurroundings } from "./runner-settings.ts";
import type { RunnerState, RunnerStatus } from "./runner-status.ts";
import type { TakenBatch } from "./take-batch.ts";

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
  readonly #quarantine: Quarantine;
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
  #events = 0;
  /** Current values whose refused ones are looked for. */
  #refusedCurrent: { readonly search: RefusedSearch; readonly because: unknown } | undefined;
  #boundedMs = Number.NEGATIVE_INFINITY;

  constructor(settings: RunnerSettings, surroundings: RunnerSurroundings) {
    this.settings = settings;
    this.#around = surroundings;
    this.#backOff = new BackOff(settings.backOff, surroundings.random);
    this.#calls = new PublisherCalls(settings, surroundings);
    this.#lanes = new Lanes(settings, surroundings);
    this.#lookAhead = new LookAhead(surroundings.feed, surroundings.turns);
    this.#quarantine = new Quarantine(settings, surroundings, this.#calls);
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

  missingChanged(known: KnownMissing): void {
    this.#lanes.missingChanged(known);
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
      unitsWaiting: this.#calls.publisher.unitsWaiting,
      retries: this.#retries,
      refusedEntries: this.#quarantine.refused.blocks,
      refusedRows: this.#quarantine.refused.rows,
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
      const { moves } = this.#calls;
      let askedMs = 0;
      try {
        this.#become("connecting", this.#reason);
        if (this.#calls.publisher.progress === undefined) this.#placeCursors(this.#around.progress);
        await this.#calls.make("connect", signal, (publisher, inner) => publisher.connect(inner));
        this.#placeCursors(this.#keeper());
        this.#lanes.begin();
        this.#become("running", "");
        await this.#publishUntilFailure(signal);
      } catch (error) {
        if (!signal.aborted) {
          if (error instanceof Busy) askedMs = error.waitMs;
          this.#become("waiting", error instanceof Error ? error.message : String(error));
          log.warn({ err: error, publisher: this.settings.name }, "publisher failed; it is tried again");
        }
      }
      await this.#calls.close();
      if (this.#calls.moves > moves) this.#backOff.succeeded();
      if (!signal.aborted) await sleep(clock, Math.max(askedMs, this.#backOff.next()), signal);
    }
  }

  /** At the start already, for what is recorded while the far side was never there is behind them; after connect where the far side keeps them. */
  #placeCursors(progress: ProgressKeeper): void {
    const { feed, log } = this.#around;
    this.#progress = progress;
    placeCursors(progress, feed.store, this.settings, log);
  }

  async #publishUntilFailure(signal: AbortSignal): Promise<void> {
    const { turns } = this.#around;
    // Whoever has caught up goes on at once; whoever is behind, or would go on for long, waits for a turn.
    let isLongEnough = turns.piece();
    let behind: TakenBatch["behind"] = "nothing";
    while (!signal.aborted) {
      let is: Work["is"] | undefined;
      if (behind === "more" || isLongEnough()) {
        await turns.next(
          behind === "more" ? "behind" : "caught up",
          (tookMs) => is === "batch" && this.#lanes.turnPace.took(tookMs),
        );
        isLongEnough = turns.piece();
        if (signal.aborted) return;
      }
      this.#boundBacklog();
      const work = this.#lanes.next(this.#calls.publisher, this.#keeper());
      is = work?.is;
      behind = work?.is === "batch" ? work.batch.behind : "nothing";
      if (work === undefined) {
        await this.#sleepUntilWoken(signal);
        isLongEnough = turns.piece();
      } else if (work.is === "batch") await this.#publishBatch(work.batch, signal);
      else if (work.is === "search") await this.#search(work.search, signal);
      else if (work.is === "current") await this.#publishCurrent(work.entry, signal);
      else if (work.is === "tags") await this.#tellTags(work.version, signal);
      else if (work.is === "missing") await this.#tellMissing(work.news, signal);
      else await this.#tellLink(work.link, signal);
    }
  }

  async #publishBatch(batch: TakenBatch, signal: AbortSignal): Promise<void> {
    const { clock } = this.#around;
    if (batch.entries.length === 0) {
      this.#keeper().save(batch.step);
      logSetAside(batch.step, this.settings.name, this.#around.log);
      return;
    }
    const expected = this.#quarantine.searchBefore(batch);
    if (expected === "too many") return this.#lanes.takeFewer(batch);
    if (expected !== undefined) return this.#lanes.beginSearch(expected);
    const startedMs = clock.monotonicMs();
    try {
      const samples = this.#lanes.samples(batch.lane);
      await this.#lookAhead.during(batch, samples, () => this.#publish(batch.entries, batch.step, signal));
    } catch (error) {
      if (signal.aborted) return;
      this.#retries++;
      const search = this.#quarantine.searchAfter(batch, error);
      if (search !== undefined) this.#lanes.beginSearch(search);
      if (search === undefined || error instanceof CutOff) throw error;
      return;
    }
    this.#quarantine.taken(batch.entries);
    if (this.#calls.publisher.progress === undefined) this.#keeper().save(batch.step);
    this.#published(batch);
    const tookMs = clock.monotonicMs() - startedMs;
    if (batch.lane === "late") this.#lanes.pace.took(tookMs);
    else this.#lanes.pace.liveTook(tookMs, batch.step.samples);
  }

  /** One call at a time, so that live blocks do not wait while the refused rows of a late batch are looked for. */
  async #search(search: RefusedSearch, signal: AbortSignal): Promise<void> {
    const { acceptedRows: accepted, refusedRows: refused } = search;
    const { clock } = this.#around;
    const startedMs = clock.monotonicMs();
    let outcome: Outcome;
    try {
      outcome = await this.#quarantine.goOn(search, this.#keeper(), signal);
    } catch (error) {
      // That it takes others is known: the pauses need not grow while its rows are looked for.
      if (error instanceof CutOff && search.isProved) this.#backOff.succeeded();
      throw error;
    }
    if (outcome.is === "searching") {
      const isNearer = search.acceptedRows > accepted || (search.isProved && search.refusedRows > refused);
      if (isNearer) this.#backOff.succeeded();
      return;
    }
    this.#lanes.endSearch(search);
    if (outcome.is === "too much at once") this.#lanes.takeFewer(search.batch);
    else if (outcome.is === "all refused") await this.#waitForBetter(search.batch.lane, outcome.reason, signal);
    else {
      const { entries, step } = outcome;
      // The call that settles it carries all of the batch, where the others were trials.
      if (search.batch.lane === "late" && this.#calls.publisher.trial !== undefined && search.acceptedRows > 0)
        this.#lanes.pace.took(clock.monotonicMs() - startedMs);
      const events = entries.reduce((sum, entry) => sum + (entry.events?.length ?? 0), 0);
      this.#published({ ...search.batch, entries, step, events }, search.acceptedRows > 0 ? "some" : "nothing");
    }
  }

  /** Without closing: who is connected to a server of ours stays so. Live blocks never wait for late ones that are refused. */
  async #waitForBetter(lane: Lane, reason: string, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#around;
    const pauseMs = this.#backOff.next();
    const refused = "every sample of a batch is refused";
    log.warn({ publisher: this.settings.name, lane, reason }, `${refused}; it is offered again`);
    if (lane === "late") {
      this.#lanes.postponeLate(clock.monotonicMs() + pauseMs);
      clock.after(pauseMs, () => this.wake());
      return;
    }
    this.#become("waiting", `${refused}: ${reason}`);
    await sleep(clock, pauseMs, signal);
    if (!signal.aborted) this.#become("running", "");
  }

  #published(batch: TakenBatch, accepted: "some" | "nothing" = "some"): void {
    this.#events += batch.events;
    logSetAside(batch.step, this.settings.name, this.#around.log);
    if (accepted === "some") this.#backOff.succeeded();
    if (batch.lane === "live") this.latency.record(batch, this.#around.clock.nowUtcMicros());
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
    this.#lanes.endSearches();
    keeper.save(progressStep(excess));
    this.#dropWarning.dropped(excess.gaps);
  }

  async #publishCurrent(entry: StoredEntry, signal: AbortSignal): Promise<void> {
    if (this.#refusedCurrent?.search.batch.entries[0] !== entry) this.#refusedCurrent = undefined;
    try {
      if (this.#refusedCurrent === undefined) await this.#publish([entry], progressStep({}), signal);
    } catch (error) {
      if (signal.aborted) return;
      this.#retries++;
      const search = this.#quarantine.searchAfter(currentBatch(entry), error);
      if (search !== undefined) this.#refusedCurrent = { search, because: error };
      if (search === undefined || error instanceof CutOff) throw error;
    }
    if (this.#refusedCurrent !== undefined) {
      const { search, because } = this.#refusedCurrent;
      try {
        await this.#quarantine.publishCurrent(search, because, signal);
        this.#refusedCurrent = undefined;
      } catch (error) {
        if (error === because) this.#refusedCurrent = undefined;
        throw error;
      }
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

  async #tellMissing(news: MissingNews, signal: AbortSignal): Promise<void> {
    try {
      await this.#calls.make("publish what is missing", signal, (publisher, inner) =>
        publisher.missingChanged?.(news.known.list, news.is, inner),
      );
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof Suspicion)) throw error;
      // A rule of the site, or a right that is not there: samples are not held up by it. The next news are told again.
      this.#around.log.warn({ err: error, publisher: this.settings.name }, "the list of gaps is refused");
    }
    this.#lanes.missingTold(news);
  }

  #ageOf(lane: Lane): number {
    const progress = this.#progress?.load();
    const { feed, clock } = this.#around;
    if (progress === undefined || progress[lane] >= feed.store.lastPosition(lane)) return 0;
    const [block] = feed.store.readAfter(lane, progress[lane], 1, 1);
    return block === undefined ? 0 : Math.max(0, (clock.nowUtcMicros() - block.recordedAt) / 1000);
  }

  #publish(entries: readonly StoredEntry[], step: ProgressStep, signal: AbortSignal): Promise<void> {
    return this.#calls.make("publish", signal, (publisher, inner, movedOn) =>
      publisher.publish(entries, inner, step, movedOn),
    );
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

/** Current values as a batch of their own, which moves nothing. */
function currentBatch(entry: StoredEntry): TakenBatch {
  return { lane: "live", entries: [entry], sealedAt: [0], events: 0, behind: "nothing", step: progressStep({}) };
}
