/** From what a clock on the wall shows to UTC.
 *  DATE_AND_TIME, DTL → [local time] → sample's value */
import type { UtcMicros } from "@nonreturn/wire-format";

/** @param wallMicros  as if the wall clock showed UTC. @returns UtcMicros */
export type ToUtc = (wallMicros: number) => UtcMicros;

const QUARTER_MS = 15 * 60_000; // offsets change at full quarters of an hour

/**
 * An hour that the clocks show twice in autumn is taken for the first one, one that they skip in spring for an hour later.
 *
 * @param timezone  IANA name. Cost: two look-ups in the zone's table per quarter of an hour not asked for just before.
 */
export function localTimeOf(timezone: string): ToUtc {
  if (timezone === "UTC") return (wallMicros) => wallMicros;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: timezone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const offsetAt = (utcMs: number): number => {
    const part: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(utcMs)) part[type] = Number(value);
    const { year, month, day, hour, minute, second } = part as Record<string, number>;
    return Date.UTC(year!, month! - 1, day, hour, minute, second) - Math.floor(utcMs / 1000) * 1000;
  };
  let quarter = Number.NaN;
  let offsetMs = 0;
  return (wallMicros) => {
    const wallMs = Math.floor(wallMicros / 1000);
    const asked = Math.floor(wallMs / QUARTER_MS);
    if (asked !== quarter) {
      quarter = asked;
      // The offset a day before decides between two possible ones: that is the first of a doubled hour.
      const before = offsetAt(wallMs - 86_400_000);
      const after = offsetAt(wallMs - before);
      offsetMs = after === before || offsetAt(wallMs - after) !== after ? before : after;
    }
    return wallMicros - offsetMs * 1000;
  };
}
