/** Starts reading all devices of the station.
 *  device settings → [start scan] → channels → report sink */
import type { Clock, Figures, Log } from "@nonreturn/station";
import type { DeviceStatus } from "@nonreturn/wire-format";
import type { AlarmChange, CarriedAlarm } from "../alarm/alarm-settings.ts";
import { Alarms } from "../alarm/alarms.ts";
import { ReportByException } from "../report/report-by-exception.ts";
import type { ReportSink } from "../report/report-sink.ts";
import type { CalculatedSettings } from "../tag/calculated-settings.ts";
import { Calculations } from "../tag/calculations.ts";
import type { BackOffSettings } from "./back-off.ts";
import { buildChannels } from "./build-channels.ts";
import type { DeviceSettings, TagIdOf } from "./device-settings.ts";
import { DeviceStates } from "./device-states.ts";
import { writeScanFigures } from "./scan-figures.ts";

export interface ScanSettings {
  readonly devices: readonly DeviceSettings[];
  /** Each after those it depends on. */
  readonly calculated?: readonly CalculatedSettings[];
  readonly reconnect: BackOffSettings;
}

/** Delays of alarms end at most so much late. */
const ALARM_TICK_MS = 100;

export interface ScanSurroundings {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: (bytes: number) => Uint8Array;
  readonly tagIdOf: TagIdOf;
  readonly sink: ReportSink;
  /** Alarms that are active already, as the journal knows them; none if left out. */
  readonly activeAlarms?: readonly CarriedAlarm[];
  /** Called with every change of an alarm's state, in order; must not throw. */
  readonly onAlarmChanges?: (changes: readonly AlarmChange[]) => void;
  /** Called with every change; must not throw. */
  readonly onDeviceStatus: (status: DeviceStatus) => void;
}

export interface Scan {
  /** For value refresh (`currentValues`) and counters. */
  readonly report: ReportByException;
  readonly alarms: Alarms;
  deviceStatuses(): readonly DeviceStatus[];
  /** Set every figure of SCAN_FIGURES. */
  writeFigures(figures: Figures): void;
  /** Close every connection. Nothing reaches the sink after it has resolved. Idempotent. */
  stop(): Promise<void>;
}

/** Each channel begins at once, on its own; a device that cannot be reached does not keep this from returning. */
export function startScan(settings: ScanSettings, surroundings: ScanSurroundings): Scan {
  const { clock, log, random, tagIdOf, sink } = surroundings;
  const tags = settings.devices
    .filter(({ enabled }) => enabled)
    .flatMap((device) => device.tags.filter(({ enabled }) => enabled));
  const calculated = (settings.calculated ?? []).filter(({ enabled }) => enabled);
  const calculations = new Calculations(
    calculated.map(({ path, expression, inputs, dataType }) => ({
      tagId: tagIdOf(path),
      expression,
      inputs: new Map([...inputs].map(([name, input]) => [name, tagIdOf(input)])),
      dataType,
    })),
  );
  const report = new ReportByException(
    [...tags, ...calculated].map(({ path, deadband, maximumSilenceMs }) => ({
      tagId: tagIdOf(path),
      deadband,
      maximumSilenceMs,
    })),
  );
  const { onAlarmChanges = () => undefined } = surroundings;
  const alarms = new Alarms(
    [...tags, ...calculated].flatMap(({ path, alarms: watched }) =>
      watched === undefined ? [] : [{ tagId: tagIdOf(path), alarms: watched }],
    ),
    surroundings.activeAlarms ?? [],
    clock.nowUtcMicros(),
  );
  const handOnAlarms = (): void => {
    const changes = alarms.take();
    if (changes.length > 0) onAlarmChanges(changes);
  };
  handOnAlarms(); // of alarms that are no longer configured
  const states = new DeviceStates(clock, log, surroundings.onDeviceStatus);
  for (const { name, enabled } of settings.devices) states.set(name, enabled ? "connecting" : "disabled", "");
  const channels = buildChannels(settings.devices, {
    clock,
    log,
    random,
    reconnect: settings.reconnect,
    tagIdOf,
    states,
    report,
    calculations,
    alarms,
    handOnAlarms,
    sink,
  });
  const stopping = new AbortController();
  const cancelAlarmTick =
    alarms.configured === 0
      ? () => undefined
      : clock.every(ALARM_TICK_MS, () => {
          alarms.expire(clock.monotonicMs());
          handOnAlarms();
        });
  const running = Promise.all(channels.map((channel) => channel.run(stopping.signal)));
  return {
    report,
    alarms,
    deviceStatuses: () => states.all(),
    writeFigures: (figures) => writeScanFigures(figures, channels, states.all(), report, alarms),
    async stop() {
      stopping.abort();
      cancelAlarmTick();
      await running;
    },
  };
}
