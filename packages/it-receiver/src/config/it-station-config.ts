/** The whole file of an IT station: every key, its bounds and its default; loaded with every mistake named.
 *  YAML → [IT station config] → compose; also config/schema/it-station.json */
import { isIP } from "node:net";
import { dirname, resolve } from "node:path";
import {
  type Accepted,
  byteSizeBetween,
  durationBetween,
  type HostPort,
  hostPort,
  interfaceName,
  LOG_LEVELS,
  type LogLevel,
  loadConfig,
  parseConfig,
  preflightSection,
} from "@nonreturn/station";
import { z } from "zod";
import { type PublisherConfig, publisherConfigs } from "../publishers/known-configs.ts";

const stationSection = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(100)
    .meta({ description: "of this station, in logs and status", examples: ["hamburg-it"] }),
  dataFolder: z
    .string()
    .min(1)
    .meta({
      description: "store, historian and keys live here; relative to this file",
      examples: ["/var/lib/nonreturn-it"],
    }),
  mode: z
    .enum(["lab", "production"])
    .default("production")
    .meta({ description: "production checks the machine before it starts; lab does not, and says LAB everywhere" }),
});

const linkSection = z.strictObject({
  listen: hostPort
    .refine(({ host }) => isIP(host) !== 0, {
      error: 'is no address of this machine; write an IP address with port: "192.0.2.2:47000"',
    })
    .meta({ description: "address of this machine's port to the diode", examples: ["192.0.2.2:47000"] }),
  stream: z
    .int()
    .min(1)
    .max(0x7fff)
    .default(1)
    .meta({ description: "number of the data stream; the same as on the OT station" }),
  receiveBuffer: byteSizeBetween("256KiB", "1GiB")
    .prefault("16MiB")
    .meta({ description: "asked of the kernel: what may arrive while this station is busy" }),
  silenceAfter: durationBetween("500ms", "5s")
    .prefault("3s")
    .meta({ description: "without a heartbeat for so long the link is silent, and its tags are stale" }),
  openBlocks: z.int().min(64).max(1_000_000).default(16_384).meta({ description: "incomplete blocks kept, at most" }),
  openBytes: byteSizeBetween("8MiB", "8GiB")
    .prefault("256MiB")
    .meta({ description: "bytes of incomplete blocks kept, at most" }),
  interface: interfaceName.optional(),
  source: hostPort
    .refine(({ host, port }) => isIP(host) !== 0 && port !== 0, {
      error: 'is no sender; write the OT station\'s address and source port: "192.0.2.1:47000"',
    })
    .optional()
    .meta({
      description: "the OT station's link.bindAddress and link.sourcePort: the only sender let in",
      examples: ["192.0.2.1:47000"],
    }),
  mtu: z.int().min(576).max(9000).default(1500).meta({ description: "the same as on the OT station" }),
});

const storeSection = z.strictObject({
  retention: durationBetween("1min", "3650d").prefault("30d"),
  maxSize: byteSizeBetween("16MB", "100TB").prefault("50GB"),
});

/** The schema for parseConfig. */
export const itStationFile = z.strictObject({
  station: stationSection,
  link: linkSection,
  store: storeSection.prefault({}),
  keys: z
    .strictObject({
      folder: z
        .string()
        .min(1)
        .optional()
        .meta({ description: "relative to this file; <dataFolder>/keys if left out" }),
    })
    .prefault({}),
  preflight: preflightSection,
  publishers: publisherConfigs.default([]).meta({ description: "where the samples go; see docs/publishers.md" }),
  metrics: z
    .strictObject({
      listen: hostPort.meta({ description: "serve /metrics and /health here", examples: ["127.0.0.1:9465"] }),
    })
    .optional(),
  log: z.strictObject({ level: z.enum(LOG_LEVELS).default("info") }).prefault({}),
});

export interface ItStationConfig {
  readonly station: { readonly name: string; readonly mode: "lab" | "production" };
  readonly dataFolder: string; // absolute, as all paths
  readonly keysFolder: string;
  /** Checks of the machine that may fail in production. */
  readonly acceptedChecks: Accepted;
  readonly link: {
    readonly listen: HostPort;
    readonly stream: number;
    readonly receiveBufferBytes: number;
    readonly silentAfterMs: number;
    readonly openBlocks: number;
    readonly openBytes: number;
    readonly interface: string | undefined;
    readonly source: HostPort | undefined;
    readonly mtu: number;
  };
  readonly store: { readonly retentionMs: number; readonly maximumBytes: number };
  readonly publishers: readonly PublisherConfig[];
  readonly metricsListen: HostPort | undefined;
  readonly logLevel: LogLevel;
}

/** @throws {StationError} CONFIG_UNREADABLE or CONFIG_INVALID: every mistake with file and line. */
export function loadItConfig(path: string): ItStationConfig {
  return configOf(loadConfig(path, itStationFile), dirname(resolve(path)));
}

/** The same from text. @param fileName  for messages and as the place that relative paths start from. */
export function parseItConfig(text: string, fileName: string): ItStationConfig {
  return configOf(parseConfig(text, fileName, itStationFile), dirname(resolve(fileName)));
}

function configOf(file: z.output<typeof itStationFile>, folder: string): ItStationConfig {
  const { station, link, store, keys, preflight, publishers, metrics, log } = file;
  const dataFolder = resolve(folder, station.dataFolder);
  return {
    station: { name: station.name, mode: station.mode },
    dataFolder,
    keysFolder: keys.folder === undefined ? resolve(dataFolder, "keys") : resolve(folder, keys.folder),
    acceptedChecks: preflight.accept,
    link: {
      listen: link.listen,
      stream: link.stream,
      receiveBufferBytes: link.receiveBuffer,
      silentAfterMs: link.silenceAfter,
      openBlocks: link.openBlocks,
      openBytes: link.openBytes,
      interface: link.interface,
      source: link.source,
      mtu: link.mtu,
    },
    store: { retentionMs: store.retention, maximumBytes: store.maxSize },
    publishers: publishers.map((publisher) => withAbsolutePaths(publisher, folder)),
    metricsListen: metrics?.listen,
    logLevel: log.level,
  };
}

const PATH_KEY = /(File|Folder)$/;

/** Every key of a publisher that names a file or folder, also within lists (users), starts from the configuration's folder. */
function withAbsolutePaths<Part>(part: Part, folder: string): Part {
  if (Array.isArray(part)) return part.map((item) => withAbsolutePaths(item, folder)) as Part;
  if (typeof part !== "object" || part === null) return part;
  const entries = Object.entries(part).map(([key, value]) =>
    typeof value === "string" && PATH_KEY.test(key)
      ? [key, resolve(folder, value)]
      : [key, withAbsolutePaths(value, folder)],
  );
  return Object.fromEntries(entries) as Part;
}
