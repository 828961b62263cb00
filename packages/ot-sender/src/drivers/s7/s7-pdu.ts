/** The PDUs of S7 communication that reading needs: setup and Read Var. There is none that writes.
 *  S7 connection ⇄ [S7 PDU] ⇄ ISO frames
 *
 *  | offset | bytes | header                                     | Source: the protocol as Wireshark's dissector packet-s7comm.c and
 *  |   0    |   1   | protocol, 32                               | snap7's s7_types.h describe it; Siemens has published none.
 *  |   1    |   1   | kind: 01 job, 03 answer with data          |
 *  |   2    |   2   | 0                                          |
 *  |   4    |   2   | reference, copied by the CPU               |
 *  |   6    |   2   | bytes of parameters                        |
 *  |   8    |   2   | bytes of data                              |
 *  |  10    |   2   | error class and code; in answers only      | */
import type { Area } from "./address.ts";

/** A range of bytes to read. */
export interface ReadItem {
  readonly area: Area;
  readonly db: number;
  readonly start: number;
  readonly quantity: number;
}

export type Answer =
  | { readonly kind: "setup"; readonly reference: number; readonly jobs: number; readonly pduBytes: number }
  /** `data`: a view, for `ItemAnswers`. */
  | { readonly kind: "read"; readonly reference: number; readonly items: number; readonly data: DataView }
  /** The request as a whole: error class and code in one number, 0x8104 for example. */
  | { readonly kind: "refused"; readonly reference: number; readonly error: number }
  /** `reference` where the damaged PDU still says which request it answers. */
  | { readonly kind: "damaged"; readonly reference: number | undefined; readonly what: string };

const SETUP = 0xf0;
const READ_VAR = 0x04;
const HEADER_BYTES = 12; // of an answer
/** Where a job says which it is. */
export const REFERENCE_OFFSET = 4;
const AREA_CODES: Readonly<Record<Area, number>> = { P: 0x80, I: 0x81, Q: 0x82, M: 0x83, DB: 0x84, C: 0x1c, T: 0x1d };

function job(reference: number, parameters: Uint8Array): Uint8Array {
  const pdu = new Uint8Array(10 + parameters.length);
  pdu.set([0x32, 1, 0, 0, reference >> 8, reference & 0xff, parameters.length >> 8, parameters.length & 0xff, 0, 0]);
  pdu.set(parameters, 10);
  return pdu;
}

export function setupJob(reference: number, jobs: number, pduBytes: number): Uint8Array {
  return job(reference, Uint8Array.from([SETUP, 0, 0, jobs, 0, jobs, pduBytes >> 8, pduBytes & 0xff]));
}

/** Without its reference. Each item: 12 bytes in "S7 any" notation; bytes everywhere, timers and counters by number. */
export function readJob(items: readonly ReadItem[]): Uint8Array {
  const parameters = new Uint8Array(2 + items.length * 12);
  parameters.set([READ_VAR, items.length]);
  for (const [index, { area, db, start, quantity }] of items.entries()) {
    const numbered = area === "T" || area === "C";
    const count = numbered ? quantity / 2 : quantity;
    const address = numbered ? start / 2 : start * 8; // in bits
    const transport = numbered ? AREA_CODES[area] : 0x02; // BYTE
    const place = [db >> 8, db & 0xff, AREA_CODES[area], (address >> 16) & 0xff, (address >> 8) & 0xff, address & 0xff];
    parameters.set([0x12, 0x0a, 0x10, transport, count >> 8, count & 0xff, ...place], 2 + index * 12);
  }
  return job(0, parameters);
}

/** Never throws. */
export function parseAnswer(pdu: Uint8Array): Answer {
  const view = new DataView(pdu.buffer, pdu.byteOffset, pdu.length);
  if (pdu.length < HEADER_BYTES || pdu[0] !== 0x32) return damaged(undefined, "no S7 header");
  const reference = view.getUint16(REFERENCE_OFFSET);
  if (pdu[1] !== 3 && pdu[1] !== 2) return damaged(reference, `a PDU of kind ${pdu[1]}`);
  const parameterBytes = view.getUint16(6);
  const dataBytes = view.getUint16(8);
  const error = view.getUint16(10);
  if (error !== 0) return { kind: "refused", reference, error };
  if (HEADER_BYTES + parameterBytes + dataBytes !== pdu.length)
    return damaged(reference, `${pdu.length} bytes where its header says ${HEADER_BYTES + parameterBytes + dataBytes}`);
  const operation = parameterBytes === 0 ? undefined : pdu[HEADER_BYTES];
  if (operation === SETUP && parameterBytes === 8)
    return {
      kind: "setup",
      reference,
      jobs: view.getUint16(HEADER_BYTES + 2),
      pduBytes: view.getUint16(HEADER_BYTES + 6),
    };
  if (operation === READ_VAR && parameterBytes === 2)
    return {
      kind: "read",
      reference,
      items: pdu[HEADER_BYTES + 1]!,
      data: new DataView(pdu.buffer, pdu.byteOffset + HEADER_BYTES + parameterBytes, dataBytes),
    };
  return damaged(reference, "an answer to something else");
}

function damaged(reference: number | undefined, what: string): Answer {
  return { kind: "damaged", reference, what };
}

/**
 * What came for the items of one job, one after the other: return code, transport size, length, bytes, filled up to an even number unless the last.
 * Not an object per item: a job has up to twenty, and there are thousands of jobs a second.
 */
export class ItemAnswers {
  readonly #data: DataView;
  #at = 0;
  #what: string | undefined;
  #from = 0;
  #code = 0;

  /** @param data  of the answer. */
  constructor(data: DataView) {
    this.#data = data;
  }

  /** Of the item that `next` said is bytes: where they begin in the data. */
  get from(): number {
    return this.#from;
  }

  /** Of the item that `next` said is refused: its return code, as the CPU gave it. */
  get code(): number {
    return this.#code;
  }

  /** Of the item that `next` said is damaged. */
  get what(): string {
    return this.#what ?? "";
  }

  /** What follows a damaged item is damaged too, since nobody knows where it begins. Never throws. @param quantity  of bytes asked for. */
  next(quantity: number): "bytes" | "refused" | "damaged" {
    const data = this.#data;
    if (this.#what !== undefined) return "damaged";
    if (this.#at + 4 > data.byteLength) {
      this.#what = "the answer ends before this item";
      return "damaged";
    }
    this.#code = data.getUint8(this.#at);
    const bytes = lengthInBytes(data.getUint8(this.#at + 1), data.getUint16(this.#at + 2));
    this.#from = this.#at + 4;
    // A refused item has no bytes, whatever its length says: snap7 and CPUs differ there.
    if (this.#code !== 0xff) {
      this.#at = this.#from;
      return "refused";
    }
    if (bytes !== quantity || this.#from + bytes > data.byteLength) {
      this.#what = `${bytes ?? "no"} bytes where ${quantity} were asked for`;
      return "damaged";
    }
    this.#at = this.#from + bytes + (bytes % 2);
    return "bytes";
  }
}

/** Lengths are in bits for bits, bytes, words and integers (3, 4, 5), in bytes for the rest (6, 7, 9). */
function lengthInBytes(transport: number, length: number): number | undefined {
  if (transport === 4 || transport === 5) return length % 8 === 0 ? length / 8 : undefined;
  return transport === 6 || transport === 7 || transport === 9 ? length : undefined;
}
