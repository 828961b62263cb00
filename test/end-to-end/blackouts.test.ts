/** Times in which nothing crosses. Shorter than the second pass they heal by themselves; longer ones are named, and healed by a gap code. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CheckOptions, checkLine, NOTHING_FOUND } from "../support/line/check-line.ts";
import { type Line, startLine } from "../support/line/line.ts";
import { until } from "../support/line/until.ts";

const CHECK: CheckOptions = { mqtt: "once", otStation: "never killed" };

const SECOND_PASS_SECONDS = 6;
const A_WHILE_MICROS = 3_000_000;

let line: Line;
beforeAll(async () => {
  line = await startLine({ seed: 12, secondPassAfter: `${SECOND_PASS_SECONDS}s` });
});
afterAll(() => line?.close());

/** Dark until `blocks` more are sealed. */
async function dark(blocks: number): Promise<void> {
  await line.blackout("10min");
  await line.sealed(blocks);
  await line.blackout("0ms");
}

test("shorter than the second pass: it heals by itself", async () => {
  await line.sealed(10);
  await dark(10); // about a second
  const { findings } = await checkLine(line, CHECK);
  expect(findings).toEqual(NOTHING_FOUND);
  await until("every gap healed", () => line.gaps().every(({ state }) => state === "healed"));
  expect(line.gaps().length).toBeGreaterThan(0);
});

test("longer than the second pass: named by sequences and times, then healed by its gap code", async () => {
  const { dropped } = await line.diode();
  const first = line.reported.read() + 1;
  const staleBefore = line.witness.stale.length;
  await line.blackout("10min");
  await until("the second pass of lost blocks is lost too", async () => {
    const { header } = line.reported.blocks[first] ?? {};
    line.reported.read();
    const newest = line.reported.blocks.at(-1)?.header.sealedAt ?? 0;
    return header !== undefined && newest - header.sealedAt > SECOND_PASS_SECONDS * 1e6 + A_WHILE_MICROS;
  });
  // Meanwhile: an alarm, and no value looks good any more (P3).
  const alarms = async () => (await line.it.status()).alarms;
  await until("the alarm", async () => (await alarms()).some((alarm) => alarm.includes("the link has been silent")));
  const tags = line.plant.tags.map(({ path }) => path).sort();
  const stale = () => new Set(line.witness.stale.slice(staleBefore));
  await until("every tag is stale", () => stale().size === tags.length);
  expect([...stale()].sort()).toEqual(tags);
  await line.blackout("0ms");
  await until("the alarm ends", async () => (await alarms()).every((alarm) => !alarm.includes("silent")));
  expect((await line.diode()).dropped.blackout).toBeGreaterThan(dropped.blackout);

  const gap = await until("one open gap, and it stays", () => {
    const open = line.gaps().filter(({ state }) => state === "open");
    // What the second pass still brings has come once its last block is older than the pass.
    const settled =
      open[0] !== undefined &&
      line.reported.read() > 0 &&
      agesOf(open[0].last) > SECOND_PASS_SECONDS * 1e6 + A_WHILE_MICROS;
    return open.length === 1 && settled ? open[0] : undefined;
  });
  expect(gap.first).toBeGreaterThanOrEqual(first);
  expect(gap.last).toBeGreaterThan(gap.first);
  const missing = line.reported.blocks.slice(gap.first - 1, gap.last);
  expect(gap.timeFrom).toBeLessThanOrEqual(missing[0]!.header.sealedAt);
  expect(gap.timeTo).toBeGreaterThanOrEqual(missing.at(-1)!.header.sealedAt);

  // Everything but what the gap names has arrived, and nothing of what it names.
  const open = await checkLine(line, { ...CHECK, missing: [gap] });
  expect(open.findings).toEqual(NOTHING_FOUND);
  const named = line.reported.samples.filter(({ sequence }) => sequence >= gap.first && sequence <= gap.last);
  const arrived = new Set(line.witness.samples.map(({ path, timestamp }) => `${path}\n${timestamp}`));
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter(({ path, timestamp }) => arrived.has(`${path}\n${timestamp}`))).toEqual([]);

  expect(await line.itCommand(["gaps"])).toContain(`nonreturn-ot replay ${gap.gapCode}`);
  expect(await line.replay(gap.gapCode)).toContain(`Blocks ${gap.first} … ${gap.last} will be sent again`);
  const { findings } = await checkLine(line, CHECK);
  expect(findings).toEqual(NOTHING_FOUND);
  await until("the gap healed", () => line.gaps().every(({ state }) => state === "healed"));
  const healed = line.witness.samples
    .filter(({ historical }) => historical)
    .map(({ path, timestamp }) => `${path}\n${timestamp}`);
  const historical = new Set(healed);
  expect(named.filter(({ path, timestamp }) => !historical.has(`${path}\n${timestamp}`))).toEqual([]);
});

/** Microseconds between the sealing of a block and that of the newest. */
function agesOf(sequence: number): number {
  const { blocks } = line.reported;
  return (blocks.at(-1)?.header.sealedAt ?? 0) - (blocks[sequence - 1]?.header.sealedAt ?? 0);
}
