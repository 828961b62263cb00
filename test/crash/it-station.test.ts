/** P2: what the IT station has recorded reaches every publisher, whenever it dies. Killed with SIGKILL again and again while it publishes. */
import { join } from "node:path";
import { seededRandom } from "@nonreturn/hardware-sim";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openStoreReader } from "../../packages/it-receiver/src/record/store-reader.ts";
import { STORE_FILE } from "../../packages/it-receiver/src/record/store-schema.ts";
import { type CheckOptions, checkLine, NOTHING_FOUND } from "../support/line/check-line.ts";
import { healWithReplays } from "../support/line/heal.ts";
import { type Line, prepareLine } from "../support/line/line.ts";
import { readHistorian } from "../support/line/sql-rows.ts";

const CHECK: CheckOptions = { mqtt: "at least once", otStation: "never killed" };
const KILLS = 5;
/** About as long as a start takes. */
const LONGEST_START_MS = 1500;

let line: Line;
beforeAll(async () => {
  line = await prepareLine({ seed: 22, secondPassAfter: "3s" });
  await line.ot.start();
});
afterAll(() => line?.close());

test(`killed ${KILLS} times while it starts for the first time: then it starts, and what it missed is healed`, async () => {
  const random = seededRandom(22, "first start");
  for (let kill = 0; kill < KILLS; kill++) await line.it.startAndKill(random() * LONGEST_START_MS);
  await line.it.start();
  await line.sealed(5);
  await healWithReplays(line);
  const { findings } = await checkLine(line, CHECK);
  expect(findings).toEqual(NOTHING_FOUND);
});

test(`killed ${KILLS} times: nothing recorded is forgotten, the historian has every sample exactly once`, async () => {
  const random = seededRandom(22, "kills");
  const recorded = new Set<number>();
  let held = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    await line.sealed(1 + Math.floor(random() * 12));
    await line.it.kill();
    for (const sequence of storedSequences()) recorded.add(sequence);
    const samples = readHistorian(line.folder.itData).length;
    expect(samples).toBeGreaterThanOrEqual(held);
    held = samples;
    await line.it.start();
  }
  expect(recorded.size).toBeGreaterThan(0);
  await healWithReplays(line);
  const { findings } = await checkLine(line, CHECK);
  expect(findings).toEqual(NOTHING_FOUND);
  const stored = new Set(storedSequences());
  expect([...recorded].filter((sequence) => !stored.has(sequence))).toEqual([]);
  const verified = JSON.parse(await line.itCommand(["verify", "--all-signatures", "--json"]));
  expect(verified).toMatchObject({ failureCount: 0, forks: 0, openGaps: 0 });
});

/** Whether the station runs or not. Each once: none was recorded a second time. */
function storedSequences(): number[] {
  const store = openStoreReader(join(line.folder.itData, STORE_FILE));
  try {
    const blocks = (["live", "late"] as const).flatMap((lane) =>
      store.readAfter(lane, 0, 1e6, Number.POSITIVE_INFINITY),
    );
    const sequences = blocks.map(({ identity }) => identity.sequence);
    expect(new Set(sequences).size).toBe(sequences.length);
    return sequences;
  } finally {
    store.close();
  }
}
