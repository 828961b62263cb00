import type { DataType, Value } from "@nonreturn/wire-format";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  BYTE_ORDERS,
  BYTE_ORDERS_64,
  type ByteOrder,
  type ByteOrder64,
} from "../../../src/drivers/modbus/byte-order.ts";
import { type ConversionChoice, conversionOf, halfToNumber } from "../../../src/drivers/modbus/convert.ts";

const PLAIN: ConversionChoice = {
  dataType: "UINT16",
  byteOrder: "ABCD",
  byteOrder64: undefined,
  bit: undefined,
  byte: "low",
  length: 0,
  charOrder: undefined,
  encoding: "utf-8",
};

function convert(choice: Partial<ConversionChoice>, hex: string): Value | undefined {
  return conversionOf({ ...PLAIN, ...choice })(Buffer.from(hex.replaceAll(" ", ""), "hex"), 0);
}

describe("conversion, by hand", () => {
  test.each<[string, Partial<ConversionChoice>, string, Value | undefined]>([
    ["UINT16", {}, "ABCD", 0xabcd],
    ["UINT16, bytes swapped", { byteOrder: "BADC" }, "ABCD", 0xcdab],
    ["UINT16, low register first changes nothing", { byteOrder: "CDAB" }, "ABCD", 0xabcd],
    ["INT16", { dataType: "INT16" }, "FFFE", -2],
    ["INT8, low byte", { dataType: "INT8" }, "01FE", -2],
    ["INT8, high byte", { dataType: "INT8", byte: "high" }, "FE01", -2],
    ["UINT8 of a swapped register", { dataType: "UINT8", byteOrder: "DCBA" }, "FE01", 0xfe],
    ["BOOLEAN of a register", { dataType: "BOOLEAN" }, "0100", true],
    ["BOOLEAN of a zero register", { dataType: "BOOLEAN" }, "0000", false],
    ["bit 0", { dataType: "BOOLEAN", bit: 0 }, "0001", true],
    ["bit 15", { dataType: "BOOLEAN", bit: 15 }, "8000", true],
    ["bit 8 of a swapped register", { dataType: "BOOLEAN", bit: 8, byteOrder: "BADC" }, "0001", true],
    // 123456.789 as FLOAT32 is 47F1 2065 in the notation of calculators: 0x47F12065.
    ["FLOAT32 ABCD", { dataType: "FLOAT32" }, "47F1 2065", Math.fround(123456.789)],
    ["FLOAT32 CDAB", { dataType: "FLOAT32", byteOrder: "CDAB" }, "2065 47F1", Math.fround(123456.789)],
    ["FLOAT32 BADC", { dataType: "FLOAT32", byteOrder: "BADC" }, "F147 6520", Math.fround(123456.789)],
    ["FLOAT32 DCBA", { dataType: "FLOAT32", byteOrder: "DCBA" }, "6520 F147", Math.fround(123456.789)],
    ["INT32", { dataType: "INT32" }, "FFFE 1DC0", -123456],
    ["UINT64 beyond 2^53", { dataType: "UINT64" }, "0020 0000 0000 0001", 9007199254740993n],
    ["INT64", { dataType: "INT64" }, "8000 0000 0000 0000", -(2n ** 63n)],
    [
      "UINT64 CDAB: all registers backwards",
      { dataType: "UINT64", byteOrder: "CDAB" },
      "0001 0000 0000 0020",
      9007199254740993n,
    ],
    [
      "UINT64, registers swapped in each half only",
      { dataType: "UINT64", byteOrder64: "CDABGHEF" },
      "0000 0020 0001 0000",
      9007199254740993n,
    ],
    ["FLOAT64", { dataType: "FLOAT64" }, "C000 0000 0000 0000", -2],
    ["FLOAT16", { dataType: "FLOAT16" }, "3555", 0.333251953125],
    ["STRING ends at NUL", { dataType: "STRING", length: 6 }, "4869 0041 4242", "Hi"],
    ["STRING of odd length", { dataType: "STRING", length: 3 }, "4869 2141", "Hi!"],
    ["STRING, low byte first", { dataType: "STRING", length: 3, charOrder: "BA" }, "6948 4121", "Hi!"],
    ["STRING follows byteOrder", { dataType: "STRING", length: 2, byteOrder: "BADC" }, "6948", "Hi"],
    ["STRING says otherwise", { dataType: "STRING", length: 2, byteOrder: "BADC", charOrder: "AB" }, "4869", "Hi"],
    ["STRING in UTF-8", { dataType: "STRING", length: 6 }, "E689 B9E6 ACA1", "批次"],
    ["STRING that is no UTF-8", { dataType: "STRING", length: 2 }, "FFFE", undefined],
    ["STRING in Latin-1", { dataType: "STRING", length: 2, encoding: "latin1" }, "53FC", "Sü"],
    ["BYTES keep NUL", { dataType: "BYTES", length: 3 }, "0100 0200", Uint8Array.of(1, 0, 2)],
  ])("%s", (_, choice, hex, value) => {
    expect(convert(choice, hex)).toEqual(value);
  });

  test("NaN and minus zero keep their meaning", () => {
    expect(convert({ dataType: "FLOAT32" }, "7FC0 0000")).toBeNaN();
    expect(convert({ dataType: "FLOAT32" }, "8000 0000")).toBe(-0);
    expect(convert({ dataType: "FLOAT16" }, "8000")).toBe(-0);
    expect(convert({ dataType: "FLOAT16" }, "7C00")).toBe(Number.POSITIVE_INFINITY);
    expect(convert({ dataType: "FLOAT16" }, "FC00")).toBe(Number.NEGATIVE_INFINITY);
    expect(convert({ dataType: "FLOAT16" }, "7C01")).toBeNaN();
  });
});

