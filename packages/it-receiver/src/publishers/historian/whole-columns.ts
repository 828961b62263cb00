/** Columns of small whole numbers in as few bits as they need: a Rice code, whose divisor each column chooses.
 *  figures body → [whole columns] → figures table
 *  Source: R. F. Rice, Some Practical Universal Noiseless Coding Techniques, JPL 79-22, 1979. */
import { WireError } from "@nonreturn/wire-format";

/*
 * Bits lie most significant first. x is kept as u = 2x for x ≥ 0, −2x − 1 for x < 0.
 *
 * 6 bits  form of the column
 *   0 … 50 (k)  per number: u / 2^k in ones and a zero, u mod 2^k in k bits; or 24 ones, and u in 53 bits
 *   51 sparse   16 bits: numbers that are not 0; per such number: 16 bits place, 53 bits u
 */
const SPARSE = 51;
const FORM_BITS = 6;
const PLACE_BITS = 16;
const WIDE_BITS = 53;
const MOST_ONES = 24;
/** Of |x|: twice that is still below 2^53. */
export const WHOLE_LARGEST = 2 ** 51;

export class WholeWriter {
  #bytes = new Uint8Array(4096);
  #bit = 0;

  /** @param column  fewer than 2^16 whole numbers below WHOLE_LARGEST. */
  column(column: readonly number[]): void {
    const folded = column.map((x) => (x < 0 ? -2 * x - 1 : 2 * x));
    const used = folded.filter((u) => u !== 0).length;
    let form = SPARSE;
    let least = PLACE_BITS + used * (PLACE_BITS + WIDE_BITS);
    for (let k = 0; k < SPARSE; k++) {
      let bits = 0;
      for (const u of folded) bits += costOf(u, k);
      if (bits < least) [form, least] = [k, bits];
    }
    this.bits(form, FORM_BITS);
    if (form < SPARSE) {
      for (const u of folded) this.#rice(u, form);
      return;
    }
    this.bits(used, PLACE_BITS);
    for (const [place, u] of folded.entries()) {
      if (u === 0) continue;
      this.bits(place, PLACE_BITS);
      this.bits(u, WIDE_BITS);
    }
  }

  /** @param value  0 … 2^bits − 1, bits ≤ 53. */
  bits(value: number, bits: number): void {
    for (let left = bits; left > 0; ) {
      const room = 8 - (this.#bit & 7);
      const some = Math.min(room, left);
      left -= some;
      const part = Math.floor(value / 2 ** left) % 2 ** some;
      const at = this.#bit >>> 3;
      if (at === this.#bytes.length) this.#grow();
      this.#bytes[at]! |= part << (room - some);
      this.#bit += some;
    }
  }

  take(): Uint8Array {
    return this.#bytes.slice(0, (this.#bit + 7) >>> 3);
  }

  #rice(u: number, k: number): void {
    const ones = Math.floor(u / 2 ** k);
    if (ones < MOST_ONES) {
      this.bits(2 ** (ones + 1) - 2, ones + 1);
      this.bits(u % 2 ** k, k);
    } else {
      this.bits(2 ** MOST_ONES - 1, MOST_ONES);
      this.bits(u, WIDE_BITS);
    }
  }

  #grow(): void {
    const grown = new Uint8Array(this.#bytes.length * 2);
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}

function costOf(u: number, k: number): number {
  const ones = Math.floor(u / 2 ** k);
  return ones < MOST_ONES ? ones + 1 + k : MOST_ONES + WIDE_BITS;
}

export class WholeReader {
  readonly #bytes: Uint8Array;
  #bit = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** @throws {WireError} BATCH_MALFORMED */
  column(count: number): number[] {
    const form = this.bits(FORM_BITS);
    if (form > SPARSE) throw malformed(`column form ${form}`);
    if (form < SPARSE) return Array.from({ length: count }, () => unfolded(this.#rice(form)));
    const column = new Array<number>(count).fill(0);
    for (let used = this.bits(PLACE_BITS); used > 0; used--) {
      const place = this.bits(PLACE_BITS);
      if (place >= count) throw malformed(`place ${place}`);
      column[place] = unfolded(this.bits(WIDE_BITS));
    }
    return column;
  }

  /** @throws {WireError} BATCH_MALFORMED beyond the end. */
  bits(bits: number): number {
    if (this.#bit + bits > this.#bytes.length * 8) throw malformed("cut short");
    if (bits <= 24) {
      const bytes = this.#bytes;
      const at = this.#bit >>> 3;
      const four = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!; // undefined: 0
      const shifted = four << (this.#bit & 7);
      this.#bit += bits;
      return bits === 0 ? 0 : shifted >>> (32 - bits);
    }
    let value = 0;
    for (let left = bits; left > 0; ) {
      const room = 8 - (this.#bit & 7);
      const some = Math.min(room, left);
      left -= some;
      value = value * 2 ** some + ((this.#bytes[this.#bit >>> 3]! >>> (room - some)) & (2 ** some - 1));
      this.#bit += some;
    }
    return value;
  }

  /** @throws {WireError} BATCH_MALFORMED unless everything was read. */
  end(): void {
    if ((this.#bit + 7) >>> 3 !== this.#bytes.length) throw malformed("bytes beyond the figures");
  }

  #rice(k: number): number {
    const bytes = this.#bytes;
    let bit = this.#bit;
    let ones = 0;
    while (ones < MOST_ONES && ((bytes[bit >>> 3] ?? 0) & (128 >>> (bit & 7))) !== 0) {
      ones++;
      bit++;
    }
    this.#bit = ones < MOST_ONES ? bit + 1 : bit; // beyond the end: zeros, which bits() or end() notices
    return ones < MOST_ONES ? ones * 2 ** k + this.bits(k) : this.bits(WIDE_BITS);
  }
}

function unfolded(u: number): number {
  return u % 2 === 0 ? u / 2 : -(u + 1) / 2;
}

function malformed(what: string): WireError {
  return new WireError("BATCH_MALFORMED", `chunk: figures: ${what}`);
}
