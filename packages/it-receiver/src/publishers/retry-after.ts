/** How long an HTTP server asks to be left alone.
 *  HTTP client → [retry after] → REST push, InfluxDB */
import type { HttpAnswer } from "./http-client.ts";
import { LONGEST_WAIT_MS } from "./publisher.ts";

/** RFC 6585 §4; RFC 9110 §15.6.4. */
const ASKING: ReadonlySet<number> = new Set([429, 503]);
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/** "Recipients of timestamp values are encouraged to be robust in parsing", and must accept all three (RFC 9110 §5.6.7). */
const FORMS = [
  /^[A-Z][a-z]{2}, (?<day>\d\d) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) (?<time>\d\d:\d\d:\d\d) GMT$/, // IMF-fixdate
  /^[A-Z][a-z]{5,8}, (?<day>\d\d)-(?<month>[A-Z][a-z]{2})-(?<year>\d\d) (?<time>\d\d:\d\d:\d\d) GMT$/, // RFC 850
  /^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<time>\d\d:\d\d:\d\d) (?<year>\d{4})$/, // asctime
];
const FIFTY_YEARS_MS = 50 * 365.25 * 86_400_000;

/**
 * `Retry-After = HTTP-date / delay-seconds` (RFC 9110 §10.2.3) of a 429 or 503.
 *
 * @param nowMs  since 1970, by this station's clock. A date counts by the server's own, where the answer says what time it is there.
 * @returns at most {@link LONGEST_WAIT_MS}; undefined if it does not ask, or not in the words of the RFC.
 */
export function retryAfterMs(
  { status, headers }: Pick<HttpAnswer, "status" | "headers">,
  nowMs: number,
): number | undefined {
  const value = headers["retry-after"]?.trim();
  if (!ASKING.has(status) || value === undefined) return undefined;
  const seconds = /^\d+$/.test(value) ? Number(value) : undefined;
  const date = seconds === undefined ? httpDateMs(value, nowMs) : undefined;
  if (seconds === undefined && date === undefined) return undefined;
  const waitMs = seconds === undefined ? date! - (httpDateMs(headers.date ?? "", nowMs) ?? nowMs) : seconds * 1000;
  return Math.min(LONGEST_WAIT_MS, Math.max(0, waitMs));
}

/** Since 1970; undefined if it is none. */
function httpDateMs(text: string, nowMs: number): number | undefined {
  const found = FORMS.map((form) => form.exec(text)?.groups).find((groups) => groups !== undefined);
  if (found === undefined) return undefined;
  const { day = "", month = "", year = "", time = "" } = found;
  const at = MONTHS.indexOf(month);
  const [hours = 0, minutes = 0, seconds = 0] = time.split(":").map(Number);
  if (at < 0 || hours > 23 || minutes > 59 || seconds > 60) return undefined;
  const msOf = (fullYear: number): number => Date.UTC(fullYear, at, Number(day), hours, minutes, seconds);
  if (year.length === 4) return msOf(Number(year));
  // "more than 50 years in the future as representing the most recent year in the past that had the same last two digits"
  const century = Math.floor(new Date(nowMs).getUTCFullYear() / 100) * 100;
  const ms = msOf(century + Number(year));
  return ms > nowMs + FIFTY_YEARS_MS ? msOf(century - 100 + Number(year)) : ms;
}
