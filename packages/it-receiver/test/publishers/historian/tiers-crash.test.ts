import { createLog, openDatabase } from "@nonreturn/station";
import { expect, it } from "vitest";
import { startProgram } from "../../../../../test/support/child-program.ts";
import { manualClock } from "../../../../../test/support/manual-clock.ts";
import { temporaryFolder } from "../../../../../test/support/temporary-folder.ts";
import { COMPACTION, HistorianPublisher } from "../../../src/publishers/historian/historian-publisher.ts";
import { openHistoryReader } from "../../../src/publishers/historian/read-history.ts";
import { historianPath, readCompaction } from "../../../src/publishers/historian/schema.ts";
import { IntervalAggregator } from "../../../src/publishers/interval-figures.ts";
import { T0 } from "../support/samples.ts";
import { plainFigures } from "./plain-figures.ts";
import { isLate, samplesOf, TIER_TAGS, timeOf } from "./tiers-crash-blocks.ts";

const HOUR = 3_600_000_000;

it("killed while it compacts, makes figures and removes samples, the historian has every sample in its hours exactly once", async () => {
  const folder = temporaryFolder();
  const child = new URL("./tiers-crash-child.ts", import.meta.url).pathname;
  let last = 0;
  const hit = { round: 0, pending: 0 };
  // Until kills have hit a round of compaction and units whose figures were not made: otherwise this would show too little.
  for (let kill = 0; kill < 8 || (Math.min(hit.round, hit.pending) === 0 && kill < 40); kill++) {
    const program = startProgram([child, folder]);
    await program.seen(new RegExp(`published ${last + [29, 7, 23, 41, 5, 13, 31, 17][kill % 8]!}\n`));
    program.signal("SIGKILL");
    await program.ended;
    expect(program.stderr()).toBe("");

    const database = openDatabase(historianPath(folder), { durability: "normal", integrity: "quick-check" });
    const { live, late } = database.prepare("SELECT live, late FROM progress").get() as { live: number; late: number };
    if (readCompaction(database).roundThrough > 0) hit.round++;
    if (database.prepare("SELECT 1 FROM pending_unit").get() !== undefined) hit.pending++;
    database.close();
    await finish(folder, live);
    const blocks = Array.from({ length: live }, (_, index) => index + 1).filter((n) => (isLate(n) ? n <= late : true));
    const end = Math.ceil(timeOf(live) / HOUR) * HOUR;
    const reader = openHistoryReader(folder);
    for (const { tagId, path } of TIER_TAGS) {
      const samples = blocks.flatMap((block) => samplesOf(block, tagId));
      const aggregator = new IntervalAggregator(T0, end, HOUR, undefined);
      for (const part of reader.readParts(path, { from: T0, to: end }, aggregator.fits)) {
        if (part.is === "cells") for (const cell of part.cells) aggregator.pushCell(cell);
        else aggregator.pushRows(part.series, part.first, part.end);
      }
      const near = (value: number | null) => (value === null ? null : expect.closeTo(value, 6));
      expect(aggregator.finish(end)).toEqual(
        plainFigures(samples, [T0, end, HOUR], end).map(({ avg, timeWeighted, coverage, ...exact }) => ({
          ...exact,
          ...{ avg: near(avg), timeWeighted: near(timeWeighted), coverage: expect.closeTo(coverage, 9) },
        })),
      );
      const kept = [...reader.readHistory({ path })].map(({ sourceTimestamp }) => sourceTimestamp);
      const young = (at: number): boolean => at >= timeOf(live) - 6 * HOUR;
      expect(kept.filter(young)).toEqual(samples.map(({ sourceTimestamp }) => sourceTimestamp).filter(young));
      expect(new Set(kept).size).toBe(kept.length);
    }
    reader.close();
    last = live;
  }
  expect(Math.min(hit.round, hit.pending)).toBeGreaterThan(0);
  const database = openDatabase(historianPath(folder), { durability: "normal", readOnly: true });
  const removed = database.prepare("SELECT kind, cause FROM removal GROUP BY kind, cause ORDER BY kind").all();
  database.close();
  expect(removed).toEqual([
    { kind: "minutes", cause: "age" },
    { kind: "samples", cause: "age" },
  ]);
});

/** What the station would do at its next start, without waiting for it. */
async function finish(folder: string, live: number): Promise<void> {
  const publisher = new HistorianPublisher({
    path: historianPath(folder),
    publisher: "historian",
    keep: {},
    compaction: COMPACTION,
    clock: manualClock(timeOf(live)),
    log: createLog({ name: "test", level: "silent" }),
  });
  await publisher.connect();
  publisher.compactAll();
  await publisher.close();
}
