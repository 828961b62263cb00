import { expect, test } from "vitest";
import { readMutatedOpcua } from "../../../../../test/support/hostile/opcua-replies.ts";
import { PKI } from "./opcua-fixture.ts";

test("mutated replies over TCP: Bad samples and lost connections, never another error, and good values again afterwards", async () => {
  const report = await readMutatedOpcua({ seed: 1, drivers: 4, wanted: 150, pkiFolder: PKI });
  expect(report.wrong).toEqual([]);
  expect(report.mutatedReplies).toBeGreaterThanOrEqual(150);
  expect(report.recovered).toBe(4);
  expect(report.good).toBeGreaterThan(50); // control
  expect(report.bad).toBeGreaterThan(50);
  expect(report.connectionsLost).toBeGreaterThan(10);
}, 300_000);
