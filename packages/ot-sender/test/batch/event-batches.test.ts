import { encodeBatch } from "@nonreturn/wire-format";
import { describe, expect, it } from "vitest";
import type { AlarmChange } from "../../src/alarm/alarm-settings.ts";
import { eventBatches } from "../../src/batch/event-batches.ts";

const change = (tagId: number, text: string, value: AlarmChange["value"] = 1): AlarmChange => ({
  tagId,
  condition: "RateOfChange",
  state: "active",
  severity: 500,
  text,
  value,
  time: 1_795_420_800_000_000,
});
const encoded = (events: readonly AlarmChange[]) =>
  encodeBatch({
    kind: "events",
    directoryRevision: 1,
    events: events.map((event, at) => ({ ...event, eventSequence: at + 1 })),
  }).length;

describe("event batches", () => {
  it("are none for no events, and one for a few", () => {
    expect(eventBatches([])).toEqual([]);
    const few = [change(1, "a"), change(2, "b")];
    expect(eventBatches(few)).toEqual([few]);
  });

  it.each([
    ["short texts", 5000, "", 1],
    ["the longest texts, three bytes a character", 300, "高".repeat(500), "低".repeat(1000)],
  ] as const)("keep order and stay below 40 KiB with %s", (_, count, text, value) => {
    const events = Array.from({ length: count }, (_, at) => change(at, text, value));
    const batches = eventBatches(events);
    expect(batches.flat()).toEqual(events);
    expect(batches.length).toBeGreaterThan(1);
    for (const batch of batches) expect(encoded(batch)).toBeLessThan(40 * 1024);
  });

  it("give an event that is too long a batch of its own", () => {
    const events = [change(1, ""), change(2, "x".repeat(60_000)), change(3, "")];
    expect(eventBatches(events).map((batch) => batch.map(({ tagId }) => tagId))).toEqual([[1], [2], [3]]);
  });
});
