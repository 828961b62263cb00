/** The journal in memory: a model that passes the journal's contract suite, for simulations without a disk.
 *  batch → [memory journal] → egress */
import { type Clock, StationError } from "@nonreturn/station";
import {
  type Batch,
  BatchKind,
  blockHash,
  openBlock,
  type SealingKeys,
  SequenceSet,
  sealBlock,
  type TagDefinition,
  WireError,
} from "@nonreturn/wire-format";
import type { JournaledAlarm } from "../../packages/ot-sender/src/alarm/alarm-settings.ts";
import { directoryParts } from "../../packages/ot-sender/src/journal/directory-parts.ts";
import type {
  AppendableBatch,
  ConfiguredTag,
  Journal,
  JournaledBlock,
  JournalHead,
  ResolvedDirectory,
  RetentionResult,
} from "../../packages/ot-sender/src/journal/journal.ts";
import { LossAccumulator } from "../../packages/ot-sender/src/journal/loss-accumulator.ts";
import type { JournalSettings } from "../../packages/ot-sender/src/journal/sqlite-journal.ts";
import { openingKeysOf } from "./station-keys.ts";

/** What outlives a journal that is closed or abandoned: the disk. */
export class MemoryDisk {
  state: "working" | "full" = "working";
  journalEpoch = -1;
  sealingEpoch = 0;
  sealedAt = 0;
  oldest = 1;
  blocks = new Map<number, JournaledBlock>();
  head: JournalHead = { sequence: 0, sealingEpoch: 0, hash: new Uint8Array(32) };
  sent: readonly { readonly first: number; readonly last: number }[] = [];
  tags: TagDefinition[] = [];
  eventSequence = 0;
  activeAlarms: readonly JournaledAlarm[] = [];
  directory: { readonly revision: number; readonly sequences: readonly number[]; readonly text: string } = {
    revision: 0,
    sequences: [],
    text: "",
  };
}

export class MemoryJournal implements Journal {
  readonly #disk: MemoryDisk;
  readonly #settings: Omit<JournalSettings, "path">;
  readonly #keys: SealingKeys;
  readonly #clock: Clock;
  readonly #random: (bytes: number) => Uint8Array;
  readonly #sent: SequenceSet;
  #sealingEpoch: number;

  constructor(
    disk: MemoryDisk,
    settings: Omit<JournalSettings, "path">,
    keys: SealingKeys,
    clock: Clock,
    random: (bytes: number) => Uint8Array,
  ) {
    this.#disk = disk;
    this.#settings = settings;
    this.#keys = keys;
    this.#clock = clock;
    this.#random = random;
    if (disk.journalEpoch < 0) disk.journalEpoch = settings.sealingEpoch;
    if (disk.head.sequence > 0 && settings.sealingEpoch <= disk.head.sealingEpoch)
      throw new StationError({ code: "EPOCH_FILE", what: "epoch used before", action: "Write a higher one." });
    this.#sealingEpoch = settings.sealingEpoch;
    this.#sent = new SequenceSet(disk.sent);
  }

  get journalEpoch(): number {
    return this.#disk.journalEpoch;
  }

  get directoryRevision(): number {
    return this.#disk.directory.revision;
  }

  get eventSequence(): number {
    return this.#disk.eventSequence;
  }

  get bytes(): number {
    return [...this.#disk.blocks.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  get blocks(): number {
    return this.#disk.blocks.size;
  }

  head(): JournalHead {
    return this.#disk.head;
  }

  oldest(): number {
    return this.#disk.oldest;
  }

  read(first: number, last: number, maxBlocks: number, maxBytes: number): JournaledBlock[] {
    const found: JournaledBlock[] = [];
    let bytes = 0;
    for (const block of this.#ascending()) {
      if (block.sequence < first || block.sequence > last) continue;
      bytes += block.bytes.length;
      if (found.length >= maxBlocks || (found.length > 0 && bytes > maxBytes)) break;
      found.push(block);
    }
    return found;
  }

  firstSealedSince(time: number): number {
    const since = this.#ascending().find((block) => block.sequence >= this.oldest() && block.sealedAt >= time);
    return since?.sequence ?? this.head().sequence + 1;
  }

  samplesInRange(first: number, last: number): number {
    return this.#countInRange(BatchKind.data, first, last);
  }

  eventsInRange(first: number, last: number): number {
    return this.#countInRange(BatchKind.events, first, last);
  }

  #countInRange(kind: BatchKind, first: number, last: number): number {
    return this.#ascending()
      .filter(({ sequence, batchKind }) => sequence >= first && sequence <= last && batchKind === kind)
      .reduce((sum, { sampleCount }) => sum + sampleCount, 0);
  }

  activeAlarms(): readonly JournaledAlarm[] {
    return this.#disk.activeAlarms;
  }

