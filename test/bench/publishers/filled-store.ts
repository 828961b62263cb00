/** A data folder of an IT station whose store is full of sealed blocks, as a station has one whose business system was away.
 *  bench plant → [filled store] → drain process */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { SqliteStore } from "../../../packages/it-receiver/src/record/sqlite-store.ts";
import type { Lane } from "../../../packages/it-receiver/src/record/store.ts";
import { STORE_FILE } from "../../../packages/it-receiver/src/record/store-schema.ts";
import { systemClock } from "../../../packages/station/src/index.ts";
import {
  type Batch,
  type SampleColumns,
  type SealingKeys,
  sealBlock,
  type TagDefinition,
} from "../../../packages/wire-format/src/index.ts";
import { seededBytes } from "../../support/station-keys.ts";
import { writeLinkKeys } from "../load/link-keys.ts";
import { EPOCH, SEALED_AT, STREAM } from "../load/sealed-blocks.ts";
import { SAMPLES_PER_SCAN, scanColumns, TAGS } from "./bench-plant.ts";

const TAGS_PER_PART = 1000;

/** Where another process goes on with the same chain of blocks. */
export interface ChainEnd {
  readonly sequence: number;
  readonly previousHash: string; // hexadecimal
}

export class FilledStore {
  readonly #keys: SealingKeys;
  readonly #store: SqliteStore;
  readonly #random: (bytes: number) => Uint8Array;
  #sequence = 0;
  #previousHash: Uint8Array = new Uint8Array(32);

  /** Keys, and a store that holds the tag directory. @param folder  is made. @param end  of the store that is there, whose tags are known. */
  constructor(folder: string, tags: readonly TagDefinition[] = TAGS, end?: ChainEnd) {
    mkdirSync(folder, { recursive: true });
    this.#keys = writeLinkKeys(folder);
    this.#random = seededBytes(7 + (end?.sequence ?? 0)); // no salt twice
    const unbounded = { retentionMs: Number.MAX_SAFE_INTEGER, maximumBytes: Number.MAX_SAFE_INTEGER };
    this.#store = new SqliteStore({ path: join(folder, STORE_FILE), ...unbounded }, systemClock);
    if (end !== undefined) {
      this.#sequence = end.sequence;
      this.#previousHash = Buffer.from(end.previousHash, "hex");
      return;
    }
    const parts = Math.ceil(tags.length / TAGS_PER_PART);
    const directory = Array.from({ length: parts }, (_, part) => {
      const some = tags.slice(part * TAGS_PER_PART, (part + 1) * TAGS_PER_PART);
      return this.#seal({ kind: "directory", revision: 1, part, parts, tags: some });
    });
    this.#store.record(directory);
  }

  get end(): ChainEnd {
    return { sequence: this.#sequence, previousHash: Buffer.from(this.#previousHash).toString("hex") };
  }

  /** Every scan is one block; all appear in the store at once. Call once. @returns the number of samples. */
  fill(scans: number): number {
    const blocks = Array.from({ length: scans }, (_, scan) =>
      this.#seal({ kind: "data", directoryRevision: 1, samples: scanColumns(scan) }),
    );
    this.#store.record(blocks);
    return scans * SAMPLES_PER_SCAN;
  }

  /** One commit. @returns the last position of each lane, 0 where nothing was recorded. */
  add(lane: Lane, blocks: readonly { readonly samples: SampleColumns; readonly sealedAt: number }[]) {
    const sealed = blocks.map(({ samples, sealedAt }) =>
      this.#seal({ kind: "data", directoryRevision: 1, samples }, lane, sealedAt),
    );
    return this.#store.record(sealed);
  }

  close(): void {
    this.#store.close();
  }

  #seal(batch: Batch, lane: Lane = "live", sealedAt = SEALED_AT + this.#sequence + 1) {
    this.#sequence++;
    const epochs = { stream: STREAM, journalEpoch: EPOCH, sealingEpoch: EPOCH };
    const fields = { ...epochs, sequence: this.#sequence, previousHash: this.#previousHash, sealedAt };
    const { header, hash, bytes } = sealBlock(fields, batch, this.#keys, this.#random(16));
    this.#previousHash = hash;
    return { block: { header, hash, batch, bytes }, lane } as const;
  }
}
