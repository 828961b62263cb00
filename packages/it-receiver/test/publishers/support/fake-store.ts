/** A store in memory, whose blocks are opened without keys.
 *  test → [fake store] → block feed */
import { type AlarmEvent, type Batch, BatchKind, type SampleColumns, type TagDefinition } from "@nonreturn/wire-format";
import type { BlockOpener } from "../../../src/publishers/block-feed.ts";
import type { BlockOutline, Lane, StoredBlock, StoreReader } from "../../../src/record/store.ts";

export const STREAM = 1;
export const JOURNAL_EPOCH = 100;

interface Kept {
  readonly block: StoredBlock;
  readonly batch: Batch | Error;
  readonly sealedAt: number;
}

export class FakeStore implements StoreReader {
  readonly #kept: Kept[] = [];
  readonly #removed = { live: 0, late: 0 };
  #position = 0;
  opened = 0;

  /** @returns the block's position */
  add(
    lane: Lane,
    batch: Batch | Error,
    options: { journalEpoch?: number; recordedAt?: number; sealedAt?: number; skip?: number } = {},
  ): number {
    this.#position += 1 + (options.skip ?? 0);
    const position = this.#position;
    const bytes = new Uint8Array(16);
    new DataView(bytes.buffer).setFloat64(0, position);
    const kind = batch instanceof Error ? "data" : batch.kind;
    const block: StoredBlock = {
      position,
      lane,
      identity: { stream: STREAM, sealingEpoch: 101, sequence: position },
      journalEpoch: options.journalEpoch ?? JOURNAL_EPOCH,
      batchKind: BatchKind[kind],
      sampleCount: "samples" in batch ? batch.samples.count : 0,
      recordedAt: options.recordedAt ?? 0,
      bytes,
    };
    this.#kept.push({ block, batch, sealedAt: options.sealedAt ?? 0 });
    return position;
  }

  addData(lane: Lane, samples: SampleColumns, directoryRevision = 1, journalEpoch = JOURNAL_EPOCH): number {
    return this.add(lane, { kind: "data", directoryRevision, samples }, { journalEpoch });
  }

  addEvents(
    lane: Lane,
    events: readonly AlarmEvent[],
    directoryRevision = 1,
    options: { journalEpoch?: number } = {},
  ): number {
    return this.add(lane, { kind: "events", directoryRevision, events }, options);
  }

  addDirectory(lane: Lane, tags: readonly TagDefinition[], revision = 1, journalEpoch = JOURNAL_EPOCH): number {
    return this.add(lane, { kind: "directory", revision, part: 0, parts: 1, tags }, { journalEpoch });
  }

  /** As retention does it. */
  removeThrough(lane: Lane, position: number): void {
    for (let index = this.#kept.length - 1; index >= 0; index--) {
      const { block } = this.#kept[index]!;
      if (block.lane !== lane || block.position > position || block.batchKind === BatchKind.directory) continue;
      this.#removed[lane] = Math.max(this.#removed[lane], block.position);
      this.#kept.splice(index, 1);
    }
  }

  readonly open: BlockOpener = (bytes) => {
    this.opened++;
    const position = new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0);
    const kept = this.#kept.find(({ block }) => block.position === position);
    if (kept === undefined) throw new Error(`no block ${position}`);
    if (kept.batch instanceof Error) throw kept.batch;
    return { header: { sealedAt: kept.sealedAt }, batch: kept.batch };
  };

  readAfter(
    lane: Lane,
    after: number,
    maxBlocks: number,
    maxBytes: number,
    maxSamples = Number.POSITIVE_INFINITY,
  ): StoredBlock[] {
    let samples = 0;
    return this.#kept
      .map(({ block }) => block)
      .filter((block) => block.lane === lane && block.position > after)
      .slice(0, Math.max(1, Math.min(maxBlocks, Math.floor(maxBytes / 16))))
      .filter(({ sampleCount }, index) => {
        samples += sampleCount;
        return index === 0 || samples <= maxSamples;
      });
  }

  outline(lane: Lane, after: number, maxBlocks: number): BlockOutline[] {
    const found: BlockOutline[] = [];
    for (const { block, sealedAt } of this.#kept) {
      if (found.length >= maxBlocks) break;
      const { position, batchKind: kind, sampleCount: samples, bytes, recordedAt } = block;
      if (block.lane !== lane || position <= after) continue;
      found.push({ position, kind, samples, bytes: bytes.length, sealedAt, recordedAt });
    }
    return found;
  }

  directoryBlocks(): StoredBlock[] {
    return this.#kept.map(({ block }) => block).filter((block) => block.batchKind === BatchKind.directory);
  }

  eventBlocks(after: number, maxBlocks: number): StoredBlock[] {
    return this.#kept
      .map(({ block }) => block)
      .filter((block) => block.batchKind === BatchKind.events && block.position > after)
      .slice(0, maxBlocks);
  }

  blockAt(position: number): StoredBlock | undefined {
    return this.#kept.find(({ block }) => block.position === position)?.block;
  }

  lastPosition(lane: Lane): number {
    return this.#kept.findLast(({ block }) => block.lane === lane)?.block.position ?? this.#removed[lane];
  }

  oldestPosition(lane: Lane): number {
    return this.#kept.find(({ block }) => block.lane === lane)?.block.position ?? this.lastPosition(lane) + 1;
  }

  removedThrough(lane: Lane): number {
    return this.#removed[lane];
  }

  close(): void {}
}
