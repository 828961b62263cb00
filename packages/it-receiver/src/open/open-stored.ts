/** Opens a block of our own store again: hash and seal are checked, and that the row calls it what it is.
 *  store.db → [open stored] → publishers */
import { type Batch, type BlockHeader, type OpeningKeys, openBlock, WireError } from "@nonreturn/wire-format";
import type { StoredBlock } from "../record/store.ts";

/** @throws {WireError} as openBlock; BLOCK_IDENTITY where the row names another block, since publishers store under that name. */
export function openStored(
  { bytes, identity, journalEpoch, batchKind }: StoredBlock,
  keys: OpeningKeys,
): { header: BlockHeader; batch: Batch } {
  const opened = openBlock(bytes, keys, { signature: "trusted" });
  const { header } = opened;
  const isSame =
    header.stream === identity.stream &&
    header.sealingEpoch === identity.sealingEpoch &&
    header.sequence === identity.sequence &&
    header.journalEpoch === journalEpoch &&
    header.batchKind === batchKind;
  if (!isSame) throw new WireError("BLOCK_IDENTITY", "its row in the store names another block");
  return opened;
}
