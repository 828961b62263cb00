/** Puts the OT station together: the only file that knows which thread, socket and server stands behind each part.
 *  config → [compose] → pipeline, control socket, metrics */
import { randomBytes } from "node:crypto";
import {
  askChildProcess,
  type Clock,
  type ControlServer,
  collectGarbage,
  controlSocketPath,
  type FigureDefinition,
  Figures,
  type Log,
  type MetricsServer,
  makeFolder,
  messagePortPair,
  modeFigures,
  type RunningStation,
  StationError,
  startControlServer,
  startMetricsServer,
  startWorker,
} from "@nonreturn/station";
import type { OtStationConfig } from "./config/ot-station-config.ts";
import { toSettings } from "./config/station-settings.ts";
import { LINK_FIGURES } from "./egress/link-figures.ts";
import type { FromLink, LinkWorkerInput, ToLink } from "./egress/link-port.ts";
import { encodeTags } from "./journal/configured-tags.ts";
import { JOURNAL_FIGURES } from "./journal/journal-figures.ts";
import type { FromJournal, JournalWorkerInput, ToJournal } from "./journal/journal-port.ts";
import { loadSealingKeys } from "./keys/station-key-file.ts";
import { type Pipeline, startPipeline } from "./pipeline.ts";
import { type FromReload, type ReloadQuestion, withOwnBuffers } from "./reload/reload-port.ts";
import { Reloader } from "./reload/reloader.ts";
import { SCAN_FIGURES } from "./scan/scan-figures.ts";

/** Samples between main and the journal thread: half a second at a million a second, about 20 MB. */
const MAXIMUM_IN_FLIGHT = 500_000;
const STATUS_PERIOD_MS = 5000;
/** After the start, once: by then nothing holds what the configuration was read into. */
const COLLECT_AFTER_MS = 2000;

const MAIN_FIGURES: readonly FigureDefinition[] = [
  ...SCAN_FIGURES,
  { name: "samples_dropped_total", kind: "counter", help: "Samples that went into loss records before the journal" },
  { name: "samples_in_flight", kind: "gauge", help: "Samples on their way to the journal thread" },
  {
    name: "alarm_events_dropped_total",
    kind: "counter",
    help: "Alarm events that went into loss records before the journal",
  },
  { name: "alarm_events_in_flight", kind: "gauge", help: "Alarm events on their way to the journal thread" },
];

/** The file that the configuration came from, for `reload`. */
export interface ConfigSource {
  readonly path: string; // absolute
  /** Of `keepText`. */
  readonly text: Uint8Array;
}

/** @throws {StationError} KEYS_…, CONTROL_SOCKET…, METRICS_LISTEN, DATABASE_…, JOURNAL_…: then nothing stays started. */
export async function startOtStation(
  config: OtStationConfig,
  softwareVersion: string,
  clock: Clock,
  log: Log,
  signal: AbortSignal,
  source?: ConfigSource,
): Promise<RunningStation> {
  makeFolder(config.dataFolder, 0o700);
  loadSealingKeys(config.keysFolder); // the threads load their own; a missing key is said here, before anything starts
  const settings = toSettings(config);
  const [journalEnd, linkEnd] = messagePortPair();
  const figures = {
    scan: new Figures("ot", MAIN_FIGURES),
    journal: new Figures("ot_journal", JOURNAL_FIGURES),
    link: new Figures("ot_link", LINK_FIGURES),
  };
  // The control socket first: it proves that no other station uses this data folder.
  let pipeline: Pipeline | undefined;
  const ending = new AbortController();
  const reloader = source === undefined ? undefined : reloaderOf(source, log, () => pipeline, ending.signal);
  const control = await serveControl(
    { station: config.station, dataFolder: config.dataFolder },
    softwareVersion,
    clock,
    log,
    () => pipeline,
    reloader,
  );
  let metrics: MetricsServer | undefined;
  try {
    pipeline = await startPipeline(
      {
        stationName: config.station.name,
        softwareVersion,
        mode: config.station.mode,
        scan: settings.scan,
        journal: settings.journal,
        link: settings.link,
        refreshPeriodMs: config.refreshMs,
        statusPeriodMs: STATUS_PERIOD_MS,
        maximumInFlight: MAXIMUM_IN_FLIGHT,
      },
      {
        clock,
        log,
        random: randomBytes,
        figures,
        startJournal({ tags, ...journalSettings }) {
          const encoded = encodeTags(tags);
          return startWorker<ToJournal, FromJournal>(
            new URL("./journal/journal-worker.ts", import.meta.url),
            { settings: journalSettings, tags: encoded, link: journalEnd } satisfies JournalWorkerInput,
            "journal",
            { transfer: [journalEnd, encoded.buffer] },
          );
        },
        startLink: (linkSettings) =>
          startWorker<ToLink, FromLink>(
            new URL("./egress/link-worker.ts", import.meta.url),
            { settings: linkSettings, journal: linkEnd } satisfies LinkWorkerInput,
            "link",
            { transfer: [linkEnd] },
          ),
      },
      signal,
    );
    if (config.metricsListen !== undefined) {
      metrics = await startMetricsServer(config.metricsListen, {
        figures: [modeFigures("ot_station", config.station.mode), figures.scan, figures.journal, figures.link],
        health: () => ({ reasons: healthReasons(pipeline) }),
        onFailure: (error) => log.error({ err: error }, "a metrics request failed"),
      });
    }
  } catch (error) {
    await pipeline?.stop();
    await control.close();
    throw error;
  }
  const running = pipeline;
  const cancelCollection = clock.after(COLLECT_AFTER_MS, collectGarbage);
  return {
    failed: running.failed,
    reload: () => reloader?.hangUp(),
    async stop() {
      ending.abort();
      cancelCollection();
      await metrics?.close();
      await running.stop();
      await control.close();
    },
  };
}

