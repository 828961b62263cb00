import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseAddress } from "../../../src/drivers/modbus/address.ts";

const mistakeOf = (text: string) => {
  const parsed = parseAddress(text);
  return "mistake" in parsed ? parsed.mistake : undefined;
};

describe("Modbus addresses", () => {
  test.each([
    ["hr:0", { unit: undefined, table: "hr", offset: 0, bit: undefined }],
    ["hr:65535", { unit: undefined, table: "hr", offset: 65_535, bit: undefined }],
    ["ir:7", { unit: undefined, table: "ir", offset: 7, bit: undefined }],
    ["di:3", { unit: undefined, table: "di", offset: 3, bit: undefined }],
    ["co:5", { unit: undefined, table: "co", offset: 5, bit: undefined }],
    ["hr:10.3", { unit: undefined, table: "hr", offset: 10, bit: 3 }],
    ["ir:10.15", { unit: undefined, table: "ir", offset: 10, bit: 15 }],
    ["u2!hr:10", { unit: 2, table: "hr", offset: 10, bit: undefined }],
    ["u255!400001.0", { unit: 255, table: "hr", offset: 0, bit: 0 }],
    ["HR:10.3", { unit: undefined, table: "hr", offset: 10, bit: 3 }],
    ["U2!Ir:10", { unit: 2, table: "ir", offset: 10, bit: undefined }],
    // One-based, six digits and five, as Modicon numbered them.
    ["400001", { unit: undefined, table: "hr", offset: 0, bit: undefined }],
    ["465536", { unit: undefined, table: "hr", offset: 65_535, bit: undefined }],
    ["40001", { unit: undefined, table: "hr", offset: 0, bit: undefined }],
    ["49999", { unit: undefined, table: "hr", offset: 9998, bit: undefined }],
    ["300001", { unit: undefined, table: "ir", offset: 0, bit: undefined }],
    ["30010", { unit: undefined, table: "ir", offset: 9, bit: undefined }],
    ["100001", { unit: undefined, table: "di", offset: 0, bit: undefined }],
    ["10002", { unit: undefined, table: "di", offset: 1, bit: undefined }],
    ["000001", { unit: undefined, table: "co", offset: 0, bit: undefined }],
    ["00008", { unit: undefined, table: "co", offset: 7, bit: undefined }],
  ])("%s", (text, address) => {
    expect(parseAddress(text)).toEqual(address);
  });

  test.each([
    ["", /no Modbus address; write it like/],
    ["100", /names no table/],
    ["hr:65536", /write 0 to 65535/],
    ["400000", /counts from one; the first is 400001/],
    ["465537", /write at most 465536/],
    ["200001", /begins with 2; write 0/],
    ["hr:1.16", /no bit 16; write 0 to 15/],
    ["co:1.0", /is a bit already; remove \.0/],
    ["u256!hr:1", /unit 256 does not exist; write 0 to 255/],
    ["hr:-1", /no Modbus address/],
    ["hr:1 ", /no Modbus address/],
    ["hr:١", /no Modbus address/], // digits of another script are not digits here
  ])("%j is a mistake", (text, what) => {
    expect(mistakeOf(text)).toMatch(what);
  });

  test("any text gives an address within bounds or a mistake of bounded length", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.stringMatching(/^(u\d+!)?(hr|co)?:?\d*(\.\d+)?$/),
    );
    fc.assert(
      fc.property(text, (each) => {
        const parsed = parseAddress(each);
        if ("mistake" in parsed) return parsed.mistake.length > 0 && parsed.mistake.length < 400;
        const { unit = 0, offset, bit = 0 } = parsed;
        return unit >= 0 && unit <= 255 && offset >= 0 && offset <= 65_535 && bit >= 0 && bit <= 15;
      }),
      { seed: 1, numRuns: 2000 },
    );
  });
});
