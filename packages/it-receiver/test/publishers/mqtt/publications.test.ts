import { describe, expect, it } from "vitest";
import { mqttConfig } from "../../../src/publishers/mqtt/config.ts";
import { Publications } from "../../../src/publishers/mqtt/publications.ts";
import type { StoredEntry } from "../../../src/publishers/publisher.ts";
import { columns, entry, sample, tag } from "../support/samples.ts";

interface Group {
  readonly stream?: number;
  readonly sequence?: number;
  readonly part: number;
  readonly samples: readonly { readonly path: string; readonly value: unknown; readonly stale?: boolean }[];
}

const TAGS = [
  tag(1, "a/1", { device: "press" }),
  tag(2, "a/2", { device: "press" }),
  tag(3, "b/1", { device: "oven/+" }),
];

function publish(config: Record<string, unknown>, entries: readonly StoredEntry[], packet = Number.POSITIVE_INFINITY) {
  const parsed = mqttConfig.parse({ type: "mqtt", url: "mqtt://x", prefix: "p", ...config });
  return [...new Publications(parsed, "mqtt").of(entries, packet)];
}

const groupsOf = (...given: Parameters<typeof publish>) =>
  publish(...given).map(({ topic, payload, retain }) => ({ topic, retain, ...(JSON.parse(payload) as Group) }));

describe("grouped publications", () => {
  it("hold the samples of a block by device, in order, with the block's identity", () => {
    const block = entry(7, columns(sample(1, 10), sample(3, 30), sample(2, 20), sample(1, 11)), TAGS);
    const groups = groupsOf({ format: "grouped" }, [block]);
    expect(groups.map(({ topic, samples }) => [topic, samples.map(({ path, value }) => [path, value])])).toEqual([
      [
        "p/press",
        [
          ["a/1", 10],
          ["a/2", 20],
          ["a/1", 11],
        ],
      ],
      ["p/oven%2F%2B", [["b/1", 30]]],
    ]);
    for (const group of groups)
      expect(group).toMatchObject({ part: 0, retain: false, stream: 1, sequence: block.identity!.sequence });
  });

  it("never mix blocks, and say what is stale", () => {
    const stale: StoredEntry = { ...entry(0, columns(sample(1, 2)), TAGS), origin: "stale" };
    const { identity: _, ...current } = stale;
    const groups = groupsOf({ format: "grouped" }, [entry(1, columns(sample(1, 1)), TAGS), current]);
    expect(groups.map(({ sequence, samples }) => [sequence === undefined, samples[0]!.stale])).toEqual([
      [false, undefined],
      [true, true],
    ]);
  });

  it("are split before they grow too large, in numbered parts", () => {
    const many = entry(1, columns(...Array.from({ length: 100 }, (_, value) => sample(1, value))), TAGS);
    const messages = publish({ format: "grouped", maxPayload: "2KiB" }, [many]);
    const groups = messages.map(({ payload }) => JSON.parse(payload) as Group);
    expect(groups.length).toBeGreaterThan(5);
    expect(groups.map(({ part }) => part)).toEqual(groups.map((_, index) => index));
    expect(groups.flatMap(({ samples }) => samples.map(({ value }) => value))).toEqual([...Array(100).keys()]);
    for (const { payload } of messages) expect(Buffer.byteLength(payload)).toBeLessThanOrEqual(2048);
    const byBroker = publish({ format: "grouped" }, [many], 1500);
    for (const { topic, payload } of byBroker)
      expect(Buffer.byteLength(payload) + Buffer.byteLength(topic) + 10).toBeLessThanOrEqual(1500);
  });

  it("set a block aside that holds a sample larger than a message may be", () => {
    const large = entry(1, columns(sample(1, 1), sample(2, "ü".repeat(600))), TAGS);
    expect(() => publish({ format: "grouped", maxPayload: "1KiB" }, [large])).toThrow(
      expect.objectContaining({ code: "PUBLISH_REFUSED_ENTRY", what: expect.stringContaining("a/2") }),
    );
    expect(publish({ format: "grouped", maxPayload: "2KiB" }, [large]).length).toBe(1);
  });
});

describe("single publications", () => {
  const payloads = (config: Record<string, unknown>) =>
    publish(config, [entry(1, columns(sample(1, 1)), TAGS)]).map(({ topic, payload }) => [
      topic,
      (JSON.parse(payload) as { path?: string }).path,
    ]);

  it("carry the path where the topic does not show it", () => {
    expect(payloads({})).toEqual([["p/a/1", undefined]]);
    expect(payloads({ topic: "{path}" })).toEqual([["p/a/1", undefined]]);
    expect(payloads({ topic: "{device}/{last}" })).toEqual([["p/press/1", "a/1"]]);
  });

  it("refuse what maxPayload does not allow", () => {
    const text = entry(1, columns(sample(1, "x".repeat(1000))), TAGS);
    expect(() => publish({ maxPayload: "1KiB" }, [text])).toThrow(
      expect.objectContaining({ code: "PUBLISH_REFUSED_ENTRY" }),
    );
    expect(publish({}, [text]).length).toBe(1);
  });
});