/** Reads the file in a process of its own: the scan goes on meanwhile, and the station's memory stays as it is. */
function reloaderOf(
  { path, text }: ConfigSource,
  log: Log,
  pipelineOf: () => Pipeline | undefined,
  stopping: AbortSignal,
): Reloader {
  return new Reloader(path, text, {
    log,
    async plan(running) {
      const answer = await askChildProcess<ReloadQuestion, FromReload>(
        new URL("./reload/reload-process.ts", import.meta.url),
        { path, running },
        "reload",
        stopping,
      );
      if (answer.type === "refused") throw new StationError(answer.error);
      return withOwnBuffers(answer.plan);
    },
    async apply(change) {
      const pipeline = pipelineOf();
      if (pipeline === undefined) throw new Error("there is no pipeline to change");
      await pipeline.change(change);
    },
  });
}

/** Answers the command line: status, replay, and what a test or the demonstration needs to account for every sample. */
function serveControl(
  config: Pick<OtStationConfig, "station" | "dataFolder">,
  softwareVersion: string,
  clock: Clock,
  log: Log,
  pipelineOf: () => Pipeline | undefined,
  reloader: Reloader | undefined,
): Promise<ControlServer> {
  const startedMs = clock.monotonicMs();
  const { name, mode } = config.station;
  const starting = { state: "starting", station: name, mode } as const;
  return startControlServer(
    controlSocketPath(config.dataFolder),
    {
      "GET /status": () => {
        const status = pipelineOf()?.status();
        if (status === undefined) return starting;
        return {
          state: "running",
          station: name,
          mode,
          version: softwareVersion,
          uptimeMs: Math.round(clock.monotonicMs() - startedMs),
          rssBytes: process.memoryUsage.rss(),
          ...status,
        };
      },
      "POST /replay": ({ body }) => {
        const pipeline = pipelineOf();
        if (pipeline === undefined) throw notYet(config.dataFolder);
        return pipeline.replay(body);
      },
      "POST /reload": ({ body }) => {
        if (reloader === undefined || pipelineOf() === undefined) throw notYet(config.dataFolder);
        return reloader.ask(body);
      },
      "POST /drain": () => pipelineOf()?.drain() ?? starting,
      "POST /samples": async ({ body }) => {
        const { first, last } = body as { first: number; last: number };
        return (await pipelineOf()?.samplesInRange(Number(first), Number(last))) ?? { samples: 0, events: 0 };
      },
    },
    (error) => log.error({ err: error }, "a control request failed"),
  );
}

function notYet(dataFolder: string): StationError {
  return new StationError({
    code: "STATION_NOT_RUNNING",
    what: "the station is still starting",
    where: controlSocketPath(dataFolder),
    action: "Try again in a moment.",
  });
}

function healthReasons(pipeline: Pipeline | undefined): string[] {
  if (pipeline === undefined) return ["the station is starting"];
  const { alarms, devices } = pipeline.status();
  const failed = devices.filter(({ state }) => state === "failed");
  return [...alarms, ...failed.map(({ device, reason }) => `device ${device}: ${reason}`)];
}
