/** The journal on disk: sealing, chaining and committing in one transaction.
 *  batch → [SQLite journal] → egress */
import { type Clock, type Database, explainDatabaseError, migrate, openDatabase } from "@nonreturn/station/thread";
import {
  type Batch,
  BatchKind,
  type OpeningKeys,
  type SealedBlock,
  type SealingKeys,
  sealBlock,
  WireError,
} from "@nonreturn/wire-format";
import type { JournaledAlarm } from "../alarm/alarm-settings.ts";
import { AlarmTable } from "./alarm-table.ts";
import { checkAlarms } from "./check-alarms.ts";
import { checkChain } from "./check-chain.ts";
import { checkDirectory } from "./check-directory.ts";
import { createHead, type HeadPlace, refuseOtherHead, refuseOtherStation, refuseUsedEpoch } from "./check-head.ts";
import { directoryDigest, directoryParts } from "./directory-parts.ts";
import type {
  AppendableBatch,
  ConfiguredTag,
  Journal,
  JournaledBlock,
  JournalHead,
  ResolvedDirectory,
  RetentionResult,
} from "./journal.ts";
import { readsOf } from "./journal-reader.ts";
import { JOURNAL_MIGRATIONS } from "./journal-schema.ts";
import { Retention, type RetentionBounds, type RetentionRow } from "./retention.ts";
import { SentBlocks } from "./sent-blocks.ts";
import { TagTable } from "./tag-table.ts";

export interface JournalSettings extends HeadPlace, RetentionBounds {
  /** Largest sealed block the link can carry. */
  readonly maximumBlockBytes: number;
}

/** Sources of randomness, time and keys. */
export interface JournalSurroundings {
  readonly keys: SealingKeys;
  /** Open this station's own blocks: to check the head's signature, and to name the tags of what must be dropped. */
  readonly opening: OpeningKeys;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
}

/**
 * Open the journal, or create it.
 *
 * @throws {StationError} DATABASE_CORRUPT if the file is damaged, JOURNAL_MUTATED if the chain does not hold, JOURNAL_OTHER_STATION if
 *   it was written under other keys or another stream, EPOCH_FILE if the epoch is not above the last one it was sealed in.
 */
export function openJournal(settings: JournalSettings, surroundings: JournalSurroundings): Journal {
  const database = openDatabase(settings.path, { durability: "full", integrity: "full-check" });
  try {
    return journalOn(database, settings, surroundings);
  } catch (error) {
    database.close();
    throw explainDatabaseError(error, settings.path);
  }
}

/** The same on a database that is open already. The journal closes it. */
export function journalOn(database: Database, settings: JournalSettings, surroundings: JournalSurroundings): Journal {
  migrate(database, JOURNAL_MIGRATIONS);
  createHead(database, settings, surroundings.keys);
  refuseOtherStation(database, settings, surroundings.keys);
  checkChain(readsOf(database), surroundings.opening, settings.path);
  refuseOtherHead(database, settings.path);
  checkDirectory(database, surroundings.opening, settings.path);
  checkAlarms(database, surroundings.opening, settings.path);
  refuseUsedEpoch(database, settings);
  return new SqliteJournal(database, settings, surroundings);
}

interface HeadState extends JournalHead {
  readonly sealedAt: number;
  readonly eventSequence: number;
}

class SqliteJournal implements Journal {
  readonly journalEpoch: number;
  readonly read: Journal["read"];
  readonly oldest: Journal["oldest"];
  readonly firstSealedSince: Journal["firstSealedSince"];
  readonly #database: Database;
  readonly #settings: JournalSettings;
  readonly #surroundings: JournalSurroundings;
  readonly #statements: ReturnType<typeof prepare>;
  readonly #tags: TagTable;
  readonly #alarms: AlarmTable;
  readonly #sent: SentBlocks;
  readonly #retention: Retention;
  #head: HeadState;
  #sealingEpoch: number;
  #bytes: number;
  #blocks: number;
  #directoryRevision: number;

