/** Starts reading all devices of the station, and changes what is read while it runs.
 *  device settings → [start scan] → channels → report sink */
import { type Clock, errorFields, type Figures, type Log } from "@nonreturn/station";
import type { DeviceStatus } from "@nonreturn/wire-format";
import type { AlarmChange, CarriedAlarm } from "../alarm/alarm-settings.ts";
import { Alarms } from "../alarm/alarms.ts";
import { ReportByException } from "../report/report-by-exception.ts";
import type { ReportSink } from "../report/report-sink.ts";
import type { CalculatedSettings } from "../tag/calculated-settings.ts";
import { type CalculatedTag, Calculations } from "../tag/calculations.ts";
import type { BackOffSettings } from "./back-off.ts";
import { type BuiltChannel, buildChannel, channelsOf } from "./build-channels.ts";
import type { DeviceSettings, TagIdOf } from "./device-settings.ts";
import { DeviceStates } from "./device-states.ts";
import { atOnce, inTurns, type Pieces, TAGS_PER_PIECE, TAGS_PER_TURN, type Turns } from "./in-turns.ts";
import { ReportScan } from "./report-scan.ts";
import type { OpenedChannel, ScanChange } from "./scan-change.ts";
import { forgetScanFigures, writeScanFigures } from "./scan-figures.ts";
import { takeTagsOver } from "./take-tags-over.ts";

export interface ScanSettings {
  readonly devices: readonly DeviceSettings[];
  /** Each after those it depends on. */
  readonly calculated?: readonly CalculatedSettings[];
  readonly reconnect: BackOffSettings;
}

/** Delays of alarms end at most so much late. */
const ALARM_TICK_MS = 100;

/** What it takes to note a device's state and log it, measured in tags. */
const DEVICE_IN_TAGS = TAGS_PER_PIECE / 10;

/** What a change made due is looked at again with the next scan of its inputs, if they are read. */
const RECALCULATED_MS = 1000;

export interface ScanSurroundings {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: (bytes: number) => Uint8Array;
  readonly turns: Turns;
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
  /** Of a tag with alarms; "" for any other. */
  alarmedPath(tagId: number): string;
  /** Events of these tags' alarms are lost for good: report what their states are. */
  restateAlarms(tagIds: readonly number[] | "all"): void;
  deviceStatuses(): readonly DeviceStatus[];
  /** Set every figure of SCAN_FIGURES. */
  writeFigures(figures: Figures): void;
  /**
   * Close the channels that are not kept, before a change of what their tags mean is on record: what they read is of the configuration that was.
   * Then {@link change} follows, or {@link resume}.
   */
  suspend(keptChannels: ReadonlySet<string>): Promise<void>;
  /** Open what was suspended again, as it was. */
  resume(): void;
  /**
   * Close the channels that are not kept, then open the others, one after the other; the kept ones notice nothing: all of it is done in
   * pieces, with turns of the event loop between. Not while another change is under way. A channel that cannot be built, though its plan was
   * checked, leaves its devices failed, with the reason.
   *
   * @returns stopped: the scan was stopped meanwhile; no channel was opened after that.
   */
  change(change: ScanChange): Promise<"done" | "stopped">;
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
  const { clock, log, random, turns, tagIdOf, sink } = surroundings;
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
  const alarmedPaths = new Map(
    [...tags, ...calculated].flatMap(({ path, alarms: watched }) =>
      watched === undefined ? [] : [[tagIdOf(path), path]],
    ),
  );
  const handOnAlarms = (): void => {
    const changes = alarms.take();
    if (changes.length > 0) onAlarmChanges(changes);
  };
  handOnAlarms(); // of alarms that are no longer configured
  const states = new DeviceStates(clock, log, surroundings.onDeviceStatus);
  const { reconnect } = settings;
  const station = { clock, log, random, reconnect, states, report, calculations, alarms, handOnAlarms, sink };
  const channels = new Map<string, RunningChannel>();
  /** Their figures are still shown. */
  const gone = { devices: new Set<string>(), channels: new Set<string>() };
  let stopping: Promise<void> | undefined;
  let suspended: (readonly [name: string, built: BuiltChannel])[] = [];

