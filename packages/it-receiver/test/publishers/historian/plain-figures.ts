/** Figures as anybody would compute them from a list of samples: the reference for those of the historian.
 *  samples → [plain figures] → tests */
import type { Sample } from "@nonreturn/wire-format";
import type { IntervalFigures } from "../../../src/publishers/interval-figures.ts";
import { numberOf } from "../../../src/publishers/sample-cells.ts";

const counts = ({ value, statusCode }: Sample): number | undefined => numberOf(value, statusCode);

/** @param samples  in order of time. @param until  what holds last is held no longer. */
export function plainFigures(
  samples: readonly Sample[],
  [from, to, each]: readonly [number, number, number],
  until: number,
): IntervalFigures[] {
  const figures: IntervalFigures[] = [];
  for (let start = from; start < to; start += each) {
    const end = Math.min(start + each, to);
    const inside = samples.filter(({ sourceTimestamp: at }) => at >= start && at < end);
    const values = inside.map(counts).filter((value) => value !== undefined);
    let [area, covered] = [0, 0];
    for (const [index, one] of samples.entries()) {
      const value = counts(one);
      const next = samples[index + 1]?.sourceTimestamp ?? until;
      const held = Math.min(next, end, until) - Math.max(one.sourceTimestamp, start);
      if (value === undefined || held <= 0 || one.sourceTimestamp < from) continue;
      area += value * held;
      covered += held;
    }
    figures.push({
      start,
      samples: values.length,
      unusable: inside.length - values.length,
      min: values.length === 0 ? null : Math.min(...values),
      max: values.length === 0 ? null : Math.max(...values),
      avg: values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length,
      timeWeighted: covered === 0 ? null : area / covered,
      coverage: covered / (end - start),
    });
  }
  return figures;
}
