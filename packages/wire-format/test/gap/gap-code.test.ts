import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc16, decodeGapCode, encodeGapCode, type Gap } from "../../src/gap/gap-code.ts";
import { WireError } from "../../src/wire-error.ts";

const anyGap: fc.Arbitrary<Gap> = fc
  .tuple(fc.integer({ min: 1, max: 0x7fff }), fc.integer({ min: 0, max: 0xffffffff }), fc.maxSafeNat(), fc.maxSafeNat())
  .map(([stream, journalEpoch, one, other]) => ({
    stream,
    journalEpoch,
    firstSequence: Math.max(1, Math.min(one, other)),
    lastSequence: Math.max(1, one, other),
  }));

const SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const gap: Gap = { stream: 1, journalEpoch: 29_923_100, firstSequence: 1_234_567, lastSequence: 1_234_590 };

function refused(text: string): boolean {
  try {
    decodeGapCode(text);
    return false;
  } catch (error) {
    if (error instanceof WireError && error.code === "GAP_CODE") return true;
    throw error;
  }
}

describe("gap code", () => {
  it("comes back for every gap", () => {
    fc.assert(
      fc.property(anyGap, (any) => {
        expect(decodeGapCode(encodeGapCode(any))).toEqual(any);
      }),
      { seed: 14, numRuns: 5_000 },
    );
  });

  it("is short, in groups of four", () => {
    expect(encodeGapCode(gap)).toBe("11HW-RSQH-CHJX-PR7H-80N8-W");
  });

  it("may be typed in any case, with any spaces, with O for 0 and I or L for 1", () => {
    const code = encodeGapCode(gap);
    for (const typed of [
      code.toLowerCase(),
      code.replaceAll("-", ""),
      ` ${code.replaceAll("-", "  ")}\n`,
      code.replaceAll("1", "I"),
      code.replaceAll("1", "l"),
      code.replaceAll("0", "o"),
    ]) {
      expect(decodeGapCode(typed)).toEqual(gap);
    }
  });

  it("with any one symbol wrong, missing, or swapped with its neighbour is refused", () => {
    const code = encodeGapCode(gap).replaceAll("-", "");
    for (let place = 0; place < code.length; place++) {
      for (const symbol of SYMBOLS) {
        if (symbol !== code[place]) expect(refused(code.slice(0, place) + symbol + code.slice(place + 1))).toBe(true);
      }
      expect(refused(code.slice(0, place) + code.slice(place + 1))).toBe(true);
      const swapped = code.slice(0, place) + (code[place + 1] ?? "") + code[place] + code.slice(place + 2);
      if (swapped !== code) expect(refused(swapped)).toBe(true);
    }
    expect(refused(code)).toBe(false); // control
  });

  it("of any text is a gap or a WireError", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(fc.constantFrom(...SYMBOLS)).map((symbols) => symbols.join("")),
        ),
        (text) => {
          refused(text);
        },
      ),
      { seed: 15, numRuns: 5_000 },
    );
    expect(refused("")).toBe(true);
    expect(refused("U".repeat(20))).toBe(true);
    expect(refused("1".repeat(100_000))).toBe(true);
  });

  /** Any symbols behind a right check sum: what only a faulty program could print. */
  const withCheckSum = (symbols: string): string => {
    const crc = crc16([...symbols].map((symbol) => SYMBOLS.indexOf(symbol)));
    return symbols + [crc >> 15, (crc >> 10) & 31, (crc >> 5) & 31, crc & 31].map((five) => SYMBOLS[five]).join("");
  };
  it.each([
    ["version 2", "21011"],
    ["stream 0", "10011"],
    ["stream 0x8001", "1RGG1011"],
    ["sequence 0", "11001"],
    ["count 0", "11010"],
    ["leading zeros", "1G1011"],
    ["symbols left over", "110111"],
    ["a number cut off", "110H"],
    ["a sequence above 2^53 − 1", `110J${"G".repeat(12)}01`],
    ["an end above 2^53 − 1", `111H${"Z".repeat(12)}F2`],
  ])("with %s behind a right check sum is refused", (_, symbols) => {
    expect(refused(withCheckSum("11011"))).toBe(false); // control
    expect(refused(withCheckSum(symbols))).toBe(true);
  });

  it.each([
    { ...gap, stream: 0 },
    { ...gap, stream: 0x8000 },
    { ...gap, journalEpoch: -1 },
    { ...gap, firstSequence: 0 },
    { ...gap, lastSequence: 1_234_566 },
    { ...gap, lastSequence: 2 ** 53 },
  ])("is not made of %o", (wrong) => {
    expect(() => encodeGapCode(wrong)).toThrow(expect.objectContaining({ code: "GAP_CODE" }));
  });

  it("uses CRC-16/IBM-3740", () => {
    expect(crc16(Buffer.from("123456789"))).toBe(0x29b1);
  });
});
