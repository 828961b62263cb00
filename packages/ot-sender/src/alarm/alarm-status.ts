/** What the station's status says about active alarms.
 *  alarms → [alarm status] → control socket → status command */
import { qualityOf, statusCodeName, type UtcMicros } from "@nonreturn/wire-format";
import type { ActiveAlarm } from "./alarms.ts";

/** Alarms that a status names; the figures count all of them. */
const MOST_NAMED = 1000;

/** Plain enough for JSON. */
export interface AlarmStatus {
  readonly path: string;
  readonly condition: string;
  readonly severity: number;
  readonly text: string;
  readonly since: UtcMicros;
  /** As read last; null while the tag is Bad, and for what is no single value. */
  readonly value: boolean | number | string | null;
  /** "" for a value that can be trusted, else the name of the status. */
  readonly quality: string;
}

/** @param active  most severe first. */
export function alarmStatuses(active: readonly ActiveAlarm[], pathOf: (tagId: number) => string): AlarmStatus[] {
  return active.slice(0, MOST_NAMED).map(({ tagId, value, statusCode, ...alarm }) => ({
    path: pathOf(tagId),
    condition: alarm.condition,
    severity: alarm.severity,
    text: alarm.text,
    since: alarm.since,
    value: typeof value === "bigint" ? String(value) : typeof value === "object" ? null : value,
    quality: qualityOf(statusCode) === "good" ? "" : statusCodeName(statusCode),
  }));
}

/** For the terminal: `tank/level: High, above 90 % (97.2), severity 500, since 2026-11-25T16:20:11Z`. */
export function alarmLine({ path, condition, severity, text, since, value, quality }: AlarmStatus): string {
  const shown = [...(value === null ? [] : [printable(value)]), ...(quality === "" ? [] : [quality])].join(", ");
  const time = `${new Date(since / 1000).toISOString().slice(0, 19)}Z`;
  return `${path}: ${condition}, ${text}${shown === "" ? "" : ` (${shown})`}, severity ${severity}, since ${time}`;
}

/** Text from a PLC may hold what a terminal obeys. */
function printable(value: boolean | number | string): string {
  return typeof value === "string" ? JSON.stringify(value).replace(/[\u007f-\u009f]/g, "?") : String(value);
}
