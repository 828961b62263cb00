/** The line for a long time, with faults of the link and deaths of both stations at random, every sample checked again and again.
 *  Run by `npm run soak`; see soak-settings.ts for how long. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { seededRandom } from "@nonreturn/hardware-sim";
import { sleep, systemClock } from "@nonreturn/station";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkLine, NOTHING_FOUND } from "../support/line/check-line.ts";
import { healWithReplays } from "../support/line/heal.ts";
import { type Line, startLine } from "../support/line/line.ts";
import { drawFault } from "./draw-fault.ts";
import { readSoakSettings } from "./soak-settings.ts";

const CHECK_EVERY_MS = 60_000;
const LONGEST_PAUSE_MS = 6000;

const { minutes, seed } = readSoakSettings();
let line: Line;
beforeAll(async () => {
  line = await startLine({ seed, secondPassAfter: "3s" });
});
afterAll(() => line?.close());

test(`${minutes} minutes with seed ${seed}`, async () => {
  const random = seededRandom(seed, "soak");
  const startedMs = systemClock.monotonicMs();
  const elapsedMs = (): number => systemClock.monotonicMs() - startedMs;
  while (elapsedMs() < minutes * 60_000) {
    const checkAtMs = Math.min(elapsedMs() + CHECK_EVERY_MS, minutes * 60_000);
    const faults: string[] = [];
    while (elapsedMs() < checkAtMs) {
      const fault = drawFault(random);
      faults.push(fault.name);
      await fault.strike(line);
      await sleep(systemClock, random() * LONGEST_PAUSE_MS);
    }
    await line.blackout("0ms");
    await line.impair({});
    await healWithReplays(line);
    const { findings, samples, blocks } = await checkLine(line, {
      mqtt: "at least once",
      otStation: "killed",
      deadlineMs: 120_000,
    });
    expect(findings, `after ${faults.join("; ")}`).toEqual(NOTHING_FOUND);
    const { droppedTotal, corrupted } = await line.diode();
    const megabytes = (statSync(join(line.folder.itData, "historian.db")).size / 1e6).toFixed(1);
    console.log(
      `${(elapsedMs() / 60_000).toFixed(1)} min: ${samples} samples in ${blocks} blocks, each where it belongs; ${faults.length} faults, ` +
        `${droppedTotal} datagrams dropped, ${corrupted} corrupted so far; historian ${megabytes} MB`,
    );
  }
  const verified = JSON.parse(await line.itCommand(["verify", "--all-signatures", "--json"]));
  expect(verified).toMatchObject({ failureCount: 0, forks: 0, openGaps: 0 });
});
