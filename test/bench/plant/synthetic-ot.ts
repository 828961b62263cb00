/** An OT station with a synthetic plant: the product's own composition, given devices whose driver is not in its registry.
 *  plant file, OT configuration → [synthetic OT] → running station; at its stop the account of what the driver delivered */
import { readFileSync, writeFileSync } from "node:fs";
import { startOtStation } from "../../../packages/ot-sender/src/compose.ts";
import { loadOtConfig } from "../../../packages/ot-sender/src/config/ot-station-config.ts";
import type { DeviceSettings } from "../../../packages/ot-sender/src/scan/device-settings.ts";
import { createLog, runStation, systemClock } from "../../../packages/station/src/index.ts";
import { generatedSignals, recordedSignals } from "./signals.ts";
import { PlantAccount, syntheticFactory } from "./synthetic-driver.ts";

export interface PlantFile {
  readonly devices: number;
  readonly tagsPerDevice: number;
  readonly scanPeriodMs: number;
  readonly motion: "moving" | "still";
  readonly maximumSilenceMs: number;
  /** A folder of CSV files; generated signals if left out. */
  readonly recordings?: string;
  readonly seed: number;
  /** Written at the stop. */
  readonly accountFile: string;
}

/** What `accountFile` holds; index = tag id. */
export interface AccountFile {
  readonly counts: readonly number[];
  readonly sums: readonly number[];
}

const [configFile, plantFile] = process.argv.slice(2);
if (configFile === undefined || plantFile === undefined) throw new RangeError("synthetic-ot CONFIG PLANT");
const plant = JSON.parse(readFileSync(plantFile, "utf8")) as PlantFile;
const config = loadOtConfig(configFile);
const account = new PlantAccount(plant.devices * plant.tagsPerDevice);
const signals = plant.recordings === undefined ? generatedSignals(plant.seed) : recordedSignals(plant.recordings);
const driver = syntheticFactory({ signals, account, motion: plant.motion });
const log = createLog({ name: "ot", level: config.logLevel });

const neverReloaded = { path: configFile, text: new Uint8Array(0) };

await runStation({
  name: "OT station with a synthetic plant",
  log,
  start: async (signal) => {
    const station = await startOtStation(
      { ...config, devices: devicesOf(plant) },
      "bench",
      systemClock,
      log,
      signal,
      neverReloaded,
    );
    process.stdout.write(`${JSON.stringify({ event: "running" })}\n`);
    return {
      ...(station.failed === undefined ? {} : { failed: station.failed }),
      async stop() {
        await station.stop();
        const file: AccountFile = { counts: [...account.counts], sums: [...account.sums] };
        writeFileSync(plant.accountFile, JSON.stringify(file));
      },
    };
  },
});

function devicesOf({ devices, tagsPerDevice, scanPeriodMs, maximumSilenceMs }: PlantFile): DeviceSettings[] {
  return Array.from({ length: devices }, (_, device) => ({
    name: `plc-${device}`,
    driver,
    driverConfig: { channel: String(device) },
    enabled: true,
    timezone: "UTC",
    tags: Array.from({ length: tagsPerDevice }, (_, tag) => ({
      path: `site/area-${device}/machine-${Math.floor(tag / 20)}/signal-${tag % 20}`,
      address: String(tag),
      dataType: "FLOAT64" as const,
      driverOptions: {},
      enabled: true,
      scanClass: "bench",
      scanPeriodMs,
      unit: "bar",
      description: "",
      range: undefined,
      scaling: undefined,
      outsideRange: "keep" as const,
      deadband: 0,
      maximumSilenceMs,
    })),
  }));
}
