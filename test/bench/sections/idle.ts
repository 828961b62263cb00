/** What both stations cost while nothing happens.
 *  synthetic driver, 1,000 tags that never change → OT station → IT station */
import type { BenchSection } from "../bench-section.ts";
import { startLine } from "../stations/line.ts";
import { measure } from "../stations/measure.ts";

const SECONDS = 60;
const WARM_UP_SECONDS = 15;

export const section: BenchSection = {
  name: "idle",
  about: "CPU of each station with 1,000 quiet tags read once a second; ≤ 2 % of a core",
  async run({ folder, say }) {
    say(`1000 quiet tags, ${SECONDS} s`);
    const line = await startLine(folder, {
      plant: {
        devices: 1,
        tagsPerDevice: 1000,
        scanPeriodMs: 1000,
        motion: "still",
        maximumSilenceMs: 60_000,
        seed: 1,
      },
      publishers: [{ type: "historian", name: "sql" }],
      link: { secondPass: { after: "60s" } },
    });
    try {
      const { seconds, cpuSeconds, rssBytes, recorded } = await measure(line, SECONDS, WARM_UP_SECONDS);
      return [
        {
          case: "1,000 quiet tags",
          figures: {
            "OT % of a core": (cpuSeconds.ot / seconds) * 100,
            "IT % of a core": (cpuSeconds.it / seconds) * 100,
            "OT MB": Math.round(rssBytes.ot / 1e6),
            "IT MB": Math.round(rssBytes.it / 1e6),
            "samples/s": recorded / seconds,
          },
          limit: "≤ 2 % each",
        },
      ];
    } finally {
      await line.close();
    }
  },
};
