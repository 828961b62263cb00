/** Records blocks: ledger and sealed bytes in one transaction. Finds forks; removes what is past retention.
 *  order → [SQLite store] → publishers */
import { type Clock, type Database, explainDatabaseError, migrate, openDatabase } from "@nonreturn/station/thread";
import type { LossRecord, SequenceSet } from "@nonreturn/wire-format";
import type { OpenedBlock } from "../open/open-block.ts";
import { type HeldRange, Ledger } from "./ledger.ts";
import type { OrderedBlock } from "./order.ts";
import { checkRows } from "./row-check.ts";
import { LANE_NUMBER, STORE_MIGRATIONS } from "./store-schema.ts";

/** new: recorded. held: was recorded before. fork: recorded beside another block of its place in the chain. */
export type RecordOutcome = "new" | "held" | "fork";

export interface StoreSettings {
  readonly path: string;
  readonly retentionMs: number;
  readonly maximumBytes: number;
}

/** Blocks removed per call, so that recording is never held up for long. */
const RETENTION_SLICE = 512;

export class SqliteStore {
  readonly database: Database;
  readonly #settings: StoreSettings;
  readonly #clock: Clock;
  readonly #statements: ReturnType<typeof prepare>;
  readonly #ledger: Ledger;
  #bytes: number;
  #blocks: number;

  /** @throws {StationError} DATABASE_OPEN, DATABASE_CORRUPT, DATABASE_SCHEMA, DATABASE_NEWER, DATABASE_DURABILITY, STORE_MUTATED */
  constructor(settings: StoreSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.database = openDatabase(settings.path, { durability: "full", integrity: "quick-check" });
    try {
      migrate(this.database, STORE_MIGRATIONS);
      checkRows(this.database, settings.path);
      this.#statements = prepare(this.database);
      const { bytes, blocks } = this.#statements.extent.get()!;
      this.#bytes = bytes;
      this.#blocks = blocks;
      this.#ledger = new Ledger(this.database);
    } catch (error) {
      this.database.close();
      throw explainDatabaseError(error, settings.path);
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  get blocks(): number {
    return this.#blocks;
  }

  /** The whole ledger, for the intake's start. */
  heldRanges(): HeldRange[] {
    return this.#ledger.ranges();
  }

  held(stream: number, journalEpoch: number): SequenceSet {
    return this.#ledger.held(stream, journalEpoch);
  }

  /**
   * Record blocks in order, in ONE transaction.
   * @returns what became of each, and the last position of each lane (0 where none was recorded).
   * @throws {StationError} DISK_FULL, DATABASE_…: then nothing of it is recorded, in the file or in memory.
   */
  record(blocks: readonly OrderedBlock[]): {
    readonly outcomes: RecordOutcome[];
    readonly live: number;
    readonly late: number;
  } {
    const size = { bytes: this.#bytes, blocks: this.#blocks };
    const last = { live: 0, late: 0 };
    try {
      const recorded = this.database
        .transaction(() => {
          const outcomes = blocks.map(({ block, lane }) => {
            const outcome = this.#recordOne(block, lane);
            if (outcome.position > 0) last[lane] = outcome.position;
            return outcome.is;
          });
          this.#ledger.save();
          return { outcomes, ...last };
        })
        .immediate();
      this.#ledger.settle();
      return recorded;
    } catch (error) {
      this.#ledger.undo();
      this.#bytes = size.bytes;
      this.#blocks = size.blocks;
      throw explainDatabaseError(error, this.#settings.path);
    }
  }

  /** Highest recorded live sequence per journal epoch. */
  highestLive(): Map<number, number> {
    return new Map(this.#statements.highestLive.all().map((row) => [row.journal_epoch, row.sequence]));
  }

  /**
   * Remove stored blocks that are too old or beyond the size; the ledger keeps their sequences. Directory blocks stay: they are few, and
   * older blocks cannot be named without them.
   * @param publishedThrough  by lane: positions above are still needed by a publisher, and go only when the size leaves no choice.
   */
  retain(publishedThrough: { readonly live: number; readonly late: number }): number {
    const tooOld = this.#clock.nowUtcMicros() - this.#settings.retentionMs * 1000;
    const candidates = this.#statements.oldest.all(RETENTION_SLICE);
    const removable = candidates.filter(({ lane, position, recorded_at }) => {
      const isPublished = position <= publishedThrough[lane === LANE_NUMBER.live ? "live" : "late"];
      return isPublished && recorded_at < tooOld;
    });
    let excess = this.#bytes - this.#settings.maximumBytes;
    const chosen = new Set(removable);
    for (const row of removable) excess -= row.byte_length;
    for (const row of candidates) {
      if (excess <= 0) break;
      if (chosen.has(row)) continue;
      chosen.add(row);
      excess -= row.byte_length;
    }
    if (chosen.size === 0) return 0;
    this.database
      .transaction(() => {
        for (const { position, lane } of chosen) {
          this.#statements.remove.run(position);
          this.#statements.noteRemoved.run(position, lane);
        }
      })
      .immediate();
    for (const { byte_length } of chosen) this.#bytes -= byte_length;
    this.#blocks -= chosen.size;
    return chosen.size;
  }

  addLosses(block: OpenedBlock, records: readonly LossRecord[]): void {
    const { stream, journalEpoch, sequence } = block.header;
    for (const record of records) {
      this.#statements.addLoss.run(
        stream,
        journalEpoch,
        sequence,
        record.reason,
        record.sampleCount,
        record.firstTimestamp,
        record.lastTimestamp,
        record.firstSequence,
        record.lastSequence,
        record.tagIds.length + record.tagsOmitted,
      );
    }
  }

  addFork(block: { readonly header: OpenedBlock["header"]; readonly hash: Uint8Array }, reason: string): void {
    const { stream, journalEpoch, sequence, sealingEpoch } = block.header;
    const now = this.#clock.nowUtcMicros();
    this.#statements.addFork.run(stream, journalEpoch, sequence, sealingEpoch, block.hash, reason, now);
  }

  close(): void {
    this.database.close();
  }

  #recordOne(block: OpenedBlock, lane: "live" | "late"): { is: RecordOutcome; position: number } {
    const { stream, journalEpoch, sealingEpoch, sequence } = block.header;
    const same = this.#statements.hashes.all(stream, journalEpoch, sequence);
    if (same.some(({ hash }) => hash.equals(block.hash))) return { is: "held", position: 0 };
    // Once its bytes are gone a block cannot be compared any more; the ledger's word counts.
    if (same.length === 0 && this.held(stream, journalEpoch).has(sequence)) return { is: "held", position: 0 };
    const fork = same.length > 0 ? "another block has the same sequence" : this.#wrongJoint(block);
    if (fork !== undefined) this.addFork(block, fork);
    const position = this.#insert(block, lane);
    this.#ledger.add(stream, journalEpoch, sealingEpoch, sequence);
    if (block.batch.kind === "loss") this.addLosses(block, block.batch.records);
    return { is: fork === undefined ? "new" : "fork", position };
  }

  /** Both neighbours, where they are stored, must agree: the one before with our previous hash, the one after with our hash. */
  #wrongJoint({ header, hash }: OpenedBlock): string | undefined {
    const { stream, journalEpoch, sequence, previousHash } = header;
    const before = this.#statements.hashes.all(stream, journalEpoch, sequence - 1);
    if (before.length > 0 && !before.some((row) => row.hash.equals(previousHash)))
      return "it does not follow from the block before";
    const behind = this.#statements.previousHashes.all(stream, journalEpoch, sequence + 1);
    if (behind.length > 0 && !behind.some((row) => row.previous_hash.equals(hash)))
      return "the block behind does not follow from it";
    return undefined;
  }

  #insert({ header, hash, bytes }: OpenedBlock, lane: "live" | "late"): number {
    const { lastInsertRowid } = this.#statements.insert.run(
      LANE_NUMBER[lane],
      header.stream,
      header.journalEpoch,
      header.sealingEpoch,
      header.sequence,
      header.batchKind,
      header.sampleCount,
      header.sealedAt,
      this.#clock.nowUtcMicros(),
      hash,
      header.previousHash,
      bytes,
    );
    this.#bytes += bytes.length;
    this.#blocks++;
    return Number(lastInsertRowid);
  }
}

