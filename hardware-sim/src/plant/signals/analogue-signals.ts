/** Analogue signals: sine, ramp, random walk, set-point steps, constant.
 *  scenario YAML → [analogue signals] → register value */
import { normalAt, uniformAt } from "../../random/seeded-random.ts";
import { roundTo, type Signal, type SignalValue } from "./signal.ts";
import { steppingSignal } from "./stepping-signal.ts";

export function constantSignal(value: SignalValue): Signal {
  return { at: () => value };
}

export interface SineSettings {
  readonly mean: number;
  readonly amplitude: number;
  readonly periodMs: number;
  /** Part of a period by which the wave is ahead, 0 … 1. */
  readonly phase: number;
  /** Half width of uniform noise. */
  readonly noise: number;
  readonly resolution: number;
}

/** Noise changes every millisecond of scenario time; the device's cycle decides how often it is looked at. */
export function sineSignal(settings: SineSettings, key: number): Signal {
  const { mean, amplitude, periodMs, phase, noise, resolution } = settings;
  return {
    at(timeMs) {
      const wave = Math.sin(2 * Math.PI * (timeMs / periodMs + phase));
      return roundTo(mean + amplitude * wave + noiseAt(key, timeMs, noise), resolution);
    },
  };
}

export interface RampSettings {
  readonly from: number;
  readonly to: number;
  readonly periodMs: number;
  readonly noise: number;
  readonly resolution: number;
}

/** A saw tooth: reaches `to` at the end of each period and falls back to `from`. */
export function rampSignal({ from, to, periodMs, noise, resolution }: RampSettings, key: number): Signal {
  return {
    at(timeMs) {
      const part = (timeMs % periodMs) / periodMs;
      return roundTo(from + (to - from) * part + noiseAt(key, timeMs, noise), resolution);
    },
  };
}

export interface RandomWalkSettings {
  readonly start: number;
  /** Standard deviation of one step. */
  readonly step: number;
  readonly everyMs: number;
  /** Reflecting walls. */
  readonly min: number;
  readonly max: number;
  /** Part of the distance to `start` that each step goes back, 0 … 1: 0 is a free walk. */
  readonly pull: number;
  readonly resolution: number;
}

/** What most process values look like: drifts, jitters in the last digit, repeats itself because of the sensor's resolution. */
export function randomWalkSignal(settings: RandomWalkSettings, key: number): Signal {
  const { start, step, everyMs, min, max, pull, resolution } = settings;
  return steppingSignal(
    { state: reflect(start, min, max), n: 0, untilMs: everyMs },
    ({ state, n }) => ({
      state: reflect(state + pull * (start - state) + step * normalAt(key, n), min, max),
      n: n + 1,
      untilMs: (n + 2) * everyMs,
    }),
    ({ state }) => roundTo(state, resolution),
  );
}

/** Steps from value to value, over and over. */
export function setpointSignal(values: readonly number[], everyMs: number): Signal {
  return { at: (timeMs) => values[Math.floor(timeMs / everyMs) % values.length] ?? 0 };
}

function noiseAt(key: number, timeMs: number, halfWidth: number): number {
  return halfWidth === 0 ? 0 : (uniformAt(key, Math.floor(timeMs)) * 2 - 1) * halfWidth;
}

/** Folds a value back between the walls; one fold is enough for steps shorter than their distance, the rest is clamped. */
function reflect(value: number, min: number, max: number): number {
  const folded = value > max ? 2 * max - value : value < min ? 2 * min - value : value;
  return Math.min(max, Math.max(min, folded));
}
