import type { Value } from "@nonreturn/wire-format";
import { describe, expect, test } from "vitest";
import { localTimeOf } from "../../../src/drivers/local-time.ts";
import { placeTag } from "../../../src/drivers/s7/place-tag.ts";
import { tagsAt } from "./s7-fixture.ts";

function convert(address: string, hex: string, timezone = "UTC"): Value | undefined {
  const [tag] = tagsAt([address]);
  const place = placeTag(tag!, localTimeOf(timezone));
  if ("mistake" in place) throw new Error(place.mistake);
  const bytes = Buffer.from(hex.replaceAll(" ", ""), "hex");
  expect(bytes.length).toBe(place.quantity);
  return place.convert(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0);
}

describe("bytes of a CPU", () => {
  test.each<[string, string, Value]>([
    ["DB1,INT0", "ff85", -123],
    ["DB1,UDINT0", "fffffffe", 4_294_967_294],
    ["DB1,REAL0", "41bc0000", 23.5],
    ["DB1,LREAL0", "3fb999999999999a", 0.1],
    ["DB1,LINT0", "ffdfffffffffffff", -9_007_199_254_740_993n],
    ["DB1,ULINT0", "ffffffffffffffff", 18_446_744_073_709_551_615n],
    ["DB1,X0.6.4", "c00d", [true, true, true, false]],
    ["DB1,STRING0.5", "05 03 53fc64 0000", "Süd"],
    ["DB1,STRING0.3.2", "03 01 410000 00 03 02 424300", ["A", "BC"]],
    ["DB1,WSTRING0.3", "0003 0002 6279 6b21 0000", "批次"],
    ["DB1,CHAR0.3", "41 42 43", "ABC"],
    ["DB1,TIME0", "ffffffff", -1],
    ["DB1,S5TIME0", "2127", 127_000],
    ["DB1,DATE0", "0001", Date.UTC(1990, 0, 2) * 1000],
    // 2026-11-25 13:16:49.123, a Wednesday
    ["DB1,DT0", "26 11 25 13 16 49 12 34", Date.UTC(2026, 10, 25, 13, 16, 49, 123) * 1000],
    ["DB1,DT0", "90 01 01 00 00 00 00 02", Date.UTC(1990, 0, 1) * 1000],
    ["DB1,DTL0", "07ea 0b 19 04 0d 10 31 075bca00", Date.UTC(2026, 10, 25, 13, 16, 49) * 1000 + 123_456],
    ["DB1,LDT0", "0000000000000fa0", 4],
  ])("%s of %s", (address, hex, value) => {
    expect(convert(address, hex)).toEqual(value);
  });

  test.each([
    ["a length byte beyond the declared length", "DB1,STRING0.3", "03 04 414243"],
    ["a length byte beyond the CPU's own declaration", "DB1,STRING0.3", "01 02 414243"],
    ["half a pair of UTF-16", "DB1,WSTRING0.1", "0001 0001 d83d"],
    ["a zeroed DATE_AND_TIME", "DB1,DT0", "0000000000000000"],
    ["a digit above 9", "DB1,DT0", "26 1a 25 13 16 49 12 34"],
    ["the 31st of February", "DB1,DTL0", "07ea 02 1f 04 0d 10 31 00000000"],
    ["more nanoseconds than a second has", "DB1,DTL0", "07ea 0b 19 04 0d 10 31 3b9aca00"],
    ["an S5TIME with hexadecimal digits", "DB1,S5TIME0", "2a00"],
    ["an array with one bad element", "DB1,S5TIME0.2", "0123 0a00"],
  ])("%s is no value", (_, address, hex) => {
    expect(convert(address, hex)).toBeUndefined();
  });

  test("a wall clock is understood in its zone, both changes of the hour included", () => {
    const berlin = localTimeOf("Europe/Berlin");
    const at = (...wall: [number, number, number, number, number]) =>
      new Date(berlin(Date.UTC(...wall) * 1000) / 1000).toISOString();
    expect(at(2026, 0, 15, 12, 0)).toBe("2026-01-15T11:00:00.000Z");
    expect(at(2026, 6, 15, 12, 0)).toBe("2026-07-15T10:00:00.000Z");
    expect(at(2026, 2, 29, 1, 59)).toBe("2026-03-29T00:59:00.000Z");
    expect(at(2026, 2, 29, 2, 30)).toBe("2026-03-29T01:30:00.000Z"); // skipped: shown as 03:30
    expect(at(2026, 2, 29, 3, 0)).toBe("2026-03-29T01:00:00.000Z");
    expect(at(2026, 9, 25, 2, 30)).toBe("2026-10-25T00:30:00.000Z"); // twice: the first
    expect(at(2026, 9, 25, 3, 0)).toBe("2026-10-25T02:00:00.000Z");
    expect(convert("DB1,DTL0", "07ea 07 0f 04 0c 00 00 00000000", "Europe/Berlin")).toBe(
      Date.UTC(2026, 6, 15, 10) * 1000,
    );
    expect(convert("DB1,DTLZ0", "07ea 07 0f 04 0c 00 00 00000000", "Europe/Berlin")).toBe(
      Date.UTC(2026, 6, 15, 12) * 1000,
    );
  });
});
