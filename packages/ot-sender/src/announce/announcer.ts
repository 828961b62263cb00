/** Seals what is announced but not journaled: heartbeats, station status, value refresh.
 *  link thread, main → [announcer] → egress */
import type { Clock } from "@nonreturn/station/thread";
import { announceStreamOf, type Batch, type SealingKeys, sealBlock } from "@nonreturn/wire-format";
import type { OutgoingBlock } from "../egress/protect-block.ts";

const NO_PREVIOUS = new Uint8Array(32);

/** Announce blocks have a sequence of their own in every sealing epoch and no chain. */
export class Announcer {
  readonly #stream: number;
  readonly #journalEpoch: number;
  readonly #keys: SealingKeys;
  readonly #clock: Clock;
  readonly #random: (bytes: number) => Uint8Array;
  #sealingEpoch: number;
  #sequence = 0;
  #sealedAt = 0;

  constructor(
    dataStream: number,
    epochs: { readonly journalEpoch: number; readonly sealingEpoch: number },
    keys: SealingKeys,
    clock: Clock,
    random: (bytes: number) => Uint8Array,
  ) {
    this.#stream = announceStreamOf(dataStream);
    this.#journalEpoch = epochs.journalEpoch;
    this.#sealingEpoch = epochs.sealingEpoch;
    this.#keys = keys;
    this.#clock = clock;
    this.#random = random;
  }

  /** @throws {WireError} BATCH_LIMIT, BLOCK_FIELD */
  seal(batch: Batch): OutgoingBlock {
    const sequence = ++this.#sequence;
    this.#sealedAt = Math.max(this.#clock.nowUtcMicros(), this.#sealedAt);
    const { bytes } = sealBlock(
      {
        stream: this.#stream,
        journalEpoch: this.#journalEpoch,
        sealingEpoch: this.#sealingEpoch,
        sequence,
        previousHash: NO_PREVIOUS,
        sealedAt: this.#sealedAt,
      },
      batch,
      this.#keys,
      this.#random(16),
    );
    return { stream: this.#stream, sealingEpoch: this.#sealingEpoch, sequence, bytes };
  }

  startEpoch(sealingEpoch: number): void {
    this.#sealingEpoch = sealingEpoch;
    this.#sequence = 0;
  }
}
