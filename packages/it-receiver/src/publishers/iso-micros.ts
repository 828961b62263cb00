/** Points in time as people and other programs read them: ISO 8601, UTC, six decimals.
 *  UtcMicros → [ISO micros] → MQTT payloads, SQL */
import type { UtcMicros } from "@nonreturn/wire-format";

let lastSecond = Number.NaN;
let lastText = "";

/** "2026-11-23T08:00:00.123456Z". Samples of one scan share their second: its text is kept. Valid to the year 9999. */
export function isoMicros(micros: UtcMicros): string {
  const second = Math.floor(micros / 1_000_000);
  if (second !== lastSecond) {
    lastText = new Date(second * 1000).toISOString().slice(0, 19);
    lastSecond = second;
  }
  return `${lastText}.${String(micros - second * 1_000_000).padStart(6, "0")}Z`;
}

const ISO = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.(\d{1,6})\d*)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** A point in time as a person writes it, UTC unless it says otherwise: a day, minutes, seconds, up to six decimals. undefined if it is none, as 30 February is. */
export function parseIsoMicros(text: string): UtcMicros | undefined {
  const match = ISO.exec(text.trim());
  if (match === null) return undefined;
  const [, day = "", time = "00:00", fraction = "", zone = "Z"] = match;
  const ms = Date.parse(`${day}T${time.length === 5 ? `${time}:00` : time}${zone}`);
  // Date takes 30 February for 2 March.
  if (Number.isNaN(ms) || !new Date(day).toISOString().startsWith(day)) return undefined;
  return ms * 1000 + Number(fraction.padEnd(6, "0"));
}
