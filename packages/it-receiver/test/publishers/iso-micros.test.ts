import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isoMicros, parseIsoMicros } from "../../src/publishers/iso-micros.ts";

describe("ISO micros", () => {
  it("writes six decimals, whatever was written before", () => {
    expect(isoMicros(1_795_420_800_000_001)).toBe("2026-11-23T08:00:00.000001Z");
    expect(isoMicros(1_795_420_800_999_999)).toBe("2026-11-23T08:00:00.999999Z");
    expect(isoMicros(0)).toBe("1970-01-01T00:00:00.000000Z");
    expect(isoMicros(2 ** 53 - 1)).toBe("2255-06-05T23:47:34.740991Z");
  });

  it("reads back what it writes (property)", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (micros) => parseIsoMicros(isoMicros(micros)) === micros),
      { seed: 3 },
    );
  });

  it("reads what a person writes, in UTC unless it says otherwise", () => {
    for (const text of [
      "2026-11-23T08:00:00Z",
      "2026-11-23 08:00",
      "2026-11-23T09:00+01:00",
      "2026-11-23T08:00:00.000Z",
    ]) {
      expect(parseIsoMicros(text)).toBe(1_795_420_800_000_000);
    }
    expect(parseIsoMicros("2026-11-23")).toBe(1_795_392_000_000_000);
    expect(parseIsoMicros("2028-02-29T00:00+01:00")).toBe(Date.UTC(2028, 1, 28, 23) * 1000);
    for (const text of [
      "",
      "now",
      "23.11.2026",
      "2026-13-01",
      "2026-11-23T25:00",
      "2026-02-29",
      "2026-04-31T08:00Z",
      "1795420800",
    ])
      expect(parseIsoMicros(text)).toBeUndefined();
  });
});
