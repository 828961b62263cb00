/** Reads the journal on a connection of its own, while the journal thread writes.
 *  journal.db → [journal reader] → second pass, backlog, replay, directory repeats */
import { type Database, openDatabase } from "@nonreturn/station/thread";
import type { BatchKind } from "@nonreturn/wire-format";
import type { JournaledBlock, JournalHead, JournalReader } from "./journal.ts";

interface BlockRow {
  sequence: number;
  sealing_epoch: number;
  kind: number;
  sealed_at: number;
  sample_count: number;
  hash: Buffer;
  bytes: Buffer;
}

/** @throws {StationError} DATABASE_OPEN, DATABASE_CORRUPT */
export function openJournalReader(path: string): JournalReader {
  const database = openDatabase(path, { durability: "full", readOnly: true });
  return { ...readsOf(database), close: () => void database.close() };
}

/** The read half of a journal on an open database: shared by the reader and the journal itself. */
export function readsOf(database: Database): Omit<JournalReader, "close"> {
  const blocks = database.prepare<[number, number, number], BlockRow>(
    "SELECT * FROM blocks WHERE sequence BETWEEN ? AND ? ORDER BY sequence LIMIT ?",
  );
  const head = database.prepare<[], { sequence: number; sealing_epoch: number; hash: Buffer; oldest: number }>(
    "SELECT sequence, sealing_epoch, hash, oldest FROM head",
  );
  const since = database.prepare<[number, number], { sequence: number }>(
    "SELECT sequence FROM blocks WHERE sequence >= ? AND sealed_at >= ? ORDER BY sequence LIMIT 1",
  );
  const sealedAtOf = database.prepare<[number], { sealed_at: number }>(
    "SELECT sealed_at FROM blocks WHERE sequence = ?",
  );
  const readHead = (): JournalHead & { oldest: number } => {
    const row = head.get();
    if (row === undefined) return { sequence: 0, sealingEpoch: 0, hash: new Uint8Array(32), oldest: 1 };
    return { sequence: row.sequence, sealingEpoch: row.sealing_epoch, hash: row.hash, oldest: row.oldest };
  };
  return {
    read(first, last, maxBlocks, maxBytes) {
      const found: JournaledBlock[] = [];
      let bytes = 0;
      for (const row of blocks.iterate(first, last, maxBlocks)) {
        if (found.length > 0 && bytes + row.bytes.length > maxBytes) break;
        bytes += row.bytes.length;
        found.push(blockOf(row));
      }
      return found;
    },
    oldest: () => readHead().oldest,
    head: () => {
      const { sequence, sealingEpoch, hash } = readHead();
      return { sequence, sealingEpoch, hash };
    },
    firstSealedSince(time) {
      // Sealed-at is monotone, so halving the range finds it without an index.
      const { sequence, oldest } = readHead();
      let low = oldest;
      let high = sequence + 1;
      while (low < high) {
        const middle = Math.floor((low + high) / 2);
        const row = sealedAtOf.get(middle);
        if (row === undefined) return since.get(low, time)?.sequence ?? sequence + 1;
        if (row.sealed_at >= time) high = middle;
        else low = middle + 1;
      }
      return low;
    },
  };
}

export function blockOf(row: BlockRow): JournaledBlock {
  return {
    sequence: row.sequence,
    sealingEpoch: row.sealing_epoch,
    batchKind: row.kind as BatchKind,
    sealedAt: row.sealed_at,
    sampleCount: row.sample_count,
    hash: row.hash,
    bytes: row.bytes,
  };
}
