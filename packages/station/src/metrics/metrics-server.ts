/** Shows a station's figures to Prometheus and its health to whoever watches it.
 *  figures → [metrics server] → Prometheus, load balancers, systemd watchdogs */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { collectDefaultMetrics, Registry } from "prom-client";
import { type HostPort, writeHostPort } from "../config/write-host-port.ts";
import { closeHttpServer, createHttpServer } from "../http/http-server.ts";
import { StationError } from "../station-error.ts";
import type { Figures } from "./figures.ts";
import { prometheusRegistry } from "./prometheus.ts";

export interface Health {
  /** Healthy exactly when there are no reasons. One short sentence each: "the link has been silent for 12 s". */
  readonly reasons: readonly string[];
}

export interface MetricsSources {
  /** Each with a prefix of its own. */
  readonly figures: readonly Figures[];
  health(): Health;
  /** A route failed in a way that is no StationError. */
  onFailure?(error: unknown): void;
}

export interface MetricsServer {
  /** Where it listens; the real port where 0 was asked for. */
  readonly address: HostPort;
  close(): Promise<void>;
}

/**
 * GET /metrics: Prometheus text, with the process's own figures. GET /health: 200 `{"state":"healthy","reasons":[]}` or 503 with reasons.
 *
 * @throws {StationError} METRICS_LISTEN if the address cannot be bound.
 */
export async function startMetricsServer(listen: HostPort, sources: MetricsSources): Promise<MetricsServer> {
  const processRegistry = new Registry();
  collectDefaultMetrics({ register: processRegistry });
  const all = Registry.merge([processRegistry, ...sources.figures.map(prometheusRegistry)]);
  const server = createHttpServer(
    {
      "GET /metrics": async () => ({ text: await all.metrics(), contentType: all.contentType }),
      "GET /health": () => {
        const { reasons } = sources.health();
        return reasons.length === 0
          ? { json: { state: "healthy", reasons } }
          : { status: 503, json: { state: "unhealthy", reasons } };
      },
    },
    (error) => sources.onFailure?.(error),
  );
  await bind(server, listen);
  return {
    address: { host: listen.host, port: (server.address() as AddressInfo).port },
    close: () => closeHttpServer(server),
  };
}

function bind(server: Server, listen: HostPort): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) =>
      reject(
        new StationError(
          {
            code: "METRICS_LISTEN",
            what: `cannot listen for metrics (${error.message})`,
            where: writeHostPort(listen),
            action: "Choose an address of this machine and a free port, or remove the metrics section.",
          },
          { cause: error },
        ),
      ),
    );
    server.listen({ host: listen.host, port: listen.port }, () => {
      server.removeAllListeners("error");
      server.on("error", () => undefined); // accepting failed (EMFILE …): the client sees it, the station goes on
      resolve();
    });
  });
}
