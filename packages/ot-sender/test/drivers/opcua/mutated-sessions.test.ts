import { expect, test } from "vitest";
import { readMutatedSessions } from "../../../../../test/support/hostile/opcua-sessions.ts";
import { PKI } from "./opcua-fixture.ts";

test("mutated answers through sessions of both kinds: Bad samples and lost connections, never another error, and every value again afterwards", async () => {
  const report = await readMutatedSessions({ seed: 1, drivers: 8, wanted: 4000, pkiFolder: PKI });
  expect(report.wrong).toEqual([]);
  expect(report.mutated.read).toBeGreaterThan(1900);
  expect(report.mutated.publish).toBeGreaterThan(1900);
  expect(report.recovered).toBe(16);
  expect(report.good).toBeGreaterThan(5000); // control
  expect(report.bad).toBeGreaterThan(500);
  expect(report.connectionsLost).toBeGreaterThan(20);
}, 300_000);
