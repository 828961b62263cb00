/** Alarms as written become alarms as watched: defaults, deadbands in engineering units, rates per second.
 *  alarm section → [resolve alarms] → resolve tag, resolve calculated */
import { writeDuration } from "@nonreturn/station";
import type { DataType } from "@nonreturn/wire-format";
import type { AlarmCondition, AlarmSettings } from "../alarm/alarm-settings.ts";
import { isNumeric, type Range } from "../tag/tag-settings.ts";
import { ALARMS_PER_STATION, type RawAlarms } from "./alarm-section.ts";

/** What the alarms of a tag depend on. */
export interface AlarmedValue {
  /** As published: after scaling. */
  readonly dataType: DataType;
  readonly unit: string;
  readonly range: Range | undefined;
  readonly outsideRange: "keep" | "clamp";
  /** Undefined where a tag has no scan of its own. */
  readonly scanPeriodMs: number | undefined;
}

/** @param place  below `alarms`. */
export type AddAlarmMistake = (place: readonly string[], text: string) => void;

/** In the order in which they are watched: the most urgent of each side first. */
const LIMITS = [
  { key: "hiHi", condition: "HighHigh", kind: "above", severity: 800 },
  { key: "hi", condition: "High", kind: "above", severity: 500 },
  { key: "lo", condition: "Low", kind: "below", severity: 500 },
  { key: "loLo", condition: "LowLow", kind: "below", severity: 800 },
] as const satisfies readonly { key: string; condition: AlarmCondition; kind: "above" | "below"; severity: number }[];
const DISCRETE_SEVERITY = 500;
const RATE_SEVERITY = 400;
const SECONDS = { second: 1, minute: 60, hour: 3600 } as const;

export function resolveAlarms(raw: RawAlarms, value: AlarmedValue, add: AddAlarmMistake): AlarmSettings[] {
  const { unit, dataType } = value;
  const withUnit = (number: number): string => `${number}${unit === "" ? "" : ` ${unit}`}`;
  const alarms: AlarmSettings[] = [];
  for (const { key, condition, kind, severity } of LIMITS) {
    const written = raw[key];
    if (written === undefined) continue;
    if (!isNumeric(dataType)) add([key], `a ${dataType} has no limits; write discrete, or correct type`);
    checkReach(key, kind, written.limit, value, add);
    const deadband = deadbandOf(written, key, raw, value, add);
    const text = `${kind} ${withUnit(written.limit)}`;
    alarms.push({
      condition,
      test: { kind, limit: written.limit, deadband },
      ...commonOf(written, raw, severity, text),
    });
  }
  checkOrder(raw, add);
  if (raw.discrete !== undefined) {
    const { when } = raw.discrete;
    const values = Array.isArray(when) ? when : [when];
    checkValues(values, dataType, add);
    const text = values.length === 1 ? `is ${String(values[0])}` : `is one of ${values.join(", ")}`;
    const common = commonOf(raw.discrete, raw, DISCRETE_SEVERITY, text);
    alarms.push({ condition: "Discrete", test: { kind: "equals", values }, ...common });
  }
  if (raw.rateOfChange !== undefined) {
    const { limit, per, window: windowMs, direction } = raw.rateOfChange;
    if (!isNumeric(dataType)) add(["rateOfChange"], `a ${dataType} has no rate; remove it, or correct type`);
    checkWindow(windowMs, value.scanPeriodMs, add);
    const deadband = deadbandOf(raw.rateOfChange, "rateOfChange", raw, value, add);
    const change = { both: "changes", rising: "rises", falling: "falls" }[direction];
    const text = `${change} by more than ${withUnit(limit)} per ${per}`;
    alarms.push({
      condition: "RateOfChange",
      test: { kind: "rate", direction, limit: limit / SECONDS[per], deadband: deadband / SECONDS[per], windowMs },
      ...commonOf(raw.rateOfChange, raw, RATE_SEVERITY, text),
    });
  }
  if (alarms.length === 0) add([], "there is none; write for example hi: 90, or remove alarms");
  return alarms;
}

