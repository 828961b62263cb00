/** What a link does to datagrams, one kind after the other, on one running line. Whatever it does, every sample arrives, once, as it was. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CheckOptions, checkLine, NOTHING_FOUND } from "../support/line/check-line.ts";
import { healWithReplays } from "../support/line/heal.ts";
import { type Line, startLine } from "../support/line/line.ts";
import { until } from "../support/line/until.ts";

const CHECK: CheckOptions = { mqtt: "once", otStation: "never killed" };

let line: Line;
beforeAll(async () => {
  line = await startLine({ seed: 11, secondPassAfter: "2s" });
});
afterAll(() => line?.close());

test("a perfect link: every sample arrives once, with its value and time, and nothing is dropped", async () => {
  await line.sealed(20);
  const { findings, samples } = await checkLine(line, CHECK);
  expect(findings).toEqual(NOTHING_FOUND);
  expect(samples).toBeGreaterThan(line.plant.tags.length);
  expect(await line.diode()).toMatchObject({ droppedTotal: 0, corrupted: 0 });
});

describe("impairments", () => {
  test.each([
    ["loss", { loss: "15%" }, "droppedTotal", "by itself"],
    ["bursts", { burst: { share: "20%", mean: "60ms" } }, "droppedTotal", "with replays"],
    ["reordering", { reorder: { share: "40%", window: "120ms" } }, "reordered", "by itself"],
    ["duplication", { duplicate: { share: "60%", delay: "80ms" } }, "duplicated", "by itself"],
    ["corruption", { corrupt: { share: "10%", bits: 3 }, truncate: "5%" }, "corrupted", "by itself"],
    [
      "all of it at once",
      {
        loss: "5%",
        burst: { share: "5%", mean: "30ms" },
        reorder: { share: "20%", window: "60ms" },
        duplicate: { share: "20%", delay: "40ms" },
        corrupt: { share: "3%" },
        latency: { fixed: "20ms", jitter: "30ms" },
      },
      "corrupted",
      "with replays",
    ],
  ] as const)("%s", async (_name, impairments, figure, heals) => {
    const before = (await line.diode())[figure];
    await line.impair(impairments);
    await line.sealed(40);
    await until(`20 more ${figure}`, async () => (await line.diode())[figure] >= before + 20);
    await line.impair({});
    // Bursts longer than the spread can take a block in both passes: then it is a named gap, and its code brings it back.
    if (heals === "with replays") await healWithReplays(line);
    const { findings } = await checkLine(line, CHECK);
    expect(findings).toEqual(NOTHING_FOUND);
    await until("every gap healed", () => line.gaps().every(({ state }) => state === "healed"));
  });

  test("corrupted datagrams were refused and counted, not repaired", async () => {
    const { figures } = await line.it.status();
    const { corrupted } = await line.diode();
    expect(figures.intake_datagrams_refused_total).toBeGreaterThan(0);
    expect(figures.intake_datagrams_refused_total).toBeLessThanOrEqual(corrupted);
  });
});
