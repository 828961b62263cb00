/** A simulated plant for tests of the OT station.
 *  scenario as an object → [simulated plant] → Modbus driver, scanner */
import { type Plant, plantSection, startPlant } from "@nonreturn/hardware-sim";
import { systemClock } from "@nonreturn/station";
import { onTestFinished } from "vitest";

/** Seed 1, free ports, everything served is kept as truth. Closed when the test ends. */
export async function simulatedPlant(devices: readonly object[]): Promise<Plant> {
  const settings = plantSection.parse({ devices });
  const plant = await startPlant(settings, { seed: 1, clock: systemClock, folder: ".", truth: { keep: 200_000 } });
  onTestFinished(() => plant.close());
  return plant;
}
