/** Loads the file of an OT station: everything checked, in the station's own units, paths absolute.
 *  file → station file → [OT station config] → station settings → compose */
import { dirname, resolve } from "node:path";
import { type Accepted, type HostPort, type LogLevel, loadConfig, parseConfig, StationError } from "@nonreturn/station";
import type { BatcherSettings } from "../batch/batcher.ts";
import { DRIVERS } from "../drivers/registry.ts";
import type { BackOffSettings } from "../scan/back-off.ts";
import type { DeviceSettings } from "../scan/device-settings.ts";
import type { CalculatedSettings } from "../tag/calculated-settings.ts";
import { driverKeysOf, type RawDevice } from "./device-section.ts";
import { expandTemplates } from "./expand-templates.ts";
import { type LinkConfig, linkConfig } from "./link-section.ts";
import { type PathOrigin, placePaths } from "./place-paths.ts";
import { resolveCalculated } from "./resolve-calculated.ts";
import { resolveTag, type TagDefaults } from "./resolve-tag.ts";
import { otStationFile, type RawStationFile, tagDefaultsOf } from "./station-file.ts";

export interface OtStationConfig {
  readonly station: { readonly name: string; readonly mode: "lab" | "production" };
  readonly dataFolder: string; // absolute, as all paths
  readonly keysFolder: string;
  /** Checks of the machine that may fail in production. */
  readonly acceptedChecks: Accepted;
  readonly link: LinkConfig;
  readonly batch: BatcherSettings;
  readonly journal: { readonly retentionMs: number; readonly maximumBytes: number };
  readonly heartbeatMs: number;
  readonly refreshMs: number;
  readonly metricsListen: HostPort | undefined;
  readonly logLevel: LogLevel;
  readonly reconnect: BackOffSettings;
  /** Disabled ones included. */
  readonly devices: readonly DeviceSettings[];
  /** Each after those it depends on; disabled ones included. */
  readonly calculated: readonly CalculatedSettings[];
}

/** @throws {StationError} CONFIG_UNREADABLE or CONFIG_INVALID: every mistake with file and line. */
export function loadOtConfig(path: string): OtStationConfig {
  return configOf(loadConfig(path, otStationFile, expandTemplates), dirname(resolve(path)));
}

/** The same from text. @param fileName  for messages and as the place that relative paths start from. */
export function parseOtConfig(text: string, fileName: string): OtStationConfig {
  return configOf(parseConfig(text, fileName, otStationFile, expandTemplates), dirname(resolve(fileName)));
}

/** The file without its tags, defaults filled in. */
export type WrittenSections = Omit<RawStationFile, "devices" | "calculatedTags" | "templates">;

/** With the file as written beside it. @param text  of `readConfigText`. @throws {StationError} CONFIG_INVALID */
export function readOtConfig(
  text: string,
  path: string,
): { readonly sections: WrittenSections; readonly config: OtStationConfig } {
  const file = parseConfig(text, path, otStationFile, expandTemplates);
  const { devices: _, calculatedTags: __, templates: ___, ...sections } = file;
  return { sections, config: configOf(file, dirname(resolve(path))) };
}

function configOf(file: RawStationFile, folder: string): OtStationConfig {
  const { station, batch, journal, keys, preflight, heartbeat, refresh, metrics, log, reconnect } = file;
  const dataFolder = resolve(folder, station.dataFolder);
  const defaults = tagDefaultsOf(file);
  const devices = (file.devices as unknown as RawDevice[]).map((device) =>
    deviceSettings(device, defaults, { configFolder: folder, dataFolder }),
  );
  return {
    station: { name: station.name, mode: station.mode },
    dataFolder,
    keysFolder: keys.folder === undefined ? resolve(dataFolder, "keys") : resolve(folder, keys.folder),
    acceptedChecks: preflight.accept,
    link: linkConfig(file.link),
    batch: {
      maxAgeMs: batch.maxAge,
      lingerMs: batch.linger,
      maxSamples: batch.maxSamples,
      maxBytes: batch.maxBytes,
    },
    journal: { retentionMs: journal.retention, maximumBytes: journal.maxSize },
    heartbeatMs: heartbeat.period,
    refreshMs: refresh.period,
    metricsListen: metrics?.listen,
    logLevel: log.level,
    reconnect: { firstMs: reconnect.first, longestMs: reconnect.longest },
    devices,
    calculated: resolveCalculated(file.calculatedTags, new Map(), defaults).settings,
  };
}

function deviceSettings(device: RawDevice, defaults: TagDefaults, origin: PathOrigin): DeviceSettings {
  const driver = DRIVERS.get(device.driver);
  if (driver === undefined) throw unchecked(device.name);
  return {
    name: device.name,
    driver,
    driverConfig: placePaths(driverKeysOf(driver, device), driver, origin),
    enabled: device.enabled,
    timezone: device.timezone,
    tags: device.tags.map((tag) => {
      const resolved = resolveTag(tag, device, driver, defaults);
      if ("mistakes" in resolved) throw unchecked(`${device.name}: ${tag.path}`);
      return resolved.settings;
    }),
  };
}

/** Cannot happen: the schema has refused it. */
function unchecked(where: string): StationError {
  return new StationError({
    code: "CONFIG_UNCHECKED",
    what: "a mistake was not found while checking",
    where,
    action: "Report it with the configuration file.",
  });
}
