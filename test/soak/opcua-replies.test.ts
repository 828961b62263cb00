/** A million mutated replies of OPC UA servers: through decoding and conversion, through the drivers' sessions, and thousands from a whole server. */
import { expect, test } from "vitest";
import { readMutatedChunks } from "../../packages/ot-sender/test/drivers/opcua/mutated-chunks.ts";
import { readMutatedOpcua } from "../support/hostile/opcua-replies.ts";
import { readMutatedSessions } from "../support/hostile/opcua-sessions.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

test("a million mutated replies decoded: nothing is thrown, and every kind of outcome is among them", () => {
  const { mutated, wrong, ...outcomes } = readMutatedChunks(1_000_000, 7);
  console.log(JSON.stringify({ mutated, wrong, ...outcomes }));
  expect(mutated).toBe(1_000_000);
  expect(wrong).toBe(0);
  for (const [kind, count] of Object.entries(outcomes)) expect(count, kind).toBeGreaterThan(10_000);
}, 3_600_000);

test("three thousand mutated replies over TCP: never another error than a lost connection", async () => {
  const before = process.memoryUsage().rss;
  const pkiFolder = temporaryFolder();
  const report = await readMutatedOpcua({ seed: 7, drivers: 16, wanted: 3000, pkiFolder });
  const grownBytes = process.memoryUsage().rss - before;
  console.log(JSON.stringify({ ...report, grownMiB: Math.round(grownBytes / 2 ** 20) }));
  expect(report.wrong).toEqual([]);
  expect(report.mutatedReplies).toBeGreaterThanOrEqual(3000);
  expect(report.recovered).toBe(16);
  expect(report.good).toBeGreaterThan(1000);
  // The server is in this process too, and keeps a thousand lost sessions for a minute.
  expect(grownBytes).toBeLessThan(2 ** 30);
}, 3_600_000);

test("a million mutated answers through sessions of polling and subscribing drivers: never another error than a lost connection", async () => {
  const before = process.memoryUsage().rss;
  const startedMs = performance.now();
  const report = await readMutatedSessions({ seed: 7, drivers: 24, wanted: 1_000_000, pkiFolder: temporaryFolder() });
  const grownBytes = process.memoryUsage().rss - before;
  const { user, system } = process.cpuUsage();
  const figures = {
    ...report,
    grownMiB: Math.round(grownBytes / 2 ** 20),
    seconds: Math.round((performance.now() - startedMs) / 1000),
    processorSeconds: Math.round((user + system) / 1e6),
  };
  console.log(JSON.stringify(figures));
  expect(report.wrong).toEqual([]);
  expect(report.mutated.read + report.mutated.publish).toBeGreaterThanOrEqual(999_000);
  expect(report.recovered).toBe(48);
  for (const count of [report.good, report.bad]) expect(count).toBeGreaterThan(100_000);
  expect(report.connectionsLost).toBeGreaterThan(1000);
  expect(grownBytes).toBeLessThan(2 ** 29);
}, 7_200_000);
