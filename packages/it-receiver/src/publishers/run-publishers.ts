/** Wires the publishers of one IT station: one feed, one follower of current values, one runner each.
 *  store, record's news → [run publishers] → publishers; figures → main */
import { join } from "node:path";
import type { Clock, Log, Port } from "@nonreturn/station";
import { readGapList } from "../gaps/gap-list.ts";
import {
  type ReadMissingList,
  type ReadMissingTimes,
  readMissingList,
  readMissingTimes,
} from "../gaps/missing-times.ts";
import type { RecordToPublishers } from "../record/record-port.ts";
import type { StoreReader } from "../record/store.ts";
import { STORE_FILE } from "../record/store-schema.ts";
import { readStreamList } from "../record/stream-list.ts";
import { TagDirectory } from "../tag/directory.ts";
import { AlarmTable } from "./alarm-table.ts";
import { BlockFeed, type BlockOpener } from "./block-feed.ts";
import { CurrentAlarms } from "./current-alarms.ts";
import { CurrentValues } from "./current-values.ts";
import type { PublisherConfig } from "./known-configs.ts";
import { KnownStations } from "./known-stations.ts";
import { MissingWatch } from "./missing-watch.ts";
import type { PublisherFactory } from "./publisher.ts";
import type { CommonPublisherConfig } from "./publisher-config.ts";
import { PublisherFigures } from "./publisher-figures.ts";
import type { CursorsMessage, FromPublishers, ToPublishers } from "./publishers-port.ts";
import { PROGRESS_FILE } from "./quarantine-table.ts";
import { loadPublisherFactory, openHistory } from "./registry.ts";
import { PublisherRunner } from "./runner.ts";
import { openProgressDatabase, SqliteProgress } from "./sqlite-progress.ts";
import { type TurnSurroundings, Turns } from "./turns.ts";

export interface PublishersSurroundings extends TurnSurroundings {
  readonly clock: Clock;
  readonly log: Log;
  /** 0 ≤ r < 1 */
  readonly random: () => number;
  readonly store: StoreReader;
  readonly open: BlockOpener;
  readonly main: Port<FromPublishers, ToPublishers>;
  readonly record: Port<CursorsMessage, RecordToPublishers>;
}

export interface PublishersSettings {
  readonly station: string;
  readonly dataFolder: string;
  readonly stream: number;
  readonly silentAfterMs: number;
  readonly publishers: readonly PublisherConfig[];
}

const FIGURES_EVERY_MS = 1000;
/** Recent latency is that of the last six turns. */
const LATENCY_TURN_MS = 10_000;
/** A safety net for a `recorded` that was missed; a wake-up without work costs three queries. */
const LOOK_EVERY_MS = 1000;
const DRAIN_LOOK_MS = 20;
const REFUSED_TRIES = 3;

