/** A simulated plant for tests of the OT station.
 *  scenario as an object → [simulated plant] → Modbus driver, scanner */

import { type Plant, plantSection, startPlant } from "@nonreturn/hardware-sim";
import { onTestFinished } from "vitest";
import { patientClock } from "./patient-clock.ts";

/** Seed 1, free ports, everything served is kept as truth. Closed when the test ends. */
export async function simulatedPlant(devices: readonly object[]): Promise<Plant> {
  const settings = plantSection.parse({ devices });
  const plant = await startPlant(settings, { seed: 1, clock: patientClock, folder: ".", truth: { keep: 200_000 } });
  onTestFinished(() => plant.close());
  return plant;
}
