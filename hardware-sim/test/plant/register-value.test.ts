import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  BYTE_ORDERS,
  holdAs,
  NUMERIC_TYPES,
  type RegisterType,
  type RegisterValue,
  registersOf,
} from "../../src/plant/register-value.ts";

const hex = (registers: readonly number[]) => registers.map((word) => word.toString(16).padStart(4, "0")).join(" ");

describe("registers of a value", () => {
  // Bytes as IEEE 754 and two's complement write them, most significant first.
  test.each<[RegisterType, RegisterValue, string]>([
    ["int16", -2, "fffe"],
    ["uint16", 0xabcd, "abcd"],
    ["int32", -123_456, "fffe 1dc0"],
    ["uint32", 0x0102_0304, "0102 0304"],
    ["float32", Math.fround(23.4), "41bb 3333"],
    ["float32", -0, "8000 0000"],
    ["float64", 23.4, "4037 6666 6666 6666"],
    ["int64", -2n, "ffff ffff ffff fffe"],
    ["uint64", 9_007_199_254_740_993n, "0020 0000 0000 0001"],
    ["bool", true, "0001"],
    ["string", "Süd", "53c3 bc64 0000"],
  ])("%s %s is %s", (type, value, expected) => {
    expect(hex(registersOf(type, value, "ABCD", 3))).toBe(expected);
  });

  test.each([
    ["ABCD", "0102 0304"],
    ["CDAB", "0304 0102"],
    ["BADC", "0201 0403"],
    ["DCBA", "0403 0201"],
  ] as const)("uint32 0x01020304 in %s is %s", (order, expected) => {
    expect(hex(registersOf("uint32", 0x0102_0304, order, 0))).toBe(expected);
  });

  test("64 bits are reversed word by word, text never", () => {
    expect(hex(registersOf("uint64", 0x0102_0304_0506_0708n, "CDAB", 0))).toBe("0708 0506 0304 0102");
    expect(hex(registersOf("uint64", 0x0102_0304_0506_0708n, "DCBA", 0))).toBe("0807 0605 0403 0201");
    expect(hex(registersOf("string", "ABCD", "CDAB", 2))).toBe("4142 4344");
    expect(hex(registersOf("string", "ABCD", "BADC", 2))).toBe("4241 4443");
  });

  test("read back by Buffer's own methods, every type in every order gives the value again", () => {
    const values = fc.oneof(fc.double(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }));
    fc.assert(
      fc.property(fc.constantFrom(...NUMERIC_TYPES), fc.constantFrom(...BYTE_ORDERS), values, (type, order, raw) => {
        const held = holdAs(type, raw, 1, 0);
        const words = registersOf(type, held, order, 0);
        if (order === "CDAB" || order === "DCBA") words.reverse();
        const bytes = Buffer.alloc(words.length * 2);
        for (const [index, word] of words.entries()) {
          if (order === "BADC" || order === "DCBA") bytes.writeUInt16LE(word, index * 2);
          else bytes.writeUInt16BE(word, index * 2);
        }
        expect(read(type, bytes)).toBe(held);
      }),
      { seed: 2, numRuns: 2000 },
    );
  });
});

describe("what a register holds", () => {
  test("scaled integers are what a sensor would say, not a binary neighbour", () => {
    for (let tenths = -5000; tenths <= 5000; tenths++) expect(holdAs("int16", tenths / 10, 0.1, 0)).toBe(tenths + 0);
  });

  test("analogue values stop at the ends of the range, counters wrap", () => {
    expect(holdAs("int16", 1e9, 1, 0)).toBe(32_767);
    expect(holdAs("uint16", -5, 1, 0)).toBe(0);
    expect(Object.is(holdAs("int16", -0.2, 1, 0), 0)).toBe(true);
    expect(holdAs("uint64", 1e30, 1, 0)).toBe(2n ** 64n - 1n);
    expect(holdAs("uint32", 2n ** 32n + 5n, 1, 0)).toBe(5);
    expect(holdAs("int64", 2n ** 63n, 1, 0)).toBe(-(2n ** 63n));
    expect(holdAs("uint16", Number.NaN, 1, 0)).toBe(0);
  });

  test("text is cut at a character, never inside one", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 8 }), (text, registers) => {
        const held = String(holdAs("string", text, 1, registers));
        expect(text.startsWith(held)).toBe(true);
        expect(Buffer.byteLength(held)).toBeLessThanOrEqual(registers * 2);
        expect(held).not.toContain("\uFFFD");
      }),
      { seed: 3, numRuns: 500 },
    );
  });
});

function read(type: (typeof NUMERIC_TYPES)[number], bytes: Buffer): number | bigint {
  switch (type) {
    case "int16":
      return bytes.readInt16BE();
    case "uint16":
      return bytes.readUInt16BE();
    case "int32":
      return bytes.readInt32BE();
    case "uint32":
      return bytes.readUInt32BE();
    case "float32":
      return bytes.readFloatBE();
    case "float64":
      return bytes.readDoubleBE();
    case "int64":
      return bytes.readBigInt64BE();
    case "uint64":
      return bytes.readBigUInt64BE();
  }
}
