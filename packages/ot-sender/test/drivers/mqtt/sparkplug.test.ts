/** Births and data as an independent encoder (Eclipse Tahu's) writes them. */
import { systemClock } from "@nonreturn/station";
import { StatusCode, statusCodeName } from "@nonreturn/wire-format";
import * as sparkplug from "sparkplug-payload";
import { expect, test } from "vitest";
import type { TagAddress } from "../../../src/drivers/driver.ts";
import { MqttPlan } from "../../../src/drivers/mqtt/plan.ts";
import { Reception } from "../../../src/drivers/mqtt/reception.ts";
import { driverFor, listen, never, startStandIn, tag } from "./mqtt-fixture.ts";

const codec = sparkplug.get("spBv1.0")!;
const TIME = 1_795_615_200_123;

type Written = { name?: string; alias?: number; type?: string; value?: unknown; isNull?: boolean; timestamp?: number };

function encode(seq: number | undefined, metrics: readonly Written[]): Uint8Array {
  const payload = { timestamp: TIME, metrics, ...(seq === undefined ? {} : { seq }) };
  return codec.encodePayload(payload as unknown as Parameters<typeof codec.encodePayload>[0]);
}

/** A reception without a broker. */
function nodeOf(tags: readonly TagAddress[]) {
  const plan = new MqttPlan(tags, { filters: [], qos: 1, timeFormat: "iso" } as never);
  const reception = new Reception(
    plan,
    { maxPayloadBytes: 100_000, retained: "good" },
    (micros) => micros,
    systemClock,
  );
  reception.begin(false);
  return {
    reception,
    plan,
    take: (topic: string, payload: Uint8Array) =>
      reception
        .take({ topic, payload, isRetained: false, isDuplicate: false })
        .map(({ sample }) => [sample.tagId, sample.value, statusCodeName(sample.statusCode)]),
  };
}

test("every type of a birth, exactly, with the metric's own time", () => {
  const metrics: [string, string, unknown, TagAddress["dataType"], unknown][] = [
    ["i8", "Int8", -8, "INT8", -8],
    ["i16", "Int16", -16, "INT16", -16],
    ["i32", "Int32", -32, "INT32", -32],
    ["u8", "UInt8", 250, "UINT8", 250],
    ["u16", "UInt16", 65_535, "UINT16", 65_535],
    ["u32", "UInt32", 4_294_967_295, "UINT32", 4_294_967_295],
    ["f", "Float", 0.1, "FLOAT32", Math.fround(0.1)],
    ["d", "Double", 0.1, "FLOAT64", 0.1],
    ["b", "Boolean", true, "BOOLEAN", true],
    ["s", "String", "Süd 7", "STRING", "Süd 7"],
    ["t", "DateTime", TIME, "TIMESTAMP", TIME * 1000],
    ["u", "UUID", "09087e75-8e5e-499b-954f-f2a9603db28a", "STRING", "09087e75-8e5e-499b-954f-f2a9603db28a"],
    ["y", "Bytes", Uint8Array.of(0, 255), "BYTES", Uint8Array.of(0, 255)],
    ["a/b", "Int32", 5, "FLOAT64", 5],
  ];
  const tags = metrics.map(([name, , , dataType]) => tag(`spBv1.0/plant/edge!${name}`, dataType));
  const { reception } = nodeOf(tags);
  const written = metrics.map(([name, type, value], alias) => ({ name, alias, type, value, timestamp: TIME - 1 }));
  const converted = reception.take({
    topic: "spBv1.0/plant/NBIRTH/edge",
    payload: encode(0, written),
    isRetained: false,
    isDuplicate: false,
  });
  expect(converted.map(({ sample }) => sample.value)).toEqual(metrics.map(([, , , , expected]) => expected));
  expect(new Set(converted.map(({ sample }) => sample.sourceTimestamp))).toEqual(new Set([(TIME - 1) * 1000]));
});