/** Runs until `stop` comes from main; resolves when every publisher is closed. @throws {StationError} DATABASE_… if publishers.db cannot be used. */
export async function runPublishers(settings: PublishersSettings, around: PublishersSurroundings): Promise<void> {
  const { clock, log, store, main, record } = around;
  const factories = await Promise.all(settings.publishers.map(({ type }) => loadPublisherFactory(type)));
  const progress = openProgressDatabase(join(settings.dataFolder, PROGRESS_FILE));
  const feed = new BlockFeed(store, around.open, new TagDirectory());
  feed.loadDirectory();
  const turns = new Turns(around);
  const alarms = new CurrentAlarms(feed, new AlarmTable(progress));

  const stations = new KnownStations({
    clock,
    stream: settings.stream,
    directory: feed.directory,
    link: () => current.link,
    readStreams: () => readStreamList(join(settings.dataFolder, STORE_FILE)),
    open: around.open,
  });

  const runners: PublisherRunner[] = settings.publishers.map((config, index) => {
    const factory = factories[index] as PublisherFactory<never>;
    const { dataFolder } = settings;
    const surroundings = {
      clock,
      log,
      publisher: config.name,
      station: settings.station,
      dataFolder,
      openHistory: () => openHistory(dataFolder),
      alarms,
      readGaps: () => readGapList(join(dataFolder, STORE_FILE)),
      readMissingTimes: ((...range) =>
        readMissingTimes(join(dataFolder, STORE_FILE), ...range)) satisfies ReadMissingTimes,
      readMissingList: ((...range) =>
        readMissingList(join(dataFolder, STORE_FILE), ...range)) satisfies ReadMissingList,
      readStations: () => stations.list(),
    };
    return new PublisherRunner(runnerSettings(config, factory), {
      clock,
      log,
      random: around.random,
      feed,
      turns,
      create: () => factory.create(config as never, surroundings),
      progress: new SqliteProgress(progress, config.name),
      staleNow: () => current.staleNow(),
      currentNow: () => current.currentNow(),
    });
  });
  const current = new CurrentValues(feed, clock, settings, {
    offer: (entry) => {
      for (const runner of runners) runner.offerCurrent(entry);
    },
    linkChanged: (link) => {
      for (const runner of runners) runner.linkChanged(link);
    },
  });
  const missing = new MissingWatch(join(settings.dataFolder, STORE_FILE), store, log);
  const lookForMissing = (): void => {
    const news = missing.look();
    if (news !== undefined) for (const runner of runners) runner.missingChanged(news);
  };
  const figures = new PublisherFigures();

  const cancels = [
    clock.every(FIGURES_EVERY_MS, () => {
      for (const runner of runners) runner.boundWhileAway();
      const { snapshot, statuses } = figures.gather(runners, current, alarms);
      const lowest = lowestCursors(runners);
      main.post({ type: "figures", snapshot, publishers: statuses, link: current.link, lowest });
      record.post({ type: "cursors", ...lowest });
    }),
    clock.every(LOOK_EVERY_MS, () => {
      lookForMissing();
      for (const runner of runners) runner.wake();
    }),
    clock.every(LATENCY_TURN_MS, () => {
      for (const runner of runners) runner.latency.turn();
    }),
  ];

  record.onMessage((news) => {
    if (news.type === "link") {
      if (news.state === "up") stations.alive();
      current.linkIs(news.state);
    } else if (news.type === "status") stations.announced(news.status);
    else if (news.type === "refresh") current.refresh(news);
    else {
      current.recorded(news.live, news.late);
      alarms.follow();
      for (const runner of runners) runner.wake();
    }
  });

  lookForMissing();
  for (const runner of runners) {
    runner.linkChanged(current.link);
    runner.start();
  }

  return new Promise((resolve, reject) => {
    const stop = async (): Promise<void> => {
      for (const cancel of cancels) cancel();
      current.close();
      await Promise.all(runners.map((runner) => runner.stop()));
      const { snapshot, statuses } = figures.gather(runners, current, alarms);
      main.post({
        type: "figures",
        snapshot,
        publishers: statuses,
        link: current.link,
        lowest: lowestCursors(runners),
      });
      progress.close();
      store.close();
      record.close();
    };
    main.onMessage((message) => {
      if (message.type === "stop") stop().then(resolve, reject);
      else if (message.type === "drain")
        drain(clock, runners, message.timeoutMs, (outcome) => main.post({ type: "drained", outcome }));
    });
    main.post({ type: "ready" });
  });
}

function drain(
  clock: Clock,
  runners: readonly PublisherRunner[],
  timeoutMs: number,
  done: (outcome: "complete" | "timeout") => void,
): void {
  const deadlineMs = clock.monotonicMs() + timeoutMs;
  const look = (): void => {
    for (const runner of runners) runner.wake();
    if (runners.every((runner) => runner.drained)) done("complete");
    else if (clock.monotonicMs() >= deadlineMs) done("timeout");
    else clock.after(DRAIN_LOOK_MS, look);
  };
  look();
}

function runnerSettings(
  config: CommonPublisherConfig,
  { wants, farSide = "keeps" }: Pick<PublisherFactory, "wants" | "farSide">,
) {
  return {
    name: config.name,
    wants,
    farSide,
    startFrom: config.startFrom,
    batchSamples: config.batchSamples,
    batchBytes: config.batchBytes,
    deadlineMs: config.deadline,
    refusedTries: REFUSED_TRIES,
    backlog: {
      forMs: config.backlogFor ?? Number.POSITIVE_INFINITY,
      bytes: config.backlogSize ?? Number.POSITIVE_INFINITY,
    },
    backOff: { firstMs: config.retryFirst, longestMs: Math.max(config.retryFirst, config.retryLongest) },
  };
}

/** A publisher whose cursors are not known yet (it never connected) holds retention back at 0. */
function lowestCursors(runners: readonly PublisherRunner[]): { live: number; late: number } {
  const cursors = runners.map((runner) => runner.progress ?? { live: 0, late: 0 });
  if (cursors.length === 0) return { live: Number.MAX_SAFE_INTEGER, late: Number.MAX_SAFE_INTEGER };
  return {
    live: Math.min(...cursors.map(({ live }) => live)),
    late: Math.min(...cursors.map(({ late }) => late)),
  };
}
