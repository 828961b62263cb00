/** The one error type of this package: what came from outside, or was asked for, does not fit the format.
 *  decode, open, plan → [wire error] → whoever called */

/** Every way in which a datagram, block, batch, key file or gap code can be wrong. Listed in docs/errors.md. */
export type WireErrorCode =
  | "DATAGRAM_LENGTH"
  | "DATAGRAM_MAGIC"
  | "DATAGRAM_VERSION"
  | "DATAGRAM_TYPE"
  | "DATAGRAM_STRUCTURE"
  | "DATAGRAM_MAC"
  | "FEC_PARAMETERS"
  | "FEC_SYMBOL_SIZE"
  | "BLOCK_LENGTH"
  | "BLOCK_SUITE"
  | "BLOCK_FIELD"
  | "BLOCK_IDENTITY"
  | "BLOCK_EPOCH_FLOOR"
  | "BLOCK_HASH"
  | "BLOCK_SIGNATURE"
  | "BLOCK_DECRYPT"
  | "BLOCK_DECOMPRESS"
  | "BATCH_MALFORMED"
  | "BATCH_LIMIT"
  | "KEY_FILE"
  | "KEY_PAIRING"
  | "KEY_UNKNOWN_GENERATION"
  | "GAP_CODE";

export class WireError extends Error {
  readonly code: WireErrorCode;

  constructor(code: WireErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "WireError";
    this.code = code;
  }
}
