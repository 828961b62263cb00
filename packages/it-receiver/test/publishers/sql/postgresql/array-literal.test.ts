import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bytesArray,
  numberArray,
  original,
  storable,
  textArray,
} from "../../../../src/publishers/sql/postgresql/array-literal.ts";

describe("PostgreSQL array literals", () => {
  it("writes numbers so that they come back with the same bits", () => {
    expect(numberArray([1, -0, 0, Number.NaN, Number.NEGATIVE_INFINITY, 5e-324, null, 2n ** 64n])).toBe(
      "{1,-0,0,NaN,-Infinity,5e-324,NULL,18446744073709551616}",
    );
    expect(numberArray([])).toBe("{}");
  });

  it("quotes text, so that NULL, commas and braces are text", () => {
    expect(textArray([null, "NULL", 'a"b', "c\\d", "{e,f}", ""])).toBe('{NULL,"NULL","a\\"b","c\\\\d","{e,f}",""}');
    expect(bytesArray([Uint8Array.of(0, 255), null])).toBe('{"\\\\x00ff",NULL}');
  });

  it("keeps different texts different and reversible, without a NUL (property)", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "\0", "\u241b", "0", "\\", "ä") });
    fc.assert(
      fc.property(text, (value) => {
        expect(storable(value)).not.toContain("\0");
        expect(original(storable(value))).toBe(value);
      }),
      { seed: 20261125 },
    );
    expect(storable("plain ␀ text")).toBe("plain ␀ text");
  });
});
