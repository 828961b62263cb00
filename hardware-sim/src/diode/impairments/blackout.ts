/** Times in which nothing crosses: on a schedule, and when somebody asks for one.
 *  arrive → [blackout] → depart */
import type { Impairment } from "./impairment.ts";

/** In ms since the diode started. With `everyMs` it comes again and again, otherwise once. */
export interface BlackoutWindow {
  readonly atMs: number;
  readonly forMs: number;
  readonly everyMs?: number | undefined;
}

export interface Blackout extends Impairment {
  /** Dark from now on for so long, in addition to the schedule; a second call can lengthen it, or with 0 end it. */
  begin(nowMs: number, forMs: number): void;
  dark(nowMs: number): boolean;
}

export function blackout(schedule: readonly BlackoutWindow[], startMs: number): Blackout {
  let askedUntilMs = Number.NEGATIVE_INFINITY;
  const dark = (nowMs: number) => nowMs < askedUntilMs || schedule.some((window) => inside(window, nowMs - startMs));
  return {
    name: "blackout",
    pass: (datagram) => (dark(datagram.atMs) ? "blackout" : datagram),
    begin(nowMs, forMs) {
      askedUntilMs = nowMs + forMs;
    },
    dark,
  };
}

function inside(window: BlackoutWindow, sinceStartMs: number): boolean {
  const since = sinceStartMs - window.atMs;
  if (since < 0) return false;
  return (window.everyMs === undefined ? since : since % window.everyMs) < window.forMs;
}
