/** A store file with gaps and losses as the record thread writes them; times are minutes behind T0.
 *  test → [store with gaps] → missing times */
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { manualClock } from "../../../../test/support/manual-clock.ts";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { readMissingList, readMissingTimes } from "../../src/gaps/missing-times.ts";
import type { PublisherSurroundings } from "../../src/publishers/publisher.ts";
import { SqliteStore } from "../../src/record/sqlite-store.ts";
import { STORE_FILE } from "../../src/record/store-schema.ts";
import { T0 } from "../publishers/support/samples.ts";

export const MINUTE = 60_000_000;
export const at = (minutes: number): number => T0 + minutes * MINUTE;
/** Minutes since 1970, as an epoch counts them. */
const EPOCH = T0 / MINUTE;

export function storeWithGaps(folder = temporaryFolder()) {
  const path = join(folder, STORE_FILE);
  const store = new SqliteStore({ path, retentionMs: 1e12, maximumBytes: 1e12 }, manualClock());
  onTestFinished(() => store.close());
  const addGap = store.database.prepare(
    "INSERT INTO gaps (stream, journal_epoch, first, last, time_from, time_to, opened_at, closed_at, state) VALUES (1, ?, 5, 9, ?, ?, ?, NULL, ?)",
  );
  const addLoss = store.database.prepare("INSERT INTO losses VALUES (NULL, 1, ?, 1, 'journal-full', 7, ?, ?, 1, 2, 3)");
  return {
    path,
    database: store.database,
    /** For a publisher. */
    readers: {
      readMissingTimes: (...range) => readMissingTimes(path, ...range),
      readMissingList: (...range) => readMissingList(path, ...range),
    } satisfies Partial<PublisherSurroundings>,
    gap: (state: string, from: number | null, to: number | null, named = 0) =>
      addGap.run(EPOCH + 2, from === null ? null : at(from), to === null ? null : at(to), at(named), state),
    loss: (from: number, to: number) => addLoss.run(EPOCH, at(from), at(to)),
  };
}
