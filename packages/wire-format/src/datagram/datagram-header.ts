/** The header of a datagram: fixed offsets, big-endian; who the symbol belongs to and how it was sent.
 *  symbol → [header ‖ symbol ‖ MAC] → UDP */

/*
 * offset size field
 *   0     2   magic              0x4E52, "NR"
 *   2     1   version            1
 *   3     1   type               1 = symbol of a sealed block
 *   4     2   stream             data 1 … 0x7FFF; announce = data | 0x8000
 *   6     2   key generation
 *   8     4   run epoch          sealing epoch of the running sender
 *  12     4   block epoch        sealing epoch of the block; below the run epoch where an older block is sent again
 *  16     8   session            random per start of the sender; tells a cloned sender from a restarted one
 *  24     8   number             of this datagram in this run and stream; never used twice, 0 … 2^53−1
 *  32     8   sequence           of the block, 1 … 2^53−1
 *  40     4   block length       bytes of the sealed block
 *  44     1   k                  source symbols
 *  45     1   n                  symbols that are sent in this pass have an index below n; k ≤ n ≤ 255
 *  46     1   symbol index       0 … n−1
 *  47     1   flags              bit 0: repeat (the block was sent before); the others are 0, a receiver ignores them
 *  48     s   symbol             s = ⌈⌈block length / k⌉ / 16⌉ · 16
 *  48+s  16   MAC                first 16 bytes of HMAC-SHA256(MAC key, bytes 0 … 47+s)
 */
export const DATAGRAM_HEADER_BYTES = 48;
export const MAC_BYTES = 16;
export const DATAGRAM_OVERHEAD_BYTES = DATAGRAM_HEADER_BYTES + MAC_BYTES; // 64
export const DATAGRAM_MAGIC = 0x4e52;
export const DATAGRAM_VERSION = 1;
export const DATAGRAM_TYPE_SYMBOL = 1;

/** Largest symbols that keep a datagram in one frame. */
export const SYMBOL_BYTES_IPV4 = 1408; // 1500 MTU − 20 IPv4 − 8 UDP − 64
export const SYMBOL_BYTES_IPV6 = 1376; // 1500 MTU − 40 IPv6 − 8 UDP − 64 = 1388, rounded down to a multiple of 16
export const SYMBOL_BYTES_JUMBO = 8896; // 9000 MTU − 20 IPv4 − 8 UDP − 64 = 8908, rounded down to a multiple of 16
/** Nothing longer is a datagram of ours. */
export const MAX_DATAGRAM_BYTES = SYMBOL_BYTES_JUMBO + DATAGRAM_OVERHEAD_BYTES; // 8960
export const MIN_DATAGRAM_BYTES = 16 + DATAGRAM_OVERHEAD_BYTES; // 80: the smallest symbol has 16 bytes

/** Bits of the flags byte. Statistics only: nothing is decided by them. */
export const DatagramFlag = { repeat: 1 } as const;

export interface DatagramHeader {
  readonly type: 1;
  readonly stream: number;
  readonly generation: number;
  readonly runEpoch: number;
  /** Sealing epoch of the block. */
  readonly blockEpoch: number;
  readonly session: Uint8Array; // 8
  readonly number: number;
  readonly sequence: number;
  readonly blockBytes: number;
  /** k */
  readonly sourceSymbols: number;
  /** n */
  readonly totalSymbols: number;
  readonly symbolIndex: number;
  readonly flags: number;
}
