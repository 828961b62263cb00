import { StatusCode } from "@nonreturn/wire-format";
import * as sparkplugPayload from "sparkplug-payload";
import { describe, expect, it } from "vitest";
import { EdgeNode, type SparkplugMessage } from "../../../../src/publishers/mqtt/sparkplug/edge-node.ts";
import { decodeCommands } from "../../../../src/publishers/mqtt/sparkplug/payload.ts";
import { RefusedRows } from "../../../../src/publishers/mqtt/sparkplug/refused-rows.ts";
import { columns, entry, sample, tag } from "../../support/samples.ts";

const { decodePayload, encodePayload } = sparkplugPayload.get("spBv1.0")!;
const NOW = 1_795_420_800_000;

/** As another implementation reads it. */
function read(messages: Iterable<SparkplugMessage>) {
  return [...messages].map(({ kind, device, payload }) => {
    const { seq, metrics = [] } = decodePayload(payload);
    return { kind, device, seq: seq === undefined ? undefined : Number(seq), metrics: metrics ?? [] };
  });
}
const shape = (messages: ReturnType<typeof read>) => messages.map(({ kind, device, seq }) => [kind, device, seq]);
const TAGS = [tag(1, "a/b", { device: "plc-1" }), tag(2, "c", { device: "plc-2", unit: "" })];

function started() {
  const node = new EdgeNode(7);
  const will = read([node.newSession(NOW)]);
  const birth = read(node.birth(NOW));
  const births = read(node.setTags(TAGS, NOW));
  return { node, will, birth, births };
}

