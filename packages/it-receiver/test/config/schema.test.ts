import { schemaText } from "@nonreturn/station";
import { expect, test } from "vitest";
import { itStationFile } from "../../src/config/it-station-config.ts";

const HEADING = { title: "Nonreturn IT station", description: "nonreturn-it run --config FILE" };

test("config/schema/it-station.json is what the definitions say (renew it with `npm run generate:schemas`)", async () => {
  await expect(schemaText(itStationFile, HEADING)).toMatchFileSnapshot("../../../../config/schema/it-station.json");
});
