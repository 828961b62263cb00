/** Memory of both stations with many tags.
 *  synthetic driver, 100,000 tags → OT station → IT station → store, historian */
import type { BenchContext, BenchRow, BenchSection } from "../bench-section.ts";
import { startLine } from "../stations/line.ts";
import { measure } from "../stations/measure.ts";

const DEVICES = 100;
const TAGS_PER_DEVICE = 1000;
const SECONDS = 40;

export const section: BenchSection = {
  name: "memory",
  about: "resident memory of each station with 100,000 tags that all change once a second; ≤ 400 MB",
  async run(context) {
    await startOnce(context);
    return [
      await remember("store only", [], context),
      await remember("with the historian", [{ type: "historian", name: "sql" }], context),
    ];
  },
};

/** What Node makes of the modules is kept by the first start and spares every later one memory. */
async function startOnce({ folder, say }: BenchContext): Promise<void> {
  say("a first start");
  const plant = { devices: 1, tagsPerDevice: 1, scanPeriodMs: 1000, maximumSilenceMs: 60_000, seed: 1 };
  const line = await startLine(folder, { plant: { ...plant, motion: "moving" } });
  try {
    await line.stop();
  } finally {
    await line.close();
  }
}

async function remember(
  name: string,
  publishers: readonly Readonly<Record<string, unknown>>[],
  { folder, say }: BenchContext,
): Promise<BenchRow> {
  say(`${DEVICES * TAGS_PER_DEVICE} tags, ${name}, ${SECONDS} s`);
  const line = await startLine(folder, {
    plant: {
      devices: DEVICES,
      tagsPerDevice: TAGS_PER_DEVICE,
      scanPeriodMs: 1000,
      motion: "moving",
      maximumSilenceMs: 60_000,
      seed: 1,
    },
    publishers,
  });
  try {
    const { recorded, seconds, rssBytes, cpuSeconds } = await measure(line, SECONDS);
    return {
      case: name,
      figures: {
        "OT MB": Math.round(rssBytes.ot / 1e6),
        "IT MB": Math.round(rssBytes.it / 1e6),
        "samples/s": Math.round(recorded / seconds),
        "OT % of a core": (cpuSeconds.ot / seconds) * 100,
        "IT % of a core": (cpuSeconds.it / seconds) * 100,
      },
      limit: "≤ 400 MB each",
    };
  } finally {
    await line.close();
  }
}
