/** Proves and opens an assembled block: the first moment at which its content is believed.
 *  assemble → [open] → order → record */
import {
  type Batch,
  type BlockHeader,
  type BlockIdentity,
  blockHash,
  type OpeningKeys,
  openBlock,
  WireError,
  type WireErrorCode,
} from "@nonreturn/wire-format";

export interface OpenedBlock {
  readonly header: BlockHeader;
  readonly hash: Uint8Array;
  readonly batch: Batch;
  readonly bytes: Uint8Array;
}

/** Counts refusals by reason; the list is bounded by the codes there are. */
export class BlockOpening {
  readonly refusals = new Map<WireErrorCode, number>();
  readonly #keys: OpeningKeys;

  constructor(keys: OpeningKeys) {
    this.#keys = keys;
  }

  /**
   * @param claimed  what the datagrams called the block: a sound block under another name is refused as BLOCK_IDENTITY.
   * @returns the block, or why it is none. Never throws. Cost: one signature check, one decryption, one parse.
   */
  open(bytes: Uint8Array, claimed: BlockIdentity): OpenedBlock | WireError {
    try {
      const { header, batch } = openBlock(bytes, this.#keys);
      if (
        header.stream !== claimed.stream ||
        header.sealingEpoch !== claimed.sealingEpoch ||
        header.sequence !== claimed.sequence
      )
        throw new WireError("BLOCK_IDENTITY", "its datagrams named another block");
      return { header, hash: blockHash(bytes), batch, bytes };
    } catch (error) {
      const refusal =
        error instanceof WireError ? error : new WireError("BATCH_MALFORMED", String(error), { cause: error });
      this.refusals.set(refusal.code, (this.refusals.get(refusal.code) ?? 0) + 1);
      return refusal;
    }
  }
}