describe("conversion, against a DataView that is built the other way round", () => {
  /** Puts a value's bytes on the wire by permuting them; the driver permutes what it read. */
  const SET: Partial<Record<DataType, readonly [number, (view: DataView, value: never) => void]>> = {
    INT16: [2, (view, value) => view.setInt16(0, value)],
    UINT16: [2, (view, value) => view.setUint16(0, value)],
    INT32: [4, (view, value) => view.setInt32(0, value)],
    UINT32: [4, (view, value) => view.setUint32(0, value)],
    FLOAT32: [4, (view, value) => view.setFloat32(0, value)],
    INT64: [8, (view, value) => view.setBigInt64(0, value)],
    UINT64: [8, (view, value) => view.setBigUint64(0, value)],
    FLOAT64: [8, (view, value) => view.setFloat64(0, value)],
  };
  const VALUES: Partial<Record<DataType, fc.Arbitrary<number | bigint>>> = {
    INT16: fc.integer({ min: -0x8000, max: 0x7fff }),
    UINT16: fc.integer({ min: 0, max: 0xffff }),
    INT32: fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
    UINT32: fc.integer({ min: 0, max: 0xffff_ffff }),
    FLOAT32: fc.float(),
    INT64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    UINT64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    FLOAT64: fc.double(),
  };
  const onWire = (bytes: Uint8Array, order: ByteOrder, order64: ByteOrder64 | undefined): Uint8Array => {
    const words = Array.from({ length: bytes.length / 2 }, (_, index) => [bytes[index * 2]!, bytes[index * 2 + 1]!]);
    let [swapBytes, swapWords, swapHalves] = [false, false, false];
    if (bytes.length === 8 && order64 !== undefined) {
      const index = BYTE_ORDERS_64.indexOf(order64);
      [swapBytes, swapWords, swapHalves] = [(index & 1) === 1, (index & 2) === 2, (index & 4) === 4];
    } else {
      swapBytes = order === "BADC" || order === "DCBA";
      swapWords = order === "CDAB" || order === "DCBA";
      swapHalves = swapWords;
    }
    let ordered = words.map((word) => (swapBytes ? [...word].reverse() : word));
    if (swapWords && ordered.length > 1) ordered = ordered.map((_, index) => ordered[index ^ 1]!);
    if (swapHalves && ordered.length === 4) ordered = [...ordered.slice(2), ...ordered.slice(0, 2)];
    return Uint8Array.from(ordered.flat());
  };

  test("every type in every order, anywhere in the registers", () => {
    const types = Object.keys(SET) as DataType[];
    const cases = fc.constantFrom(...types).chain((dataType) =>
      fc.record({
        dataType: fc.constant(dataType),
        value: VALUES[dataType]!,
        byteOrder: fc.constantFrom(...BYTE_ORDERS),
        byteOrder64: fc.option(fc.constantFrom(...BYTE_ORDERS_64), { nil: undefined }),
        before: fc.uint8Array({ maxLength: 40 }),
      }),
    );
    fc.assert(
      fc.property(cases, ({ dataType, value, byteOrder, byteOrder64, before }) => {
        const [width, set] = SET[dataType]!;
        const bytes = new Uint8Array(width);
        set(new DataView(bytes.buffer), value as never);
        const registers = Uint8Array.from([...before, ...onWire(bytes, byteOrder, byteOrder64), 0x5a, 0xa5]);
        const read = conversionOf({ ...PLAIN, dataType, byteOrder, byteOrder64 })(registers, before.length);
        expect(Object.is(read, value), `${dataType} ${byteOrder} ${byteOrder64}: ${read} for ${value}`).toBe(true);
      }),
      { seed: 2, numRuns: 5000 },
    );
  });

  test("all 65,536 halves, against the definition of IEEE 754", () => {
    for (let half = 0; half < 65_536; half++) {
      const bits = half.toString(2).padStart(16, "0");
      const sign = bits[0] === "1" ? -1 : 1;
      const exponent = Number.parseInt(bits.slice(1, 6), 2);
      const fraction = Number.parseInt(bits.slice(6), 2) / 1024;
      const expected =
        exponent === 31
          ? fraction === 0
            ? sign / 0
            : Number.NaN
          : sign * (exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15));
      if (!Object.is(halfToNumber(half), expected)) expect.fail(`${half}: ${halfToNumber(half)} for ${expected}`);
    }
  });
});
