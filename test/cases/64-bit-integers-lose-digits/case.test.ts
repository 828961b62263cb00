import {
  BatchKind,
  decodeBatch,
  encodeBatch,
  SampleColumnsBuilder,
  StatusCode,
  sampleAt,
} from "@nonreturn/wire-format";
import { expect, test } from "vitest";
import { modbusReader } from "../../support/modbus-reader.ts";
import { simulatedPlant } from "../../support/simulated-plant.ts";

const MAX = 2n ** 64n - 1n;
const CRITICAL: readonly (readonly ["INT64" | "UINT64", bigint])[] = [
  ["UINT64", 2n ** 53n - 1n],
  ["UINT64", 2n ** 53n],
  ["UINT64", 2n ** 53n + 1n],
  ["UINT64", 2n ** 63n],
  ["UINT64", MAX - 1n],
  ["UINT64", MAX],
  ["UINT64", 0n],
  ["INT64", -1n],
  ["INT64", -(2n ** 53n) - 1n],
  ["INT64", -(2n ** 63n)],
  ["INT64", 2n ** 63n - 1n],
  ["INT64", 1_234_567_890_123_456_789n],
];

const registers = CRITICAL.map(([type, value], n) => ({
  at: `hr:${n * 4}`,
  type,
  signal: { kind: "constant", value: String(value) },
}));
const tags = CRITICAL.map(([dataType], n) => ({ address: `hr:${n * 4}`, dataType }));

test.each([
  "ABCD",
  "CDAB",
  "BADC",
  "DCBA",
])("from a %s device through driver, columns and batch, every digit stays", async (byteOrder) => {
  const plant = await simulatedPlant([{ name: "plc", byteOrder, units: [{ registers }] }]);
  const reader = modbusReader(plant.addressOf("plc"), { byteOrder }, tags);
  await reader.connect();
  const builder = new SampleColumnsBuilder();
  for (const sample of (await reader.read()).values()) builder.pushSample(sample);
  const encoded = encodeBatch({ kind: "data", directoryRevision: 1, samples: builder.take() });
  const decoded = decodeBatch(BatchKind.data, encoded);
  if (decoded.kind !== "data") throw new Error("not the kind that was encoded");
  const far = CRITICAL.map((_, row) => sampleAt(decoded.samples, row));
  expect(far.map(({ statusCode }) => statusCode)).toEqual(CRITICAL.map(() => StatusCode.Good));
  expect(far.map(({ value }) => value)).toEqual(CRITICAL.map(([, value]) => value)); // bigint against bigint: 2n**53n is not 2**53
});

test("a totalizer beyond 2^53 is seen to count one by one", async () => {
  const totalizer = { at: "hr:0", type: "UINT64", signal: { kind: "counter", start: String(2n ** 60n), every: "3ms" } };
  const plant = await simulatedPlant([{ name: "plc", cycle: "1ms", units: [{ registers: [totalizer] }] }]);
  const reader = modbusReader(plant.addressOf("plc"), {}, [{ address: "hr:0", dataType: "UINT64" }]);
  await reader.connect();
  const seen: unknown[] = [];
  for (let n = 0; n < 200; n++) seen.push((await reader.read()).get("hr:0")!.value);
  expect(seen).toEqual(plant.truth.records().map(({ value }) => value));
  const odd = seen.filter((value) => (value as bigint) % 2n === 1n).length;
  expect(odd).toBeGreaterThan(0); // a double could not be odd up there
});
