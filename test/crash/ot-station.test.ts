/** P1: what the OT station has journaled survives its death, whenever that comes. Killed with SIGKILL again and again while it reports. */

import { seededRandom } from "@nonreturn/hardware-sim";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CheckOptions, checkLine, NOTHING_FOUND } from "../support/line/check-line.ts";
import { healWithReplays } from "../support/line/heal.ts";
import { type Line, prepareLine } from "../support/line/line.ts";
import { ReportedSamples } from "../support/line/reported-samples.ts";

const CHECK: CheckOptions = { mqtt: "once", otStation: "killed" };
const KILLS = 5;
/** About as long as a start takes. */
const LONGEST_START_MS = 1500;

let line: Line;
beforeAll(async () => {
  line = await prepareLine({ seed: 21, secondPassAfter: "3s" });
  await line.it.start();
});
afterAll(() => line?.close());

test(`killed ${KILLS} times while it starts for the first time: then it starts, and its journal begins at block 1`, async () => {
  const random = seededRandom(21, "first start");
  for (let kill = 0; kill < KILLS; kill++) await line.ot.startAndKill(random() * LONGEST_START_MS);
  await line.ot.start();
  await line.sealed(5);
  expect(line.reported.blocks[0]!.header.sequence).toBe(1);
  const { findings } = await checkLine(line, CHECK);
  expect(findings).toEqual(NOTHING_FOUND);
});

test(`killed ${KILLS} times: the chain goes on from the last committed block, in a higher epoch, and everything is published`, async () => {
  const random = seededRandom(21, "kills");
  const committed: { readonly sequence: number; readonly hash: string; readonly epoch: number }[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    await line.sealed(1 + Math.floor(random() * 12));
    await line.ot.kill();
    const sequence = line.reported.read();
    const { hash, header } = line.reported.blocks.at(-1)!;
    committed.push({ sequence, hash, epoch: header.sealingEpoch });
    await line.ot.start();
    await line.sealed(1);
    // Whatever was committed when it died is the parent of what it sealed next; `read` follows the chain block by block.
    expect(line.reported.blocks[sequence]!.header.sealingEpoch).toBeGreaterThan(header.sealingEpoch);
  }
  await healWithReplays(line);
  const { findings } = await checkLine(line, CHECK);
  expect(findings).toEqual(NOTHING_FOUND);

  // Read anew, from the first block: nothing that was committed has changed since.
  const whole = new ReportedSamples(line.folder.otData, line.folder.otKeys);
  whole.read();
  for (const { sequence, hash } of committed) expect(whole.blocks[sequence - 1]!.hash).toBe(hash);
  expect(new Set(committed.map(({ epoch }) => epoch)).size).toBe(KILLS);
  const verified = JSON.parse(await line.itCommand(["verify", "--all-signatures", "--json"]));
  expect(verified).toMatchObject({ failureCount: 0, forks: 0, openGaps: 0 });
});
