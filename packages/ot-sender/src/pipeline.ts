/** The OT station as a line.
 *
 *  main thread                              journal thread            link thread
 *  ┌──────────────────────────────┐         ┌──────────────────┐      ┌─────────────────────────────────────┐
 *  │ drivers → tag → report → sink ├────────▶│ batch → journal  ├─────▶│ egress: FEC → schedule → lanes → pace├──▶ UDP ║ diode ║
 *  │    ▲        └ alarms → outbox ├────────▶│ seal, fsync      │blocks│ second pass, backlog, replay         │
 *  │    ├ one channel per device   │ columns,│                  │      │                                     │
 *  │    └ status, value refresh ───┼─events──┼──────────────────┼─────▶│ announce: heartbeat, status, refresh │
 *  └──────────────────────────────┘         └──────────────────┘      └─────────────────────────────────────┘
 *
 *  Nothing upstream waits for the pacer, and nothing here listens to the link. */
import {
  type Clock,
  type FigureSnapshot,
  type Figures,
  type Log,
  StationError,
  stopThreads,
  type WorkerThread,
} from "@nonreturn/station";
import type { DeviceStatus, SampleColumns, StatusBatch } from "@nonreturn/wire-format";
import { type AlarmStatus, alarmStatuses } from "./alarm/alarm-status.ts";
import { REFRESH_SLICE_SAMPLES, refreshTickMs } from "./announce/refresh-share.ts";
import type { DriverFactory } from "./drivers/driver.ts";
import type { FromLink, LinkSettings, ToLink } from "./egress/link-port.ts";
import { EventOutbox } from "./journal/event-outbox.ts";
import type { DirectoryOutcome, FromJournal, JournalThreadSettings, ToJournal } from "./journal/journal-port.ts";
import { JournalSink } from "./journal/journal-sink.ts";
import { parseReplayRequest, type ReplayAnswer } from "./replay/replay-request.ts";
import { Requests } from "./requests.ts";
import type { Turns } from "./scan/in-turns.ts";
import { prepareDrivers } from "./scan/prepare-drivers.ts";
import type { ScanChange } from "./scan/scan-change.ts";
import { type Scan, type ScanSettings, startScan } from "./scan/start-scan.ts";

export interface PipelineSettings {
  readonly stationName: string;
  readonly softwareVersion: string;
  readonly mode: "production" | "lab";
  readonly scan: ScanSettings;
  readonly journal: JournalThreadSettings;
  readonly link: Omit<
    LinkSettings,
    "journalPath" | "journalEpoch" | "sealingEpoch" | "directory" | "unsent" | "sentHead"
  >;
  readonly refreshPeriodMs: number;
  readonly statusPeriodMs: number;
  /** Samples that may be on their way to the journal thread. */
  readonly maximumInFlight: number;
}

type JournalThread = WorkerThread<ToJournal, FromJournal>;
type LinkThread = WorkerThread<ToLink, FromLink>;

/** What `compose.ts` injects: clocks, and how the threads are made. */
export interface PipelineSurroundings {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: (bytes: number) => Uint8Array;
  readonly turns: Turns;
  /** The two threads and the channel between them. The link thread starts once the journal is open. */
  startJournal(settings: JournalThreadSettings): JournalThread;
  startLink(settings: LinkSettings): LinkThread;
  readonly figures: { readonly scan: Figures; readonly journal: Figures; readonly link: Figures };
}

export interface PipelineStatus {
  readonly devices: readonly DeviceStatus[];
  readonly figures: FigureSnapshot;
  /** Of the station itself. */
  readonly alarms: readonly string[];
  /** Of tags, most severe first; at most a thousand, the figure alarms_active counts all. */
  readonly activeAlarms: readonly AlarmStatus[];
  readonly journalEpoch: number;
  readonly directoryRevision: number;
}

/** Other devices and tags for a running station. */
export interface PipelineChange {
  /** All configured tags, as `encodeTags` made them; given away. */
  readonly tags: Uint8Array<ArrayBuffer>;
  readonly tagCount: number;
  /** As in the scan change. */
  readonly keptChannels: ReadonlySet<string>;
  /** Of the channels to be opened. */
  readonly drivers: readonly DriverFactory[];
  /** @param tagIds  as the journal gave them, in the order of `tags`. */
  scanChangeOf(tagIds: Uint32Array): ScanChange;
}

