/** Reads the store on a connection of its own, while the record thread writes.
 *  store.db → [store reader] → publishers, verify */
import { openDatabase } from "@nonreturn/station/thread";
import type { BatchKind } from "@nonreturn/wire-format";
import type { BlockOutline, Lane, StoredBlock, StoreReader } from "./store.ts";
import { LANE_NUMBER } from "./store-schema.ts";

interface Row {
  position: number;
  lane: number;
  stream: number;
  journal_epoch: number;
  sealing_epoch: number;
  sequence: number;
  kind: number;
  sample_count: number;
  recorded_at: number;
  bytes: Buffer;
}

/** @throws {StationError} DATABASE_OPEN, DATABASE_CORRUPT */
export function openStoreReader(path: string): StoreReader {
  const database = openDatabase(path, { durability: "full", readOnly: true });
  const after = database.prepare<[number, number, number], Row>(
    "SELECT * FROM blocks WHERE lane = ? AND position > ? ORDER BY position LIMIT ?",
  );
  const outline = database.prepare<[number, number, number], BlockOutline>(
    `SELECT position, kind, sample_count AS samples, length(bytes) AS bytes, sealed_at AS sealedAt, recorded_at AS recordedAt
     FROM blocks WHERE lane = ? AND position > ? ORDER BY position LIMIT ?`,
  );
  const directory = database.prepare<[], Row>("SELECT * FROM blocks WHERE kind = 3 ORDER BY position");
  const events = database.prepare<[number, number], Row>(
    "SELECT * FROM blocks WHERE kind = 2 AND position > ? ORDER BY position LIMIT ?",
  );
  const at = database.prepare<[number], Row>("SELECT * FROM blocks WHERE position = ?");
  // One aggregate each: together they would look at every block of the lane.
  const first = database.prepare<[number], { position: number | null }>(
    "SELECT min(position) AS position FROM blocks WHERE lane = ?",
  );
  const last = database.prepare<[number], { position: number | null }>(
    "SELECT max(position) AS position FROM blocks WHERE lane = ?",
  );
  const removed = database.prepare<[number], { position: number }>("SELECT position FROM removed WHERE lane = ?");
  const removedThrough = (lane: Lane): number => removed.get(LANE_NUMBER[lane])?.position ?? 0;
  return {
    readAfter(lane, position, maxBlocks, maxBytes, maxSamples = Number.POSITIVE_INFINITY) {
      const found: StoredBlock[] = [];
      let bytes = 0;
      let samples = 0;
      for (const row of after.iterate(LANE_NUMBER[lane], position, maxBlocks)) {
        bytes += row.bytes.length;
        samples += row.sample_count;
        if (found.length > 0 && (bytes > maxBytes || samples > maxSamples)) break;
        found.push(storedBlock(row));
      }
      return found;
    },
    outline: (lane, position, maxBlocks) => outline.all(LANE_NUMBER[lane], position, maxBlocks),
    directoryBlocks: () => directory.all().map(storedBlock),
    eventBlocks: (position, maxBlocks) => events.all(position, maxBlocks).map(storedBlock),
    blockAt(position) {
      const row = at.get(position);
      return row === undefined ? undefined : storedBlock(row);
    },
    lastPosition: (lane) => last.get(LANE_NUMBER[lane])?.position ?? 0,
    oldestPosition: (lane) => first.get(LANE_NUMBER[lane])?.position ?? removedThrough(lane) + 1,
    removedThrough,
    close: () => void database.close(),
  };
}

function storedBlock(row: Row): StoredBlock {
  return {
    position: row.position,
    lane: row.lane === LANE_NUMBER.live ? "live" : "late",
    identity: { stream: row.stream, sealingEpoch: row.sealing_epoch, sequence: row.sequence },
    journalEpoch: row.journal_epoch,
    batchKind: row.kind as BatchKind,
    sampleCount: row.sample_count,
    recordedAt: row.recorded_at,
    bytes: row.bytes,
  };
}