  const noteDevice = ({ name, enabled }: Pick<DeviceSettings, "name" | "enabled">): void => {
    gone.devices.delete(name);
    states.set(name, enabled ? "connecting" : "disabled", "");
  };
  const open = (name: string, built: BuiltChannel): void => {
    const own = new AbortController();
    const running = Promise.all(built.map((each) => each.run(own.signal)));
    channels.set(name, { built, stopping: own, running });
    for (const each of built) gone.channels.delete(each.name);
  };
  const close = async (names: readonly string[]): Promise<void> => {
    const closing = names.flatMap((name) => channels.get(name) ?? []);
    for (const channel of closing) channel.stopping.abort();
    await Promise.all(closing.map(({ running }) => running));
    for (const name of names) channels.delete(name);
    for (const { name } of closing.flatMap(({ built }) => built)) gone.channels.add(name);
  };
  const closeAllBut = (kept: ReadonlySet<string>): Promise<void> =>
    close([...channels.keys()].filter((name) => !kept.has(name)));
  const build = function* ({ name, devices, load }: OpenedChannel): Pieces<BuiltChannel | undefined> {
    try {
      const loaded = yield* load();
      return yield* buildChannel(name, loaded.devices, station, loaded.tagIdOf);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.error({ channel: name, err: errorFields(error) }, "a channel could not be built; its devices are not read");
      for (const device of devices) states.set(device, "failed", `cannot be read: ${reason}`);
      return undefined;
    }
  };
  /** After what is not kept has ended. */
  const takeOver = function* (change: ScanChange): Pieces<void> {
    yield* takeTagsOver(change, { clock, report, calculations, alarms, alarmedPaths, handOnAlarms });
    ownScan.recalculate(RECALCULATED_MS);
    cancelAlarmTick();
    cancelAlarmTick = watchAlarms();
    for (const name of change.removedDevices) {
      gone.devices.add(name);
      states.forget(name);
      yield DEVICE_IN_TAGS;
    }
    for (const device of change.otherDevices) {
      noteDevice(device);
      yield DEVICE_IN_TAGS;
    }
    for (const channel of change.channels) {
      const built = yield* build(channel);
      if (built === undefined) continue;
      yield TAGS_PER_TURN; // connecting is work of its own
      open(channel.name, built);
    }
  };

  const watchAlarms = (): (() => void) =>
    alarms.configured === 0
      ? () => undefined
      : clock.every(ALARM_TICK_MS, () => {
          alarms.expire(clock.monotonicMs());
          handOnAlarms();
        });

  let cancelAlarmTick = watchAlarms();
  const ownScan = new ReportScan("calculated", station, clock, new Map());
  for (const device of settings.devices) noteDevice(device);
  const built = [...channelsOf(settings.devices)].map(
    ([name, sharing]) => [name, atOnce(buildChannel(name, sharing, station, tagIdOf))] as const,
  );
  for (const [name, channel] of built) open(name, channel);
  return {
    report,
    alarms,
    restateAlarms(tagIds) {
      alarms.restate(tagIds === "all" ? "all" : new Set(tagIds), clock.nowUtcMicros());
      handOnAlarms();
    },
    alarmedPath: (tagId) => alarmedPaths.get(tagId) ?? "",
    deviceStatuses: () => states.all(),
    writeFigures(figures) {
      forgetScanFigures(figures, gone);
      const all = [...channels.values()].flatMap(({ built }) => built);
      writeScanFigures(figures, all, states.all(), report, alarms);
    },
    suspend(kept) {
      for (const [name, { built }] of channels) if (!kept.has(name)) suspended.push([name, built]);
      return closeAllBut(kept);
    },
    resume() {
      if (stopping === undefined) for (const [name, built] of suspended) open(name, built);
      suspended = [];
    },
    async change(change) {
      const isStopped = (): boolean => stopping !== undefined;
      await closeAllBut(change.keptChannels);
      suspended = [];
      if (isStopped()) return "stopped";
      return (await inTurns(takeOver(change), turns, isStopped)) === "stopped" ? "stopped" : "done";
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