/** As an encoder of bytes by hand would: the independent one cannot write 64 bits and arrays exactly. */
test("64-bit integers by hand: two's complement in long_value, and an Int32 in int_value", () => {
  const metric = (...bytes: number[]): number[] => [0x12, bytes.length, ...bytes];
  const name = (text: string): number[] => [0x0a, text.length, ...Buffer.from(text)];
  const ones = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
  const payload = Uint8Array.from([
    ...metric(...name("i"), 0x20, 4, 0x58, ...ones),
    ...metric(...name("u"), 0x20, 8, 0x58, ...ones),
    ...metric(...name("n"), 0x20, 3, 0x50, 0xff, 0xff, 0xff, 0xff, 0x0f),
    ...metric(...name("v"), 0x20, 24, 0x82, 0x01, 8, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff),
    ...metric(...name("l"), 0x20, 32, 0x82, 0x01, 5, 3, 0, 0, 0, 0b1010_0000),
    ...metric(...name("w"), 0x20, 24, 0x82, 0x01, 3, 1, 0, 0),
    0x18,
    0,
  ]);
  const of = (metricName: string, dataType: TagAddress["dataType"]) => tag(`spBv1.0/g/n!${metricName}`, dataType);
  const tags = [
    of("i", "INT64"),
    of("u", "UINT64"),
    of("n", "INT32"),
    of("v", "INT32"),
    of("l", "BOOLEAN"),
    of("w", "INT32"),
  ];
  expect(
    nodeOf(tags)
      .take("spBv1.0/g/NBIRTH/n", payload)
      .map(([, value, status]) => [value, status]),
  ).toEqual([
    [-1n, "Good"],
    [18_446_744_073_709_551_615n, "Good"],
    [-1, "Good"],
    [[1, -1], "Good"],
    [[true, false, true], "Good"],
    [null, "BadTypeMismatch"],
  ]);
});

test("data by alias after births; a metric the birth lacks is Bad; null is Bad; devices of one node share the aliases", () => {
  const [own, force, gone, other] = [
    tag("spBv1.0/g/n!Speed", "INT32"),
    tag("spBv1.0/g/n/press!Force"),
    tag("spBv1.0/g/n/press!Gone"),
    tag("spBv1.0/g/n2!Speed", "INT32"),
  ];
  const { take } = nodeOf([own, force, gone, other]);
  take("spBv1.0/g/NBIRTH/n", encode(0, [{ name: "Speed", alias: 1, type: "Int32", value: 1 }]));
  expect(
    take("spBv1.0/g/DBIRTH/n/press", encode(1, [{ name: "Force", alias: 2, type: "Double", value: 2.5 }])),
  ).toEqual([
    [gone.tagId, null, "BadNodeIdUnknown"],
    [force.tagId, 2.5, "Good"],
  ]);
  expect(take("spBv1.0/g/DDATA/n/press", encode(2, [{ alias: 2, type: "Double", value: 3.5 }]))).toEqual([
    [force.tagId, 3.5, "Good"],
  ]);
  expect(take("spBv1.0/g/NDATA/n", encode(3, [{ alias: 1, type: "Int32", value: -4 }]))).toEqual([
    [own.tagId, -4, "Good"],
  ]);
  expect(take("spBv1.0/g/NDATA/n", encode(4, [{ alias: 1, type: "Int32", isNull: true, value: null }]))).toEqual([
    [own.tagId, null, "BadNoData"],
  ]);
  expect(take("spBv1.0/g/NDATA/stranger", encode(0, []))).toEqual([]);
});

test("a missed message makes what is known Uncertain; the next value is Good; sequence numbers wrap", () => {
  const [a, b] = [tag("spBv1.0/g/n!a", "INT8"), tag("spBv1.0/g/n!b", "INT8")];
  const { take, reception } = nodeOf([a, b]);
  const data = (seq: number, value: number) =>
    take("spBv1.0/g/NDATA/n", encode(seq, [{ alias: 1, type: "Int8", value }]));
  take(
    "spBv1.0/g/NBIRTH/n",
    encode(0, [
      { name: "a", alias: 1, type: "Int8", value: 0 },
      { name: "b", alias: 2, type: "Int8", value: 7 },
    ]),
  );
  for (let seq = 1; seq <= 300; seq++) expect(data(seq % 256, 1)).toEqual([[a.tagId, 1, "Good"]]);
  expect([...reception.dropped.values()]).toEqual([0, 0, 0, 0, 0]);
  expect(data(46, 2)).toEqual([
    [a.tagId, 1, "UncertainLastUsableValue"],
    [b.tagId, 7, "UncertainLastUsableValue"],
    [a.tagId, 2, "Good"],
  ]);
  expect(reception.dropped.get("missed")).toBe(1);
});