export interface Pipeline {
  status(): PipelineStatus;
  /**
   * Close what is not kept, journal the new tag directory, then change what is read: no sample read by the old configuration follows the new
   * directory, but of calculated tags. One at a time.
   * @throws {StationError} RELOAD_JOURNAL if the directory cannot be written: then what was closed is opened again as it was; STATION_NOT_RUNNING if it is stopped meanwhile.
   */
  change(change: PipelineChange): Promise<void>;
  /** @throws {StationError} what is wrong with the request. */
  replay(body: unknown): Promise<ReplayAnswer>;
  /** Samples and alarm events in the journaled blocks first … last. */
  samplesInRange(first: number, last: number): Promise<{ readonly samples: number; readonly events: number }>;
  /** Stop reading; resolves once everything reported was committed and had its first pass. */
  drain(): Promise<{ readonly headSequence: number }>;
  /** In the order of the data. Idempotent. */
  stop(): Promise<void>;
  /** Rejects when a thread died. */
  readonly failed: Promise<never>;
}

/** Alarm events that may wait for the journal thread, besides the newest of every alarm: about 3 MB. */
const MOST_EVENTS_WAITING = 10_000;

export async function startPipeline(
  { scan: scanSettings, journal: journalSettings, ...settings }: PipelineSettings,
  surroundings: PipelineSurroundings,
  signal: AbortSignal,
): Promise<Pipeline> {
  // What is used below in functions stays in memory: the settings of devices and tags must not be.
  const { clock, log, figures } = surroundings;
  const journal = surroundings.startJournal(journalSettings);
  const sink = new JournalSink(journal, settings.maximumInFlight);
  const outbox = new EventOutbox(journal, MOST_EVENTS_WAITING);
  const requests = new Requests();
  let restateAlarms: (tagIds: readonly number[] | "all") => void = () => undefined; // until the scan runs there are none
  let journalAlarm = "";
  const prepared = prepareDrivers(scanSettings.devices);

  const ready = await new Promise<FromJournal & { type: "ready" }>((resolve, reject) => {
    journal.exited.then(() => reject(new Error("the journal thread ended")), reject);
    // Only while it starts: a journal that runs is ended by `stop`, with everything in it.
    const giveUp = (): void => void journal.stop().then(() => reject(signal.reason));
    signal.addEventListener("abort", giveUp, { once: true });
    journal.onMessage((message) => {
      switch (message.type) {
        case "ready":
          signal.removeEventListener("abort", giveUp);
          return resolve(message);
        case "settled":
          return sink.settled(message.samples);
        case "events-settled":
          return outbox.settled(message.events);
        case "events-dropped":
          return restateAlarms(message.tagIds);
        case "figures":
          return figures.journal.absorb(message.figures);
        case "alarm":
          journalAlarm = message.reason;
          return;
        case "samples-in-range":
          return requests.answer(message.id, { samples: message.samples, events: message.events });
        case "directory":
          return requests.answer(message.id, message.outcome);
      }
    });
  });
  await prepared; // while the journal opened

  const { journalPath, journalEpoch, sealingEpoch, directory, unsent, sentHead } = ready;
  let directoryRevision = directory.revision;
  const link = surroundings.startLink({
    ...settings.link,
    journalPath,
    journalEpoch,
    sealingEpoch,
    directory,
    unsent,
    sentHead,
  });
  link.onMessage((message) => {
    switch (message.type) {
      case "figures":
        return figures.link.absorb(message.figures);
      case "replay":
        return requests.answer(message.id, message);
      case "drained":
        return requests.answer(DRAIN, message.headSequence);
    }
  });

  const tagIds = new Map(journalSettings.tags.map((tag, at) => [tag.path, ready.tagIds[at]!]));
  let announceSoon = false;
  const scan = startScan(scanSettings, {
    clock,
    log,
    random: surroundings.random,
    turns: surroundings.turns,
    tagIdOf: (path) => tagIds.get(path)!,
    sink,
    activeAlarms: ready.activeAlarms,
    onAlarmChanges: (changes) => outbox.accept(changes),
    onDeviceStatus: () => {
      announceSoon = true;
    },
  });
  restateAlarms = (tagIds) => scan.restateAlarms(tagIds);

  const alarms = (): string[] => (journalAlarm === "" ? [] : [`the journal cannot be written: ${journalAlarm}`]);
  const snapshot = (): FigureSnapshot => {
    scan.writeFigures(figures.scan);
    figures.scan.set("samples_dropped_total", sink.dropped);
    figures.scan.set("samples_in_flight", sink.inFlight);
    figures.scan.set("alarm_events_dropped_total", outbox.dropped);
    figures.scan.set("alarm_events_in_flight", outbox.unsettled);
    return {
      ...figures.scan.snapshot(),
      ...figures.journal.snapshot("journal_"),
      ...figures.link.snapshot("link_"),
    };
  };
  const announceStatus = (): void => {
    announceSoon = false;
    link.post({ type: "status", status: statusBatch(settings, clock, scan, snapshot()) });
  };
  const refresh = refreshNext(scan, (samples) => link.post({ type: "refresh", directoryRevision, samples }));
  const refreshing = (tags: number): (() => void) =>
    clock.every(refreshTickMs(tags, settings.refreshPeriodMs, settings.link.linkRate), refresh);
  let cancelRefresh = refreshing(journalSettings.tags.length);
  const timers = [
    clock.every(settings.statusPeriodMs, announceStatus),
    clock.every(1000, () => {
      if (announceSoon) announceStatus();
    }),
    () => cancelRefresh(),
  ];

  let reading: "reading" | Promise<void> = "reading";
  const stopReading = (): Promise<void> => {
    if (reading === "reading") {
      for (const cancel of timers) cancel();
      reading = scan.stop();
    }
    return reading;
  };
  /** Nothing stays behind in main, unnamed. */
  const flush = (): void => {
    sink.flush();
    outbox.flush();
  };
  let stopping: Promise<void> | undefined;
  const failed = Promise.race([journal.exited, link.exited]).then((): never => {
    if (stopping !== undefined) return new Promise<never>(() => undefined) as never;
    throw new Error("a thread ended by itself");
  });
  failed.catch(() => undefined);

  return {
    failed,
    status: () => ({
      devices: scan.deviceStatuses(),
      figures: snapshot(),
      alarms: alarms(),
      activeAlarms: alarmStatuses(scan.alarms.active(), scan.alarmedPath),
      journalEpoch,
      directoryRevision,
    }),
    async change({ tags, tagCount, keptChannels, drivers, scanChangeOf }) {
      const unlessStopping = (): void => {
        if (reading !== "reading") throw isStopping();
      };
      unlessStopping();
      await prepareDrivers(drivers.map((driver) => ({ driver, enabled: true })));
      unlessStopping();
      await scan.suspend(keptChannels);
      let change: ScanChange;
      try {
        unlessStopping();
        const outcome = await requests.ask<DirectoryOutcome>((id) =>
          journal.post({ type: "directory", id, tags }, [tags.buffer]),
        );
        if (outcome.revision === undefined) throw cannotJournal(outcome.reason);
        directoryRevision = outcome.revision;
        unlessStopping();
        change = scanChangeOf(outcome.tagIds);
      } catch (error) {
        scan.resume();
        throw error;
      }
      if ((await scan.change(change)) === "stopped" || reading !== "reading") throw isStopping();
      cancelRefresh();
      cancelRefresh = refreshing(tagCount);
      announceSoon = true;
    },
    async replay(body) {
      const asked = parseReplayRequest(body, { stream: settings.link.stream, journalEpoch });
      const { outcome, first, last } = await requests.ask<FromLink & { type: "replay" }>((id) =>
        link.post({ type: "replay", id, ...asked }),
      );
      return { outcome, asked, held: { first, last } };
    },
    samplesInRange: (first, last) => requests.ask((id) => journal.post({ type: "samples-in-range", id, first, last })),
    async drain() {
      await stopReading();
      flush();
      const headSequence = await requests.once<number>(DRAIN, () => journal.post({ type: "drain" }));
      return { headSequence };
    },
    stop() {
      stopping ??= (async () => {
        await stopReading();
        flush();
        await stopThreads([journal, link], clock, log);
      })();
      return stopping;
    },
  };
}

