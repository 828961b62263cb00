/** The journal on disk: sealing, chaining and committing in one transaction; retention; tag ids.
 *  batch → [SQLite journal] → egress */
import { createHash } from "node:crypto";
import {
  type Clock,
  type Database,
  explainDatabaseError,
  migrate,
  openDatabase,
  StationError,
} from "@nonreturn/station";
import {
  BATCH_LIMITS,
  type Batch,
  BatchKind,
  type DirectoryBatch,
  type OpeningKeys,
  openBlock,
  type SealedBlock,
  type SealingKeys,
  SequenceSet,
  sealBlock,
  type TagDefinition,
} from "@nonreturn/wire-format";
import { checkChain } from "./check-chain.ts";
import type {
  ConfiguredTag,
  Journal,
  JournaledBlock,
  JournalHead,
  ResolvedDirectory,
  RetentionResult,
} from "./journal.ts";
import { readsOf } from "./journal-reader.ts";
import { JOURNAL_MIGRATIONS } from "./journal-schema.ts";
import { LossAccumulator } from "./loss-accumulator.ts";

export interface JournalSettings {
  readonly path: string;
  readonly stream: number;
  /** The epoch this start seals in; the journal's own epoch if it is new. */
  readonly sealingEpoch: number;
  readonly retentionMs: number;
  readonly maximumBytes: number;
}

/** Blocks looked at per call of `retain`: it runs between commits and must not hold them up. */
const RETENTION_SLICE = 256;
/** Tags per directory part: about 30 kB compressed, so that repeats come in slices. */
const TAGS_PER_PART = 1024;

interface HeadState extends JournalHead {
  readonly sealedAt: number;
}

/**
 * Open the journal, or create it.
 *
 * @param opening  keys that open this station's own blocks, to name the tags of what must be dropped and to check the head's signature.
 * @throws {StationError} DATABASE_CORRUPT if the file is damaged, JOURNAL_MUTATED if the chain does not hold, JOURNAL_OTHER_STATION if
 *   it was written under other keys or another stream.
 */
export function openJournal(
  settings: JournalSettings,
  keys: SealingKeys,
  opening: OpeningKeys,
  clock: Clock,
  random: (bytes: number) => Uint8Array,
): Journal {
  const database = openDatabase(settings.path, { durability: "full", integrity: "quick-check" });
  try {
    migrate(database, JOURNAL_MIGRATIONS);
    createHead(database, settings, keys);
    refuseOtherStation(database, settings, keys);
    const reads = readsOf(database);
    checkChain(reads, opening, settings.path);
    return new SqliteJournal(database, settings, keys, opening, clock, random);
  } catch (error) {
    database.close();
    throw explainDatabaseError(error, settings.path);
  }
}

class SqliteJournal implements Journal {
  readonly journalEpoch: number;
  readonly read: Journal["read"];
  readonly oldest: Journal["oldest"];
  readonly firstSealedSince: Journal["firstSealedSince"];
  readonly #database: Database;
  readonly #settings: JournalSettings;
  readonly #keys: SealingKeys;
  readonly #opening: OpeningKeys;
  readonly #clock: Clock;
  readonly #random: (bytes: number) => Uint8Array;
  readonly #statements: ReturnType<typeof prepare>;
  readonly #sent: SequenceSet;
  #sentChanged = false;
  #head: HeadState;
  #sealingEpoch: number;
  #bytes: number;
  #blocks: number;
  #directoryRevision: number;

  constructor(
    database: Database,
    settings: JournalSettings,
    keys: SealingKeys,
    opening: OpeningKeys,
    clock: Clock,
    random: (bytes: number) => Uint8Array,
  ) {
    this.#database = database;
    this.#settings = settings;
    this.#keys = keys;
    this.#opening = opening;
    this.#clock = clock;
    this.#random = random;
    this.#statements = prepare(database);
    const reads = readsOf(database);
    this.read = reads.read;
    this.oldest = reads.oldest;
    this.firstSealedSince = reads.firstSealedSince;
    const row = this.#statements.head.get()!;
    this.journalEpoch = row.journal_epoch;
    this.#head = {
      sequence: row.sequence,
      sealingEpoch: row.sealing_epoch,
      hash: row.hash,
      sealedAt: row.sealed_at,
    };
    if (settings.sealingEpoch < row.sealing_epoch) {
      throw new StationError({
        code: "EPOCH_FILE",
        what: `the journal was sealed in epoch ${row.sealing_epoch}, this start would seal in ${settings.sealingEpoch}`,
        where: settings.path,
        action: `Write ${row.sealing_epoch} into the epoch file of the data folder and start again.`,
      });
    }
    this.#sealingEpoch = settings.sealingEpoch;
    this.#directoryRevision = row.directory_revision;
    const extent = this.#statements.extent.get()!;
    this.#bytes = extent.bytes;
    this.#blocks = extent.blocks;
    this.#sent = new SequenceSet(this.#statements.sent.all());
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

