/** A historian in a folder of its own, on a clock that stands still.
 *  test → [historian bench] → historian */
import { createLog, type Database, openDatabase } from "@nonreturn/station";
import { onTestFinished } from "vitest";
import { manualClock } from "../../../../../test/support/manual-clock.ts";
import { temporaryFolder } from "../../../../../test/support/temporary-folder.ts";
import { Compaction } from "../../../src/publishers/historian/compaction.ts";
import {
  COMPACTION,
  HistorianPublisher,
  type HistorianSettings,
} from "../../../src/publishers/historian/historian-publisher.ts";
import { PendingUnits } from "../../../src/publishers/historian/pending-units.ts";
import {
  type HistoryQuery,
  type HistoryReader,
  openHistoryReader,
} from "../../../src/publishers/historian/read-history.ts";
import { RollUp } from "../../../src/publishers/historian/roll-up.ts";
import { historianPath } from "../../../src/publishers/historian/schema.ts";
import { TagTable } from "../../../src/publishers/historian/tag-table.ts";
import { type ProgressStep, progressStep } from "../../../src/publishers/progress.ts";
import type { StoredEntry } from "../../../src/publishers/publisher.ts";
import { T0 } from "../support/samples.ts";

export async function historianBench(settings: Partial<HistorianSettings> = {}) {
  const folder = temporaryFolder();
  const clock = manualClock(T0);
  const { signal } = new AbortController();
  const make = (): HistorianPublisher =>
    new HistorianPublisher({
      path: historianPath(folder),
      publisher: "historian",
      keep: {},
      compaction: COMPACTION,
      clock,
      log: createLog({ name: "test", level: "silent" }),
      ...settings,
    });
  let reader: HistoryReader | undefined;
  let database: Database | undefined;
  let compaction: Compaction | undefined;
  const bench = {
    folder,
    clock,
    signal,
    publisher: make(),
    async publish(entries: readonly StoredEntry[]): Promise<void> {
      await bench.publisher.publish(entries, signal, stepOf(entries));
    },
    read(query: HistoryQuery) {
      reader ??= openHistoryReader(folder);
      return reader.readHistory(query);
    },
    rows(sql: string): unknown[] {
      database ??= openDatabase(historianPath(folder), { durability: "normal" });
      return database.prepare(sql).all();
    },
    count(table: string): number {
      return (bench.rows(`SELECT count(*) AS count FROM ${table}`)[0] as { count: number }).count;
    },
    /** The smallest slice, by a compaction of the test's own: the publisher must not compact at the same time. */
    compactOneStep(): "more" | "idle" {
      database ??= openDatabase(historianPath(folder), { durability: "normal" });
      const pending = new PendingUnits(database);
      const parts = { pending, rollUp: new RollUp(database, pending, clock) };
      const settings = { beginSamples: 1, beginAfterMs: 0, roundSamples: 1e6 };
      compaction ??= new Compaction(database, new TagTable(database), parts, clock, settings);
      return compaction.step(0, "now");
    },
    async reopen(): Promise<void> {
      await bench.publisher.close();
      database?.close();
      database = undefined;
      compaction = undefined;
      bench.publisher = make();
      await bench.publisher.connect();
    },
    async dispose(): Promise<void> {
      await bench.publisher.close();
      database?.close();
      reader?.close();
      database = undefined;
      reader = undefined;
    },
  };
  await bench.publisher.connect();
  onTestFinished(() => bench.dispose());
  return bench;
}

/** What the runner would save: the cursor of the entries' lane moves to the last one. */
export function stepOf(entries: readonly StoredEntry[]): ProgressStep {
  const last = entries.at(-1);
  const samples = entries.reduce((sum, { samples: { count } }) => sum + count, 0);
  return progressStep({ samples, batches: 1, ...(last === undefined ? {} : { [last.lane]: last.position }) });
}
