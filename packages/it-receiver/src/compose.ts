/** Puts the IT station together: the only file that knows which thread, socket and server stands behind each part.
 *  config → [compose] → pipeline, control socket, metrics */
import { join } from "node:path";
import {
  type Clock,
  Figures,
  type Log,
  messagePortPair,
  type RunningStation,
  serveStation,
  startWorker,
} from "@nonreturn/station";
import type { ItStationConfig } from "./config/it-station-config.ts";
import { INTAKE_FIGURES } from "./ingress/intake-figures.ts";
import type { FromIntake, IntakeWorkerInput, ToIntake } from "./ingress/intake-port.ts";
import { loadOpeningKeys } from "./keys/pairing-file.ts";
import { startPipeline } from "./pipeline.ts";
import { PUBLISHER_FIGURES } from "./publishers/publisher-figures.ts";
import type { FromPublishers, PublishersWorkerSettings, ToPublishers } from "./publishers/publishers-port.ts";
import { RECORD_FIGURES } from "./record/record-figures.ts";
import type { FromRecord, RecordWorkerInput, ToRecord } from "./record/record-port.ts";
import { STORE_FILE } from "./record/store-schema.ts";

/** Bytes of assembled blocks between intake and record: half a second at 2 Gbit/s. */
const MAXIMUM_BYTES_IN_FLIGHT = 128 * 1024 * 1024;

/** @throws {StationError} KEYS_…, CONTROL_SOCKET…, UDP_LISTEN, METRICS_LISTEN, DATABASE_…: then nothing stays started. */
export async function startItStation(
  config: ItStationConfig,
  softwareVersion: string,
  clock: Clock,
  log: Log,
  signal: AbortSignal,
): Promise<RunningStation & { readonly listening: { readonly host: string; readonly port: number } }> {
  loadOpeningKeys(config.keysFolder); // the threads load their own; a missing key is said here, before anything starts
  const figures = {
    intake: new Figures("it_intake", INTAKE_FIGURES),
    record: new Figures("it_record", RECORD_FIGURES),
    publishers: new Figures("it", PUBLISHER_FIGURES),
  };
  const { pipeline, stop } = await serveStation(
    {
      name: config.station.name,
      mode: config.station.mode,
      softwareVersion,
      dataFolder: config.dataFolder,
      metrics: {
        listen: config.metricsListen,
        modePrefix: "it_station",
        figures: [figures.intake, figures.record, figures.publishers],
      },
      startPipeline: () => startPipeline({ clock, log, figures, ...threadsOf(config) }, signal),
      healthReasons: (running) => running.status().alarms,
    },
    clock,
    log,
  );
  return { listening: pipeline.status().listening, failed: pipeline.failed, stop };
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
          station: config.station.name,
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
