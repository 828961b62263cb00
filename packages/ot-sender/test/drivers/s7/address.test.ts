import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseAddress } from "../../../src/drivers/s7/address.ts";
import { s7 } from "../../../src/drivers/s7/index.ts";

describe("S7 addresses", () => {
  const db1 = { area: "DB", db: 1, bit: 0, length: 0, count: undefined };
  test.each([
    ["DB1,REAL4", { ...db1, start: 4, type: "REAL" }],
    ["db1,real4", { ...db1, start: 4, type: "REAL" }],
    ["DB1,R4", { ...db1, start: 4, type: "REAL" }],
    ["DB1,REAL4.10", { ...db1, start: 4, type: "REAL", count: 10 }],
    ["DB1,X2.1", { ...db1, start: 2, bit: 1, type: "BOOL" }],
    ["DB1,X2.1.20", { ...db1, start: 2, bit: 1, type: "BOOL", count: 20 }],
    ["DB1,STRING30.20", { ...db1, start: 30, type: "STRING", length: 20 }],
    ["DB1,S30.20.5", { ...db1, start: 30, type: "STRING", length: 20, count: 5 }],
    ["DB1,WSTRING30.20", { ...db1, start: 30, type: "WSTRING", length: 20 }],
    ["DB1,DATE_AND_TIME8", { ...db1, start: 8, type: "DT" }],
    ["DB1.DBD4", { ...db1, start: 4, type: "DWORD" }],
    ["%DB1.DBW4", { ...db1, start: 4, type: "WORD" }],
    ["DB1.DBX2.1", { ...db1, start: 2, bit: 1, type: "BOOL" }],
    ["MW10", { ...db1, area: "M", db: 0, start: 10, type: "WORD" }],
    ["%MW10", { ...db1, area: "M", db: 0, start: 10, type: "WORD" }],
    ["MREAL10", { ...db1, area: "M", db: 0, start: 10, type: "REAL" }],
    ["M10.3", { ...db1, area: "M", db: 0, start: 10, bit: 3, type: "BOOL" }],
    ["I0.0", { ...db1, area: "I", db: 0, start: 0, type: "BOOL" }],
    ["E0.7", { ...db1, area: "I", db: 0, start: 0, bit: 7, type: "BOOL" }],
    ["AB4", { ...db1, area: "Q", db: 0, start: 4, type: "BYTE" }],
    ["PEW256", { ...db1, area: "P", db: 0, start: 256, type: "WORD" }],
    ["T5", { ...db1, area: "T", db: 0, start: 5, type: "TIMER" }],
    // As STEP 7 prints them, and as people type them.
    ["DB10.DBD 4", { ...db1, db: 10, start: 4, type: "DWORD" }],
    ["DB 1, REAL 4", { ...db1, start: 4, type: "REAL" }],
    [" MW 10 ", { ...db1, area: "M", db: 0, start: 10, type: "WORD" }],
    ["M 10.3", { ...db1, area: "M", db: 0, start: 10, bit: 3, type: "BOOL" }],
    ["T 5", { ...db1, area: "T", db: 0, start: 5, type: "TIMER" }],
    // TIA Portal's periphery.
    ["%IW256:P", { ...db1, area: "P", db: 0, start: 256, type: "WORD" }],
    ["I0.1:P", { ...db1, area: "P", db: 0, start: 0, bit: 1, type: "BOOL" }],
    ["%QB4:P", { ...db1, area: "P", db: 0, start: 4, type: "BYTE" }],
    ["Z3", { ...db1, area: "C", db: 0, start: 3, type: "COUNTER" }],
  ])("%s", (text, address) => {
    expect(parseAddress(text)).toEqual(address);
  });

  test.each([
    ["DB1,X2", /names no bit; write it like DB1,X2\.0/],
    ["DB1,X2.8", /no bit 8; write 0 to 7/],
    ["DB1,STRING30", /declared length, 1 to 254; write it like DB1,STRING30\.20/],
    ["DB0,INT0", /no DB0; write DB1/],
    ["DB1,FLOAT4", /"FLOAT"/],
    ["MW1 0", /no S7 address/],
    ["MW10:P", /no S7 address/],
    ["hr:100", /no S7 address; write it like "DB1,REAL4"/],
  ])("%s says what to write", (text, mistake) => {
    expect(parseAddress(text)).toEqual({ mistake: expect.stringMatching(mistake) });
  });

  test("the type is told by the address where it names one, and asked for where only the user knows", () => {
    const types = ["DB1,REAL4", "DB1,DTL0", "DB1.DBX0.0", "MB0", "DB1,WORD0", "MW0", "DB1.DBD0", "nonsense"];
    expect(types.map((text) => s7.typeOf(text))).toEqual([
      ...["FLOAT32", "TIMESTAMP", "BOOLEAN", "UINT8", "UINT16"],
      ...[undefined, undefined, undefined],
    ]);
  });

  test("any text gives an address within bounds or a mistake of bounded length", () => {
    const alike = fc.stringMatching(/^%?(DB\d{0,6}[.,]|M|I|PE|T)?[A-Z_]{0,12}\d{0,6}(\.\d{0,6}){0,3}$/);
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), alike), (text) => {
        const address = parseAddress(text);
        if ("mistake" in address) expect(address.mistake.length).toBeLessThan(300);
        else {
          expect(address.start).toBeLessThanOrEqual(65_535);
          expect(address.bit).toBeLessThanOrEqual(7);
          expect(address.length).toBeLessThanOrEqual(4094);
        }
      }),
      { seed: 1, numRuns: 5000 },
    );
  });
});
