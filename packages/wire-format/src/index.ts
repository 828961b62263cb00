/** What crosses the link, byte by byte. Pure: no sockets, files, timers, clock or randomness. */
export * from "./batch/batch.ts";
export * from "./batch/decode-batch.ts";
export * from "./batch/encode-batch.ts";
export * from "./block/block-header.ts";
export { blockHash } from "./block/block-signature.ts";
export { Codec, compress, decompress } from "./block/compress.ts";
export * from "./block/open-block.ts";
export { type SealedBlock, type SealFields, sealBlock } from "./block/seal-block.ts";
export * from "./datagram/check-datagram.ts";
export * from "./datagram/datagram-fields.ts";
export * from "./datagram/datagram-header.ts";
export * from "./datagram/encode-datagram.ts";
export { verifyMac } from "./datagram/mac.ts";
export * from "./datagram/replay-window.ts";
export * from "./fec/encode.ts";
export { independentLoss, type LossChannel, meanLoss } from "./fec/loss-channel.ts";
export {
  chooseProtection,
  MAX_CHOSEN_SOURCE_SYMBOLS,
  MAX_SYMBOLS,
  type Protection,
  symbolBytesFor,
} from "./fec/protection.ts";
export * from "./fec/recover.ts";
export * from "./fec/residual-loss.ts";
export { type Placement, SymbolSlab } from "./fec/symbol-slab.ts";
export { decodeGapCode, encodeGapCode, type Gap } from "./gap/gap-code.ts";
export * from "./gap/sequence-set.ts";
export { deriveMacKey } from "./keys/derive.ts";
export * from "./keys/enrolment.ts";
export * from "./keys/fingerprint.ts";
export * from "./keys/key-sets.ts";
export * from "./keys/pairing.ts";
export * from "./keys/station-keys.ts";
export * from "./sample/sample.ts";
export * from "./sample/sample-columns.ts";
export { TagRows } from "./sample/tag-rows.ts";
export * from "./status-code.ts";
export * from "./wire-error.ts";