/** The alarms of the whole station are kept in memory, and so are those of their events that wait for the journal. */
export function alarmCountMistake(tags: readonly { readonly alarms?: RawAlarms | undefined }[]): string | undefined {
  const keys = [...LIMITS.map(({ key }) => key), "discrete", "rateOfChange"] as const;
  let count = 0;
  for (const { alarms } of tags)
    if (alarms !== undefined) count += keys.filter((key) => alarms[key] !== undefined).length;
  return count > ALARMS_PER_STATION
    ? `have ${count} alarms together; write at most ${ALARMS_PER_STATION}, or use another station`
    : undefined;
}

interface Common {
  readonly severity?: number | undefined;
  readonly text?: string | undefined;
  readonly delay?: number | undefined;
  readonly offDelay?: number | undefined;
}

function commonOf(
  own: Common,
  all: RawAlarms,
  severity: number,
  text: string,
): Pick<AlarmSettings, "severity" | "text" | "onDelayMs" | "offDelayMs"> {
  return {
    severity: own.severity ?? severity,
    text: own.text ?? text,
    onDelayMs: own.delay ?? all.delay ?? 0,
    offDelayMs: own.offDelay ?? all.offDelay ?? 0,
  };
}

/** The tag's deadband is one of its values: a rate has its own. */
function deadbandOf(
  own: { readonly limit: number; readonly deadband?: RawAlarms["deadband"] },
  key: string,
  all: RawAlarms,
  { range }: AlarmedValue,
  add: AddAlarmMistake,
): number {
  const written = own.deadband ?? (key === "rateOfChange" ? undefined : all.deadband) ?? 0;
  const place = own.deadband === undefined ? ["deadband"] : [key, "deadband"];
  if (typeof written !== "number" && range === undefined)
    add(place, "a percentage is of the range, and there is none; write range: [0, 100]");
  const deadband =
    typeof written === "number" ? written : (((range?.high ?? 0) - (range?.low ?? 0)) * written.percentOfRange) / 100;
  if (key === "rateOfChange" && own.deadband !== undefined && deadband >= own.limit)
    add(place, `${deadband} is not below the limit ${own.limit}, so that the alarm would hardly end; write less`);
  return deadband;
}

/** A limit that a clamped value cannot pass is one that somebody relies on in vain. */
function checkReach(
  key: string,
  kind: "above" | "below",
  limit: number,
  { range, outsideRange }: AlarmedValue,
  add: AddAlarmMistake,
): void {
  if (range === undefined || outsideRange !== "clamp") return;
  if (kind === "above" ? limit < range.high : limit > range.low) return;
  add([key], `outsideRange: clamp keeps the value from ever being ${kind} ${limit}; write a limit within the range`);
}

function checkOrder(raw: RawAlarms, add: AddAlarmMistake): void {
  const written = (["loLo", "lo", "hi", "hiHi"] as const).flatMap((key) => {
    const limit = raw[key]?.limit;
    return limit === undefined ? [] : [{ key, limit }];
  });
  for (const [at, { key, limit }] of written.entries()) {
    const before = written[at - 1];
    if (before !== undefined && !(before.limit < limit))
      add([key], `${limit} is not above ${before.key}, ${before.limit}; they ascend: loLo, lo, hi, hiHi`);
  }
}

function checkValues(values: readonly (boolean | number | string)[], dataType: DataType, add: AddAlarmMistake): void {
  const wanted = isNumeric(dataType) ? "number" : dataType === "BOOLEAN" ? "boolean" : "string";
  if (dataType === "BYTES" || dataType === "TIMESTAMP")
    add(["discrete"], `a ${dataType} is not compared with anything; remove it, or correct type`);
  else if (values.some((each) => typeof each !== wanted)) {
    const example = { number: "when: 3", boolean: "when: true", string: 'when: "FAULT"' }[wanted];
    add(
      ["discrete"],
      `a ${dataType} is never ${JSON.stringify(values.find((each) => typeof each !== wanted))}; write ${example}`,
    );
  }
}

function checkWindow(windowMs: number, scanPeriodMs: number | undefined, add: AddAlarmMistake): void {
  if (scanPeriodMs === undefined || windowMs >= 2 * scanPeriodMs) return;
  add(
    ["rateOfChange", "window"],
    `${writeDuration(windowMs)} is less than two scans of ${writeDuration(scanPeriodMs)}; write ${writeDuration(2 * scanPeriodMs)} or more`,
  );
}
