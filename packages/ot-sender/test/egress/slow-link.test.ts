/** A link slower than the data for five minutes of simulated time. An hour: test/soak. */
import { expect, test } from "vitest";
import { runSlowLink } from "../../../../test/support/hostile/slow-link.ts";

test("newest first, the backlog late, and exactly what was dropped is named", async () => {
  const report = await runSlowLink(300, 400_000);
  expect(report.arrivedByThen).toBeLessThan(0.7 * report.head); // control: the link is slower than the data
  expect(report.freshBlocks).toBeGreaterThan(0.7 * report.arrivedByThen);
  expect(report.oldestFreshMs).toBeLessThan(15_000);
  expect(report.backlogBlocks).toBeGreaterThan(10);
  expect(report.backlogNotLate).toBe(0);
  expect(report.samplesNamedLost).toBeGreaterThan(0); // control: the journal was too small for all of it
  expect(report.samplesArrived + report.samplesNamedLost).toBe(report.samplesProduced);
  expect(report.unnamed).toBe(0);
});
