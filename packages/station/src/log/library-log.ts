/** What a library would print goes to the station's log instead, bounded in length and rate: the far side causes much of it.
 *  library → [library log] → log */
import { format } from "node:util";
import type { Clock } from "../clock.ts";
import type { Log } from "./log.ts";
import { rateLimited } from "./rate-limited.ts";

const MAXIMUM_CHARACTERS = 1000;
const PER_MINUTE = 10;

/** @returns what stands in for the library's `console.warn`: takes anything, as that does. */
export function libraryLog(log: Log, clock: Clock, code: string, message: string): (...parts: unknown[]) => void {
  const limited = rateLimited(log, clock, PER_MINUTE);
  return (...parts) => limited.warn(code, message, { text: format(...parts).slice(0, MAXIMUM_CHARACTERS) });
}
