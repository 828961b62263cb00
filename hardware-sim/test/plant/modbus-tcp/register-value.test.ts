import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type HeldValue, holdAs } from "../../../src/plant/held-value.ts";
import {
  BYTE_ORDERS,
  BYTE_ORDERS_64,
  type ByteOrder,
  NUMERIC_TYPES,
  type RegisterForm,
  type RegisterType,
  registersOf,
} from "../../../src/plant/modbus-tcp/register-value.ts";

const form = (type: RegisterType, byteOrder: ByteOrder = "ABCD", more: Partial<RegisterForm> = {}): RegisterForm => ({
  type,
  byteOrder,
  length: 6,
  ...more,
});
const hex = (registers: readonly number[]) => registers.map((word) => word.toString(16).padStart(4, "0")).join(" ");

describe("registers of a value", () => {
  // Bytes as IEEE 754 and two's complement write them, most significant first.
  test.each<[RegisterType, HeldValue, string]>([
    ["INT16", -2, "fffe"],
    ["UINT16", 0xabcd, "abcd"],
    ["INT32", -123_456, "fffe 1dc0"],
    ["UINT32", 0x0102_0304, "0102 0304"],
    ["FLOAT32", Math.fround(23.4), "41bb 3333"],
    ["FLOAT32", -0, "8000 0000"],
    ["FLOAT64", 23.4, "4037 6666 6666 6666"],
    ["INT64", -2n, "ffff ffff ffff fffe"],
    ["UINT64", 9_007_199_254_740_993n, "0020 0000 0000 0001"],
    ["BOOLEAN", true, "0001"],
    ["STRING", "Süd", "53c3 bc64 0000"],
  ])("%s %s is %s", (type, value, expected) => {
    expect(hex(registersOf(form(type), value))).toBe(expected);
  });

  test.each([
    ["ABCD", "0102 0304"],
    ["CDAB", "0304 0102"],
    ["BADC", "0201 0403"],
    ["DCBA", "0403 0201"],
  ] as const)("uint32 0x01020304 in %s is %s", (order, expected) => {
    expect(hex(registersOf(form("UINT32", order), 0x0102_0304))).toBe(expected);
  });

  test.each(BYTE_ORDERS_64)("a 64-bit order of its own is spelt as it goes over the wire: %s", (byteOrder64) => {
    const value = Buffer.from("ABCDEFGH").readBigUInt64BE();
    const words = registersOf(form("UINT64", "CDAB", { byteOrder64 }), value);
    expect(Buffer.from(hex(words).replaceAll(" ", ""), "hex").toString()).toBe(byteOrder64);
    expect(hex(registersOf(form("UINT32", "CDAB", { byteOrder64 }), 0x0102_0304))).toBe("0304 0102");
  });

  test("64 bits are reversed word by word, text never", () => {
    expect(hex(registersOf(form("UINT64", "CDAB"), 0x0102_0304_0506_0708n))).toBe("0708 0506 0304 0102");
    expect(hex(registersOf(form("UINT64", "DCBA"), 0x0102_0304_0506_0708n))).toBe("0807 0605 0403 0201");
    expect(hex(registersOf(form("STRING", "CDAB", { length: 4 }), "ABCD"))).toBe("4142 4344");
    expect(hex(registersOf(form("STRING", "BADC", { length: 4 }), "ABCD"))).toBe("4241 4443");
  });

  test("read back by Buffer's own methods, every type in every order gives the value again", () => {
    const values = fc.oneof(fc.double(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }));
    fc.assert(
      fc.property(fc.constantFrom(...NUMERIC_TYPES), fc.constantFrom(...BYTE_ORDERS), values, (type, order, raw) => {
        const held = holdAs(type, 6, raw, 1);
        const words = registersOf(form(type, order), held);
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

function read(type: (typeof NUMERIC_TYPES)[number], bytes: Buffer): number | bigint {
  switch (type) {
    case "INT16":
      return bytes.readInt16BE();
    case "UINT16":
      return bytes.readUInt16BE();
    case "INT32":
      return bytes.readInt32BE();
    case "UINT32":
      return bytes.readUInt32BE();
    case "FLOAT32":
      return bytes.readFloatBE();
    case "FLOAT64":
      return bytes.readDoubleBE();
    case "INT64":
      return bytes.readBigInt64BE();
    case "UINT64":
      return bytes.readBigUInt64BE();
  }
}
