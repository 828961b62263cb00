/** Keeps a fault that repeats a thousand times a second from filling the disk with its log.
 *  hot paths → [rate limited] → log */
import type { Clock } from "../clock.ts";
import type { Log } from "./log.ts";

/** Each call names a code: calls with the same code share one allowance. */
export interface RateLimitedLog {
  info(code: string, message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(code: string, message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(code: string, message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** Say now what was suppressed so far; call it before stopping. */
  flush(): void;
}

const WINDOW_MS = 60_000;

/** Codes are ours, not an attacker's; should one ever be built from input, the rest share one allowance. */
const MAXIMUM_CODES = 1000;

interface Allowance {
  startedAt: number;
  logged: number;
  suppressed: number;
}

/**
 * At most `perMinute` lines per code and minute; further ones are counted. The count is said as `suppressed` with the code's next line,
 * or on its own once any call finds that the minute is over. No timer: a silent station says it at `flush`.
 */
export function rateLimited(log: Log, clock: Clock, perMinute: number): RateLimitedLog {
  const allowances = new Map<string, Allowance>();

  function report(code: string, allowance: Allowance): void {
    if (allowance.suppressed === 0) return;
    log.warn({ code, suppressed: allowance.suppressed }, `${allowance.suppressed} more of ${code} were not logged`);
    allowance.suppressed = 0;
  }

  function reportEnded(now: number): void {
    for (const [code, allowance] of allowances) {
      if (now - allowance.startedAt < WINDOW_MS) continue;
      report(code, allowance);
      allowances.delete(code);
    }
  }

  function allowanceOf(code: string, now: number): Allowance {
    const known = allowances.get(code) ?? (allowances.size >= MAXIMUM_CODES ? allowances.get("OTHER") : undefined);
    if (known !== undefined) return known;
    const fresh: Allowance = { startedAt: now, logged: 0, suppressed: 0 };
    allowances.set(allowances.size >= MAXIMUM_CODES ? "OTHER" : code, fresh);
    return fresh;
  }

  let nextLook = Number.NEGATIVE_INFINITY;
  function write(
    level: "info" | "warn" | "error",
    code: string,
    message: string,
    fields?: Readonly<Record<string, unknown>>,
  ): void {
    const now = clock.monotonicMs();
    const own = allowances.get(code);
    if (own !== undefined && now - own.startedAt >= WINDOW_MS) allowances.delete(code);
    const owed = allowances.has(code) ? 0 : (own?.suppressed ?? 0);
    if (now >= nextLook) {
      nextLook = now + 1000; // looking at every code for every call would cost more than logging
      reportEnded(now);
    }
    const allowance = allowanceOf(code, now);
    if (allowance.logged >= perMinute) {
      allowance.suppressed++;
      return;
    }
    allowance.logged++;
    log[level]({ code, ...(owed === 0 ? {} : { suppressed: owed }), ...fields }, message);
  }

  return {
    info: (code, message, fields) => write("info", code, message, fields),
    warn: (code, message, fields) => write("warn", code, message, fields),
    error: (code, message, fields) => write("error", code, message, fields),
    flush() {
      for (const [code, allowance] of allowances) report(code, allowance);
    },
  };
}
