/** The OT station's scanner reading simulated devices, for tests.
 *  simulated plant → drivers → [scan → report] → samples by tag path */

import { randomBytes } from "node:crypto";
import { type Clock, createLog, type HostPort } from "@nonreturn/station";
import { type DataType, type DeviceStatus, type Sample, sampleAt } from "@nonreturn/wire-format";
import { onTestFinished } from "vitest";
import { z } from "zod";
import type { AlarmChange, AlarmSettings, CarriedAlarm } from "../../packages/ot-sender/src/alarm/alarm-settings.ts";
import type { DriverFactory } from "../../packages/ot-sender/src/drivers/driver.ts";
import { modbus } from "../../packages/ot-sender/src/drivers/modbus/index.ts";
import type { DeviceSettings } from "../../packages/ot-sender/src/scan/device-settings.ts";
import { type Scan, startScan } from "../../packages/ot-sender/src/scan/start-scan.ts";
import type { TagSettings } from "../../packages/ot-sender/src/tag/tag-settings.ts";
import { patientClock } from "./patient-clock.ts";

export interface ScannedDevice {
  readonly name: string;
  readonly address: HostPort;
  /** Modbus TCP if left out. */
  readonly driver?: DriverFactory;
  /** Of the driver. */
  readonly config?: object;
  readonly periodMs: number;
  readonly tags: readonly {
    readonly address: string;
    readonly dataType: DataType;
    /** 0 if left out. */
    readonly deadband?: number;
    readonly alarms?: readonly AlarmSettings[];
  }[];
}

export interface Scanning {
  readonly scan: Scan;
  /** Everything reported so far for `device/address`, oldest first. */
  history(path: string): readonly Sample[];
  latest(path: string): Sample | undefined;
  /** Oldest first. */
  readonly alarmChanges: readonly AlarmChange[];
  /** Every change, oldest first. */
  readonly statuses: readonly DeviceStatus[];
  stateOf(device: string): DeviceStatus["state"] | undefined;
}

/** Scans until the test ends. A tag's path is its device's name and its address. Reconnects within 10 to 50 ms. */
export function startScanning(
  devices: readonly ScannedDevice[],
  activeAlarms: readonly CarriedAlarm[] = [],
  clock: Clock = patientClock,
): Scanning {
  const paths = devices.flatMap(({ name, tags }) => tags.map(({ address }) => `${name}/${address}`));
  const tagIds = new Map(paths.map((path, index) => [path, index + 1]));
  const histories = new Map<string, Sample[]>(paths.map((path) => [path, []]));
  const alarmChanges: AlarmChange[] = [];
  const statuses: DeviceStatus[] = [];
  const scan = startScan(
    { devices: devices.map(settingsOf), reconnect: { firstMs: 10, longestMs: 50 } },
    {
      clock,
      log: createLog({ name: "test", level: "silent" }),
      random: randomBytes,
      turns: { tags: 1, next: async () => undefined },
      tagIdOf: (path) => tagIds.get(path) ?? Number.NaN,
      onDeviceStatus: (status) => void statuses.push(status),
      activeAlarms,
      onAlarmChanges: (changes) => void alarmChanges.push(...changes),
      sink: {
        accept(columns) {
          for (let row = 0; row < columns.count; row++) {
            const sample = sampleAt(columns, row);
            histories.get(paths[sample.tagId - 1] ?? "")?.push(sample);
          }
        },
      },
    },
  );
  onTestFinished(() => scan.stop());
  const historyOf = (path: string): readonly Sample[] => {
    const history = histories.get(path);
    if (history === undefined) throw new Error(`no tag ${path}`);
    return history;
  };
  return {
    scan,
    history: historyOf,
    alarmChanges,
    statuses,
    latest: (path) => historyOf(path).at(-1),
    stateOf: (device) => scan.deviceStatuses().find((status) => status.device === device)?.state,
  };
}

function settingsOf({ name, address, config, periodMs, tags, ...more }: ScannedDevice): DeviceSettings {
  const driver = more.driver ?? (modbus as DriverFactory);
  return {
    name,
    driver,
    driverConfig: z.object(driver.deviceShape).parse({ host: address.host, port: address.port, ...config }),
    enabled: true,
    timezone: "UTC",
    tags: tags.map(
      (tag): TagSettings => ({
        path: `${name}/${tag.address}`,
        address: tag.address,
        dataType: tag.dataType,
        driverOptions: {},
        enabled: true,
        scanClass: "test",
        scanPeriodMs: periodMs,
        unit: "",
        description: "",
        range: undefined,
        scaling: undefined,
        outsideRange: "keep",
        deadband: tag.deadband ?? 0,
        maximumSilenceMs: 0,
        ...(tag.alarms === undefined ? {} : { alarms: tag.alarms }),
      }),
    ),
  };
}
