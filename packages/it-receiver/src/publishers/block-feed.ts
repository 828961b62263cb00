/** Reads stored blocks, opens each once for all publishers, and names their tags.
 *  store → [block feed] → runners, current values */
import type {
  AlarmEvent,
  BlockIdentity,
  DataBatch,
  DirectoryBatch,
  EventBatch,
  UtcMicros,
} from "@nonreturn/wire-format";
import { type Batch, BatchKind, SampleColumnsBuilder } from "@nonreturn/wire-format";
import type { Lane, StoredBlock, StoreReader } from "../record/store.ts";
import type { TagDirectory, TagResolver } from "../tag/directory.ts";
import type { StoredEntry } from "./publisher.ts";

/** Opens a block from our own store. Throws a WireError. */
export type BlockOpener = (
  bytes: Uint8Array,
  block: StoredBlock,
) => {
  readonly header: { readonly sealedAt: UtcMicros };
  readonly batch: Batch;
};

/** What a stored block means to a publisher. */
export type FeedBlock = FeedPlace &
  (
    | { readonly is: "entry"; readonly entry: StoredEntry; readonly sealedAt: UtcMicros }
    /** Its tag ids cannot be named before a directory of at least this revision is complete. */
    | {
        readonly is: "unnamed";
        readonly stream: number;
        readonly journalEpoch: number;
        readonly neededRevision: number;
      }
    /** Carries neither samples nor alarm events: directory, loss record. */
    | { readonly is: "other" }
    | { readonly is: "unreadable"; readonly reason: string }
  );

export interface FeedPlace {
  readonly position: number;
  readonly lane: Lane;
  readonly recordedAt: UtcMicros;
}

export interface EventBlock {
  readonly position: number;
  readonly stream: number;
  readonly journalEpoch: number;
  readonly events: readonly AlarmEvent[];
}

interface Opened {
  readonly place: FeedPlace;
  readonly identity: BlockIdentity;
  readonly journalEpoch: number;
  readonly sealedAt: UtcMicros;
  readonly batch: Batch | undefined;
  readonly reason: string;
  readonly memoryBytes: number;
  named: FeedBlock | undefined;
  namedAtVersion: number;
}

/** Columns of one sample: 4 + 8 + 4 + 1 + 8. */
const SAMPLE_BYTES = 25;
/** An event without its texts, about. */
const EVENT_BYTES = 200;
const NO_SAMPLES = new SampleColumnsBuilder(1).take();

export class BlockFeed {
  readonly store: StoreReader;
  readonly directory: TagDirectory;
  readonly #open: BlockOpener;
  readonly #cacheBytes: number;
  readonly #cache = new Map<number, Opened>(); // in order of last use
  #cachedBytes = 0;

  /** @param cacheBytes  bound on decoded blocks kept for the other publishers; the one being read is never refused. */
  constructor(store: StoreReader, open: BlockOpener, directory: TagDirectory, cacheBytes = 8 * 1024 * 1024) {
    this.store = store;
    this.directory = directory;
    this.#open = open;
    this.#cacheBytes = cacheBytes;
  }

  /** Take up every directory block that is stored. Call once before anything else. */
  loadDirectory(): void {
    for (const block of this.store.directoryBlocks()) this.#opened(block);
  }

