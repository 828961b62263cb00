/** Drivers made of nothing but a script, and a sink that remembers. */
import { createLog } from "@nonreturn/station";
import {
  type DeviceStatus,
  type Sample,
  type SampleColumns,
  SampleColumnsBuilder,
  StatusCode,
  sampleAt,
} from "@nonreturn/wire-format";
import { onTestFinished } from "vitest";
import { type ManualClock, manualClock } from "../../../../test/support/manual-clock.ts";
import type { AlarmChange, CarriedAlarm } from "../../src/alarm/alarm-settings.ts";
import type { Driver, DriverFactory, PollingDriver, ReadPlan, TagAddress } from "../../src/drivers/driver.ts";
import type { DeviceSettings, TagIdOf } from "../../src/scan/device-settings.ts";
import type { Turns } from "../../src/scan/in-turns.ts";
import { type Scan, startScan } from "../../src/scan/start-scan.ts";
import type { CalculatedSettings } from "../../src/tag/calculated-settings.ts";
import type { TagSettings } from "../../src/tag/tag-settings.ts";

export const log = createLog({ name: "test", level: "silent" });

/** What a scripted device does next; replace the members as the test goes on. */
export interface Script {
  connect: (signal: AbortSignal) => Promise<void>;
  /** By default every tag is Good with the number of its read. */
  read: (plan: ReadPlan, signal: AbortSignal) => Promise<readonly Sample[]>;
  readonly reads: { readonly atMs: number; readonly tagIds: readonly number[] }[];
  connects: number;
  closes: number;
  open: number;
}

export class ScriptedWorld {
  readonly clock: ManualClock = manualClock();
  readonly reported: (Sample & { readonly channel: string })[] = [];
  readonly statuses: DeviceStatus[] = [];
  readonly alarmChanges: AlarmChange[] = [];
  readonly scripts = new Map<string, Script>();
  /** What happens between the pieces of a change. */
  turns: Turns = { tags: 1, next: async () => undefined };
  #scan: Scan | undefined;

  /** Addresses: "unit/anything". Devices whose config has the same channel share it. */
  readonly factory: DriverFactory<{ readonly channel: string; readonly kind?: "subscribing" }> = {
    name: "scripted",
    deviceShape: {},
    tagShape: {},
    channelOf: ({ channel }) => channel,
    unitOf: ({ address }) => address.split("/")[0] ?? "",
    typeOf: () => undefined,
    mistakeOf: () => undefined,
    createChannel: (devices) => devices.map(({ device, config }) => this.#driver(device, config.kind ?? "polling")),
  };

  device(
    name: string,
    channel: string,
    tags: readonly TagSettings[],
    more: Partial<DeviceSettings> & { kind?: "subscribing" } = {},
  ): DeviceSettings {
    this.script(name);
    const { kind, ...changes } = more;
    return {
      name,
      driver: this.factory as DriverFactory,
      driverConfig: { channel, ...(kind === undefined ? {} : { kind }) },
      enabled: true,
      timezone: "UTC",
      tags,
      ...changes,
    };
  }

  script(name: string): Script {
    let script = this.scripts.get(name);
    if (script === undefined) {
      const made: Script = {
        connect: async () => undefined,
        read: async (plan) => this.good(plan, made.reads.length),
        reads: [],
        connects: 0,
        closes: 0,
        open: 0,
      };
      script = made;
      this.scripts.set(name, script);
    }
    return script;
  }

  good(plan: ReadPlan, value: number): Sample[] {
    return plan.tagIds.map((tagId) => ({
      tagId,
      value,
      statusCode: StatusCode.Good,
      sourceTimestamp: this.clock.nowUtcMicros(),
    }));
  }

  bad(plan: ReadPlan, statusCode: number): Sample[] {
    return plan.tagIds.map((tagId) => ({ tagId, value: null, statusCode, sourceTimestamp: this.clock.nowUtcMicros() }));
  }

  /** A read that takes its time. */
  async later<T>(delayMs: number, value: T): Promise<T> {
    await new Promise<void>((resolve) => void this.clock.after(delayMs, resolve));
    return value;
  }

  start(
    devices: readonly DeviceSettings[],
    reconnect = { firstMs: 1000, longestMs: 8000 },
    calculated: readonly CalculatedSettings[] = [],
    activeAlarms: readonly CarriedAlarm[] = [],
    tagIdOf?: TagIdOf,
  ): Scan {
    const paths = [...devices.flatMap((device) => device.tags), ...calculated].map(({ path }) => path);
    const scan = startScan(
      { devices, reconnect, calculated },
      {
        clock: this.clock,
        log,
        random: (bytes) => new Uint8Array(bytes).fill(0xff), // the longest wait of each step
        turns: { tags: this.turns.tags, next: () => this.turns.next() },
        tagIdOf: tagIdOf ?? ((path) => paths.indexOf(path) + 1),
        sink: { accept: (columns, { channel }) => this.#take(columns, channel) },
        activeAlarms,
        onAlarmChanges: (changes) => void this.alarmChanges.push(...changes),
        onDeviceStatus: (status) => this.statuses.push(status),
      },
    );
    this.#scan = scan;
    onTestFinished(async () => {
      const stopped = scan.stop();
      await this.clock.advanceAsync(10_000);
      await stopped;
    });
    return scan;
  }

  get scan(): Scan {
    return this.#scan!;
  }

  /** Since the last call. */
  takeReported(): (Sample & { readonly channel: string })[] {
    return this.reported.splice(0);
  }

  #take(columns: SampleColumns, channel: string): void {
    for (let row = 0; row < columns.count; row++) this.reported.push({ ...sampleAt(columns, row), channel });
  }

  #driver(device: string, kind: "polling" | "subscribing"): Driver {
    const script = this.script(device);
    const plan = (tags: readonly TagAddress[]): ReadPlan => ({
      tagIds: tags.map(({ tagId }) => tagId),
      refused: tags
        .filter(({ address }) => address.endsWith("/refused"))
        .map(({ tagId, path }) => ({ tagId, path, statusCode: StatusCode.BadConfigurationError, reason: "refused" })),
      requests: ["one"],
    });
    const shared = {
      plan,
      connect: async (signal: AbortSignal) => {
        script.connects++;
        await script.connect(signal);
        script.open++;
      },
      close: async () => {
        script.closes++;
        script.open = 0;
      },
    };
    if (kind === "subscribing")
      return {
        kind,
        ...shared,
        subscribe: async (planned, onSamples, signal) => {
          const samples = await script.read(planned, signal);
          onSamples(samples);
          return new Promise<never>((_, reject) =>
            signal.addEventListener("abort", () => reject(new Error("aborted"))),
          );
        },
      };
    return {
      kind,
      ...shared,
      read: async (planned, signal) => {
        script.reads.push({ atMs: this.clock.monotonicMs(), tagIds: planned.tagIds });
        const columns = new SampleColumnsBuilder();
        for (const sample of await script.read(planned, signal)) columns.pushSample(sample);
        return columns.take();
      },
    } satisfies PollingDriver;
  }
}

export function tag(path: string, address: string, more: Partial<TagSettings> = {}): TagSettings {
  return {
    path,
    address,
    dataType: "INT16",
    driverOptions: {},
    enabled: true,
    scanClass: "normal",
    scanPeriodMs: 1000,
    unit: "",
    description: "",
    range: undefined,
    scaling: undefined,
    outsideRange: "keep",
    deadband: 0,
    maximumSilenceMs: 0,
    ...more,
  };
}
