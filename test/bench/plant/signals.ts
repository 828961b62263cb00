/** What the synthetic plant measures: signals that repeat, drift, jitter in the last digits and step, as sensors do.
 *  seed, or a folder of recordings → [signals] → synthetic driver */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { seededRandom } from "../../../hardware-sim/src/index.ts";

/** Steps before a signal repeats. A power of two. */
export const STEPS = 4096;

/** One signal, step by step; neighbouring steps differ, so that every scan of it is a changing sample. */
export type Signal = Float64Array; // STEPS

/**
 * Eight kinds in equal shares, with the digits that transmitters deliver: vibration (7 decimals), current, pressure, temperature
 * (4 decimals), thermocouple (4), mains voltage (3), a flow in tenths, a raw 16-bit count, and a REAL that is no short decimal.
 */
export function generatedSignals(seed: number): Signal[] {
  const random = seededRandom(seed, "plant");
  // Sum of four uniforms: roughly normal, mean 0, standard deviation 1.
  const normal = (): number => (random() + random() + random() + random() - 2) * Math.sqrt(3);
  return Array.from({ length: 64 }, (_, index) => {
    const walk = KINDS[index % KINDS.length]!;
    let value = walk.mean;
    return changing((step) => {
      if (step > 0) value += walk.pull * (walk.mean - value) + walk.step * normal();
      return walk.single === true ? Math.fround(value) : Math.round(value * walk.scale) / walk.scale;
    });
  });
}

const KINDS: readonly { mean: number; step: number; pull: number; scale: number; single?: true }[] = [
  { mean: 0.0271, step: 0.0004, pull: 0.1, scale: 1e7 },
  { mean: 1.3, step: 0.2, pull: 0.3, scale: 1e5 },
  { mean: 75.5, step: 0.06, pull: 0.01, scale: 1e4 },
  { mean: 25.8, step: 0.01, pull: 0.01, scale: 1e4 },
  { mean: 230, step: 8, pull: 0.3, scale: 1e3 },
  { mean: 23.4, step: 0.3, pull: 0.05, scale: 10 },
  { mean: 13_800, step: 40, pull: 0.02, scale: 1 },
  { mean: 4.2, step: 0.05, pull: 0.05, scale: 1, single: true },
];

/**
 * Every column of numbers in the CSV files of a folder (`;` between columns, one row per step), without the rows in which it repeats
 * itself: those are not reported. Columns with fewer than 16 different neighbours are left out.
 */
export function recordedSignals(folder: string): Signal[] {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".csv"))
    .sort();
  return files.flatMap((name) => {
    const [, ...rows] = readFileSync(join(folder, name), "utf8").trim().split("\n");
    const cells = rows.map((row) => row.split(";").map(Number));
    return (cells[0] ?? []).flatMap((_, column) => {
      const values = cells.map((row) => row[column] ?? Number.NaN).filter(Number.isFinite);
      const changes = values.filter((value, at) => at === 0 || value !== values[at - 1]);
      return changes.length < 16 ? [] : [changing((step) => changes[step % changes.length]!)];
    });
  });
}

/** The next STEPS values of a source, those left out that repeat the one before; the last differs from the first too. */
function changing(valueAt: (step: number) => number): Signal {
  const signal = new Float64Array(STEPS);
  let step = 0;
  for (let at = 0; at < STEPS; at++) {
    let value = valueAt(step++);
    while ((at > 0 && value === signal[at - 1]) || (at === STEPS - 1 && value === signal[0])) value = valueAt(step++);
    signal[at] = value;
  }
  return signal;
}
