/** A data folder of an IT station whose store is full of sealed blocks, as a station has one whose business system was away.
 *  bench plant → [filled store] → drain process */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { SqliteStore } from "../../../packages/it-receiver/src/record/sqlite-store.ts";
import { STORE_FILE } from "../../../packages/it-receiver/src/record/store-schema.ts";
import { systemClock } from "../../../packages/station/src/index.ts";
import { type Batch, type SealingKeys, sealBlock } from "../../../packages/wire-format/src/index.ts";
import { seededBytes } from "../../support/station-keys.ts";
import { writeLinkKeys } from "../load/link-keys.ts";
import { EPOCH, SEALED_AT, STREAM } from "../load/sealed-blocks.ts";
import { SAMPLES_PER_SCAN, scanColumns, TAGS } from "./bench-plant.ts";

const TAGS_PER_PART = 1000;

export class FilledStore {
  readonly #keys: SealingKeys;
  readonly #store: SqliteStore;
  readonly #random = seededBytes(7);
  #sequence = 0;
  #previousHash: Uint8Array = new Uint8Array(32);

  /** Keys, and a store that holds the tag directory. @param folder  is made. */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#keys = writeLinkKeys(folder);
    const unbounded = { retentionMs: Number.MAX_SAFE_INTEGER, maximumBytes: Number.MAX_SAFE_INTEGER };
    this.#store = new SqliteStore({ path: join(folder, STORE_FILE), ...unbounded }, systemClock);
    const parts = Math.ceil(TAGS.length / TAGS_PER_PART);
    const directory = Array.from({ length: parts }, (_, part) => {
      const tags = TAGS.slice(part * TAGS_PER_PART, (part + 1) * TAGS_PER_PART);
      return this.#seal({ kind: "directory", revision: 1, part, parts, tags });
    });
    this.#store.record(directory);
  }

  /** Every scan is one block; all appear in the store at once. Call once. @returns the number of samples. */
  fill(scans: number): number {
    const blocks = Array.from({ length: scans }, (_, scan) =>
      this.#seal({ kind: "data", directoryRevision: 1, samples: scanColumns(scan) }),
    );
    this.#store.record(blocks);
    return scans * SAMPLES_PER_SCAN;
  }

  close(): void {
    this.#store.close();
  }

  #seal(batch: Batch) {
    this.#sequence++;
    const sealedAt = SEALED_AT + this.#sequence;
    const epochs = { stream: STREAM, journalEpoch: EPOCH, sealingEpoch: EPOCH };
    const fields = { ...epochs, sequence: this.#sequence, previousHash: this.#previousHash, sealedAt };
    const { header, hash, bytes } = sealBlock(fields, batch, this.#keys, this.#random(16));
    this.#previousHash = hash;
    return { block: { header, hash, batch, bytes }, lane: "live" } as const;
  }
}
