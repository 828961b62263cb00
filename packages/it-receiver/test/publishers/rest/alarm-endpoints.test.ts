/** What clients of the REST API see of alarms, with history from a real historian. */
import { describe, expect, it } from "vitest";
import type { AlarmStates } from "../../../src/publishers/publisher.ts";
import { openHistory } from "../../../src/publishers/registry.ts";
import { keyOf } from "../../../src/publishers/rest/tag-table.ts";
import { historianBench } from "../historian/historian-bench.ts";
import { alarm, eventEntry, T0, tag } from "../support/samples.ts";
import { restBench } from "./rest-bench.ts";

const TEXT = "nul\u0000 \"quote' \r\nx: y \u202e";

function statesOf(count: number): AlarmStates {
  const all = Array.from({ length: count }, (_, at) => ({
    ...{ id: at + 1, stream: 1, journalEpoch: 100 },
    event: alarm(at + 1, at, { text: TEXT, value: 2n ** 63n }),
    tag: at === 1 ? undefined : tag(at, `${at % 2 === 0 ? "even" : "odd"}/${at}`),
  }));
  return {
    active: (after, limit) => all.filter(({ id }) => id > after).slice(0, limit),
    isPresent: () => true,
  };
}

async function pages(
  rest: Awaited<ReturnType<typeof restBench>>,
  path: string,
  query: Record<string, string>,
  name: "alarms" | "events",
): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = [];
  for (let cursor: string | undefined, asked = 0; asked === 0 || cursor !== undefined; asked++) {
    const page = (await rest.json(path, cursor === undefined ? query : { ...query, cursor })) as never as {
      [key: string]: Record<string, unknown>[];
    } & { next: string | null };
    found.push(...page[name]!);
    cursor = page.next ?? undefined;
  }
  return found;
}

describe("REST alarms", () => {
  it("shows what is active, page by page, by prefix, without what has no name yet", async () => {
    const rest = await restBench({ alarms: statesOf(25) });
    expect(await rest.json("/v1/alarms", { limit: "1" })).toEqual({
      link: "unknown",
      alarms: [
        {
          ...{ path: "even/0", key: keyOf("even/0"), time: "2026-11-23T08:00:00.001000Z" },
          ...{ condition: "High", state: "active", severity: 500, text: TEXT, value: "9223372036854775808" },
          ...{ unit: "°C", eventSequence: 1 },
        },
      ],
      next: expect.any(String),
    });
    for (const limit of ["1", "7", "24", "100"]) {
      expect((await pages(rest, "/v1/alarms", { limit }, "alarms")).map((one) => one.eventSequence)).toEqual(
        Array.from({ length: 25 }, (_, at) => at + 1).filter((sequence) => sequence !== 2),
      );
      expect(await pages(rest, "/v1/alarms", { limit, prefix: "odd/" }, "alarms")).toHaveLength(11);
    }
  });

  it("bounds an answer, however little of what it looks at passes the filter", async () => {
    const rest = await restBench({ alarms: statesOf(30_000) });
    const page = (await rest.json("/v1/alarms", { prefix: "none" })) as unknown as { alarms: []; next: string | null };
    expect(page.alarms).toEqual([]);
    expect(page.next).not.toBeNull();
    expect(await pages(rest, "/v1/alarms", { prefix: "none" }, "alarms")).toEqual([]);
  });

  it("reads the events of a range in order of time, of one tag, below a prefix, or all", async () => {
    const historian = await historianBench();
    const tags = [tag(1, "a/1"), tag(2, "a/2"), tag(3, "b")];
    const events = Array.from({ length: 30 }, (_, at) =>
      alarm(at + 1, (at % 3) + 1, {
        time: T0 + Math.floor(at / 4) * 1_000_000,
        state: at % 2 === 0 ? "active" : "inactive",
      }),
    );
    await historian.publish([eventEntry(1, events.slice(0, 20), tags)]);
    await historian.publish([eventEntry(2, events.slice(20), tags, "late")]);
    const rest = await restBench({ openHistory: () => openHistory(historian.folder) });
    await rest.tags(tags);
    const from = "2026-11-23T08:00:00Z";
    const sequences = (all: Record<string, unknown>[]) => all.map((one) => one.eventSequence);
    for (const limit of ["1", "4", "29", "1000"]) {
      const query = { from, to: "2026-11-24", limit };
      const all = await pages(rest, "/v1/alarms/history", query, "events");
      expect(sequences(all)).toEqual(events.map(({ eventSequence }) => eventSequence));
      expect(all.map((one) => one.historical)).toEqual(events.map((_, at) => at >= 20));
      const below = await pages(rest, "/v1/alarms/history", { ...query, prefix: "a/" }, "events");
      expect(sequences(below)).toEqual(events.filter(({ tagId }) => tagId < 3).map((one) => one.eventSequence));
      for (const named of [{ path: "b" }, { key: keyOf("b") }] as Record<string, string>[])
        expect(sequences(await pages(rest, "/v1/alarms/history", { ...query, ...named }, "events"))).toEqual(
          events.filter(({ tagId }) => tagId === 3).map((one) => one.eventSequence),
        );
    }
    const later = { from: "2026-11-23T08:00:01Z", to: "2026-11-23T08:00:02Z" };
    expect(sequences(await pages(rest, "/v1/alarms/history", later, "events"))).toEqual([5, 6, 7, 8]);
  });

  it("refuses what it does not understand, and says what is missing", async () => {
    const rest = await restBench();
    expect((await rest.ask("/v1/alarms")).status).toBe(503);
    expect((await rest.ask("/v1/alarms/history", { from: "2026-11-23" })).status).toBe(503); // no historian
    expect((await rest.ask("/v1/alarms/history")).status).toBe(400);
    expect((await rest.ask("/v1/alarms/history", { from: "2026-11-23", path: "a", prefix: "b" })).status).toBe(400);
    expect((await rest.ask("/v1/alarms/history", { from: "2026-11-23", cursor: "AAAA" })).status).toBe(400);
    expect((await rest.ask("/v1/alarms/history", { from: "2026-11-23", key: "0".repeat(32) })).status).toBe(404);
  });
});
