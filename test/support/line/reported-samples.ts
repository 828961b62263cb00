/** The account of what was reported: the OT station's journal, opened with the station's own keys.
 *  journal.db → [reported samples] → compare samples */
import { join } from "node:path";
import {
  type AlarmEvent,
  type BlockHeader,
  blockHash,
  type OpeningKeys,
  openBlock,
  sampleAt,
  type TagDefinition,
  type Value,
} from "@nonreturn/wire-format";
import { openJournalReader } from "../../../packages/ot-sender/src/journal/journal-reader.ts";
import { JOURNAL_FILE } from "../../../packages/ot-sender/src/journal/journal-schema.ts";
import { loadSealingKeys } from "../../../packages/ot-sender/src/keys/station-key-file.ts";
import { openingKeysOf } from "../station-keys.ts";
import { type SampleFact, valueBits } from "./sample-fact.ts";

export interface ReportedSample extends SampleFact {
  /** The value itself. */
  readonly plain: Value | null;
  readonly sequence: number;
  readonly tagId: number;
  readonly journalEpoch: number;
}

export interface JournalBlock {
  readonly header: BlockHeader;
  /** Hex. */
  readonly hash: string;
}

export interface JournaledEvent extends AlarmEvent {
  readonly path: string;
  /** Of the block. */
  readonly sequence: number;
}

/** Follows one journal: every call of `read` adds what was committed since. Works while the station writes, and after it was killed. */
export class ReportedSamples {
  readonly samples: ReportedSample[] = [];
  readonly blocks: JournalBlock[] = [];
  readonly events: JournaledEvent[] = [];
  readonly #path: string;
  readonly #keys: OpeningKeys;
  readonly #tags = new Map<number, TagDefinition>();

  constructor(dataFolder: string, keysFolder: string) {
    this.#path = join(dataFolder, JOURNAL_FILE);
    this.#keys = openingKeysOf(loadSealingKeys(keysFolder));
  }

  /** @returns the newest committed sequence. @throws if a block does not open, or does not follow from the one before. */
  read(): number {
    const journal = openJournalReader(this.#path);
    try {
      for (;;) {
        const next = this.blocks.length + 1;
        const found = journal.read(next, next + 999, 1000, Number.POSITIVE_INFINITY);
        for (const { bytes } of found) this.#add(bytes);
        if (found.length === 0) return this.blocks.length;
      }
    } finally {
      journal.close();
    }
  }

  #add(bytes: Uint8Array): void {
    const { header, batch } = openBlock(bytes, this.#keys);
    const before = this.blocks.at(-1);
    const sequence = this.blocks.length + 1;
    if (header.sequence !== sequence) throw new Error(`block ${sequence} is missing in the journal`);
    const previousHash = Buffer.from(header.previousHash).toString("hex");
    if (previousHash !== (before?.hash ?? "00".repeat(32))) throw new Error(`the chain breaks at block ${sequence}`);
    if (before !== undefined && header.sealingEpoch < before.header.sealingEpoch)
      throw new Error(`the sealing epoch falls at block ${sequence}`);
    this.blocks.push({ header, hash: Buffer.from(blockHash(bytes)).toString("hex") });
    if (batch.kind === "directory") for (const tag of batch.tags) this.#tags.set(tag.tagId, tag);
    if (batch.kind === "loss")
      throw new Error(`block ${sequence} is a loss record: nothing may be lost in these tests`);
    if (batch.kind === "events")
      for (const event of batch.events)
        this.events.push({ ...event, path: this.#tagOf(event.tagId, sequence).path, sequence });
    if (batch.kind !== "data") return;
    for (let row = 0; row < batch.samples.count; row++) {
      const { tagId, value, statusCode, sourceTimestamp } = sampleAt(batch.samples, row);
      const tag = this.#tagOf(tagId, sequence);
      this.samples.push({
        path: tag.path,
        timestamp: sourceTimestamp,
        value: valueBits(value),
        plain: value,
        statusCode,
        unit: tag.unit,
        sequence,
        tagId,
        journalEpoch: header.journalEpoch,
      });
    }
  }

  #tagOf(tagId: number, sequence: number): TagDefinition {
    const tag = this.#tags.get(tagId);
    if (tag === undefined) throw new Error(`block ${sequence} names tag ${tagId}, which no directory knows`);
    return tag;
  }
}
