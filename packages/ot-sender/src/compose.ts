/** Puts the OT station together: the only file that knows which thread, socket and server stands behind each part.
 *  config → [compose] → pipeline, control socket, metrics */
import { randomBytes } from "node:crypto";
import {
  askChildProcess,
  type Clock,
  type ControlRoutes,
  type FigureDefinition,
  Figures,
  type Log,
  messagePortPair,
  type RunningStation,
  StationError,
  serveStation,
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
import { type Pipeline, type PipelineSurroundings, startPipeline } from "./pipeline.ts";
import { type FromReload, type ReloadQuestion, withOwnBuffers } from "./reload/reload-port.ts";
import { Reloader } from "./reload/reloader.ts";
import { TAGS_PER_TURN, type Turns } from "./scan/in-turns.ts";
import { SCAN_FIGURES } from "./scan/scan-figures.ts";

/** Samples between main and the journal thread: half a second at a million a second, about 20 MB. */
const MAXIMUM_IN_FLIGHT = 500_000;
const STATUS_PERIOD_MS = 5000;

const TURNS: Turns = {
  tags: TAGS_PER_TURN,
  next: () => new Promise((resolve) => void setImmediate(resolve)),
};

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

type ReloadablePipeline = Pipeline & { readonly reloader: Reloader };

/** @throws {StationError} KEYS_…, CONTROL_SOCKET…, METRICS_LISTEN, DATABASE_…, JOURNAL_…: then nothing stays started. */
export async function startOtStation(
  config: OtStationConfig,
  softwareVersion: string,
  clock: Clock,
  log: Log,
  signal: AbortSignal,
  source: ConfigSource,
): Promise<RunningStation> {
  loadSealingKeys(config.keysFolder); // the threads load their own; a missing key is said here, before anything starts
  const figures = {
    scan: new Figures("ot", MAIN_FIGURES),
    journal: new Figures("ot_journal", JOURNAL_FIGURES),
    link: new Figures("ot_link", LINK_FIGURES),
  };
  const ending = new AbortController();
  const { pipeline, stop } = await serveStation(
    {
      name: config.station.name,
      mode: config.station.mode,
      softwareVersion,
      dataFolder: config.dataFolder,
      metrics: {
        listen: config.metricsListen,
        modePrefix: "ot_station",
        figures: [figures.scan, figures.journal, figures.link],
      },
      startPipeline: pipelineStarter(config, softwareVersion, { clock, log, figures }, signal, (pipeline) =>
        reloaderOf(source, log, pipeline, ending.signal),
      ),
      healthReasons,
      routes: controlRoutes,
    },
    clock,
    log,
  );
  return {
    failed: pipeline.failed,
    reload: () => pipeline.reloader.hangUp(),
    stop() {
      ending.abort();
      return stop();
    },
  };
}

/** A function of its own: what is started must not refer to the settings of devices and tags for good. */
function pipelineStarter(
  config: OtStationConfig,
  softwareVersion: string,
  surroundings: Pick<PipelineSurroundings, "clock" | "log" | "figures">,
  signal: AbortSignal,
  withReloader: (pipeline: Pipeline) => Reloader,
): () => Promise<ReloadablePipeline> {
  const { scan, journal, link } = toSettings(config);
  return async () => {
    const pipeline = await startPipeline(
      {
        stationName: config.station.name,
        softwareVersion,
        mode: config.station.mode,
        scan,
        journal,
        link,
        refreshPeriodMs: config.refreshMs,
        statusPeriodMs: STATUS_PERIOD_MS,
        maximumInFlight: MAXIMUM_IN_FLIGHT,
      },
      { ...surroundings, random: randomBytes, turns: TURNS, ...threads() },
      signal,
    );
    return { ...pipeline, reloader: withReloader(pipeline) };
  };
}

/** Two threads and the channel between them. */
function threads(): Pick<PipelineSurroundings, "startJournal" | "startLink"> {
  const [journalEnd, linkEnd] = messagePortPair();
  return {
    startJournal({ tags, ...settings }) {
      const encoded = encodeTags(tags);
      return startWorker<ToJournal, FromJournal>(
        new URL("./journal/journal-worker.ts", import.meta.url),
        { settings, tags: encoded, link: journalEnd } satisfies JournalWorkerInput,
        "journal",
        { transfer: [journalEnd, encoded.buffer] },
      );
    },
    startLink: (settings) =>
      startWorker<ToLink, FromLink>(
        new URL("./egress/link-worker.ts", import.meta.url),
        { settings, journal: linkEnd } satisfies LinkWorkerInput,
        "link",
        { transfer: [linkEnd] },
      ),
  };
}

/** Reads the file in a process of its own: the scan goes on meanwhile, and the station's memory stays as it is. */
function reloaderOf({ path, text }: ConfigSource, log: Log, pipeline: Pipeline, stopping: AbortSignal): Reloader {
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
    apply: (change) => pipeline.change(change),
  });
}

/** For the command line, and for whoever must account for every sample: a test, the demonstration. */
function controlRoutes(running: () => ReloadablePipeline): ControlRoutes {
  return {
    "POST /replay": ({ body }) => running().replay(body),
    "POST /reload": ({ body }) => running().reloader.ask(body),
    "POST /samples": ({ body }) => {
      const { first, last } = body as { first: number; last: number };
      return running().samplesInRange(Number(first), Number(last));
    },
  };
}

function healthReasons(pipeline: Pipeline): string[] {
  const { alarms, devices } = pipeline.status();
  const failed = devices.filter(({ state }) => state === "failed");
  return [...alarms, ...failed.map(({ device, reason }) => `device ${device}: ${reason}`)];
}