  startEpoch(sealingEpoch: number): void {
    if (sealingEpoch <= this.#sealingEpoch) throw new RangeError("the epoch must rise");
    this.#sealingEpoch = sealingEpoch;
  }

  append(batches: readonly AppendableBatch[]): JournaledBlock[] {
    return this.#commit((draft) =>
      this.#seal(
        draft,
        batches.map((batch) => numbered(draft, batch)),
      ),
    );
  }

  resolveDirectory(tags: readonly ConfiguredTag[]): ResolvedDirectory {
    return this.#commit((draft) => {
      const paths = new Set(tags.map(({ path }) => path));
      const known = draft.tags.map((tag) => ({ ...tag, retired: true }));
      const tagIds = tags.map(({ formerPath, ...tag }) => {
        const before =
          known.find(({ path }) => path === tag.path) ??
          known.find(({ path }) => path === formerPath && !paths.has(formerPath));
        const tagId = before?.tagId ?? known.length + 1;
        known[tagId - 1] = { ...tag, tagId, retired: false };
        return tagId;
      });
      draft.tags = known;
      const text = JSON.stringify(known);
      if (text === draft.directory.text) {
        const { revision, sequences } = draft.directory;
        return { revision, tagIds, sequences, appended: [] };
      }
      const revision = draft.directory.revision + 1;
      const appended = this.#seal(draft, directoryParts(known, revision));
      const sequences = appended.map(({ sequence }) => sequence);
      draft.directory = { revision, sequences, text };
      return { revision, tagIds, sequences, appended };
    });
  }

  markSent(first: number, last: number): void {
    this.#sent.add(first, last);
  }

  unsent(): { first: number; last: number }[] {
    return this.oldest() > this.head().sequence ? [] : this.#sent.missing(this.oldest(), this.head().sequence);
  }

  retain(): RetentionResult {
    return this.#commit((draft) => {
      const losses = new LossAccumulator();
      const tooOld = this.#clock.nowUtcMicros() - this.#settings.retentionMs * 1000;
      const isCurrent = (sequence: number) => draft.directory.sequences.includes(sequence);
      const size = () => [...draft.blocks.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
      const blocks = [...draft.blocks.values()]
        .sort((a, b) => a.sequence - b.sequence)
        .filter(({ sequence }) => !isCurrent(sequence) && sequence < draft.head.sequence);
      const before = draft.blocks.size;
      for (const { sequence, sealedAt } of blocks) {
        const wanted =
          sequence < draft.oldest ||
          (this.#sent.has(sequence) && (sealedAt < tooOld || size() > this.#settings.maximumBytes));
        if (wanted) draft.blocks.delete(sequence);
      }
      const removedBlocks = before - draft.blocks.size;
      for (const block of blocks) {
        if (size() <= this.#settings.maximumBytes) break;
        if (!draft.blocks.delete(block.sequence)) continue;
        const { batch } = openBlock(block.bytes, openingKeysOf(this.#keys));
        if (batch.kind === "data") losses.addBlock("journal-full", block.sequence, batch.samples);
        if (batch.kind === "events") losses.addEventBlock("journal-full", block.sequence, batch.events);
        if (batch.kind === "loss") for (const record of batch.records) losses.addRecord(record);
      }
      const left = [...draft.blocks.keys()].filter((sequence) => sequence >= draft.oldest && !isCurrent(sequence));
      draft.oldest = left.length === 0 ? draft.head.sequence + 1 : Math.min(...left);
      if (losses.isEmpty) return { removedBlocks, losses: [], appended: [] };
      const records = losses.take();
      return { removedBlocks, losses: records, appended: this.#seal(draft, [{ kind: "loss", records }]) };
    });
  }

  close(): void {
    this.#disk.sent = this.#sent.ranges();
  }

  #ascending(): JournaledBlock[] {
    return [...this.#disk.blocks.values()].sort((a, b) => a.sequence - b.sequence);
  }

  /** Work on a copy, which becomes the disk if nothing threw and the disk is not full. */
  #commit<Result>(work: (draft: MemoryDisk) => Result): Result {
    const draft = Object.assign(new MemoryDisk(), this.#disk, { blocks: new Map(this.#disk.blocks) });
    const result = work(draft);
    if (this.#disk.state === "full" && draft.blocks.size > this.#disk.blocks.size)
      throw new StationError(
        { code: "DISK_FULL", what: "no room", action: "Make room." },
        { cause: { code: "ENOSPC" } },
      );
    Object.assign(this.#disk, draft, { state: this.#disk.state, sent: this.#sent.ranges() });
    return result;
  }

  #seal(draft: MemoryDisk, batches: readonly Batch[]): JournaledBlock[] {
    return batches.map((batch) => {
      const { head } = draft;
      const { bytes, header } = sealBlock(
        {
          stream: this.#settings.stream,
          journalEpoch: draft.journalEpoch,
          sealingEpoch: this.#sealingEpoch,
          sequence: head.sequence + 1,
          previousHash: head.hash,
          sealedAt: Math.max(this.#clock.nowUtcMicros(), draft.sealedAt),
        },
        batch,
        this.#keys,
        this.#random(16),
      );
      if (bytes.length > this.#settings.maximumBlockBytes) throw new WireError("BATCH_LIMIT", "too large for the link");
      const { sequence, sealingEpoch, batchKind, sealedAt, sampleCount } = header;
      const block = { sequence, sealingEpoch, batchKind, sealedAt, sampleCount, bytes, hash: blockHash(bytes) };
      draft.blocks.set(sequence, block);
      draft.head = { sequence, sealingEpoch, hash: block.hash };
      draft.sealedAt = sealedAt;
      return block;
    });
  }
}

function numbered(draft: MemoryDisk, batch: AppendableBatch): Batch {
  if (batch.kind === "loss") for (const { eventCount } of batch.records) draft.eventSequence += eventCount;
  if (batch.kind !== "events") return batch;
  const events = batch.events.map((event) => ({ ...event, eventSequence: ++draft.eventSequence }));
  for (const { tagId, condition, state, eventSequence, severity, text, time } of events) {
    const others = draft.activeAlarms.filter((each) => each.tagId !== tagId || each.condition !== condition);
    const added = state === "active" ? [{ tagId, condition, eventSequence, severity, text, since: time }] : [];
    draft.activeAlarms = [...others, ...added].sort(
      (a, b) => a.tagId - b.tagId || (a.condition < b.condition ? -1 : a.condition > b.condition ? 1 : 0),
    );
  }
  return { ...batch, events };
}
