import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openDatabase, StationError } from "@nonreturn/station";
import type { Batch } from "@nonreturn/wire-format";
import { describe, expect, it } from "vitest";
import { manualClock } from "../../../../test/support/manual-clock.ts";
import { columnsOf, seededBytes, testKeys } from "../../../../test/support/station-keys.ts";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import type { Journal } from "../../src/journal/journal.ts";
import { openJournalReader } from "../../src/journal/journal-reader.ts";
import { openJournal } from "../../src/journal/sqlite-journal.ts";

const batch = (samples: number): Batch => ({ kind: "data", directoryRevision: 1, samples: columnsOf(samples) });

function place() {
  const path = join(temporaryFolder(), "journal.db");
  let sealingEpoch = 10;
  const open = (overrides: { stream?: number; keySeed?: number } = {}): Journal =>
    openJournal(
      {
        path,
        stream: overrides.stream ?? 1,
        sealingEpoch: sealingEpoch++,
        retentionMs: 3_600_000,
        maximumBytes: 1e9,
        maximumBlockBytes: 281_600,
      },
      { ...testKeys(overrides.keySeed), clock: manualClock(), random: seededBytes(sealingEpoch) },
    );
  /** A closed journal of `blocks` blocks. */
  const filled = (blocks: number) => {
    const journal = open();
    for (let block = 0; block < blocks; block++) journal.append([batch(20)]);
    journal.close();
  };
  const alter = (sql: string, ...values: unknown[]) => {
    const database = openDatabase(path, { durability: "normal" });
    const { changes } = database.prepare(sql).run(...values);
    database.close();
    expect(changes).toBeGreaterThan(0);
  };
  const bytesOf = (sequence: number): Buffer => {
    const database = openDatabase(path, { durability: "normal" });
    const row = database.prepare("SELECT bytes FROM blocks WHERE sequence = ?").get(sequence) as { bytes: Buffer };
    database.close();
    return row.bytes;
  };
  return { path, open, filled, alter, bytesOf };
}

function failure(work: () => unknown): StationError {
  try {
    work();
  } catch (error) {
    if (error instanceof StationError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

const flipped = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at]! ^= 1;
  return copy;
};

describe("open journal", () => {
  it("opens what it wrote, with files that nobody else may read", () => {
    const { path, open, filled } = place();
    filled(5);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const journal = open();
    expect(journal.head().sequence).toBe(5);
    expect(statSync(`${path}-wal`).mode & 0o777).toBe(0o600);
    journal.close();
  });

  // Each alteration names the block at which it shows.
  it.each([
    ["the newest block removed", 5, (p: ReturnType<typeof place>) => p.alter("DELETE FROM blocks WHERE sequence = 5")],
    ["all blocks removed", 5, (p: ReturnType<typeof place>) => p.alter("DELETE FROM blocks")],
    [
      "the contents of a block",
      3,
      (p: ReturnType<typeof place>) =>
        p.alter("UPDATE blocks SET bytes = ? WHERE sequence = 3", flipped(p.bytesOf(3), 230)),
    ],
    [
      "the header of a block",
      3,
      (p: ReturnType<typeof place>) =>
        p.alter("UPDATE blocks SET bytes = ? WHERE sequence = 3", flipped(p.bytesOf(3), 70)),
    ],
    [
      "the signature of the newest block",
      5,
      (p: ReturnType<typeof place>) =>
        p.alter("UPDATE blocks SET bytes = ? WHERE sequence = 5", flipped(p.bytesOf(5), 170)),
    ],
    [
      "a block in the place of another",
      2,
      (p: ReturnType<typeof place>) =>
        p.alter("UPDATE blocks SET bytes = (SELECT bytes FROM blocks WHERE sequence = 3) WHERE sequence = 2"),
    ],
    ["the recorded head", 5, (p: ReturnType<typeof place>) => p.alter("UPDATE head SET hash = zeroblob(32)")],
    ["a head that is set back", 4, (p: ReturnType<typeof place>) => p.alter("UPDATE head SET sequence = 4")],
  ])("refuses a journal where somebody altered %s, and leaves it as it is", (_, sequence, alteration) => {
    const here = place();
    here.filled(5);
    alteration(here);
    const before = readFileSync(here.path);
    const error = failure(() => here.open());
    expect(error.code).toBe("JOURNAL_MUTATED");
    expect(error.what).toContain(`block ${sequence} `);
    expect(error.where).toBe(here.path);
    expect(error.action).toMatch(/move the journal.*aside/);
    expect(readFileSync(here.path).equals(before)).toBe(true);
  });

  it("refuses a damaged file by name", () => {
    const { path, open, filled } = place();
    filled(50);
    expect(existsSync(`${path}-wal`)).toBe(false); // closed: everything is in the file
    const bytes = readFileSync(path);
    bytes.fill(0xa5, 4096, 3 * 4096);
    writeFileSync(path, bytes);
    expect(failure(() => open()).code).toBe("DATABASE_CORRUPT");
    writeFileSync(path, "this is no database, whatever its name says; it is long enough to be looked at");
    expect(failure(() => open()).code).toBe("DATABASE_CORRUPT");
  });

  it("refuses another station's journal", () => {
    const { open, filled } = place();
    filled(2);
    expect(failure(() => open({ stream: 2 })).code).toBe("JOURNAL_OTHER_STATION");
    expect(failure(() => open({ keySeed: 2 })).code).toBe("JOURNAL_OTHER_STATION");
  });

  it("is durable: a commit returns after fsync", () => {
    const { path, open } = place();
    open().close();
    const database = openDatabase(path, { durability: "full" });
    expect(database.pragma("synchronous", { simple: true })).toBe(2);
    expect(database.pragma("journal_mode", { simple: true })).toBe("wal");
    database.close();
  });

  it("can be read on another connection while it is written", () => {
    const { path, open } = place();
    const journal = open();
    const reader = openJournalReader(path);
    expect(reader.head().sequence).toBe(0);
    journal.append([batch(3), batch(4)]);
    expect(reader.head().sequence).toBe(2);
    expect(reader.read(1, 9, 10, 1e9).map(({ sampleCount }) => sampleCount)).toEqual([3, 4]);
    reader.close();
    journal.close();
  });
});