function prepare(database: Database) {
  return {
    extent: database.prepare<[], { bytes: number; blocks: number }>(
      "SELECT coalesce(sum(length(bytes)), 0) AS bytes, count(*) AS blocks FROM blocks",
    ),
    hashes: database.prepare<[number, number, number], { hash: Buffer }>(
      "SELECT hash FROM blocks WHERE stream = ? AND journal_epoch = ? AND sequence = ?",
    ),
    previousHashes: database.prepare<[number, number, number], { previous_hash: Buffer }>(
      "SELECT previous_hash FROM blocks WHERE stream = ? AND journal_epoch = ? AND sequence = ?",
    ),
    highestLive: database.prepare<[], { journal_epoch: number; sequence: number }>(
      "SELECT journal_epoch, max(last) AS sequence FROM held GROUP BY journal_epoch",
    ),
    insert: database.prepare(
      `INSERT INTO blocks (lane, stream, journal_epoch, sealing_epoch, sequence, kind, sample_count, sealed_at, recorded_at, hash, previous_hash, bytes)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    oldest: database.prepare<[number], { position: number; lane: number; recorded_at: number; byte_length: number }>(
      "SELECT position, lane, recorded_at, length(bytes) AS byte_length FROM blocks WHERE kind <> 3 ORDER BY position LIMIT ?",
    ),
    remove: database.prepare("DELETE FROM blocks WHERE position = ?"),
    noteRemoved: database.prepare("UPDATE removed SET position = max(position, ?) WHERE lane = ?"),
    addLoss: database.prepare(
      `INSERT INTO losses (stream, journal_epoch, sequence, reason, sample_count, first_timestamp, last_timestamp, first_sequence, last_sequence, tag_count)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    addFork: database.prepare(
      "INSERT INTO forks (stream, journal_epoch, sequence, sealing_epoch, hash, reason, noticed_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
    ),
  };
}
