/** A store that was damaged while the station was off: refused by name, or nothing of the damage is trusted. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openDatabase, StationError } from "@nonreturn/station";
import { ANNOUNCE_BIT, blockHash, type HeartbeatBatch, openBlock, WireError } from "@nonreturn/wire-format";
import { describe, expect, it } from "vitest";
import { Chance } from "../../../../test/support/hostile/chance.ts";
import { soundBlock } from "../../../../test/support/hostile/crafted-blocks.ts";
import { FOREIGN_FILES, MUTATIONS, mutated } from "../../../../test/support/hostile/mutated-file.ts";
import { manualClock } from "../../../../test/support/manual-clock.ts";
import { testKeys } from "../../../../test/support/station-keys.ts";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { openStored } from "../../src/open/open-stored.ts";
import { GapLedger } from "../../src/record/gap-ledger.ts";
import { LinkWatch } from "../../src/record/link-watch.ts";
import { SqliteStore } from "../../src/record/sqlite-store.ts";
import { openStoreReader } from "../../src/record/store-reader.ts";

const { keys, opening } = testKeys();
const BLOCKS = 40;
const MISSING = 20;
const TIMES = 60;
const EPOCH = 100;
const NAMED = ["DATABASE_CORRUPT", "DATABASE_NEWER", "DATABASE_SCHEMA", "STORE_MUTATED"];

const blockOf = (sequence: number) => {
  const { bytes, header, hash } = soundBlock(keys, { sealingEpoch: EPOCH, sequence }); // forks: none follows from another
  return { bytes, header, hash, batch: openBlock(bytes, opening).batch };
};
const heartbeat: HeartbeatBatch = {
  kind: "heartbeat",
  counter: 7,
  senderTime: 1_795_420_800_000_000,
  headSequence: BLOCKS,
  headSealingEpoch: EPOCH,
  headHash: new Uint8Array(32),
  oldestSequence: 1,
  spreadMs: 40,
  secondPassAfterMs: 60_000,
  directoryRevision: 1,
};

function open(path: string) {
  const clock = manualClock();
  const store = new SqliteStore({ path, retentionMs: 1e9, maximumBytes: 1e9 }, clock);
  const gaps = new GapLedger(store, 1, clock);
  const watch = new LinkWatch(store.database, 1 | ANNOUNCE_BIT, 3000, clock);
  return { clock, store, gaps, watch };
}

/** Blocks 1 … 40 but for one, a gap named in its place, a heartbeat heard. */
function good() {
  const path = join(temporaryFolder(), "store.db");
  const { clock, store, gaps, watch } = open(path);
  const bytes = new Map<number, Uint8Array>();
  for (let sequence = 1; sequence <= BLOCKS; sequence++) {
    if (sequence === MISSING) continue;
    const block = blockOf(sequence);
    bytes.set(sequence, block.bytes);
    store.record([{ block, lane: "live" }]);
  }
  watch.hear(1 | ANNOUNCE_BIT, EPOCH, heartbeat);
  gaps.announce(EPOCH, heartbeat);
  clock.advance(1000);
  gaps.look();
  const held = store.heldRanges();
  store.close();
  return { path, blocks: bytes, held, file: readFileSync(path) };
}

/** "as it was", "blocks refused", or the code of the refusal; what is trusted wrongly throws. */
function outcome(before: ReturnType<typeof good>, file: Uint8Array): string {
  for (const end of ["-wal", "-shm"]) if (existsSync(before.path + end)) rmSync(before.path + end);
  writeFileSync(before.path, file);
  let opened: ReturnType<typeof open>;
  try {
    opened = open(before.path);
  } catch (error) {
    if (!(error instanceof StationError)) throw error;
    expect(NAMED).toContain(error.code);
    expect(error.action.length).toBeGreaterThan(20);
    return error.code;
  }
  const { store, gaps, watch, clock } = opened;
  try {
    expect(store.heldRanges()).toEqual(before.held);
    // The recording of a heartbeat is no sign of life, a new one is.
    expect(watch.hear(1 | ANNOUNCE_BIT, EPOCH, heartbeat)).toBe(false);
    clock.advance(1000);
    gaps.look();
    expect(store.held(1, EPOCH).missing(1, BLOCKS)).toEqual([{ first: MISSING, last: MISSING }]);
    let result = "as it was";
    const reader = openStoreReader(before.path);
    let readable = 0;
    for (const block of [...reader.readAfter("live", 0, 1000, 1e9), ...reader.readAfter("late", 0, 1000, 1e9)]) {
      try {
        const { header } = openStored(block, opening);
        // The signature was checked before it was recorded; `verify` checks it again.
        expect(blockHash(block.bytes)).toEqual(blockHash(before.blocks.get(header.sequence)!));
        readable++;
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
      }
    }
    reader.close();
    if (readable < before.blocks.size) result = "blocks refused";
    try {
      store.record([{ block: blockOf(BLOCKS + 1), lane: "live" }]);
    } catch (error) {
      if (!(error instanceof StationError)) throw error;
      expect(NAMED).toContain(error.code); // an alarm of the running station
      result = `${error.code} when written`;
    }
    return result;
  } catch (error) {
    if (error instanceof Error && (error as { code?: string }).code?.startsWith("SQLITE_CORRUPT"))
      return "noticed when read";
    throw error;
  } finally {
    store.close();
  }
}

describe("a mutated store", () => {
  it("opens as it was while nothing is changed", () => {
    const before = good();
    expect(outcome(before, before.file)).toBe("as it was");
  });

  it.each(MUTATIONS)("%s: refused by name, or not trusted", (mutation) => {
    const before = good();
    const chance = new Chance(MUTATIONS.indexOf(mutation) + 1);
    const outcomes: Record<string, number> = {};
    for (let times = 0; times < TIMES; times++) {
      const result = outcome(before, mutated(before.file, mutation, chance));
      outcomes[result] = (outcomes[result] ?? 0) + 1;
    }
    const noticed = TIMES - (outcomes["as it was"] ?? 0);
    if (mutation !== "lengthened") expect(noticed).toBeGreaterThan(TIMES / 10); // control: the damage reaches what matters
  });

  it.each(Object.entries(FOREIGN_FILES))("%s in its place is refused by name", (_, bytes) => {
    expect(outcome(good(), bytes)).toBe("DATABASE_CORRUPT");
  });

  // SQLite's own check passes all of these.
  it.each([
    ["a block held that never came", "UPDATE held SET last = 60 WHERE first > 20"],
    ["a gap hidden below the origin", "UPDATE chains SET origin = 30"],
    ["a sign of life yet to come", "UPDATE life SET counter = 1000000"],
  ])("the ledger altered to %s is refused", (_, sql) => {
    const before = good();
    const database = openDatabase(before.path, { durability: "normal" });
    expect(database.prepare(sql).run().changes).toBe(1);
    database.close();
    expect(outcome(before, readFileSync(before.path))).toBe("STORE_MUTATED");
  });
});
