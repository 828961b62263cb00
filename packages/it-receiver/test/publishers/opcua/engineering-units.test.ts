/** Codes of units, against the table of the library, which is the OPC Foundation's own. */
import { standardUnits } from "node-opcua";
import { describe, expect, it } from "vitest";
import { unitInformation } from "../../../src/publishers/opcua/engineering-units.ts";

const CEFACT = "http://www.opcfoundation.org/UA/units/un/cefact";

describe("engineering units", () => {
  it("has the codes of the OPC Foundation's table, for every symbol of both", () => {
    const same = Object.values(standardUnits).filter(({ displayName, unitId }) => {
      const symbol = displayName.text ?? "";
      const shown = unitInformation(symbol);
      if (shown.unitId === -1) return false;
      expect([symbol, shown.unitId, shown.namespaceUri]).toEqual([symbol, unitId, CEFACT]);
      return true;
    });
    expect(same.length).toBeGreaterThan(35);
  });

  it("writes a code as its characters: CEL is 0x43454c", () => {
    expect(unitInformation("°C")).toMatchObject({ unitId: 0x43_45_4c, displayName: { text: "°C" } });
    expect(unitInformation("kWh").unitId).toBe(0x4b_57_48);
  });

  it("gives no code to what only looks like one (GB is a gallon a day there), and to names of JavaScript", () => {
    for (const unit of ["GB", "BAR", "bottles", "constructor"])
      expect(unitInformation(unit)).toMatchObject({
        ...{ namespaceUri: "urn:nonreturn:units", unitId: -1, displayName: { text: unit } },
      });
  });
});