describe("Sparkplug edge node", () => {
  it("is born with the will's bdSeq, then its devices with every metric and an alias each", () => {
    const { will, birth, births } = started();
    expect(will[0]).toMatchObject({ kind: "NDEATH", seq: undefined });
    expect(Number(will[0]!.metrics[0]!.value)).toBe(8);
    expect(shape(birth)).toEqual([["NBIRTH", undefined, 0]]);
    expect(birth[0]!.metrics.map(({ name }) => name)).toEqual(["bdSeq", "Node Control/Rebirth"]);
    expect(Number(birth[0]!.metrics[0]!.value)).toBe(8);
    expect(shape(births)).toEqual([
      ["DBIRTH", "plc-1", 1],
      ["DBIRTH", "plc-2", 2],
    ]);
    const [metric] = births[0]!.metrics;
    expect(metric).toMatchObject({ name: "a/b", type: "Double", value: null });
    expect(metric!.properties).toMatchObject({ engUnit: { value: "°C" } });
    const aliases = births.flatMap(({ metrics }) => metrics.map(({ alias }) => Number(alias)));
    expect(new Set(aliases).size).toBe(2);
  });

  it("sends data by alias alone, the sequence going round after 255, late samples historical", () => {
    const { node } = started();
    let seq = 3;
    for (let time = 0; time < 300; time++) {
      const [message] = read(node.data([entry(1, columns(sample(1, time, time)), TAGS)], NOW));
      expect(message).toMatchObject({ kind: "DDATA", device: "plc-1", seq: seq++ % 256 });
      expect(message!.metrics[0]!.name ?? "").toBe("");
      expect(message!.metrics[0]!.value).toBe(time);
    }
    const [late] = read(node.data([entry(1, columns(sample(2, 1)), TAGS, "late")], NOW));
    expect(late!.metrics[0]!.isHistorical).toBe(true);
    // A birth shows what is current, not what came late.
    const births = read(node.birth(NOW));
    expect(births.map(({ kind, seq: number }) => [kind, number])).toEqual([
      ["NBIRTH", 0],
      ["DBIRTH", 1],
      ["DBIRTH", 2],
    ]);
    expect(births[1]!.metrics[0]).toMatchObject({ name: "a/b", value: 299 });
    expect(births[2]!.metrics[0]!.value).toBeNull();
  });

  it("bears a device anew when a value needs another type than it was born with", () => {
    const { node } = started();
    const integers = [tag(3, "count", { device: "plc-1", dataType: "INT16" })];
    const first = read(node.data([entry(1, columns(sample(3, 5)), integers)], NOW));
    expect(shape(first).map(([kind]) => kind)).toEqual(["DBIRTH", "DDATA"]);
    expect(first[0]!.metrics.find(({ name }) => name === "count")).toMatchObject({ type: "Int16" });
    const second = read(node.data([entry(2, columns(sample(3, 5.5)), integers)], NOW));
    expect(shape(second).map(([kind]) => kind)).toEqual(["DBIRTH", "DDATA"]);
    expect(second[1]!.metrics[0]).toMatchObject({ type: "Double", value: 5.5 });
  });

  it("leaves a device out that cannot be born: it takes no number, its rows are told with the reason; it is tried again later", () => {
    let mostBytes = Number.POSITIVE_INFINITY;
    const node = new EdgeNode(7, (device, bytes) => (bytes > mostBytes ? `${device}: ${bytes}` : undefined));
    node.newSession(NOW);
    read(node.birth(NOW));
    expect(shape(read(node.setTags(TAGS, NOW)))).toHaveLength(2);
    const told = (at: number, ...rows: ReturnType<typeof sample>[]) => {
      const refused = new RefusedRows();
      const messages = shape(read(node.data([entry(1, columns(...rows), more)], at, undefined, refused)));
      return { messages, ranges: refused.ranges };
    };
    const more = [
      ...TAGS,
      ...Array.from({ length: 9 }, (_, index) => tag(10 + index, `m${index}`, { device: "plc-1" })),
    ];
    const [small] = [...node.birth(NOW)].slice(1);
    mostBytes = small!.payload.length + 50;
    // Whoever knew it by its last birth is told that it is dead.
    expect(shape(read(node.setTags(more, NOW)))).toEqual([["DDEATH", "plc-1", 3]]);
    const first = told(NOW + 1, sample(2, 1), sample(10, 2, 1), sample(1, 3, 2), sample(2, 4, 3));
    expect(first.messages).toEqual([["DDATA", "plc-2", 4]]);
    expect(first.ranges).toEqual([{ first: 1, end: 3, reason: expect.stringMatching(/^plc-1: \d+$/) }]);
    expect(shape(read(node.birth(NOW))).map(([, device]) => device)).toEqual([undefined, "plc-2"]);
    const stale = { ...entry(0, columns(sample(1, 5)), more), origin: "stale" as const };
    const refused = new RefusedRows();
    expect(read(node.data([stale], NOW, undefined, refused))).toEqual([]);
    expect(refused.ranges).toEqual([]); // it is no history
    mostBytes = Number.POSITIVE_INFINITY;
    expect(told(NOW + 30_000, sample(1, 6, 4)).messages).toEqual([]); // not at every sample
    const again = read(node.data([entry(1, columns(sample(1, 7, 5)), more)], NOW + 90_000));
    expect(shape(again)).toEqual([
      ["DBIRTH", "plc-1", 2],
      ["DDATA", "plc-1", 3],
    ]);
    expect(again[0]!.metrics.find(({ name }) => name === "a/b")!.value).toBe(6);
  });

  it("tells long values behind a birth, not in it, and on a new connection not before they come again", () => {
    const tags = [
      tag(1, "text", { device: "plc-1", dataType: "STRING" }),
      tag(2, "short", { device: "plc-1", dataType: "STRING" }),
    ];
    const node = new EdgeNode(7);
    node.newSession(NOW);
    read(node.birth(NOW));
    read(node.setTags(tags, NOW));
    const long = "x".repeat(300);
    read(node.data([entry(1, columns(sample(1, long), sample(2, "y")), tags)], NOW));
    const [, birth, data] = read(node.birth(NOW));
    expect(birth!.metrics.map(({ value }) => value)).toEqual([null, "y"]);
    expect([data!.kind, data!.seq, data!.metrics.map(({ value }) => value)]).toEqual(["DDATA", 2, [long]]);
    node.newSession(NOW);
    expect(shape(read(node.birth(NOW))).map(([kind]) => kind)).toEqual(["NBIRTH", "DBIRTH"]);
  });

  it("lets its devices die when the link is silent; no stale value revives them, the link and a new sample do", () => {
    const { node } = started();
    expect(shape(read(node.linkSilent(NOW))).map(([kind, device]) => [kind, device])).toEqual([
      ["DDEATH", "plc-1"],
      ["DDEATH", "plc-2"],
    ]);
    const stale = {
      ...entry(0, columns(sample(1, 5, 0, StatusCode.UncertainNoCommunicationLastUsableValue)), TAGS),
      origin: "stale" as const,
    };
    expect(read(node.data([stale], NOW))).toEqual([]);
    const fresh = read(node.data([entry(1, columns(sample(1, 6)), TAGS)], NOW));
    expect(shape(fresh).map(([kind, device]) => [kind, device])).toEqual([
      ["DBIRTH", "plc-1"],
      ["DDATA", "plc-1"],
    ]);
    expect(shape(read(node.linkUp(NOW))).map(([kind, device]) => [kind, device])).toEqual([["DBIRTH", "plc-2"]]);
  });

  it("lets a device die that nobody reaches, behind the samples that say so; it lives again with the first other one", () => {
    const { node } = started();
    const tags = [...TAGS, tag(3, "a/d", { device: "plc-1" })];
    read(node.setTags(tags, NOW));
    const silent = StatusCode.BadNoCommunication;
    const told = (...parts: Parameters<typeof entry>) =>
      shape(read(node.data([entry(...parts)], NOW))).map(([kind, device]) => `${kind} ${device}`);
    expect(told(1, columns(sample(1, 5), sample(3, 6), sample(2, 7)), tags)).toEqual(["DDATA plc-1", "DDATA plc-2"]);
    expect(told(2, columns(sample(1, null, 1, silent)), tags)).toEqual(["DDATA plc-1"]); // the other one may still answer
    expect(told(3, columns(sample(3, null, 1, silent)), tags)).toEqual(["DDATA plc-1", "DDEATH plc-1"]);
    expect(told(4, columns(sample(1, null, 2, silent), sample(3, null, 2, silent)), tags)).toEqual([]);
    // Neither a new session nor the link revives what the OT station does not reach; a late sample is told all the same.
    node.newSession(NOW);
    expect(shape(read(node.birth(NOW))).map(([, device]) => device)).toEqual([undefined, "plc-2"]);
    read(node.linkSilent(NOW));
    expect(shape(read(node.linkUp(NOW))).map(([, device]) => device)).toEqual(["plc-2"]);
    expect(told(5, columns(sample(1, 4, 0)), tags, "late")).toEqual(["DBIRTH plc-1", "DDATA plc-1", "DDEATH plc-1"]);
    const late = [4, 5].map((at) => entry(at + 2, columns(sample(1, at, at - 4)), tags, "late"));
    const kinds = read(node.data(late, NOW)).map(({ kind }) => kind);
    expect(kinds).toEqual(["DBIRTH", "DDATA", "DDATA", "DDEATH"]); // one death per call
    const back = read(node.data([entry(6, columns(sample(3, 8, 3)), tags)], NOW));
    expect(back.map(({ kind }) => kind)).toEqual(["DBIRTH", "DDATA"]);
    expect(back[0]!.metrics.find(({ name }) => name === "a/b")).toMatchObject({
      properties: { Quality: { value: 0 } },
    });
    expect(told(7, columns(sample(1, null, 4, StatusCode.BadDeviceFailure), sample(3, null, 4, silent)), tags)).toEqual(
      ["DDATA plc-1"],
    );
  });

  it("shows quality and status where they are not good, stale as 500", () => {
    const { node } = started();
    const bad = read(node.data([entry(1, columns(sample(1, null, 0, StatusCode.BadTimeout)), TAGS)], NOW));
    expect(bad[0]!.metrics[0]).toMatchObject({
      value: null,
      properties: { Quality: { value: 0 }, StatusCode: { value: "0x800A0000" } },
    });
    const stale = {
      ...entry(0, columns(sample(1, 5, 0, StatusCode.UncertainNoCommunicationLastUsableValue)), TAGS),
      origin: "stale" as const,
    };
    expect(read(node.data([stale], NOW))[0]!.metrics[0]).toMatchObject({ properties: { Quality: { value: 500 } } });
  });

  it("has the device of a removed tag die, and the others born anew where they changed", () => {
    const { node } = started();
    const after = read(node.setTags([TAGS[0]!, tag(4, "d", { device: "plc-1" })], NOW));
    expect(shape(after).map(([kind, device]) => [kind, device])).toEqual([
      ["DDEATH", "plc-2"],
      ["DBIRTH", "plc-1"],
    ]);
    expect(after[1]!.metrics.map(({ name }) => name)).toEqual(["a/b", "d"]);
    expect(read(node.setTags([TAGS[0]!, tag(4, "d", { device: "plc-1" })], NOW))).toEqual([]);
  });

  it("lets no stale value bring a removed tag back, nor its device; samples on their way do, until it is stale", () => {
    const { node } = started();
    const left = [TAGS[0]!];
    read(node.setTags(left, NOW));
    const retired = [
      TAGS[0]!,
      tag(2, "c", { device: "plc-2", retired: true }),
      tag(3, "e", { device: "plc-1", retired: true }),
    ];
    const code = StatusCode.UncertainNoCommunicationLastUsableValue;
    const gone = columns(sample(2, 5, 0, code), sample(3, 6, 0, code));
    const stale = { ...entry(0, gone, retired), origin: "stale" as const };
    expect(read(node.data([stale], NOW))).toEqual([]);
    const onTheirWay = shape(read(node.data([entry(1, columns(sample(2, 5), sample(3, 6)), retired)], NOW)));
    expect(onTheirWay.map(([kind, device]) => `${kind} ${device}`).sort()).toEqual(
      ["DBIRTH plc-1", "DBIRTH plc-2", "DDATA plc-1", "DDATA plc-2"].sort(),
    );
    const after = read(node.data([stale], NOW));
    expect(after.map(({ kind, device, metrics }) => [kind, device, metrics.map(({ name }) => name)])).toEqual([
      ["DDEATH", "plc-2", []],
      ["DBIRTH", "plc-1", ["a/b"]],
    ]);
    expect(read(node.birth(NOW)).map(({ device }) => device)).toEqual([undefined, "plc-1"]);
    // Another tag by the same path is none of its business.
    read(node.setTags([TAGS[0]!, tag(9, "e", { device: "plc-1" })], NOW));
    expect(read(node.data([stale], NOW))).toEqual([]);
  });

  it("reads commands of another implementation, and nothing from garbage", () => {
    const command = encodePayload({
      timestamp: NOW,
      metrics: [{ name: "Node Control/Rebirth", type: "Boolean", value: true, timestamp: NOW }],
    });
    expect(decodeCommands(command)).toEqual([{ name: "Node Control/Rebirth", isTrue: true }]);
    expect(decodeCommands(Uint8Array.of(0x12, 0xff, 0xff, 0xff, 0xff, 0x0f))).toBeUndefined();
    expect(decodeCommands(new Uint8Array(70_000))).toBeUndefined();
    for (let length = 0; length < command.length; length++) decodeCommands(command.subarray(0, length));
  });
});
