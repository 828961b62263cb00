/** Starts a station's pipeline between the two servers by which the machine it runs on may ask for it, and stops all three in order.
 *  compose → [serve station] → control socket, pipeline, metrics → running station */
import type { Clock } from "../clock.ts";
import type { HostPort } from "../config/write-host-port.ts";
import { type ControlRoutes, controlSocketPath, startControlServer } from "../control/control-server.ts";
import { makeFolder } from "../files/make-folder.ts";
import type { Log } from "../log/log.ts";
import type { Figures } from "../metrics/figures.ts";
import { type MetricsServer, startMetricsServer } from "../metrics/metrics-server.ts";
import { modeFigures, type StationMode } from "../preflight/start-mode.ts";
import { StationError } from "../station-error.ts";
import { collectGarbage } from "./collect-garbage.ts";

/** What both stations' pipelines are to their surroundings. */
export interface ServedPipeline {
  /** Goes into the answer to `status`. */
  status(): object;
  /** See everything that was taken through to the end of the line. */
  drain(): Promise<unknown>;
  /** In the order of the data. Idempotent. */
  stop(): Promise<void>;
  /** Rejects when a thread died. */
  readonly failed: Promise<never>;
}

export interface ServedStation<Pipeline extends ServedPipeline> {
  readonly name: string;
  readonly mode: StationMode;
  readonly softwareVersion: string;
  readonly dataFolder: string;
  readonly metrics: {
    /** Undefined: nobody asks for metrics. */
    readonly listen: HostPort | undefined;
    /** Of the figure that says the mode: `nonreturn_<prefix>_lab_mode`. */
    readonly modePrefix: string;
    readonly figures: readonly Figures[];
  };
  /** Called once and not kept: it may refer to all that a station was configured with. */
  readonly startPipeline: () => Promise<Pipeline>;
  /** Why it is unhealthy, one short sentence each; none: it is healthy. */
  readonly healthReasons: (pipeline: Pipeline) => readonly string[];
  /** What can be asked for beside status and drain. `running` throws STATION_NOT_RUNNING while the station starts. */
  readonly routes?: (running: () => Pipeline) => ControlRoutes;
}

/** After the start, once: by then nothing holds what the configuration was read into. */
const COLLECT_AFTER_MS = 2000;

/**
 * The control socket first: it proves that no other station uses this data folder. Metrics last, of a pipeline that runs.
 *
 * @throws {StationError} FOLDER_…, CONTROL_SOCKET…, METRICS_LISTEN, and what the pipeline's start throws: then nothing stays started.
 */
export async function serveStation<Pipeline extends ServedPipeline>(
  station: ServedStation<Pipeline>,
  clock: Clock,
  log: Log,
): Promise<{ readonly pipeline: Pipeline; stop(): Promise<void> }> {
  // No function below refers to `station`, which holds `startPipeline`.
  const { name, mode, softwareVersion, dataFolder, metrics, healthReasons } = station;
  makeFolder(dataFolder, 0o700);
  const startedMs = clock.monotonicMs();
  const socketPath = controlSocketPath(dataFolder);
  const starting = { state: "starting", station: name, mode } as const;
  let started: Pipeline | undefined;
  const running = (): Pipeline => {
    if (started === undefined) throw notYet(socketPath);
    return started;
  };
  const control = await startControlServer(
    socketPath,
    {
      "GET /status": () => {
        if (started === undefined) return starting;
        return {
          state: "running",
          station: name,
          mode,
          version: softwareVersion,
          uptimeMs: Math.round(clock.monotonicMs() - startedMs),
          rssBytes: process.memoryUsage.rss(),
          ...started.status(),
        };
      },
      "POST /drain": () => started?.drain() ?? starting,
      ...station.routes?.(running),
    },
    (error) => log.error({ err: error }, "a control request failed"),
  );
  let metricsServer: MetricsServer | undefined;
  try {
    started = await station.startPipeline();
    if (metrics.listen !== undefined) {
      metricsServer = await startMetricsServer(metrics.listen, {
        figures: [modeFigures(metrics.modePrefix, mode), ...metrics.figures],
        health: () => ({ reasons: healthReasons(running()) }),
        onFailure: (error) => log.error({ err: error }, "a metrics request failed"),
      });
    }
  } catch (error) {
    await started?.stop();
    await control.close();
    throw error;
  }
  const pipeline = started;
  const cancelCollection = clock.after(COLLECT_AFTER_MS, collectGarbage);
  return {
    pipeline,
    async stop() {
      cancelCollection();
      await metricsServer?.close();
      await pipeline.stop();
      await control.close();
    },
  };
}

function notYet(where: string): StationError {
  return new StationError({
    code: "STATION_NOT_RUNNING",
    what: "the station is still starting",
    where,
    action: "Try again in a moment.",
  });
}
