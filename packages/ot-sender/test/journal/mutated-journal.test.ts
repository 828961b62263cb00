/** A journal that was damaged while the station was off: refused by name, or nothing of the damage is trusted. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openDatabase, StationError } from "@nonreturn/station";
import { type Batch, verifyBlock, WireError } from "@nonreturn/wire-format";
import { describe, expect, it } from "vitest";
import { Chance } from "../../../../test/support/hostile/chance.ts";
import { FOREIGN_FILES, MUTATIONS, mutated } from "../../../../test/support/hostile/mutated-file.ts";
import { manualClock } from "../../../../test/support/manual-clock.ts";
import { columnsOf, seededBytes, testKeys } from "../../../../test/support/station-keys.ts";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import type { JournaledAlarm } from "../../src/alarm/alarm-settings.ts";
import type { AppendableBatch, ConfiguredTag, Journal, JournalHead } from "../../src/journal/journal.ts";
import { openJournal } from "../../src/journal/sqlite-journal.ts";

const { keys, opening } = testKeys();
const BLOCKS = 40;
const TIMES = 60;
/** What a start may be refused with: each says what to do, and none is worth a restart. */
const NAMED = [
  "DATABASE_CORRUPT",
  "DATABASE_NEWER",
  "DATABASE_SCHEMA",
  "JOURNAL_MUTATED",
  "JOURNAL_OTHER_STATION",
  "EPOCH_FILE",
];

const TAGS: readonly ConfiguredTag[] = Array.from({ length: 20 }, (_, at) => ({
  path: `hall/line ${at}/temperature`,
  dataType: "FLOAT32",
  unit: "°C",
  description: "",
  device: "plc",
  maximumSilenceMs: 0,
}));
const batch = (block: number): Batch => ({
  kind: "data",
  directoryRevision: 1,
  samples: columnsOf(20, 1 + (block % 7)),
});
/** Two alarms come, one of the block before goes. */
const events = (block: number): AppendableBatch => ({
  kind: "events",
  directoryRevision: 1,
  events: [-9, 0, 1].map((ahead) => ({
    tagId: 1 + block + ahead,
    condition: "High",
    state: ahead < 0 ? "inactive" : "active",
    severity: 500,
    text: "above 90",
    value: 91,
    time: 1_795_420_800_000_000 + block,
  })),
});

function open(path: string, sealingEpoch: number): Journal {
  return openJournal(
    { path, stream: 1, sealingEpoch, retentionMs: 3_600_000, maximumBytes: 1e9, maximumBlockBytes: 281_600 },
    { keys, opening, clock: manualClock(), random: seededBytes(sealingEpoch) },
  );
}

const plain = (head: JournalHead) => ({ ...head, hash: Buffer.from(head.hash).toString("hex") });

/** A good journal file, and what must come out of it. */
function good() {
  const path = join(temporaryFolder(), "journal.db");
  const journal = open(path, 10);
  const { tagIds } = journal.resolveDirectory(TAGS);
  for (let block = 0; block < BLOCKS; block++) journal.append([block % 10 === 9 ? events(block) : batch(block)]);
  journal.markSent(1, 10);
  const blocks = journal.read(1, 1000, 1000, 1e9).map(({ bytes }) => Buffer.from(bytes));
  const head = plain(journal.head());
  const alarms = { number: journal.eventSequence, active: journal.activeAlarms() };
  journal.close();
  return { path, blocks, head, tagIds, alarms, bytes: readFileSync(path) };
}

/** "as it was", "blocks refused" where damaged blocks do not verify, or the code of the refusal; what is trusted wrongly throws. */
function outcome(before: ReturnType<typeof good>, bytes: Uint8Array): string {
  writeFileSync(before.path, bytes);
  let journal: Journal | undefined;
  let tagIds: readonly number[];
  try {
    journal = open(before.path, 11);
    tagIds = journal.resolveDirectory(TAGS).tagIds; // a part of every start
  } catch (error) {
    if (!(error instanceof StationError)) throw error;
    expect(NAMED).toContain(error.code);
    expect(error.where).toContain(before.path);
    expect(error.action.length).toBeGreaterThan(20);
    if (journal === undefined)
      expect(Buffer.compare(readFileSync(before.path), bytes)).toBe(0); // evidence stays as it is
    else close(journal);
    return error.code;
  }
  try {
    expect(plain(journal.head())).toEqual(before.head);
    let result = "as it was";
    before.blocks.forEach((block, at) => {
      const [held] = journal.read(at + 1, at + 1, 1, 1e9);
      if (held !== undefined && block.equals(held.bytes)) return;
      result = "blocks refused";
      if (held !== undefined) expect(() => verifyBlock(held.bytes, opening)).toThrow(WireError);
    });
    expect(tagIds).toEqual(before.tagIds);
    const { number, active } = before.alarms;
    const which = (alarms: readonly JournaledAlarm[]) => alarms.map(({ tagId, condition }) => `${tagId} ${condition}`);
    expect(journal.eventSequence).toBe(number);
    expect(which(journal.activeAlarms())).toEqual(which(active));
    try {
      const [next] = journal.append([batch(0)]);
      expect(verifyBlock(next!.bytes, opening).sequence).toBe(BLOCKS + 2);
    } catch (error) {
      // A running station says so as an alarm, and loses nothing silently.
      if (!(error instanceof StationError)) throw error;
      expect(NAMED).toContain(error.code);
      result = `${error.code} when written`;
    }
    return result;
  } finally {
    close(journal);
  }
}

function close(journal: Journal): void {
  try {
    journal.close();
  } catch (error) {
    if (!(error instanceof StationError)) throw error;
    expect(NAMED).toContain(error.code);
  }
}

describe("a mutated journal", () => {
  it("opens as it was while nothing is changed", () => {
    const before = good();
    expect(outcome(before, before.bytes)).toBe("as it was");
  });

  it.each(MUTATIONS)("%s: refused by name, or not trusted", (mutation) => {
    const before = good();
    const chance = new Chance(MUTATIONS.indexOf(mutation) + 1);
    const outcomes: Record<string, number> = {};
    for (let times = 0; times < TIMES; times++) {
      const result = outcome(before, mutated(before.bytes, mutation, chance));
      outcomes[result] = (outcomes[result] ?? 0) + 1;
    }
    const refused = TIMES - (outcomes["as it was"] ?? 0);
    if (mutation !== "lengthened") expect(refused).toBeGreaterThan(TIMES / 10); // control: the damage reaches what matters
  });

  it.each(Object.entries(FOREIGN_FILES))("%s in its place is refused by name", (_, bytes) => {
    expect(outcome(good(), bytes)).toBe("DATABASE_CORRUPT");
  });

  it("another program's database in its place is refused by name", () => {
    const before = good();
    const path = join(temporaryFolder(), "other.db");
    const database = openDatabase(path, { durability: "full" });
    database.exec("CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('not ours')");
    database.close();
    expect(outcome(before, readFileSync(path))).toBe("DATABASE_SCHEMA");
  });
});