function cannotJournal(reason: string): StationError {
  return new StationError({
    code: "RELOAD_JOURNAL",
    what: `the new tag directory cannot be journaled: ${reason}`,
    action: "Nothing was changed, the station goes on as before. Make room on the disk, then reload again.",
  });
}

function isStopping(): StationError {
  return new StationError({
    code: "STATION_NOT_RUNNING",
    what: "the station is stopping",
    action: "Start it: it then reads the configuration as it is.",
  });
}

/** There is one drain at most: it needs no number of its own. */
const DRAIN = -1;

function statusBatch(
  settings: Pick<PipelineSettings, "stationName" | "softwareVersion" | "mode">,
  clock: Clock,
  scan: Scan,
  figures: FigureSnapshot,
): StatusBatch {
  return {
    kind: "status",
    stationName: settings.stationName,
    softwareVersion: settings.softwareVersion,
    mode: settings.mode,
    time: clock.nowUtcMicros(),
    devices: scan.deviceStatuses().slice(0, 4096),
    // Series without labels: what an operator looks at first. The rest is at this station's own /metrics.
    figures: Object.entries(figures)
      .filter(([name]) => !name.includes("{"))
      .map(([name, value]) => ({ name, value })),
  };
}

/** Walks through all current values, one slice per call. */
function refreshNext(scan: Scan, post: (samples: SampleColumns) => void): () => void {
  let from = 0;
  return () => {
    const { samples, next } = scan.report.currentValues(from, REFRESH_SLICE_SAMPLES);
    from = next ?? 0;
    if (samples.count > 0) post(samples);
  };
}
