import { StatusCode } from "@nonreturn/wire-format";
import { expect, test } from "vitest";
import { modbusReader } from "../../support/modbus-reader.ts";
import { simulatedPlant } from "../../support/simulated-plant.ts";

const ORDERS = ["ABCD", "CDAB", "BADC", "DCBA"] as const;
const ORDERS_64 = [
  "ABCDEFGH",
  "BADCFEHG",
  "CDABGHEF",
  "DCBAHGFE",
  "EFGHABCD",
  "FEHGBADC",
  "GHEFCDAB",
  "HGFEDCBA",
] as const;

const VALUES = [
  ["INT16", -12_345],
  ["UINT16", 54_321],
  ["INT32", -1_234_567_890],
  ["UINT32", 65_535], // the low word about to overflow
  ["UINT32", 65_536],
  ["INT64", -1_234_567_890_123_456_789n],
  ["UINT64", 0x0102_0304_0506_0708n],
  ["FLOAT32", Math.fround(-23.4)],
  ["FLOAT64", 1 / 3],
] as const;

const at = (n: number) => `hr:${n * 4}`;
const registers = VALUES.map(([type, value], n) => ({
  at: at(n),
  type,
  signal: { kind: "constant", value: String(value) },
}));
const tags = VALUES.map(([dataType], n) => ({ address: at(n), dataType }));

test.each(ORDERS)("%s for the whole device: every type", async (byteOrder) => {
  const plant = await simulatedPlant([{ name: "plc", byteOrder, units: [{ registers, unmapped: "zero" }] }]);
  const reader = modbusReader(plant.addressOf("plc"), { byteOrder }, tags);
  await reader.connect();
  const samples = [...(await reader.read()).values()];
  expect(samples.map(({ value, statusCode }) => [statusCode, value])).toEqual(
    VALUES.map(([, value]) => [StatusCode.Good, value]),
  );
});

test("a reader with the wrong order sees other values: the cases above can fail", async () => {
  const plant = await simulatedPlant([{ name: "plc", byteOrder: "ABCD", units: [{ registers, unmapped: "zero" }] }]);
  const reader = modbusReader(plant.addressOf("plc"), { byteOrder: "CDAB" }, tags);
  await reader.connect();
  const wrong = [...(await reader.read()).values()].filter(({ value }, n) => value !== VALUES[n]![1]);
  expect(wrong.length).toBe(VALUES.length - 2); // all but the 16-bit ones
});

test("a tag's own order wins over its device's", async () => {
  const mixed = registers.map((register, n) => ({ ...register, byteOrder: ORDERS[n % 4] }));
  const plant = await simulatedPlant([
    { name: "plc", byteOrder: "DCBA", units: [{ registers: mixed, unmapped: "zero" }] },
  ]);
  const options = tags.map((tag, n) => ({ ...tag, options: { byteOrder: ORDERS[n % 4] } }));
  const reader = modbusReader(plant.addressOf("plc"), { byteOrder: "DCBA" }, options);
  await reader.connect();
  expect([...(await reader.read()).values()].map(({ value }) => value)).toEqual(VALUES.map(([, value]) => value));
});

test.each(ORDERS_64)("64-bit values in %s on a device whose 32-bit values are CDAB", async (byteOrder64) => {
  const plant = await simulatedPlant([
    { name: "plc", byteOrder: "CDAB", byteOrder64, units: [{ registers, unmapped: "zero" }] },
  ]);
  const reader = modbusReader(plant.addressOf("plc"), { byteOrder: "CDAB", byteOrder64 }, tags);
  await reader.connect();
  expect([...(await reader.read()).values()].map(({ value }) => value)).toEqual(VALUES.map(([, value]) => value));
});

test("registers that answer with their own address show that every tag is read from where it says", async () => {
  const plant = await simulatedPlant([{ name: "plc", units: [{ unit: 3, unmapped: "echo" }] }]);
  const scattered = [0, 1, 2, 17, 124, 125, 126, 300, 301, 9999, 32_767, 32_768, 65_534, 65_535];
  const wanted = scattered.flatMap((n) => [
    { address: `hr:${n}`, dataType: "UINT16" as const },
    { address: `u3!ir:${n}`, dataType: "UINT16" as const },
  ]);
  const reader = modbusReader(plant.addressOf("plc"), { unit: 3 }, wanted);
  await reader.connect();
  const read = [...(await reader.read())].map(([address, { value }]) => `${address} ${value}`);
  expect(read).toEqual(wanted.map(({ address }) => `${address} ${address.replace(/^.*:/, "")}`));
});
