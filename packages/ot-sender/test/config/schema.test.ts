import { schemaText } from "@nonreturn/station";
import { expect, test } from "vitest";
import { writtenStationFile } from "../../src/config/station-file.ts";

const HEADING = { title: "Nonreturn OT station", description: "nonreturn-ot run --config FILE" };

test("config/schema/ot-station.json is what the definitions say (renew it with `npm run generate:schemas`)", async () => {
  await expect(schemaText(writtenStationFile, HEADING)).toMatchFileSnapshot(
    "../../../../config/schema/ot-station.json",
  );
});