  constructor(database: Database, settings: JournalSettings, surroundings: JournalSurroundings) {
    this.#database = database;
    this.#settings = settings;
    this.#surroundings = surroundings;
    this.#statements = prepare(database);
    this.#tags = new TagTable(database);
    this.#alarms = new AlarmTable(database);
    this.#sent = new SentBlocks(database);
    const reads = readsOf(database);
    this.read = reads.read;
    this.oldest = reads.oldest;
    this.firstSealedSince = reads.firstSealedSince;
    const { clock, opening } = surroundings;
    this.#retention = new Retention(database, settings, clock, opening, this.#sent, this.read);
    const row = this.#statements.head.get()!;
    this.journalEpoch = row.journal_epoch;
    this.#head = {
      sequence: row.sequence,
      sealingEpoch: row.sealing_epoch,
      hash: row.hash,
      sealedAt: row.sealed_at,
      eventSequence: row.event_sequence,
    };
    this.#sealingEpoch = settings.sealingEpoch;
    this.#directoryRevision = row.directory_revision;
    const extent = this.#statements.extent.get()!;
    this.#bytes = extent.bytes;
    this.#blocks = extent.blocks;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get blocks(): number {
    return this.#blocks;
  }

  get directoryRevision(): number {
    return this.#directoryRevision;
  }

  get eventSequence(): number {
    return this.#head.eventSequence;
  }

  head(): JournalHead {
    return this.#head;
  }

  startEpoch(sealingEpoch: number): void {
    if (sealingEpoch <= this.#sealingEpoch)
      throw new RangeError(`epoch ${sealingEpoch} is not above ${this.#sealingEpoch}`);
    this.#sealingEpoch = sealingEpoch;
  }

  append(batches: readonly AppendableBatch[]): JournaledBlock[] {
    if (batches.length === 0) return [];
    return this.#commit(() => this.#seal(batches.map((batch) => this.#numbered(batch))));
  }

  activeAlarms(): readonly JournaledAlarm[] {
    return this.#alarms.all();
  }

  resolveDirectory(tags: readonly ConfiguredTag[]): ResolvedDirectory {
    const statements = this.#statements;
    const resolved = this.#commit((): ResolvedDirectory => {
      const tagIds = this.#tags.resolve(tags);
      const snapshot = this.#tags.snapshot(new Set(tagIds));
      const digest = directoryDigest(snapshot);
      const before = statements.head.get()!;
      if (before.directory_revision > 0 && digest.equals(before.directory_digest)) {
        const sequences = statements.directoryParts.all().map((part) => part.sequence);
        return { revision: before.directory_revision, tagIds, sequences, appended: [] };
      }
      const revision = before.directory_revision + 1;
      const appended = this.#seal(directoryParts(snapshot, revision));
      statements.clearDirectoryParts.run();
      appended.forEach((block, part) => void statements.addDirectoryPart.run(part, block.sequence));
      statements.setDirectory.run(revision, digest);
      return { revision, tagIds, sequences: appended.map((block) => block.sequence), appended };
    });
    this.#directoryRevision = resolved.revision;
    return resolved;
  }

  markSent(first: number, last: number): void {
    this.#sent.mark(first, last);
  }

  unsent(): readonly { readonly first: number; readonly last: number }[] {
    const oldest = this.oldest();
    return oldest > this.#head.sequence ? [] : this.#sent.missing(oldest, this.#head.sequence);
  }

  retain(): RetentionResult {
    const oldest = this.oldest();
    const { settled, unsent } = this.#retention.choose(oldest, this.#head.sequence, this.#bytes);
    const removedBlocks = settled.length;
    if (removedBlocks + unsent.length === 0) {
      if (!this.#sent.isSaved) this.#commit(() => undefined);
      return { removedBlocks, losses: [], appended: [] };
    }
    return this.#commit(() => {
      const losses = this.#retention.lossesOf(unsent);
      for (const block of [...settled, ...unsent]) this.#remove(block);
      const lowest = this.#retention.lowestFrom(oldest) ?? this.#head.sequence + 1;
      this.#statements.setOldest.run(lowest);
      this.#sent.prune(lowest);
      const appended = losses.length === 0 ? [] : this.#seal([{ kind: "loss", records: losses }]);
      return { removedBlocks, losses, appended };
    });
  }

  samplesInRange(first: number, last: number): number {
    return this.#statements.samples.get(first, last, BatchKind.data)?.samples ?? 0;
  }

  eventsInRange(first: number, last: number): number {
    return this.#statements.samples.get(first, last, BatchKind.events)?.samples ?? 0;
  }

  close(): void {
    try {
      if (!this.#sent.isSaved) this.#commit(() => undefined);
    } finally {
      this.#database.close();
    }
  }

  /** Run in one transaction; memory follows the disk: if it fails, head and size are as before. */
  #commit<Result>(work: () => Result): Result {
    const before = { head: this.#head, bytes: this.#bytes, blocks: this.#blocks };
    try {
      const result = this.#database
        .transaction(() => {
          const result = work();
          this.#sent.save();
          return result;
        })
        .immediate();
      this.#sent.noteCommitted();
      return result;
    } catch (error) {
      this.#head = before.head;
      this.#bytes = before.bytes;
      this.#blocks = before.blocks;
      if (error instanceof WireError || error instanceof RangeError) throw error;
      throw explainDatabaseError(error, this.#settings.path);
    }
  }

  /** Inside a transaction. Alarm events get their numbers, and change the table of active alarms; lost ones use up theirs. */
  #numbered(batch: AppendableBatch): Batch {
    let { eventSequence } = this.#head;
    let numbered: Batch;
    if (batch.kind === "events") {
      const events = batch.events.map((event) => ({ ...event, eventSequence: ++eventSequence }));
      for (const event of events) this.#alarms.note(event);
      numbered = { ...batch, events };
    } else {
      if (batch.kind === "loss") for (const record of batch.records) eventSequence += record.eventCount;
      numbered = batch;
    }
    this.#head = { ...this.#head, eventSequence };
    return numbered;
  }

  /** Inside a transaction. @throws {WireError} BATCH_LIMIT for a batch that the format or the link cannot carry. */
  #seal(batches: readonly Batch[]): JournaledBlock[] {
    const { keys, clock, random } = this.#surroundings;
    const blocks = batches.map((batch) => {
      const sequence = this.#head.sequence + 1;
      // Monotone even when the wall clock steps back: gap time ranges come from it.
      const sealedAt = Math.max(clock.nowUtcMicros(), this.#head.sealedAt);
      const sealed = sealBlock(
        {
          stream: this.#settings.stream,
          journalEpoch: this.journalEpoch,
          sealingEpoch: this.#sealingEpoch,
          sequence,
          previousHash: this.#head.hash,
          sealedAt,
        },
        batch,
        keys,
        random(16),
      );
      const { maximumBlockBytes } = this.#settings;
      if (sealed.bytes.length > maximumBlockBytes)
        throw new WireError(
          "BATCH_LIMIT",
          `${sealed.bytes.length} bytes sealed, the link carries ${maximumBlockBytes}`,
        );
      this.#head = { ...this.#head, sequence, sealingEpoch: this.#sealingEpoch, hash: sealed.hash, sealedAt };
      return this.#insert(sealed);
    });
    const { sequence, sealingEpoch, hash, sealedAt, eventSequence } = this.#head;
    this.#statements.setHead.run(sequence, sealingEpoch, hash, sealedAt, eventSequence);
    return blocks;
  }

  #insert({ bytes, header, hash }: SealedBlock): JournaledBlock {
    const { sequence, sealingEpoch, batchKind, sealedAt, sampleCount } = header;
    this.#statements.insert.run(sequence, sealingEpoch, batchKind, sealedAt, sampleCount, hash, bytes);
    this.#bytes += bytes.length;
    this.#blocks++;
    return { sequence, sealingEpoch, batchKind, sealedAt, sampleCount, hash, bytes };
  }

  #remove(block: RetentionRow): void {
    this.#statements.remove.run(block.sequence);
    this.#bytes -= block.byte_length;
    this.#blocks--;
  }
}