  head(): JournalHead {
    return this.#head;
  }

  startEpoch(sealingEpoch: number): void {
    if (sealingEpoch <= this.#sealingEpoch)
      throw new RangeError(`epoch ${sealingEpoch} is not above ${this.#sealingEpoch}`);
    this.#sealingEpoch = sealingEpoch;
  }

  append(batches: readonly Batch[]): JournaledBlock[] {
    if (batches.length === 0) return [];
    return this.#commit(() => this.#seal(batches));
  }

  resolveDirectory(tags: readonly ConfiguredTag[]): ResolvedDirectory {
    const { head, directoryParts } = this.#statements;
    const resolve = (): ResolvedDirectory => {
      const tagIds = tags.map((tag) => this.#tagIdOf(tag));
      const snapshot = this.#directorySnapshot(new Set(tagIds));
      const digest = createHash("sha256").update(JSON.stringify(snapshot)).digest();
      const before = head.get()!;
      if (before.directory_revision > 0 && digest.equals(before.directory_digest)) {
        const sequences = directoryParts.all().map((part) => part.sequence);
        return { revision: before.directory_revision, tagIds, sequences, appended: [] };
      }
      const revision = before.directory_revision + 1;
      const appended = this.#seal(partsOf(snapshot, revision));
      this.#statements.clearDirectoryParts.run();
      appended.forEach((block, part) => void this.#statements.addDirectoryPart.run(part, block.sequence));
      this.#statements.setDirectory.run(revision, digest);
      return { revision, tagIds, sequences: appended.map((block) => block.sequence), appended };
    };
    const resolved = this.#commit(resolve);
    this.#directoryRevision = resolved.revision;
    return resolved;
  }

  markSent(first: number, last: number): void {
    this.#sent.add(first, last);
    this.#sentChanged = true;
  }

  unsent(): { first: number; last: number }[] {
    const oldest = this.oldest();
    return oldest > this.#head.sequence ? [] : this.#sent.missing(oldest, this.#head.sequence);
  }

  retain(): RetentionResult {
    const overSize = () => this.#bytes > this.#settings.maximumBytes;
    const tooOld = this.#clock.nowUtcMicros() - this.#settings.retentionMs * 1000;
    const oldest = this.oldest();
    const candidates = this.#statements.oldestBlocks.all(oldest, RETENTION_SLICE);
    const expired = candidates.filter((block) => block.sealed_at < tooOld);
    if (expired.length === 0 && !overSize()) {
      if (this.#sentChanged) this.#commit(() => undefined);
      return { removedBlocks: 0, losses: [], appended: [] };
    }
    return this.#commit(() => {
      const losses = new LossAccumulator();
      let removedBlocks = 0;
      // Oldest sent first; what was never sent goes only when age or size leave no choice.
      const removeFrom = (
        blocks: readonly RetentionRow[],
        needed: (block: RetentionRow) => boolean,
        unsent: boolean,
      ) => {
        for (const block of blocks) {
          if (this.#sent.has(block.sequence) === unsent || !needed(block)) continue;
          if (unsent) this.#accountLoss(losses, block.sequence);
          else removedBlocks++;
          this.#remove(block);
        }
      };
      removeFrom(candidates, (block) => overSize() || block.sealed_at < tooOld, false);
      if (overSize()) removeFrom(this.#sentBlocks(RETENTION_SLICE), overSize, false);
      removeFrom(candidates, (block) => overSize() || block.sealed_at < tooOld, true);
      const lowest = this.#statements.lowest.get(oldest)?.sequence ?? this.#head.sequence + 1;
      this.#statements.setOldest.run(lowest);
      if (lowest > 1) this.#sent.remove(0, lowest - 1);
      this.#sentChanged = true;
      if (losses.isEmpty) return { removedBlocks, losses: [], appended: [] };
      const records = losses.take();
      return { removedBlocks, losses: records, appended: this.#seal([{ kind: "loss", records }]) };
    });
  }

  samplesInRange(first: number, last: number): number {
    return this.#statements.samples.get(first, last)?.samples ?? 0;
  }

  close(): void {
    if (this.#sentChanged) this.#commit(() => undefined);
    this.#database.close();
  }

  /** Run in one transaction; memory follows the disk: if it fails, head, size and sent set are as before. */
  #commit<Result>(work: () => Result): Result {
    const before = { head: this.#head, bytes: this.#bytes, blocks: this.#blocks, sent: this.#sent.ranges() };
    try {
      return this.#database
        .transaction(() => {
          const result = work();
          this.#saveSent();
          return result;
        })
        .immediate();
    } catch (error) {
      this.#head = before.head;
      this.#bytes = before.bytes;
      this.#blocks = before.blocks;
      this.#sent.clear();
      for (const { first, last } of before.sent) this.#sent.add(first, last);
      this.#sentChanged = true;
      throw explainDatabaseError(error, this.#settings.path);
    }
  }

  /** Inside a transaction. */
  #seal(batches: readonly Batch[]): JournaledBlock[] {
    const blocks = batches.map((batch) => {
      const sequence = this.#head.sequence + 1;
      // Monotone even when the wall clock steps back: gap time ranges come from it.
      const sealedAt = Math.max(this.#clock.nowUtcMicros(), this.#head.sealedAt);
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
        this.#keys,
        this.#random(16),
      );
      this.#head = { sequence, sealingEpoch: this.#sealingEpoch, hash: sealed.hash, sealedAt };
      return this.#insert(sealed);
    });
    const { sequence, sealingEpoch, hash, sealedAt } = this.#head;
    this.#statements.setHead.run(sequence, sealingEpoch, hash, sealedAt);
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

  #sentBlocks(limit: number): RetentionRow[] {
    const found: RetentionRow[] = [];
    for (const { first, last } of this.#sent.ranges()) {
      found.push(...this.#statements.rangeOfBlocks.all(first, last, limit - found.length));
      if (found.length >= limit) break;
    }
    return found;
  }

  #accountLoss(losses: LossAccumulator, sequence: number): void {
    const block = this.read(sequence, sequence, 1, Number.POSITIVE_INFINITY)[0];
    if (block === undefined) return;
    const { batch } = openBlock(block.bytes, this.#opening, { signature: "trusted" });
    if (batch.kind === "data") losses.addBlock("journal-full", sequence, batch.samples);
    else if (batch.kind === "loss") for (const record of batch.records) losses.addRecord(record);
  }

  #tagIdOf({ formerPath, ...tag }: ConfiguredTag): number {
    const { tag: find, addTag, changeTag } = this.#statements;
    const definition = JSON.stringify(tag);
    const known = find.get(tag.path) ?? (formerPath === undefined ? undefined : find.get(formerPath));
    if (known === undefined) return Number(addTag.run(tag.path, definition).lastInsertRowid);
    if (known.definition !== definition) changeTag.run(tag.path, definition, known.tag_id);
    return known.tag_id;
  }

  /** Every tag this journal ever knew, ascending by id; those not configured now are retired. */
  #directorySnapshot(configured: ReadonlySet<number>): TagDefinition[] {
    return this.#statements.allTags.all().map(({ tag_id, definition }) => ({
      ...(JSON.parse(definition) as ConfiguredTag),
      tagId: tag_id,
      retired: !configured.has(tag_id),
    }));
  }

  #saveSent(): void {
    if (!this.#sentChanged) return;
    this.#statements.clearSent.run();
    for (const { first, last } of this.#sent.ranges()) this.#statements.addSent.run(first, last);
    this.#sentChanged = false;
  }
}

function partsOf(tags: readonly TagDefinition[], revision: number): DirectoryBatch[] {
  const size = Math.min(TAGS_PER_PART, BATCH_LIMITS.directoryTags);
  const parts = Math.max(1, Math.ceil(tags.length / size));
  return Array.from({ length: parts }, (_, part) => ({
    kind: "directory" as const,
    revision,
    part,
    parts,
    tags: tags.slice(part * size, (part + 1) * size),
  }));
}

function createHead(database: Database, settings: JournalSettings, keys: SealingKeys): void {
  database
    .prepare(
      `INSERT INTO head (one, site, stream, journal_epoch, sequence, sealing_epoch, hash, sealed_at, oldest, directory_revision, directory_digest)
       VALUES (1, ?, ?, ?, 0, ?, zeroblob(32), 0, 1, 0, zeroblob(32)) ON CONFLICT DO NOTHING`,
    )
    .run(keys.site, settings.stream, settings.sealingEpoch, settings.sealingEpoch);
}

function refuseOtherStation(database: Database, settings: JournalSettings, keys: SealingKeys): void {
  const row = database.prepare("SELECT site, stream FROM head").get() as { site: Buffer; stream: number };
  if (row.site.equals(keys.site) && row.stream === settings.stream) return;
  throw new StationError({
    code: "JOURNAL_OTHER_STATION",
    what: `the journal belongs to ${row.stream === settings.stream ? "another pairing" : `stream ${row.stream}, the configuration says ${settings.stream}`}`,
    where: settings.path,
    action: "Restore the keys or the stream number it was written with, or move the journal aside to start a new one.",
  });
}

interface RetentionRow {
  readonly sequence: number;
  readonly sealed_at: number;
  readonly byte_length: number;
}

function prepare(database: Database) {
  const retentionRow = "SELECT b.sequence, b.sealed_at, length(b.bytes) AS byte_length FROM blocks b";
  const notDirectory = "NOT EXISTS (SELECT 1 FROM directory_parts d WHERE d.sequence = b.sequence)";
  return {
    head: database.prepare<
      [],
      {
        journal_epoch: number;
        sequence: number;
        sealing_epoch: number;
        hash: Buffer;
        sealed_at: number;
        directory_revision: number;
        directory_digest: Buffer;
      }
    >("SELECT * FROM head"),
    setHead: database.prepare("UPDATE head SET sequence = ?, sealing_epoch = ?, hash = ?, sealed_at = ?"),
    setOldest: database.prepare("UPDATE head SET oldest = ?"),
    setDirectory: database.prepare("UPDATE head SET directory_revision = ?, directory_digest = ?"),
    insert: database.prepare(
      "INSERT INTO blocks (sequence, sealing_epoch, kind, sealed_at, sample_count, hash, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)",
    ),
    remove: database.prepare("DELETE FROM blocks WHERE sequence = ?"),
    extent: database.prepare<[], { bytes: number; blocks: number }>(
      "SELECT coalesce(sum(length(bytes)), 0) AS bytes, count(*) AS blocks FROM blocks",
    ),
    oldestBlocks: database.prepare<[number, number], RetentionRow>(
      `${retentionRow} WHERE b.sequence >= ? AND ${notDirectory} ORDER BY b.sequence LIMIT ?`,
    ),
    rangeOfBlocks: database.prepare<[number, number, number], RetentionRow>(
      `${retentionRow} WHERE b.sequence BETWEEN ? AND ? AND ${notDirectory} ORDER BY b.sequence LIMIT ?`,
    ),
    lowest: database.prepare<[number], { sequence: number }>(
      `SELECT b.sequence FROM blocks b WHERE b.sequence >= ? AND ${notDirectory} ORDER BY b.sequence LIMIT 1`,
    ),
    samples: database.prepare<[number, number], { samples: number }>(
      `SELECT coalesce(sum(sample_count), 0) AS samples FROM blocks WHERE sequence BETWEEN ? AND ? AND kind = ${BatchKind.data}`,
    ),
    directoryParts: database.prepare<[], { sequence: number }>("SELECT sequence FROM directory_parts ORDER BY part"),
    clearDirectoryParts: database.prepare("DELETE FROM directory_parts"),
    addDirectoryPart: database.prepare("INSERT INTO directory_parts (part, sequence) VALUES (?, ?)"),
    tag: database.prepare<[string], { tag_id: number; definition: string }>(
      "SELECT tag_id, definition FROM tags WHERE path = ?",
    ),
    allTags: database.prepare<[], { tag_id: number; definition: string }>(
      "SELECT tag_id, definition FROM tags ORDER BY tag_id",
    ),
    addTag: database.prepare("INSERT INTO tags (path, definition) VALUES (?, ?)"),
    changeTag: database.prepare("UPDATE tags SET path = ?, definition = ? WHERE tag_id = ?"),
    sent: database.prepare<[], { first: number; last: number }>("SELECT first, last FROM sent ORDER BY first"),
    clearSent: database.prepare("DELETE FROM sent"),
    addSent: database.prepare("INSERT INTO sent (first, last) VALUES (?, ?)"),
  };
}
