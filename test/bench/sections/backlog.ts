/** Four hours that PostgreSQL and mosquitto missed, drained while the plant goes on; and what opening the next batch ahead is worth.
 *  measure backlog → [backlog] → rows */
import { join } from "node:path";
import { measureBacklog } from "../backlog/measure-backlog.ts";
import { LIVE_RATE } from "../backlog/steady-plant.ts";
import type { BenchContext, BenchRow, BenchSection } from "../bench-section.ts";

const HOURS = 4;
const STEADY_MS = 12_000;
const DEADLINE_MS = 230_000;

const CASES = [
  { name: "business systems away", lane: "live" },
  { name: "link away", lane: "late" },
] as const;

export const section: BenchSection = {
  name: "backlog",
  about: `four hours of ${LIVE_RATE} samples/s that real business systems missed, drained while as much comes live; how late that is; what is there in the end`,
  async run(context): Promise<BenchRow[]> {
    const rows: BenchRow[] = [];
    for (const [index, { name, lane }] of CASES.entries()) {
      if (!name.includes(context.only)) continue;
      context.say(name);
      rows.push(...(await measure(context, join(context.folder, String(index)), name, lane)));
    }
    return rows;
  },
};

async function measure(
  context: BenchContext,
  folder: string,
  name: string,
  lane: "live" | "late",
): Promise<BenchRow[]> {
  const plan = { lane, hours: HOURS, steadyMs: STEADY_MS, deadlineMs: DEADLINE_MS };
  const { farSides, restingBytes, peakBytes } = await measureBacklog(folder, plan, context.say);
  return farSides.map((farSide) => {
    const { backlog, seconds, difference, notAscending, lateDuringMs, lateOtherwiseMs } = farSide;
    return {
      case: `${name}: ${farSide.name}`,
      figures: {
        samples: backlog,
        "samples/s": seconds === 0 ? "–" : backlog / seconds,
        "× live": seconds === 0 ? "–" : backlog / seconds / LIVE_RATE,
        "live p99 ms": lateDuringMs ?? "–",
        "live p99 ms without backlog": lateOtherwiseMs ?? "–",
        "missing or double": difference,
        "out of order": notAscending,
        "MiB before": restingBytes / 2 ** 20,
        "peak MiB": peakBytes / 2 ** 20,
      },
      ...(seconds === 0 ? {} : { limit: "≥ 5 × live" }),
    };
  });
}