function prepare(database: Database) {
  return {
    head: database.prepare<
      [],
      {
        journal_epoch: number;
        sequence: number;
        sealing_epoch: number;
        hash: Buffer;
        sealed_at: number;
        event_sequence: number;
        directory_revision: number;
        directory_digest: Buffer;
      }
    >("SELECT * FROM head"),
    setHead: database.prepare(
      "UPDATE head SET sequence = ?, sealing_epoch = ?, hash = ?, sealed_at = ?, event_sequence = ?",
    ),
    setOldest: database.prepare("UPDATE head SET oldest = ?"),
    setDirectory: database.prepare("UPDATE head SET directory_revision = ?, directory_digest = ?"),
    insert: database.prepare(
      "INSERT INTO blocks (sequence, sealing_epoch, kind, sealed_at, sample_count, hash, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)",
    ),
    remove: database.prepare("DELETE FROM blocks WHERE sequence = ?"),
    extent: database.prepare<[], { bytes: number; blocks: number }>(
      "SELECT coalesce(sum(length(bytes)), 0) AS bytes, count(*) AS blocks FROM blocks",
    ),
    samples: database.prepare<[number, number, number], { samples: number }>(
      "SELECT coalesce(sum(sample_count), 0) AS samples FROM blocks WHERE sequence BETWEEN ? AND ? AND kind = ?",
    ),
    directoryParts: database.prepare<[], { sequence: number }>("SELECT sequence FROM directory_parts ORDER BY part"),
    clearDirectoryParts: database.prepare("DELETE FROM directory_parts"),
    addDirectoryPart: database.prepare("INSERT INTO directory_parts (part, sequence) VALUES (?, ?)"),
  };
}
