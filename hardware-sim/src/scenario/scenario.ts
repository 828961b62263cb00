/** A scenario file: what stands in the plant, what the link does to datagrams, and the seed from which all chance follows.
 *  YAML → [scenario] → startPlant, startDiode */
import { loadConfig, parseConfig } from "@nonreturn/station";
import { z } from "zod";
import { plantSection } from "./check-plant.ts";
import { diodeSection } from "./diode-section.ts";

export const scenarioSection = z.strictObject({
  seed: z
    .int()
    .min(0)
    .max(0xffff_ffff)
    .default(1)
    .meta({ description: "the same seed gives the same signals and the same losses" }),
  plant: plantSection.optional(),
  diode: diodeSection.optional(),
});

export type Scenario = z.output<typeof scenarioSection>;

/** @throws {StationError} CONFIG_INVALID with every mistake, its line and what to write. */
export function parseScenario(text: string, fileName: string): Scenario {
  return parseConfig(text, fileName, scenarioSection);
}

/** @throws {StationError} CONFIG_INVALID, CONFIG_UNREADABLE */
export function loadScenario(path: string): Scenario {
  return loadConfig(path, scenarioSection);
}