  /**
   * Blocks of one lane after a position, ascending. Directory blocks among them are taken up on the way.
   *
   * @param isLongEnough  asked before a block is opened, but for the first: what is open already comes in any case.
   */
  readAfter(
    lane: Lane,
    after: number,
    maxBlocks: number,
    maxBytes: number,
    maxSamples?: number,
    isLongEnough: () => boolean = () => false,
  ): FeedBlock[] {
    const found: FeedBlock[] = [];
    for (const block of this.store.readAfter(lane, after, maxBlocks, maxBytes, maxSamples)) {
      if (found.length > 0 && !this.#cache.has(block.position) && isLongEnough()) break;
      found.push(this.#named(this.#opened(block)));
    }
    return found;
  }

  /** Open and name the block after a position, for whoever reads it soon. `samples` counts alarm events likewise. undefined if there is none. */
  openNext(lane: Lane, after: number): { position: number; samples: number; memoryBytes: number } | undefined {
    const [block] = this.store.readAfter(lane, after, 1, 1);
    if (block === undefined) return undefined;
    const opened = this.#opened(block);
    this.#named(opened);
    const { batch, memoryBytes } = opened;
    const samples = batch?.kind === "events" ? batch.events.length : block.sampleCount;
    return { position: block.position, samples, memoryBytes };
  }

  /** One block again, e.g. a parked one; undefined once retention has removed it. */
  blockAt(position: number): FeedBlock | undefined {
    const cached = this.#cache.get(position);
    if (cached !== undefined) return this.#named(cached);
    const block = this.store.blockAt(position);
    return block && this.#named(this.#opened(block));
  }

  /** Take up the directory blocks of a lane after a position, without opening anything else. @returns the last position seen. */
  followDirectory(lane: Lane, after: number, maxBlocks: number, maxBytes: number): number {
    let last = after;
    for (const block of this.store.readAfter(lane, after, maxBlocks, maxBytes)) {
      if (block.batchKind === BatchKind.directory) this.#opened(block);
      last = block.position;
    }
    return last;
  }

  /** Alarm events of both lanes after a position, one item per block, named or not. Unreadable blocks have none. */
  eventsAfter(after: number, maxBlocks: number): EventBlock[] {
    return this.store.eventBlocks(after, maxBlocks).map((block) => {
      const { batch } = this.#opened(block);
      const { position, journalEpoch } = block;
      const events = batch?.kind === "events" ? batch.events : [];
      return { position, stream: block.identity.stream, journalEpoch, events };
    });
  }

  #opened(block: StoredBlock): Opened {
    const cached = this.#cache.get(block.position);
    if (cached !== undefined) {
      this.#cache.delete(block.position);
      this.#cache.set(block.position, cached);
      return cached;
    }
    const opened = this.#openNow(block);
    if (opened.batch?.kind === "directory") this.#takeUp(opened.identity.stream, opened.journalEpoch, opened.batch);
    this.#keep(opened);
    return opened;
  }

  #openNow(block: StoredBlock): Opened {
    const common = {
      place: { position: block.position, lane: block.lane, recordedAt: block.recordedAt },
      identity: block.identity,
      journalEpoch: block.journalEpoch,
      named: undefined,
      namedAtVersion: -1,
    };
    try {
      const { header, batch } = this.#open(block.bytes, block);
      const events = batch.kind === "events" ? batch.events.length : 0;
      const memoryBytes = block.bytes.length * 2 + block.sampleCount * SAMPLE_BYTES + events * EVENT_BYTES;
      return { ...common, sealedAt: header.sealedAt, batch, reason: "", memoryBytes };
    } catch (error) {
      const reason = error instanceof Error ? `${codeOf(error)}${error.message}` : String(error);
      return { ...common, sealedAt: 0, batch: undefined, reason, memoryBytes: 0 };
    }
  }

  #takeUp(stream: number, journalEpoch: number, batch: DirectoryBatch): void {
    this.directory.add(stream, journalEpoch, batch);
  }

  #keep(opened: Opened): void {
    this.#cache.set(opened.place.position, opened);
    this.#cachedBytes += opened.memoryBytes;
    for (const [position, oldest] of this.#cache) {
      if (this.#cachedBytes <= this.#cacheBytes || position === opened.place.position) break;
      this.#cache.delete(position);
      this.#cachedBytes -= oldest.memoryBytes;
    }
  }

  #named(opened: Opened): FeedBlock {
    if (
      opened.named !== undefined &&
      (opened.named.is === "entry" || opened.namedAtVersion === this.directory.version)
    ) {
      return opened.named;
    }
    opened.named = this.#name(opened);
    opened.namedAtVersion = this.directory.version;
    return opened.named;
  }

  #name(opened: Opened): FeedBlock {
    const { place, batch, identity, journalEpoch } = opened;
    if (batch === undefined) return { ...place, is: "unreadable", reason: opened.reason };
    if (batch.kind !== "data" && batch.kind !== "events") return { ...place, is: "other" };
    const { stream } = identity;
    const newest = this.directory.newest(stream, journalEpoch);
    if (newest === undefined || newest.revision < batch.directoryRevision) {
      return { ...place, is: "unnamed", stream, journalEpoch, neededRevision: batch.directoryRevision };
    }
    if (!everyTagKnown(batch, newest.resolve)) {
      return { ...place, is: "unnamed", stream, journalEpoch, neededRevision: newest.revision + 1 };
    }
    const entry: StoredEntry = {
      origin: "journal",
      position: place.position,
      identity,
      stream,
      journalEpoch,
      lane: place.lane,
      ...(batch.kind === "events" ? { samples: NO_SAMPLES, events: batch.events } : { samples: batch.samples }),
      tagOf: newest.resolve,
    };
    return { ...place, is: "entry", entry, sealedAt: opened.sealedAt };
  }
}

function everyTagKnown(batch: DataBatch | EventBatch, resolve: TagResolver): boolean {
  if (batch.kind === "events") return batch.events.every(({ tagId }) => resolve(tagId) !== undefined);
  const { samples } = batch;
  for (let row = 0; row < samples.count; row++) if (resolve(samples.tagIds[row]!) === undefined) return false;
  return true;
}

function codeOf(error: Error): string {
  const code = (error as { code?: unknown }).code;
  return typeof code === "string" && !error.message.startsWith(code) ? `${code}: ` : "";
}
