import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseTagName, writeSegments } from "../../../src/drivers/ethernet-ip/address.ts";
import { placeTag } from "../../../src/drivers/ethernet-ip/place-tag.ts";
import { configOf, tagsAt } from "./ethernet-ip-fixture.ts";

describe("tag names", () => {
  test.each([
    ["Temperature", [["Temperature"]], undefined, undefined],
    ["Program:Main.Motor[2].Speed", [["Program:Main"], ["Motor", 2], ["Speed"]], undefined, undefined],
    ["Grid[1,2,3]", [["Grid", 1, 2, 3]], undefined, undefined],
    ["Status.5", [["Status"]], 5, undefined],
    ["Status.63", [["Status"]], 63, undefined],
    ["Local:1:I.Data.0", [["Local:1:I"], ["Data"]], 0, undefined],
    ["Recipe{10}", [["Recipe"]], undefined, 10],
    ["Recipe[5]{10}", [["Recipe", 5]], undefined, 10],
    ["_IO_EM_DI_00", [["_IO_EM_DI_00"]], undefined, undefined],
  ])("%s", (text, segments, bit, count) => {
    expect(parseTagName(text)).toEqual({
      segments: segments.map(([name, ...indices]) => ({ name, indices })),
      bit,
      count,
    });
  });

  test.each([
    ["", "is no tag name"],
    ["5", "is no tag name"],
    ["Motor..Speed", "is no tag name"],
    ["Motor[1][2]", "is no tag name"],
    ["Motor.Local:1", "is no tag name"],
    ["Temp erature", "is no tag name"],
    ["Motor[4294967296]", "index beyond"],
    ["Status.64", "no integer has a bit 64"],
    ["Status.5{3}", "a bit is a single value"],
    ["Recipe{0}", "no number of elements"],
    ["Recipe{16385}", "no number of elements"],
    ["Program:Main", "names a program and no tag"],
    ["x".repeat(501), "longer than 500"],
    [Array.from({ length: 17 }, () => "A").join("."), "more than 16 members"],
  ])("%j: %s", (text, mistake) => {
    expect(parseTagName(text)).toEqual({ mistake: expect.stringContaining(mistake) });
  });

  test("any text is a name or a mistake, and a name written again is the same", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[A-Za-z_:.[\],{}0-9]{0,40}$/)), (text) => {
        const name = parseTagName(text);
        if ("mistake" in name) return;
        expect(parseTagName(writeSegments(name.segments))).toEqual({ ...name, bit: undefined, count: undefined });
      }),
      { seed: 1, numRuns: 2000 },
    );
  });
});

describe("placing tags", () => {
  const place = (text: string, config = {}) => placeTag(tagsAt(text)[0]!, configOf(config));

  test("an element of a BOOL array is a bit of a DWORD on Logix and a byte of its own on Micro800", () => {
    expect(place("Flags[37] BOOLEAN")).toMatchObject({ index: 1, elements: 1, conversion: { packedBit: 5 } });
    expect(place("Flags[30]{40} BOOLEAN")).toMatchObject({ index: 0, elements: 3, conversion: { packedBit: 30 } });
    expect(place("Flags[37] BOOLEAN", { family: "micro800" })).toMatchObject({
      index: 37,
      elements: 1,
      conversion: { packedBit: undefined },
    });
  });

  test("a bit of an integer is not an element", () => {
    expect(place("Words[3].7 BOOLEAN")).toMatchObject({ index: 3, elements: 1, conversion: { bit: 7 } });
  });

  test.each([
    ["Status.5 INT16", "one bit, not INT16"],
    ["Speed FLOAT16", "controllers have no FLOAT16"],
    ["Time TIMESTAMP", "controllers have no TIMESTAMP"],
    ["Motor{3} BYTES", "are not told apart"],
  ])("%s: %s", (text, mistake) => {
    expect(place(text)).toEqual({ mistake: expect.stringContaining(mistake) });
  });
});
