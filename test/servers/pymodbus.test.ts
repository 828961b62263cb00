/** The Modbus driver against pymodbus: another implementation encodes every type in every order, and refuses what does not exist. */
import { type DataType, StatusCode, type Value } from "@nonreturn/wire-format";
import { describe, expect, it } from "vitest";
import { BYTE_ORDERS } from "../../packages/ot-sender/src/drivers/modbus/byte-order.ts";
import { modbusReader, type WantedTag } from "../support/modbus-reader.ts";
import { type PlcItem, startPlc } from "../support/pymodbus.ts";

async function readAll(address: { host: string; port: number }, config: object, tags: readonly WantedTag[]) {
  const reader = modbusReader(address, config, tags);
  await reader.connect();
  return reader.read();
}

/** Two of each, so that a sign, a byte or a register in the wrong place shows. */
const NUMBERS: readonly (readonly [DataType, registers: number, value: Value, text: string])[] = [
  ["INT16", 1, -32_768, "-32768"],
  ["INT16", 1, 0x0102, "258"],
  ["UINT16", 1, 65_535, "65535"],
  ["UINT16", 1, 0xfe01, "65025"],
  ["INT32", 2, -2_147_483_648, "-2147483648"],
  ["INT32", 2, 0x01020304, "16909060"],
  ["UINT32", 2, 4_294_967_295, "4294967295"],
  ["UINT32", 2, 0xfefdfc01, "4278057985"],
  ["INT64", 4, -(2n ** 63n), "-9223372036854775808"],
  ["INT64", 4, 0x0102030405060708n, "72623859790382856"],
  ["UINT64", 4, 2n ** 64n - 1n, "18446744073709551615"],
  ["UINT64", 4, 9_007_199_254_740_993n, "9007199254740993"],
  ["FLOAT16", 1, 1.5, "1.5"],
  ["FLOAT16", 1, -0, "-0.0"],
  ["FLOAT32", 2, Math.fround(123_456.789), "123456.789"],
  ["FLOAT32", 2, Number.NEGATIVE_INFINITY, "-inf"],
  ["FLOAT64", 4, -Number.MAX_VALUE, "-1.7976931348623157e308"],
  ["FLOAT64", 4, 0.1, "0.1"],
];

describe("a PLC by pymodbus", () => {
  it("is read in every type and every order of bytes, 64-bit integers to the last digit", async () => {
    const items: PlcItem[] = [];
    const tags: WantedTag[] = [];
    const wanted = new Map<string, Value>();
    let at = 10;
    for (const order of BYTE_ORDERS) {
      for (const [dataType, registers, value, text] of NUMBERS) {
        items.push({ at, type: dataType, value: text, order });
        tags.push({ address: `hr:${at}`, dataType, options: { byteOrder: order } });
        wanted.set(`hr:${at}`, value);
        at += registers;
      }
    }
    const address = await startPlc({ 1: { hr: items } });
    const read = await readAll(address, {}, tags);
    expect(read.size).toBe(4 * NUMBERS.length);
    for (const [where, value] of wanted) {
      expect([where, read.get(where)?.statusCode]).toEqual([where, StatusCode.Good]);
      expect(read.get(where)?.value, where).toStrictEqual(value); // tells −0 from 0
    }
  });

  it("is read in bytes, text, bits, coils and discrete inputs, each from its own table", async () => {
    const image = {
      hr: [
        { at: 0, type: "BYTE PAIR", value: "-3,4" },
        { at: 1, type: "UINT16", value: "5" }, // bits 0 and 2
        { at: 2, type: "BYTES", value: Buffer.from("Süd 批次\0\0", "utf8").toString("hex") },
        { at: 20, type: "BYTES", value: Buffer.from("Süd\0", "latin1").toString("hex") },
        { at: 30, type: "BYTES", value: Buffer.from("BADC").toString("hex") },
        { at: 40, type: "BYTES", value: "00ff8001" },
        { at: 50, type: "UINT16", value: "111" },
      ],
      ir: [{ at: 50, type: "UINT16", value: "222" }],
      co: { 50: true, 51: false },
      di: { 50: false, 51: true },
    };
    const tags: WantedTag[] = [
      { address: "hr:0", dataType: "INT8", options: { byte: "high" } },
      { address: "400001", dataType: "INT8" },
      { address: "hr:1.0", dataType: "BOOLEAN" },
      { address: "hr:1.1", dataType: "BOOLEAN" },
      { address: "hr:1.2", dataType: "BOOLEAN" },
      { address: "hr:2", dataType: "STRING", options: { length: 12 } },
      { address: "hr:20", dataType: "STRING", options: { length: 4, encoding: "latin1" } },
      { address: "hr:30", dataType: "STRING", options: { length: 4, charOrder: "BA" } },
      { address: "hr:40", dataType: "BYTES", options: { length: 4 } },
      { address: "hr:50", dataType: "UINT16" },
      { address: "ir:50", dataType: "UINT16" },
      { address: "co:50", dataType: "BOOLEAN" },
      { address: "co:51", dataType: "BOOLEAN" },
      { address: "di:50", dataType: "BOOLEAN" },
      { address: "di:51", dataType: "BOOLEAN" },
    ];
    const read = await readAll(await startPlc({ 1: image }), {}, tags);
    const values = Object.fromEntries([...read].map(([where, { value }]) => [where, value]));
    expect(values).toEqual({
      "hr:0": -3,
      "400001": 4,
      "hr:1.0": true,
      "hr:1.1": false,
      "hr:1.2": true,
      "hr:2": "Süd 批次",
      "hr:20": "Süd",
      "hr:30": "ABCD",
      "hr:40": Uint8Array.of(0x00, 0xff, 0x80, 0x01),
      "hr:50": 111,
      "ir:50": 222,
      "co:50": true,
      "co:51": false,
      "di:50": false,
      "di:51": true,
    });
  });

  it("refuses one register in the middle of a block: only its tag is Bad, and a unit that is not there costs its own", async () => {
    const at = [0, 1, 2, 3, 5, 6, 7]; // 4 does not exist
    const items = at.map((offset) => ({ at: offset, type: "UINT16", value: String(1000 + offset) }));
    const tags: WantedTag[] = [0, 1, 2, 3, 4, 5, 6, 7].map((offset) => ({
      address: `hr:${offset}`,
      dataType: "UINT16",
    }));
    const elsewhere: WantedTag[] = [
      { address: "u7!hr:0", dataType: "UINT16" },
      { address: "u2!hr:0", dataType: "UINT16" },
    ];
    const address = await startPlc({ 1: { hr: items }, 2: { hr: [{ at: 0, type: "UINT16", value: "2000" }] } });
    const reader = modbusReader(address, { timeout: "3s" }, [...tags, ...elsewhere]);
    await reader.connect();
    const read = await reader.read();
    const seen = Object.fromEntries([...read].map(([where, { value, statusCode }]) => [where, [value, statusCode]]));
    for (const offset of at) expect(seen[`hr:${offset}`]).toEqual([1000 + offset, StatusCode.Good]);
    expect(seen["hr:4"]).toEqual([null, StatusCode.BadNodeIdUnknown]);
    expect(seen["u2!hr:0"]).toEqual([2000, StatusCode.Good]);
    expect(seen["u7!hr:0"]?.[0]).toBeNull();
    expect([StatusCode.BadNoCommunication, StatusCode.BadTimeout]).toContain(seen["u7!hr:0"]?.[1]);
  });
});
