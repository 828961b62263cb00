/** Starts reading all devices of the station, and changes what is read while it runs.
 *  device settings → [start scan] → channels → report sink */
import type { Clock, Figures, Log } from "@nonreturn/station";
import type { DeviceStatus } from "@nonreturn/wire-format";
import type { AlarmChange, CarriedAlarm } from "../alarm/alarm-settings.ts";
import { Alarms } from "../alarm/alarms.ts";
import { ReportByException } from "../report/report-by-exception.ts";
import type { ReportSink } from "../report/report-sink.ts";
import type { CalculatedSettings } from "../tag/calculated-settings.ts";
import { type CalculatedTag, Calculations } from "../tag/calculations.ts";
import type { BackOffSettings } from "./back-off.ts";
import { type BuiltChannel, buildChannels } from "./build-channels.ts";
import type { DeviceSettings, TagIdOf } from "./device-settings.ts";
import { DeviceStates } from "./device-states.ts";
import { Phases } from "./phases.ts";
import { ReportScan } from "./report-scan.ts";
import type { ScanChange } from "./scan-change.ts";
import { forgetScanFigures, writeScanFigures } from "./scan-figures.ts";

export interface ScanSettings {
  readonly devices: readonly DeviceSettings[];
  /** Each after those it depends on. */
  readonly calculated?: readonly CalculatedSettings[];
  readonly reconnect: BackOffSettings;
}

/** Delays of alarms end at most so much late. */
const ALARM_TICK_MS = 100;

/** What a change made due is looked at again with the next scan of its inputs, if they are read. */
const RECALCULATED_MS = 1000;

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
  /** Events of these tags' alarms are lost for good: report what their states are. */
  restateAlarms(tagIds: readonly number[] | "all"): void;
  deviceStatuses(): readonly DeviceStatus[];
  /** Set every figure of SCAN_FIGURES. */
  writeFigures(figures: Figures): void;
  /**
   * Close the channels that are not kept, then open the others; the kept ones notice nothing. Not while another change is under way.
   * Resolves once the new channels have begun. @throws what building them throws; then nothing has changed.
   */
  change(change: ScanChange): Promise<void>;
  /** Close every connection. Nothing reaches the sink after it has resolved. Idempotent. */
  stop(): Promise<void>;
}

interface RunningChannel {
  readonly built: BuiltChannel;
  readonly stopping: AbortController;
  readonly running: Promise<unknown>;
}

/** Each channel begins at once, on its own; a device that cannot be reached does not keep this from returning. */
export function startScan(settings: ScanSettings, surroundings: ScanSurroundings): Scan {
  const { clock, log, random, tagIdOf, sink } = surroundings;
  const tags = settings.devices
    .filter(({ enabled }) => enabled)
    .flatMap((device) => device.tags.filter(({ enabled }) => enabled));
  const calculated = (settings.calculated ?? []).filter(({ enabled }) => enabled);
  const calculations = new Calculations(calculatedTags(calculated, tagIdOf));
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
  const { reconnect } = settings;
  const phases = new Phases();
  const build = { clock, log, random, reconnect, states, phases, report, calculations, alarms, handOnAlarms, sink };
  const channels = new Map<string, RunningChannel>();
  /** Their figures are still shown. */
  const gone = { devices: new Set<string>(), channels: new Set<string>() };
  let stopping: Promise<void> | undefined;

  const noteDevices = (devices: readonly Pick<DeviceSettings, "name" | "enabled">[]): void => {
    for (const { name, enabled } of devices) {
      gone.devices.delete(name);
      states.set(name, enabled ? "connecting" : "disabled", "");
    }
  };
  const open = (opened: ReadonlyMap<string, BuiltChannel>): void => {
    for (const [name, built] of opened) {
      const own = new AbortController();
      const running = Promise.all(built.map((each) => each.run(own.signal)));
      channels.set(name, { built, stopping: own, running });
      for (const each of built) gone.channels.delete(each.name);
    }
  };
  const close = async (names: readonly string[]): Promise<void> => {
    const closing = names.flatMap((name) => channels.get(name) ?? []);
    for (const channel of closing) channel.stopping.abort();
    await Promise.all(closing.map(({ running }) => running));
    for (const name of names) channels.delete(name);
    for (const { name } of closing.flatMap(({ built }) => built)) gone.channels.add(name);
  };

  const watchAlarms = (): (() => void) =>
    alarms.configured === 0
      ? () => undefined
      : clock.every(ALARM_TICK_MS, () => {
          alarms.expire(clock.monotonicMs());
          handOnAlarms();
        });

  let cancelAlarmTick = watchAlarms();
  const ownScan = new ReportScan("calculated", build, clock, new Map());
  noteDevices(settings.devices);
  open(buildChannels(settings.devices, { ...build, tagIdOf }));
  return {
    report,
    alarms,
    restateAlarms(tagIds) {
      alarms.restate(tagIds === "all" ? "all" : new Set(tagIds), clock.nowUtcMicros());
      handOnAlarms();
    },
    deviceStatuses: () => states.all(),
    writeFigures(figures) {
      forgetScanFigures(figures, gone);
      const all = [...channels.values()].flatMap(({ built }) => built);
      writeScanFigures(figures, all, states.all(), report, alarms);
    },
    async change(change) {
      const opened = buildChannels(change.devices, { ...build, tagIdOf: change.tagIdOf });
      const tagsAfter = calculatedTags(change.calculated, change.tagIdOf);
      await close([...channels.keys()].filter((name) => !change.keptChannels.has(name)));
      if (stopping !== undefined) return;
      report.change(change.report);
      calculations.change(tagsAfter, (tagId) => report.lastRead(tagId));
      alarms.change(change.alarmed, (tagId) => report.lastRead(tagId), {
        utc: clock.nowUtcMicros(),
        monotonicMs: clock.monotonicMs(),
      });
      ownScan.recalculate(RECALCULATED_MS);
      cancelAlarmTick();
      cancelAlarmTick = watchAlarms();
      for (const name of change.removedDevices) {
        gone.devices.add(name);
        states.forget(name);
      }
      noteDevices(change.otherDevices);
      open(opened);
    },
    stop() {
      cancelAlarmTick();
      stopping ??= close([...channels.keys()]);
      return stopping;
    },
  };
}

function calculatedTags(calculated: readonly CalculatedSettings[], tagIdOf: TagIdOf): readonly CalculatedTag[] {
  return calculated.map(({ path, expression, inputs, dataType }) => ({
    tagId: tagIdOf(path),
    expression,
    inputs: new Map([...inputs].map(([name, input]) => [name, tagIdOf(input)])),
    dataType,
  }));
}
