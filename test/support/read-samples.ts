/** One read of a driver as samples, for tests that look at each of them.
 *  driver.read → columns → [read samples] → samples */
import { type Sample, sampleAt } from "@nonreturn/wire-format";
import type { PollingDriver, ReadPlan } from "../../packages/ot-sender/src/drivers/driver.ts";

export async function readSamples(driver: PollingDriver, plan: ReadPlan, signal: AbortSignal): Promise<Sample[]> {
  const columns = await driver.read(plan, signal);
  return Array.from({ length: columns.count }, (_, row) => sampleAt(columns, row));
}
