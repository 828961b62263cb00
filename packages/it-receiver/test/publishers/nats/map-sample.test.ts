import { describe, expect, it } from "vitest";
import { messagesOf } from "../../../src/publishers/nats/map-sample.ts";
import { alarm, columns, entry, eventEntry, sample, tag } from "../support/samples.ts";

const identity = { stream: 1, sealingEpoch: 7, sequence: 42 };

describe("NATS messages of a block", () => {
  it("carry the block's identity and every sample with its path", () => {
    const block = {
      ...entry(1, columns(sample(1, 2n ** 60n), sample(2, "läuft", 5)), [tag(1), tag(2, "a/b")]),
      identity,
    };
    const [message, ...more] = [...messagesOf(block, "nats")];
    expect(more).toEqual([]);
    expect(message!.id).toMatch(/^1-7-42-0-[0-9a-f]{16}$/);
    expect(JSON.parse(message!.payload)).toEqual({
      ...{ stream: 1, sealingEpoch: 7, sequence: 42, part: 0 },
      samples: [
        expect.objectContaining({ path: "plant/tag-1", value: String(2n ** 60n), historical: false }),
        expect.objectContaining({ path: "a/b", value: "läuft", timestamp: "2026-11-23T08:00:00.005000Z" }),
      ],
    });
  });

  it("cut a large block into parts with ids of their own, the same every time", () => {
    const rows = Array.from({ length: 5000 }, (_, at) => sample(1, at, at));
    const block = { ...entry(1, columns(...rows), [tag(1)], "late"), identity };
    const messages = [...messagesOf(block, "nats")];
    expect(messages.map(({ id }) => id.replace(/-[0-9a-f]{16}$/, ""))).toEqual(
      messages.map((_, part) => `1-7-42-${part}`),
    );
    expect(messages.length).toBeGreaterThan(1);
    for (const { payload } of messages) expect(Buffer.byteLength(payload)).toBeLessThan(1_000_000);
    const values = messages.flatMap(
      ({ payload }) => JSON.parse(payload).samples as { value: number; historical: boolean }[],
    );
    expect(values.map(({ value }) => value)).toEqual(rows.map(({ value }) => value));
    expect(values.every(({ historical }) => historical)).toBe(true);
    expect([...messagesOf(block, "nats")]).toEqual(messages);
  });

  it("have the id of their rows: what is held stands for no other rows, however the block was cut, and is the same in either lane", () => {
    const rows = Array.from({ length: 500 }, (_, at) => sample(1, at, at));
    const block = (left: readonly number[] = [], lane: "live" | "late" = "live") => ({
      ...entry(1, columns(...rows.filter((_, at) => !left.includes(at))), [tag(1)], lane),
      identity,
    });
    const rowsById = new Map<string, string>();
    for (const left of [[], [0], [17], [499], [17, 300]])
      for (const mostBytes of [1_000_000, 60_000, 20_000, 19_000])
        for (const lane of ["live", "late"] as const)
          for (const { id, payload } of messagesOf(block(left, lane), "nats", mostBytes)) {
            const values = String((JSON.parse(payload).samples as { value: number }[]).map(({ value }) => value));
            expect(rowsById.get(id) ?? values).toBe(values);
            rowsById.set(id, values);
          }
    expect(rowsById.size).toBeGreaterThan(50);
    const idsOf = (lane: "live" | "late") => [...messagesOf(block([], lane), "nats")].map(({ id }) => id);
    expect(idsOf("late")).toEqual(idsOf("live"));
  });

  it("carry alarm events under a subject of their own", () => {
    const events = [alarm(1, 1), alarm(2, 1, { state: "inactive", text: 'nul\u0000 "', value: null })];
    const [message, ...more] = [...messagesOf({ ...eventEntry(1, events, [tag(1)], "late"), identity }, "nats")];
    expect(more).toEqual([]);
    expect(message).toMatchObject({ id: expect.stringMatching(/^1-7-42-0-/) as string, subject: "alarms.late" });
    const common = { path: "plant/tag-1", condition: "High", severity: 500, unit: "°C", historical: true };
    expect(JSON.parse(message!.payload)).toEqual({
      ...{ stream: 1, sealingEpoch: 7, sequence: 42, part: 0 },
      events: [
        {
          ...common,
          time: "2026-11-23T08:00:00.001000Z",
          state: "active",
          text: "too high",
          value: 1,
          eventSequence: 1,
        },
        {
          ...common,
          time: "2026-11-23T08:00:00.002000Z",
          state: "inactive",
          text: 'nul\u0000 "',
          value: null,
          eventSequence: 2,
        },
      ],
    });
    expect(() => [...messagesOf({ ...eventEntry(1, events, []), identity }, "nats")]).toThrow(
      "tag 1 has no definition",
    );
  });

  it("are none for a block without samples, and refuse a tag without definition", () => {
    expect([...messagesOf({ ...entry(1, columns(), []), identity }, "nats")]).toEqual([]);
    const unnamed = { ...entry(1, columns(sample(9, 1)), []), identity };
    expect(() => [...messagesOf(unnamed, "nats")]).toThrow("tag 9 has no definition");
  });
});
