/** Says whether bytes from the link have the form of a datagram, before and after their MAC is checked.
 *  UDP → [framing] → stream, generation, MAC, epoch, replay window → [structure] → slab */
import { symbolBytesFor } from "../fec/protection.ts";
import type { WireErrorCode } from "../wire-error.ts";
import {
  datagramBlockBytes,
  datagramSequence,
  datagramSourceSymbols,
  datagramSymbolIndex,
  datagramTotalSymbols,
} from "./datagram-fields.ts";
import {
  DATAGRAM_MAGIC,
  DATAGRAM_OVERHEAD_BYTES,
  DATAGRAM_TYPE_SYMBOL,
  DATAGRAM_VERSION,
  MAX_DATAGRAM_BYTES,
  MIN_DATAGRAM_BYTES,
} from "./datagram-header.ts";

/**
 * First check of admission: length, magic, version, type, in this order. Anybody can pass it; it only keeps the readers in bounds.
 *
 * @returns why the bytes are no datagram of ours, or undefined if they may be one. Never throws, allocates nothing.
 */
export function checkDatagramFraming(datagram: Uint8Array): WireErrorCode | undefined {
  const bytes = datagram.length;
  if (bytes < MIN_DATAGRAM_BYTES || bytes > MAX_DATAGRAM_BYTES || (bytes - DATAGRAM_OVERHEAD_BYTES) % 16 !== 0) {
    return "DATAGRAM_LENGTH";
  }
  if (datagram[0] !== DATAGRAM_MAGIC >> 8 || datagram[1] !== (DATAGRAM_MAGIC & 0xff)) return "DATAGRAM_MAGIC";
  if (datagram[2] !== DATAGRAM_VERSION) return "DATAGRAM_VERSION";
  if (datagram[3] !== DATAGRAM_TYPE_SYMBOL) return "DATAGRAM_TYPE";
  return undefined;
}

/**
 * Last check of admission, after MAC and replay window: framing again (cheap, and right for callers that skip the first), then
 * 1 ≤ k ≤ n ≤ 255, index < n, sequence 1 … 2^53−1, and the one symbol size that a block of this length in k symbols can have,
 * with at least one byte of the block in each source symbol. What passes fits a slab of k · symbol size bytes.
 *
 * @returns DATAGRAM_STRUCTURE, or a framing reason, or undefined if the datagram is well formed. Never throws, allocates nothing.
 */
export function checkDatagramStructure(datagram: Uint8Array): WireErrorCode | undefined {
  const framing = checkDatagramFraming(datagram);
  if (framing !== undefined) return framing;
  const k = datagramSourceSymbols(datagram);
  const n = datagramTotalSymbols(datagram);
  const sequence = datagramSequence(datagram);
  const blockBytes = datagramBlockBytes(datagram);
  const symbolBytes = datagram.length - DATAGRAM_OVERHEAD_BYTES;
  const fits =
    k >= 1 &&
    k <= n && // n ≤ 255: it is one byte
    datagramSymbolIndex(datagram) < n &&
    sequence >= 1 &&
    sequence <= Number.MAX_SAFE_INTEGER &&
    blockBytes > (k - 1) * symbolBytes &&
    symbolBytesFor(blockBytes, k) === symbolBytes;
  return fits ? undefined : "DATAGRAM_STRUCTURE";
}
