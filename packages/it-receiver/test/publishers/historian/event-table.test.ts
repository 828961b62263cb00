import { createLog } from "@nonreturn/station";
import { describe, expect, it, onTestFinished } from "vitest";
import { manualClock } from "../../../../../test/support/manual-clock.ts";
import { temporaryFolder } from "../../../../../test/support/temporary-folder.ts";
import { COMPACTION, HistorianPublisher } from "../../../src/publishers/historian/historian-publisher.ts";
import type { RetentionSettings } from "../../../src/publishers/historian/retention.ts";
import { historianPath } from "../../../src/publishers/historian/schema.ts";
import { progressStep } from "../../../src/publishers/progress.ts";
import type { AlarmRecord, StoredEntry } from "../../../src/publishers/publisher.ts";
import { openHistory } from "../../../src/publishers/registry.ts";
import { openHistoryTables } from "../../../src/sql/history-tables.ts";
import { alarm, columns, entry, eventEntry, sample, T0, tag } from "../support/samples.ts";

const { signal } = new AbortController();
const HOUR = 3_600_000_000;

async function bench(keep: RetentionSettings = {}) {
  const folder = temporaryFolder();
  const clock = manualClock(T0);
  const publisher = new HistorianPublisher({
    path: historianPath(folder),
    publisher: "historian",
    keep,
    compaction: COMPACTION,
    clock,
    log: createLog({ name: "test", level: "silent" }),
  });
  onTestFinished(() => publisher.close());
  await publisher.connect();
  const publish = async (...entries: StoredEntry[]): Promise<void> => {
    const { lane, position } = entries.at(-1)!;
    const samples = entries.reduce((sum, { samples: { count } }) => sum + count, 0);
    await publisher.publish(entries, signal, progressStep({ [lane]: position, samples, batches: 1 }));
  };
  const select = (statement: string): unknown[] => {
    const tables = openHistoryTables(folder);
    try {
      return tables.database.prepare(statement).all();
    } finally {
      tables.close();
    }
  };
  const read = (
    query: Partial<Parameters<NonNullable<ReturnType<typeof openHistory>>["readAlarms"]>[0]> = {},
  ): AlarmRecord[] => {
    const source = openHistory(folder)!;
    try {
      return source.readAlarms({ from: 0, to: Number.MAX_SAFE_INTEGER, limit: 100, ...query });
    } finally {
      source.close();
    }
  };
  return { publish, select, read, clock };
}

describe("alarm events in the historian", () => {
  it("stores them beside the samples, once each, and says what is active by number of event, not by arrival", async () => {
    const { publish, select } = await bench();
    const tags = [tag(1), tag(2)];
    const text = "a 'quote' \u0000 \u202e";
    const entries = [
      entry(1, columns(sample(1, 5)), tags),
      eventEntry(2, [alarm(1, 1, { text, value: 23.4 }), alarm(4, 2)], tags),
    ];
    await publish(...entries);
    await publish(...entries); // confirmed before: nothing changes
    await publish(
      eventEntry(3, [alarm(3, 2, { state: "inactive" }), alarm(2, 1, { condition: "HighHigh" })], tags, "late"),
    );
    expect(
      select(
        "SELECT path, condition, state, event_sequence, historical, time FROM alarm_events ORDER BY event_sequence",
      ),
    ).toEqual([
      {
        path: "plant/tag-1",
        condition: "High",
        state: "active",
        event_sequence: 1,
        historical: 0,
        time: "2026-11-23T08:00:00.001000Z",
      },
      {
        path: "plant/tag-1",
        condition: "HighHigh",
        state: "active",
        event_sequence: 2,
        historical: 1,
        time: "2026-11-23T08:00:00.002000Z",
      },
      {
        path: "plant/tag-2",
        condition: "High",
        state: "inactive",
        event_sequence: 3,
        historical: 1,
        time: "2026-11-23T08:00:00.003000Z",
      },
      {
        path: "plant/tag-2",
        condition: "High",
        state: "active",
        event_sequence: 4,
        historical: 0,
        time: "2026-11-23T08:00:00.004000Z",
      },
    ]);
    expect(select("SELECT path, condition, text, value, unit FROM active_alarms ORDER BY event_sequence")).toEqual([
      { path: "plant/tag-1", condition: "High", text, value: 23.4, unit: "°C" },
      { path: "plant/tag-1", condition: "HighHigh", text: "too high", value: 1, unit: "°C" },
      { path: "plant/tag-2", condition: "High", text: "too high", value: 1, unit: "°C" },
    ]);
    expect(select("SELECT count(*) AS samples FROM samples")).toEqual([{ samples: 1 }]);
  });

  it("reads them back exactly, page by page, of one tag or of all", async () => {
    const { publish, read } = await bench();
    const tags = [tag(1), tag(2)];
    const values = [null, true, -0, Number.NaN, 2n ** 64n - 1n, "text", Uint8Array.of(0, 255)];
    await publish(
      eventEntry(
        1,
        values.map((value, at) => alarm(at + 1, 1 + (at % 2), { value, time: T0 })),
        tags,
      ),
    );
    expect(read().map(({ event }) => event.value)).toEqual(values);
    const first = read({ limit: 3 });
    const rest = read({ after: { time: first[2]!.event.time, id: first[2]!.id } });
    expect([...first, ...rest].map(({ event }) => event.eventSequence)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(read({ path: "plant/tag-2" }).map(({ event }) => event.eventSequence)).toEqual([2, 4, 6]);
    expect(read({ from: T0 + 1 })).toEqual([]);
    expect(read({ to: T0 })).toEqual([]);
    expect(read({ limit: 1 })[0]).toMatchObject({ path: "plant/tag-1", unit: "°C", historical: false });
  });

  it("shows nothing of an older journal as active", async () => {
    const { publish, select } = await bench();
    await publish(eventEntry(1, [alarm(9, 1)], [tag(1)]));
    await publish(eventEntry(2, [alarm(1, 1, { state: "inactive" })], [tag(1)], "live", 101));
    expect(select("SELECT * FROM active_alarms")).toEqual([]);
  });

  it("removes old ones with the samples, but not what says that an alarm is still active", async () => {
    const { publish, read, clock } = await bench({ alarmsMs: HOUR / 1000 });
    const events = [alarm(1, 1), alarm(2, 1, { state: "inactive" }), alarm(3, 2), alarm(4, 1, { time: T0 + HOUR })];
    await publish(eventEntry(1, events, [tag(1), tag(2)]));
    await clock.advanceAsync(HOUR / 1000 + 120_000);
    expect(read().map(({ event }) => event.eventSequence)).toEqual([3, 4]);
  });
});
