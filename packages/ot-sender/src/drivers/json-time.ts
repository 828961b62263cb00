/** Times as devices write them into JSON and text.
 *  value → [JSON time] → source timestamp, value of a TIMESTAMP
 *  Source: ISO 8601 as RFC 3339 narrows it; a time without zone is one of the device's own clock. */
import type { UtcMicros } from "@nonreturn/wire-format";
import type { ToUtc } from "./local-time.ts";

export const TIME_FORMATS = ["iso", "s", "ms", "us"] as const;
export type TimeFormat = (typeof TIME_FORMATS)[number];

/** Beyond what the wire carries. */
const LATEST_MICROS = 8_640_000_000_000_000; // year 2243

const ISO = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:([Zz])|([+-])(\d\d):?(\d\d)?)?$/;
const MICROS_PER: Readonly<Record<Exclude<TimeFormat, "iso">, number>> = { s: 1_000_000, ms: 1000, us: 1 };

/**
 * @param sent  for `iso` text; for the others a number since 1970 UTC, or its digits as text.
 * @returns whole microseconds, later ones cut off; undefined if it is no time, or none between 1970 and 2243.
 */
export function timeOf(sent: unknown, format: TimeFormat, toUtc: ToUtc): UtcMicros | undefined {
  const micros = format === "iso" ? isoMicros(sent, toUtc) : epochMicros(sent, MICROS_PER[format]);
  return micros !== undefined && micros > 0 && micros < LATEST_MICROS ? micros : undefined;
}

function epochMicros(sent: unknown, unitMicros: number): number | undefined {
  const text = typeof sent === "string" && /^\d{1,17}(\.\d{1,9})?$/.test(sent) ? Number(sent) : sent;
  if (typeof text === "bigint") return text < BigInt(LATEST_MICROS) ? Number(text) * unitMicros : undefined;
  if (typeof text !== "number" || !Number.isFinite(text)) return undefined;
  const whole = Math.floor(text);
  // The fraction by itself: seconds times a million would lose the last microsecond.
  return whole * unitMicros + Math.round((text - whole) * unitMicros);
}

function isoMicros(sent: unknown, toUtc: ToUtc): number | undefined {
  const match = typeof sent === "string" && sent.length <= 50 ? ISO.exec(sent) : null;
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second = "0", fraction = "", zulu, sign, zoneHour, zoneMinute = "0"] = match;
  const [y, mo, d, h, mi, s] = [year, month, day, hour, minute, second].map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (h > 24 || mi > 59 || s > 60 || (h === 24 && (mi > 0 || s > 0))) return undefined;
  const date = new Date(Date.UTC(y, mo - 1, d));
  if (y < 1970 || date.getUTCMonth() !== mo - 1 || date.getUTCDate() !== d) return undefined;
  const wallMicros =
    (date.getTime() + ((h * 60 + mi) * 60 + s) * 1000) * 1000 + Number(fraction.slice(0, 6).padEnd(6, "0"));
  if (zulu !== undefined) return wallMicros;
  if (sign === undefined) return toUtc(wallMicros);
  const [zh, zm] = [Number(zoneHour), Number(zoneMinute)];
  if (zh > 23 || zm > 59) return undefined;
  return wallMicros - (sign === "-" ? -1 : 1) * (zh * 60 + zm) * 60_000_000;
}
