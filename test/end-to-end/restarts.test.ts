/** Stations that come late, stop, are killed, or lose their disk. Whatever the journal holds arrives, by itself or by a gap code. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CheckOptions, checkLine, NOTHING_FOUND } from "../support/line/check-line.ts";
import { healWithReplays } from "../support/line/heal.ts";
import { type Line, prepareLine } from "../support/line/line.ts";
import { until } from "../support/line/until.ts";

let line: Line;
beforeAll(async () => {
  // Small datagrams over half a second: at any moment several blocks are half-way.
  line = await prepareLine({ seed: 13, secondPassAfter: "2s", spread: "500ms", mtu: 576 });
});
afterAll(() => line?.close());

const openGaps = () => line.gaps().filter(({ state }) => state === "open");
/** Block 1 is the directory: it is sent again every few seconds, and may be there before the gap is. */
const gapFromTheBeginning = () => openGaps().find(({ first }) => first <= 2);
const samplesThrough = (sequence: number) => line.reported.samples.filter((sample) => sample.sequence <= sequence);

describe("the receiver starts late", () => {
  const check: CheckOptions = { mqtt: "once", otStation: "never killed" };

  test("what it missed is a named gap, and one code brings all of it", async () => {
    await line.ot.start();
    await until("blocks too old for the second pass", () => line.reported.read() > 60);
    await line.it.start();
    const gap = await until("the gap", () => gapFromTheBeginning());
    expect(gap.last).toBeGreaterThan(gap.first);
    expect(gap.timeTo).toBeDefined();
    await healWithReplays(line);
    const { findings } = await checkLine(line, check);
    expect(findings).toEqual(NOTHING_FOUND);
    expect(openGaps()).toEqual([]);
  });
});

describe("the sender restarts", () => {
  const check: CheckOptions = { mqtt: "once", otStation: "killed" };

  test("stopped in order: nothing is missing, no code is needed", async () => {
    const before = line.reported.read();
    expect(await line.ot.stop()).toBe(0);
    const epoch = line.reported.blocks[before - 1]!.header.sealingEpoch;
    await line.ot.start();
    await line.sealed(10);
    expect(line.reported.blocks.at(-1)!.header.sealingEpoch).toBeGreaterThan(epoch);
    const { findings } = await checkLine(line, check);
    expect(findings).toEqual(NOTHING_FOUND);
    await until("no gap", () => openGaps().length === 0);
  });

  test("killed while nothing crosses: it sends again what it had sent into the dark", async () => {
    await line.blackout("10min");
    await line.sealed(15);
    await line.ot.kill();
    const head = line.reported.read();
    await line.blackout("0ms");
    await line.ot.start();
    await line.sealed(10);
    const { findings } = await checkLine(line, check);
    expect(findings).toEqual(NOTHING_FOUND);
    expect(samplesThrough(head).length).toBeGreaterThan(0);
    await until("no gap", () => openGaps().length === 0);
  });
});

describe("the receiver restarts", () => {
  const check: CheckOptions = { mqtt: "at least once", otStation: "killed" };

  test("killed with blocks half-way: they are completed afterwards, and nothing is stored twice", async () => {
    await line.impair({ loss: "60%" });
    await until("incomplete blocks", async () => ((await line.it.status()).figures.intake_open_blocks ?? 0) > 0);
    await line.it.kill();
    await line.impair({});
    await line.it.start();
    await line.sealed(10);
    await healWithReplays(line); // what it missed while it was away longer than the second pass waits
    const { findings } = await checkLine(line, check);
    expect(findings).toEqual(NOTHING_FOUND);
  });

  test("with a new, empty disk: the whole journal is named as missing, and comes again by its code", async () => {
    await line.it.stop();
    line.replaceItDisk();
    await line.it.start();
    const gap = await until("the gap", () => gapFromTheBeginning());
    const head = line.reported.read();
    expect(gap.last).toBeGreaterThan(head / 2);
    await healWithReplays(line);
    const { findings, samples } = await checkLine(line, check);
    expect(findings).toEqual(NOTHING_FOUND);
    expect(samples).toBeGreaterThan(samplesThrough(gap.last).length);
    expect(JSON.parse(await line.itCommand(["verify", "--json"]))).toMatchObject({
      failureCount: 0,
      openGaps: 0,
      forks: 0,
    });
  });
});
