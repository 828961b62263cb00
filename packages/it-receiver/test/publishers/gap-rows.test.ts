import { join } from "node:path";
import { type Database, migrate, openDatabase } from "@nonreturn/station";
import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { ALARM_TABLES } from "../../src/publishers/alarm-table.ts";
import { GapRows } from "../../src/publishers/gap-rows.ts";
import type { RetentionGap } from "../../src/publishers/progress.ts";
import { progressStep } from "../../src/publishers/progress.ts";
import {
  GAP_COLUMNS,
  openProgressDatabase,
  PROGRESS_TABLES,
  SqliteProgress,
} from "../../src/publishers/sqlite-progress.ts";

function bench() {
  const path = join(temporaryFolder(), "publishers.db");
  const database = openProgressDatabase(path);
  onTestFinished(() => void database.close());
  const count = (): number => database.prepare("SELECT count(*) FROM retention_gap").pluck().get() as number;
  return { path, database, count, ...rowsOf(database) };
}

/** What lies before a gap was published: it goes on where no other ended. */
function rowsOf(database: Database) {
  const rows = new GapRows(database, "mqtt");
  return { rows, write: (one: RetentionGap) => rows.write(one, one.firstPosition - 1) };
}

const gap = (firstPosition: number, lastPosition: number, more: Partial<RetentionGap> = {}): RetentionGap => ({
  ...{ lane: "live", reason: "size", firstPosition, lastPosition, at: firstPosition },
  ...{ blocks: lastPosition - firstPosition + 1, samples: 10, sealedFrom: firstPosition, sealedTo: lastPosition },
  ...more,
});

describe("gaps of a publisher", () => {
  it("are bounded in rows and exact in number, blocks and samples, over a restart too", () => {
    const { database, count } = bench();
    const progress = new SqliteProgress(database, "mqtt");
    let live = 0;
    let blocks = 0;
    for (let at = 0; at < 3000; at++) {
      const long = 1 + (at % 7);
      blocks += long;
      // Published in between: no gap goes on where the one before ended.
      progress.save(progressStep({ live: live + 5 }));
      progress.save(progressStep({ live: live + 5 + long, gaps: [gap(live + 6, live + 5 + long)] }));
      live += 5 + long;
    }
    expect(count()).toBeLessThanOrEqual(256);
    expect(count()).toBeGreaterThan(190);
    const expected = { gaps: 3000, droppedBlocks: blocks, droppedSamples: 30_000 };
    expect(progress.load()).toMatchObject(expected);
    expect(new SqliteProgress(database, "mqtt").load()).toEqual(progress.load());
    const kept = progress.gaps(1000);
    expect(kept[0]).toMatchObject({ lastPosition: live });
    expect(kept.at(-1)).toMatchObject({ firstPosition: 6, sealedFrom: 6 });
    expect(kept.reduce((sum, one) => sum + one.blocks!, 0)).toBe(blocks);
  });

  it("that lie closest together become one; what is far apart, of another lane or for another reason, stays apart", () => {
    const { rows, write, count } = bench();
    // 64 bursts of four gaps, an hour apart.
    for (let burst = 0; burst < 64; burst++)
      for (let at = 0; at < 4; at++) write(gap(burst * 1000 + at * 3, burst * 1000 + at * 3));
    write(gap(3, 3, { lane: "late" }));
    const { blocks: _, samples: __, sealedFrom: ___, sealedTo: ____, ...unknown } = gap(1, 1, { reason: "store" });
    write(unknown);
    expect(count()).toBe(256 + 2);
    write(gap(70_000, 70_000));
    expect(count()).toBe(192 + 2);
    expect(rows.totals()).toEqual({ gaps: 259, droppedBlocks: 258, droppedSamples: 2580 });
    const latest = rows.latest(1000);
    const bursts = latest.filter(({ lane, reason }) => lane === "live" && reason === "size");
    for (const { firstPosition, lastPosition } of bursts)
      expect(Math.floor(firstPosition / 1000)).toBe(Math.floor(lastPosition / 1000)); // none reaches over an hour
    expect(latest.find(({ reason }) => reason === "store")).toEqual(unknown);
  });

  it("of the store, of which nothing but the place is known, stay so when they become one", () => {
    const { rows, write, count } = bench();
    for (let at = 0; at < 1000; at++) {
      const { lane, at: when } = gap(at * 10, at * 10 + 3);
      write({ lane, reason: "store", firstPosition: at * 10, lastPosition: at * 10 + 3, at: when });
    }
    expect(count()).toBeLessThanOrEqual(256);
    expect(rows.totals()).toEqual({ gaps: 1000, droppedBlocks: 0, droppedSamples: 0 });
    for (const one of rows.latest(1000)) expect(Object.keys(one)).not.toContain("blocks");
  });

  it("that older software left without bound are taken over, and bounded with the next one", () => {
    const path = join(temporaryFolder(), "publishers.db");
    const database = openDatabase(path, { durability: "normal" });
    migrate(database, [PROGRESS_TABLES, ALARM_TABLES, GAP_COLUMNS]);
    const insert = database.prepare(
      `INSERT INTO retention_gap (publisher, lane, reason, first_position, last_position, at, blocks, samples, sealed_from, sealed_to)
       VALUES ('mqtt', 'live', 'age', ?, ?, 0, 1, 2, 0, 0)`,
    );
    database.transaction(() => {
      for (let at = 0; at < 20_000; at++) insert.run(at * 3, at * 3);
    })();
    database.close();
    const again = openProgressDatabase(path);
    onTestFinished(() => void again.close());
    const { rows, write } = rowsOf(again);
    expect(rows.totals()).toEqual({ gaps: 20_000, droppedBlocks: 20_000, droppedSamples: 40_000 });
    write(gap(90_000, 90_000, { reason: "age" }));
    expect(again.prepare("SELECT count(*) FROM retention_gap").pluck().get()).toBe(192);
    expect(rows.totals()).toEqual({ gaps: 20_001, droppedBlocks: 20_001, droppedSamples: 40_010 });
  });

  it("are found by an index", () => {
    const { database } = bench();
    const plan = database
      .prepare(
        "EXPLAIN QUERY PLAN SELECT count(*) FROM retention_gap WHERE publisher = 'p' AND lane = 'live' AND reason = 'age'",
      )
      .all()
      .map((row) => (row as { detail: string }).detail);
    expect(plan.join()).toContain("retention_gap_by_position");
  });
});
