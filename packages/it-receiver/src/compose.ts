/** Puts the IT station together: the only file that knows which thread, socket and server stands behind each part.
 *  config → [compose] → pipeline, control socket, metrics */
import { join } from "node:path";
import {
  type Clock,
  type ControlServer,
  collectGarbage,
  controlSocketPath,
  Figures,
  type Log,
  type MetricsServer,
  makeFolder,
  messagePortPair,
  modeFigures,
  type RunningStation,
  startControlServer,
  startMetricsServer,
  startWorker,
} from "@nonreturn/station";
import type { ItStationConfig } from "./config/it-station-config.ts";
import { INTAKE_FIGURES } from "./ingress/intake-figures.ts";
import type { FromIntake, IntakeWorkerInput, ToIntake } from "./ingress/intake-port.ts";
import { loadOpeningKeys } from "./keys/pairing-file.ts";
import { type Pipeline, startPipeline } from "./pipeline.ts";
import { PUBLISHER_FIGURES } from "./publishers/publisher-figures.ts";
import type { FromPublishers, PublishersWorkerSettings, ToPublishers } from "./publishers/publishers-port.ts";
import { RECORD_FIGURES } from "./record/record-figures.ts";
import type { FromRecord, RecordWorkerInput, ToRecord } from "./record/record-port.ts";
import { STORE_FILE } from "./record/store-schema.ts";

/** Bytes of assembled blocks between intake and record: half a second at 2 Gbit/s. */
const MAXIMUM_BYTES_IN_FLIGHT = 128 * 1024 * 1024;
const DRAIN_MS = 30_000;
/** After the start, once: by then nothing holds what the configuration was read into. */
const COLLECT_AFTER_MS = 2000;

/** @throws {StationError} KEYS_…, CONTROL_SOCKET…, UDP_LISTEN, METRICS_LISTEN, DATABASE_…: then nothing stays started. */
export async function startItStation(
  config: ItStationConfig,
  softwareVersion: string,
  clock: Clock,
  log: Log,
  signal: AbortSignal,
): Promise<RunningStation & { readonly listening: { readonly host: string; readonly port: number } }> {
  makeFolder(config.dataFolder, 0o700);
  loadOpeningKeys(config.keysFolder); // the threads load their own; a missing key is said here, before anything starts
  const figures = {
    intake: new Figures("it_intake", INTAKE_FIGURES),
    record: new Figures("it_record", RECORD_FIGURES),
    publishers: new Figures("it", PUBLISHER_FIGURES),
  };
  // The control socket first: it proves that no other station uses this data folder.
  let pipeline: Pipeline | undefined;
  const control = await serveControl(config, softwareVersion, clock, log, () => pipeline);
  let metrics: MetricsServer | undefined;
  try {
    pipeline = await startPipeline({ clock, log, figures, ...threadsOf(config) }, signal);
    if (config.metricsListen !== undefined) {
      metrics = await startMetricsServer(config.metricsListen, {
        figures: [modeFigures("it_station", config.station.mode), figures.intake, figures.record, figures.publishers],
        health: () => ({ reasons: pipeline?.status().alarms ?? ["the station is starting"] }),
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
    listening: running.status().listening,
    failed: running.failed,
    async stop() {
      cancelCollection();
      await metrics?.close();
      await running.stop();
      await control.close();
    },
  };
}

/** Three threads and the two channels between them. */
function threadsOf(config: ItStationConfig) {
  const { dataFolder, keysFolder, link, store, logLevel } = config;
  const { stream, silentAfterMs } = link;
  const storePath = join(dataFolder, STORE_FILE);
  const [intakeToRecord, recordToIntake] = messagePortPair();
  const [recordToPublishers, publishersToRecord] = messagePortPair();
  return {
    startRecord: () =>
      startWorker<ToRecord, FromRecord>(
        new URL("./record/record-worker.ts", import.meta.url),
        {
          settings: { storePath, keysFolder, stream, silentAfterMs, ...store, logLevel },
          intake: recordToIntake,
          publishers: recordToPublishers,
        } satisfies RecordWorkerInput,
        "record",
        { transfer: [recordToIntake, recordToPublishers] },
      ),
    startPublishers: () =>
      startWorker<ToPublishers, FromPublishers>(
        new URL("./publishers/publishers-worker.ts", import.meta.url),
        {
          dataFolder,
          keysFolder,
          storePath,
          stream,
          silentAfterMs,
          logLevel,
          publishers: config.publishers,
          recordPort: publishersToRecord,
        } satisfies PublishersWorkerSettings,
        "publishers",
        { transfer: [publishersToRecord] },
      ),
    startIntake: () =>
      startWorker<ToIntake, FromIntake>(
        new URL("./ingress/intake-worker.ts", import.meta.url),
        {
          settings: {
            dataFolder,
            keysFolder,
            stream,
            listen: link.listen,
            receiveBufferBytes: link.receiveBufferBytes,
            assembly: { maximumBlocks: link.openBlocks, maximumBytes: link.openBytes },
            maximumBytesInFlight: MAXIMUM_BYTES_IN_FLIGHT,
            logLevel,
          },
          record: intakeToRecord,
        } satisfies IntakeWorkerInput,
        "intake",
        { transfer: [intakeToRecord] },
      ),
  };
}

/** Answers the command line: status, and drain for what must account for every sample before it stops the station. */
function serveControl(
  config: ItStationConfig,
  softwareVersion: string,
  clock: Clock,
  log: Log,
  pipelineOf: () => Pipeline | undefined,
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
      "POST /drain": () => pipelineOf()?.drain(DRAIN_MS) ?? starting,
    },
    (error) => log.error({ err: error }, "a control request failed"),
  );
}
