import { schemaText } from "@nonreturn/station";
import { expect, test } from "vitest";
import { scenarioSection } from "../../src/scenario/scenario.ts";

const HEADING = {
  title: "Nonreturn simulator scenario",
  description: "nonreturn-sim plant | diode --scenario FILE; see docs/hardware-sim.md",
};

test("config/schema/scenario.json is what the definitions say (renew it with `npm run generate:schemas`)", async () => {
  await expect(schemaText(scenarioSection, HEADING)).toMatchFileSnapshot("../../../config/schema/scenario.json");
});
