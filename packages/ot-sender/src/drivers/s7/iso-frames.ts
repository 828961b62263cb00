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
  /** Parts up to the one marked as the end, joined. Valid until the next chunk. */
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

const NOTHING = new Uint8Array();

export class IsoFrames {
  #received: Uint8Array = NOTHING;
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  #largestFrameBytes = LARGEST_FRAME_BYTES;

  /** From now on no frame is longer than one PDU of this size: a length that lies costs less. */
  limit(pduBytes: number): void {
    this.#largestFrameBytes = Math.min(LARGEST_FRAME_BYTES, pduBytes + SMALLEST_FRAME_BYTES);
  }

  /**
   * Whole frames, in order; damage is the last of them. Never throws. Holds at most one frame and one PDU between calls.
   * @param chunk  may be lent: the frames are views of it where nothing came before.
   */
  take(chunk: Uint8Array): readonly (IsoFrame | Damage)[] {
    const bytes = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const frames: (IsoFrame | Damage)[] = [];
    let at = 0;
    while (bytes.length - at >= TPKT_HEADER_BYTES) {
      const length = (bytes[at + 2]! << 8) | bytes[at + 3]!;
      const body = at + TPKT_HEADER_BYTES;
      if (bytes[at] !== 3 || length < SMALLEST_FRAME_BYTES || length > this.#largestFrameBytes)
        return [...frames, this.#damage(`${hex(bytes.subarray(at, body))} is no TPKT header`)];
      if (bytes.length - at < length) break;
      const frame = this.#readTpdu(bytes.subarray(body, at + length));
      if (frame?.kind === "damage") return [...frames, this.#damage(frame.what)];
      if (frame !== undefined) frames.push(frame);
      at += length;
    }
    // Copied, so that a large chunk is not kept for its last bytes, and a lent one not at all.
    this.#received = at === bytes.length ? NOTHING : Buffer.from(bytes.subarray(at));
    return frames;
  }

  /** @param tpdu  3 bytes or more. @returns undefined for a part that is not the last. */
  #readTpdu(tpdu: Uint8Array): IsoFrame | Damage | undefined {
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
    this.#parts.push(Uint8Array.from(bytes));
    if (!isEnd) return undefined;
    const joined = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#partBytes = 0;
    return { kind: "data", bytes: joined };
  }

  #damage(what: string): Damage {
    this.#received = NOTHING;
    this.#parts = [];
    this.#partBytes = 0;
    return { kind: "damage", what };
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** Where the PDU begins in its frame. */
export const PDU_OFFSET = TPKT_HEADER_BYTES + 3;

/** A frame around one PDU: TPKT, DT with the end marked. */
export function dataFrame(pdu: Uint8Array): Uint8Array {
  const length = PDU_OFFSET + pdu.length;
  const frame = new Uint8Array(length);
  frame.set([3, 0, length >> 8, length & 0xff, 2, 0xf0, 0x80]);
  frame.set(pdu, PDU_OFFSET);
  return frame;
}

/** Connection request, class 0, with both TSAPs. */
export function connectFrame(localTsap: number, remoteTsap: number): Uint8Array {
  const tsap = (value: number): number[] => [2, value >> 8, value & 0xff];
  const parameters = [0xc0, 1, 0x0a, 0xc1, ...tsap(localTsap), 0xc2, ...tsap(remoteTsap)]; // TPDU of 2^10 bytes
  const header = [6 + parameters.length, 0xe0, 0, 0, 0, 1, 0, ...parameters];
  return Uint8Array.from([3, 0, 0, TPKT_HEADER_BYTES + header.length, ...header]);
}
