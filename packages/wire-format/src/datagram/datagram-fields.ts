/** Reads single fields of a datagram, so that admission can stop at the first that does not fit without building an object.
 *  UDP → [fields] → admit
 *
 *  Every reader expects at least MIN_DATAGRAM_BYTES: call `checkDatagramFraming` first. */
import { DATAGRAM_HEADER_BYTES, type DatagramHeader, MAC_BYTES } from "./datagram-header.ts";

export function datagramStream(datagram: Uint8Array): number {
  return readUint16(datagram, 4);
}

export function datagramGeneration(datagram: Uint8Array): number {
  return readUint16(datagram, 6);
}

export function datagramRunEpoch(datagram: Uint8Array): number {
  return readUint32(datagram, 8);
}

export function datagramBlockEpoch(datagram: Uint8Array): number {
  return readUint32(datagram, 12);
}

/** A view of the 8 bytes; copy them to keep them. */
export function datagramSession(datagram: Uint8Array): Uint8Array {
  return datagram.subarray(16, 24);
}

/** Whether the datagram belongs to this session (8 bytes). Allocates nothing. */
export function isDatagramOfSession(datagram: Uint8Array, session: Uint8Array): boolean {
  for (let at = 0; at < 8; at++) if (datagram[16 + at] !== session[at]) return false;
  return true;
}

/** Inexact above 2^53−1; the replay window calls such a number old. */
export function datagramNumber(datagram: Uint8Array): number {
  return readUint64(datagram, 24);
}

/** Inexact above 2^53−1; `checkDatagramStructure` refuses such a sequence. */
export function datagramSequence(datagram: Uint8Array): number {
  return readUint64(datagram, 32);
}

export function datagramBlockBytes(datagram: Uint8Array): number {
  return readUint32(datagram, 40);
}

export function datagramSourceSymbols(datagram: Uint8Array): number {
  return datagram[44]!;
}

export function datagramTotalSymbols(datagram: Uint8Array): number {
  return datagram[45]!;
}

export function datagramSymbolIndex(datagram: Uint8Array): number {
  return datagram[46]!;
}

function datagramFlags(datagram: Uint8Array): number {
  return datagram[47]!;
}

/** A view of the symbol; valid while the datagram is. */
export function datagramSymbol(datagram: Uint8Array): Uint8Array {
  return datagram.subarray(DATAGRAM_HEADER_BYTES, datagram.length - MAC_BYTES);
}

/** Every field at once. For statistics and tests; admission reads one field at a time. The session is copied. */
export function decodeDatagramHeader(datagram: Uint8Array): DatagramHeader {
  return {
    type: datagram[3] as 1,
    stream: datagramStream(datagram),
    generation: datagramGeneration(datagram),
    runEpoch: datagramRunEpoch(datagram),
    blockEpoch: datagramBlockEpoch(datagram),
    session: datagramSession(datagram).slice(),
    number: datagramNumber(datagram),
    sequence: datagramSequence(datagram),
    blockBytes: datagramBlockBytes(datagram),
    sourceSymbols: datagramSourceSymbols(datagram),
    totalSymbols: datagramTotalSymbols(datagram),
    symbolIndex: datagramSymbolIndex(datagram),
    flags: datagramFlags(datagram),
  };
}

function readUint16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

function readUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

function readUint64(bytes: Uint8Array, at: number): number {
  return readUint32(bytes, at) * 0x1_0000_0000 + readUint32(bytes, at + 4);
}