test("deaths make node and devices Bad; a late death of an earlier birth does not; data before a birth is counted, not guessed", () => {
  const [own, force] = [tag("spBv1.0/g/n!Speed", "INT32"), tag("spBv1.0/g/n/press!Force")];
  const { take, reception } = nodeOf([own, force]);
  const data = encode(9, [{ alias: 1, type: "Int32", value: 1 }]);
  expect(take("spBv1.0/g/NDATA/n", data)).toEqual([]);
  expect(reception.dropped.get("unborn")).toBe(1);
  expect(take("spBv1.0/g/NDATA/n", encode(10, [{ name: "Speed", type: "Int32", value: 5 }]))).toEqual([
    [own.tagId, 5, "Good"],
  ]);
  const bdSeq = (value: number): Written => ({ name: "bdSeq", type: "Int64", value });
  take("spBv1.0/g/NBIRTH/n", encode(0, [bdSeq(3), { name: "Speed", alias: 1, type: "Int32", value: 1 }]));
  take("spBv1.0/g/DBIRTH/n/press", encode(1, [{ name: "Force", alias: 2, type: "Double", value: 2 }]));
  expect(take("spBv1.0/g/NDEATH/n", encode(undefined, [bdSeq(2)]))).toEqual([]);
  expect(take("spBv1.0/g/DDEATH/n/press", encode(2, []))).toEqual([[force.tagId, null, "BadNoCommunication"]]);
  expect(take("spBv1.0/g/NDEATH/n", encode(undefined, [bdSeq(3)]))).toEqual([
    [own.tagId, null, "BadNoCommunication"],
    [force.tagId, null, "BadNoCommunication"],
  ]);
  expect(take("spBv1.0/g/NDATA/n", data)).toEqual([]); // its aliases are forgotten
  expect(
    take("spBv1.0/g/NBIRTH/n", encode(0, [bdSeq(4), { name: "Speed", alias: 7, type: "Int32", value: 8 }])),
  ).toEqual([
    [force.tagId, null, "BadWaitingForInitialData"],
    [own.tagId, 8, "Good"],
  ]);
});

test("what a birth, a device's death or a missed message makes of values has the node's time: nothing seems younger than what follows it", () => {
  const [speed, force, gone] = [
    tag("spBv1.0/g/n!Speed", "INT32"),
    tag("spBv1.0/g/n/press!Force"),
    tag("spBv1.0/g/n/press!Gone"),
  ];
  const { reception } = nodeOf([speed, force, gone]);
  const timesOf = (type: string, payload: Uint8Array) =>
    reception
      .take({ topic: `spBv1.0/g/${type}`, payload, isRetained: false, isDuplicate: false })
      .map(({ sample }) => [sample.tagId, statusCodeName(sample.statusCode), sample.sourceTimestamp === TIME * 1000]);
  expect(timesOf("NBIRTH/n", encode(0, [{ name: "Speed", alias: 1, type: "Int32", value: 1 }]))).toEqual([
    [force.tagId, "BadWaitingForInitialData", true],
    [gone.tagId, "BadWaitingForInitialData", true],
    [speed.tagId, "Good", true],
  ]);
  expect(timesOf("DBIRTH/n/press", encode(1, [{ name: "Force", alias: 2, type: "Double", value: 2 }]))).toEqual([
    [gone.tagId, "BadNodeIdUnknown", true],
    [force.tagId, "Good", true],
  ]);
  expect(timesOf("DDATA/n/press", encode(3, [{ alias: 2, type: "Double", value: 3 }]))).toEqual([
    [force.tagId, "UncertainLastUsableValue", true],
    [speed.tagId, "UncertainLastUsableValue", true],
    [force.tagId, "Good", true],
  ]);
  expect(timesOf("DDEATH/n/press", encode(4, []))).toEqual([
    [force.tagId, "BadNoCommunication", true],
    [gone.tagId, "BadNoCommunication", true],
  ]);
  // A will was written when the node connected.
  expect(timesOf("NDEATH/n", encode(undefined, []))).toMatchObject([{ 2: false }, { 2: false }, { 2: false }]);
});

test("over a broker: births, data and deaths arrive, and browse lists the metrics of births", async () => {
  const broker = await startStandIn();
  const own = tag("spBv1.0/g/n/press!Force");
  const listening = await listen(driverFor(broker.address), [own], broker);
  expect(broker.subscribed).toEqual([
    ...["NBIRTH", "NDATA", "NDEATH"].map((type) => `spBv1.0/g/${type}/n`),
    ...["DBIRTH", "DDATA", "DDEATH"].map((type) => `spBv1.0/g/${type}/n/+`),
  ]);
  const person = driverFor(broker.address, { readWait: "1s" }, "person");
  await person.connect(never);
  const already = broker.subscribed.length;
  const browsing = person.browse!(never);
  await expect.poll(() => broker.subscribed.length).toBe(already + 1);
  await broker.publish("spBv1.0/g/DBIRTH/n/press", encode(1, [{ name: "Force", alias: 1, type: "Float", value: 2 }]));
  await broker.publish("spBv1.0/g/DDATA/n/press", encode(2, [{ alias: 1, type: "Float", value: 3 }]));
  await expect.poll(() => listening.last(own)).toEqual([3, "Good"]);
  expect(listening.of(own).map(({ statusCode }) => statusCode)).toEqual([StatusCode.Good, StatusCode.Good]);
  expect((await browsing).tags).toEqual([
    { address: "spBv1.0/g/n/press!Force", path: "g/n/press/Force", dataType: "FLOAT32", description: "Float" },
  ]);
});
