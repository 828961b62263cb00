import { jsonSchemaOf, schemaText } from "@nonreturn/station";
import { expect, test } from "vitest";
import { scenarioSection } from "../../src/scenario/scenario.ts";

const HEADING = {
  title: "Nonreturn simulator scenario",
  description: "nonreturn-sim plant | diode --scenario FILE; see docs/hardware-sim.md",
};

test("config/schema/scenario.json is what the definitions say (renew it with `npx vitest run -u hardware-sim/test/scenario/schema`)", async () => {
  await expect(schemaText(scenarioSection, HEADING)).toMatchFileSnapshot("../../../config/schema/scenario.json");
});

test("the schema knows the sections and refuses unknown keys", () => {
  expect(jsonSchemaOf(scenarioSection)).toMatchObject({
    additionalProperties: false,
    properties: { seed: {}, plant: {}, diode: {} },
  });
});
