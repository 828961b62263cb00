/** An IT station that starts after its OT station, without a second pass: the names come by themselves, soon. */
import { sleep, systemClock } from "@nonreturn/station";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Line, prepareLine } from "../support/line/line.ts";
import { until } from "../support/line/until.ts";

/** The directory is sent every eight seconds; each tag has a sample every three. A busy machine takes its time. */
const NAMED_MS = 60_000;
const LATER_MS = 5000;

let line: Line;
beforeAll(async () => {
  line = await prepareLine({ seed: 31, secondPassAfter: "off" });
});
afterAll(() => line?.close());

const named = () => new Set(line.witness.samples.map(({ path }) => path)).size;

test("every tag is named within seconds of the start, and what came before that is not lost", async () => {
  await line.ot.start();
  await sleep(systemClock, LATER_MS);
  await line.sealed(10);
  await line.it.start();
  const startedMs = systemClock.monotonicMs();
  await until("every tag", () => named() === line.plant.tags.length, NAMED_MS);
  console.log(`every tag named after ${Math.round(systemClock.monotonicMs() - startedMs)} ms`);
  const gap = await until("a gap", () => line.gaps()[0]);
  expect(gap).toMatchObject({ state: "open" }); // control: what was sent before was lost; the block that is repeated is not in the gap
});

test("control: no name comes from anywhere else, and all come once the link is back", async () => {
  await line.it.stop();
  line.replaceItDisk();
  const before = line.witness.samples.length;
  await line.blackout("10min");
  await line.it.start();
  await sleep(systemClock, 10_000);
  expect(line.witness.samples.length).toBe(before);
  await line.blackout("0ms");
  const since = () => new Set(line.witness.samples.slice(before).map(({ path }) => path)).size;
  await until("every tag again", () => since() === line.plant.tags.length, NAMED_MS);
});
