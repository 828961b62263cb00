/** Signals that jump: switches with dwell times, counters and totalizers, texts.
 *  scenario YAML → [discrete signals] → register value */
import { uniformAt } from "../../random/seeded-random.ts";
import type { Signal, SignalValue } from "./signal.ts";
import { steppingSignal } from "./stepping-signal.ts";

/** Shortest and longest; the same twice is a fixed time. */
export interface Dwell {
  readonly minMs: number;
  readonly maxMs: number;
}

/** Starts low, changes sides after a time between the ends of each side's dwell, drawn anew every time. */
export function squareSignal(
  low: SignalValue,
  high: SignalValue,
  dwellLow: Dwell,
  dwellHigh: Dwell,
  key: number,
): Signal {
  const stay = (n: number) => {
    const { minMs, maxMs } = n % 2 === 0 ? dwellLow : dwellHigh;
    return minMs + Math.floor(uniformAt(key, n) * (maxMs - minMs + 1));
  };
  return steppingSignal(
    { state: undefined, n: 0, untilMs: stay(0) },
    ({ n, untilMs }) => ({ state: undefined, n: n + 1, untilMs: untilMs + stay(n + 1) }),
    ({ n }) => (n % 2 === 0 ? low : high),
  );
}

export interface CounterSettings {
  readonly start: bigint;
  /** Added every time; with `incrementMax` above it, a whole number between the two. */
  readonly incrementMin: bigint;
  readonly incrementMax: bigint;
  readonly everyMs: number;
}

/** Exact at any size; the register's type decides where it wraps. */
export function counterSignal({ start, incrementMin, incrementMax, everyMs }: CounterSettings, key: number): Signal {
  if (incrementMin === incrementMax)
    return { at: (timeMs) => start + incrementMin * BigInt(Math.floor(timeMs / everyMs)) };
  const spread = Number(incrementMax - incrementMin + 1n);
  return steppingSignal(
    { state: start, n: 0, untilMs: everyMs },
    ({ state, n }) => ({
      state: state + incrementMin + BigInt(Math.floor(uniformAt(key, n) * spread)),
      n: n + 1,
      untilMs: (n + 2) * everyMs,
    }),
    ({ state }) => state,
  );
}

/** Text after text, over and over; `{n}` stands for the number of the change (0, 1, 2 …), `{n:6}` for the same padded to six digits. */
export function textSignal(texts: readonly string[], everyMs: number): Signal {
  return {
    at(timeMs) {
      const n = Math.floor(timeMs / everyMs);
      const text = texts[n % texts.length] ?? "";
      return text.replace(/\{n(?::(\d{1,2}))?\}/g, (_, digits?: string) =>
        String(n).padStart(Number(digits ?? 0), "0"),
      );
    },
  };
}
