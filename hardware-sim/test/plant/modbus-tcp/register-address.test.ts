import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  overlaps,
  parseRegisterAddress,
  parseRegisterRange,
  TABLES,
  writeRegisterAddress,
} from "../../../src/plant/modbus-tcp/register-address.ts";

describe("register addresses", () => {
  test("what is written is read back", () => {
    const address = fc.record({ table: fc.constantFrom(...TABLES), address: fc.integer({ min: 0, max: 65_535 }) });
    fc.assert(
      fc.property(address, (written) => {
        expect(parseRegisterAddress(writeRegisterAddress(written))).toEqual(written);
      }),
      { seed: 1, numRuns: 200 },
    );
    expect(parseRegisterAddress("hr:10.15")).toEqual({ table: "hr", address: 10, bit: 15 });
  });

  test.each([
    "",
    "hr",
    "hr:",
    "hr:65536",
    "hr:-1",
    "xx:1",
    "hr:1.16",
    "co:1.0",
    "di:1.2",
    "hr:1 ",
    "HR:1",
    "hr:1.",
    "hr:000001",
  ])("%j is no address", (text) => expect(parseRegisterAddress(text)).toBeUndefined());

  test("ranges include both ends and do not run backwards", () => {
    expect(parseRegisterRange("ir:5-9")).toEqual({ table: "ir", first: 5, last: 9 });
    expect(parseRegisterRange("co:7")).toEqual({ table: "co", first: 7, last: 7 });
    for (const wrong of ["hr:9-5", "hr:0-65536", "hr:5-", "hr:1.2-3"])
      expect(parseRegisterRange(wrong)).toBeUndefined();
  });

  test("overlap is by table, and by one shared address at least", () => {
    const range = { table: "hr", first: 10, last: 20 } as const;
    expect([
      overlaps(range, "hr", 0, 9),
      overlaps(range, "hr", 0, 10),
      overlaps(range, "hr", 20, 30),
      overlaps(range, "hr", 21, 30),
    ]).toEqual([false, true, true, false]);
    expect(overlaps(range, "ir", 10, 20)).toBe(false);
  });
});
