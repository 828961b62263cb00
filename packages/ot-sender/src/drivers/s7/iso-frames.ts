/** Cuts the bytes of a connection into what ISO-on-TCP carries.
 *  TCP socket → [ISO frames] → S7 connection
 *
 *  | offset | bytes | TPKT (RFC 1006 §6)           | then the TPDU (ISO 8073 class 0, RFC 905 §13)
 *  |   0    |   1   | version, 3                   |   1 length of its header, without this byte
 *  |   1    |   1   | reserved                     |   1 code: E0 CR, D0 CC, 80 DR, F0 DT
 *  |   2    |   2   | length, these 4 included     |   DT: 1 number and, in bit 7, end of the PDU; then its bytes */

export type IsoFrame =
  | { readonly kind: "connect confirm" }
  | { readonly kind: "disconnect"; readonly reason: number }
  /** Parts up to the one marked as the end, joined. */
  | { readonly kind: "data"; readonly bytes: Uint8Array };

/** The stream is no ISO-on-TCP from here on; everything received was dropped. */
export interface Damage {
  readonly kind: "damage";
  readonly what: string;
}

const TPKT_HEADER_BYTES = 4;
const SMALLEST_FRAME_BYTES = 7; // TPKT and a DT without bytes
/** Beyond any PDU that is ever negotiated. */
const LARGEST_FRAME_BYTES = 8192;
const LARGEST_PDU_BYTES = 8192;

export class IsoFrames {
  #received: Buffer = Buffer.alloc(0);
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  #largestFrameBytes = LARGEST_FRAME_BYTES;

  /** From now on no frame is longer than one PDU of this size: a length that lies costs less. */
  limit(pduBytes: number): void {
    this.#largestFrameBytes = Math.min(LARGEST_FRAME_BYTES, pduBytes + SMALLEST_FRAME_BYTES);
  }

  /** Whole frames, in order; damage is the last of them. Never throws. Holds at most one frame and one PDU between calls. */
  take(chunk: Uint8Array): readonly (IsoFrame | Damage)[] {
    // A copy: the socket lends the chunk, and frames are read after this.
    let rest = this.#received.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#received, chunk]);
    const frames: (IsoFrame | Damage)[] = [];
    while (rest.length >= TPKT_HEADER_BYTES) {
      const length = rest.readUInt16BE(2);
      if (rest[0] !== 3 || length < SMALLEST_FRAME_BYTES || length > this.#largestFrameBytes)
        return [...frames, this.#damage(`${rest.subarray(0, TPKT_HEADER_BYTES).toString("hex")} is no TPKT header`)];
      if (rest.length < length) break;
      const frame = this.#readTpdu(rest.subarray(TPKT_HEADER_BYTES, length));
      if (frame?.kind === "damage") return [...frames, this.#damage(frame.what)];
      if (frame !== undefined) frames.push(frame);
      rest = rest.subarray(length);
    }
    // Copied, so that a large chunk is not kept for its last bytes.
    this.#received = Buffer.from(rest);
    return frames;
  }

  /** @param tpdu  3 bytes or more. @returns undefined for a part that is not the last. */
  #readTpdu(tpdu: Buffer): IsoFrame | Damage | undefined {
    const headerBytes = tpdu[0]! + 1;
    const code = tpdu[1]! & 0xf0;
    if (headerBytes > tpdu.length || headerBytes < 3)
      return { kind: "damage", what: `a TPDU header of ${headerBytes} bytes` };
    if (code === 0xd0) return { kind: "connect confirm" };
    if (code === 0x80) return { kind: "disconnect", reason: tpdu[6] ?? 0 };
    if (code !== 0xf0) return { kind: "damage", what: `a TPDU of code ${tpdu[1]!.toString(16)}` };
    const bytes = tpdu.subarray(headerBytes);
    this.#partBytes += bytes.length;
    if (this.#partBytes > LARGEST_PDU_BYTES)
      return { kind: "damage", what: `a PDU of more than ${LARGEST_PDU_BYTES} bytes` };
    const isEnd = (tpdu[2]! & 0x80) !== 0;
    if (isEnd && this.#parts.length === 0) {
      this.#partBytes = 0;
      return { kind: "data", bytes };
    }
    // Also bounds parts without bytes.
    if (this.#parts.length >= 1024) return { kind: "damage", what: "a PDU in more than 1024 parts" };
    this.#parts.push(bytes.subarray());
    if (!isEnd) return undefined;
    const joined = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#partBytes = 0;
    return { kind: "data", bytes: joined };
  }

  #damage(what: string): Damage {
    this.#received = Buffer.alloc(0);
    this.#parts = [];
    this.#partBytes = 0;
    return { kind: "damage", what };
  }
}

/** A frame around one PDU: TPKT, DT with the end marked. */
export function dataFrame(pdu: Uint8Array): Uint8Array {
  const length = TPKT_HEADER_BYTES + 3 + pdu.length;
  const frame = new Uint8Array(length);
  frame.set([3, 0, length >> 8, length & 0xff, 2, 0xf0, 0x80]);
  frame.set(pdu, 7);
  return frame;
}

/** Connection request, class 0, with both TSAPs. */
export function connectFrame(localTsap: number, remoteTsap: number): Uint8Array {
  const tsap = (value: number): number[] => [2, value >> 8, value & 0xff];
  const parameters = [0xc0, 1, 0x0a, 0xc1, ...tsap(localTsap), 0xc2, ...tsap(remoteTsap)]; // TPDU of 2^10 bytes
  const header = [6 + parameters.length, 0xe0, 0, 0, 0, 1, 0, ...parameters];
  return Uint8Array.from([3, 0, 0, TPKT_HEADER_BYTES + header.length, ...header]);
}
