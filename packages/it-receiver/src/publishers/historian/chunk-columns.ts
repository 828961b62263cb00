/** How the numbers of one tag lie in a chunk: steps from row to row, which an entropy coder makes small. Exact to the bit.
 *  chunk → [chunk columns] → zstd, LZ4 */
import { BATCH_LIMITS, type SampleColumns, ValueKind, WireError } from "@nonreturn/wire-format";

/*
 * varint: 7 bits per byte, least significant first. step: varint of 2x for x ≥ 0, of −2x − 1 for x < 0.
 *
 * byte    form: 0 … 12 decimals, value = mantissa / 10^form; 16 float32; 17 float64
 * varint  n, rows
 * varint  runs of status codes; per run: varint rows, varint status code
 * varint  runs of kinds; per run: varint rows, byte kind (0 none, 1 boolean, 2 number)
 * step    first timestamp; step period; per further row: step (difference to the row before − period)
 * values of the rows that have one:
 *   decimals: step (mantissa − the one before); float32: step (bits − the bits before, modulo 2^32)
 *   float64: the first byte of every value, then the second … (little-endian)
 * varint  exceptions: values that the form does not hold; per exception: varint place among the values, 8 bytes float64
 */
export const MOST_DECIMALS = 12;
const FLOAT32 = 16;
const FLOAT64 = 17;
export const POWERS = Array.from({ length: MOST_DECIMALS + 1 }, (_, exponent) => 10 ** exponent);
/** A difference of two is below 2^52, and twice that still a whole number. */
const LARGEST = 2 ** 51;
/** At most one value in so many is an exception; else another form is smaller. */
const EXCEPTIONS = 16;
/** An exponent becomes the usual one when so many values needed it. */
const USUAL = 3;
const PERIOD_LOOKS = 33;
/** A row is at most 3 varints of 8 bytes; runs and exceptions are counted apart. */
const ROW_BYTES = 24;

/** @returns undefined for what the columns do not hold: strings, 64-bit integers, arrays, timestamps centuries apart. */
export function encodeColumns(series: SampleColumns): Uint8Array | undefined {
  const { count, timestamps, statusCodes, kinds } = series;
  if (count === 0 || timestamps[count - 1]! - timestamps[0]! >= LARGEST || timestamps[0]! >= LARGEST) return undefined;
  let valued = 0;
  for (let row = 0; row < count; row++) {
    if (kinds[row]! > ValueKind.number) return undefined;
    if (kinds[row] !== ValueKind.none) valued++;
  }
  const values = new Float64Array(valued);
  for (let row = 0, place = 0; row < count; row++)
    if (kinds[row] !== ValueKind.none) values[place++] = series.numbers[row]!;
  const form = formOf(values);
  const out = new StepWriter(count * ROW_BYTES + 64);
  out.byte(form);
  out.varint(count);
  out.runs(statusCodes, (code) => out.varint(code));
  out.runs(kinds, (kind) => out.byte(kind));
  const period = periodOf(timestamps, count);
  out.step(timestamps[0]!);
  out.step(period);
  for (let row = 1; row < count; row++) out.step(timestamps[row]! - timestamps[row - 1]! - period);
  writeValues(out, form, values);
  return out.take();
}

/** @throws {WireError} BATCH_MALFORMED */
export function decodeColumns(bytes: Uint8Array): SampleColumns {
  const input = new StepReader(bytes);
  const form = input.byte();
  const count = input.count(BATCH_LIMITS.samples);
  const statusCodes = input.runs(new Uint32Array(count), () => input.varint());
  const kinds = input.runs(new Uint8Array(count), () => input.byte());
  const timestamps = new Float64Array(count);
  let timestamp = input.step();
  const period = input.step();
  for (let row = 0; row < count; row++) {
    if (row > 0) timestamp += period + input.step();
    timestamps[row] = timestamp;
  }
  let valued = 0;
  for (let row = 0; row < count; row++) {
    if (kinds[row]! > ValueKind.number) throw malformed(`kind ${kinds[row]}`);
    if (kinds[row] !== ValueKind.none) valued++;
  }
  const values = readValues(input, form, valued);
  input.end();
  let numbers = values;
  if (valued < count) {
    numbers = new Float64Array(count);
    for (let row = 0, place = 0; row < count; row++) if (kinds[row] !== ValueKind.none) numbers[row] = values[place++]!;
  }
  return { count, tagIds: new Uint32Array(count), timestamps, statusCodes, kinds, numbers, others: [] };
}

/** The usual difference between neighbours: the middle one of some. */
function periodOf(timestamps: Float64Array, count: number): number {
  if (count < 2) return 0;
  const looks = new Float64Array(Math.min(PERIOD_LOOKS, count - 1));
  for (let look = 0; look < looks.length; look++) {
    const row = 1 + Math.floor((look * (count - 1)) / looks.length);
    looks[look] = timestamps[row]! - timestamps[row - 1]!;
  }
  return looks.sort()[looks.length >> 1]!;
}

/** The decimals that nearly all values have; else the float that nearly all fit. */
export function formOf(values: Float64Array): number {
  const most = Math.floor(values.length / EXCEPTIONS);
  const needing = new Uint32Array(MOST_DECIMALS + 1);
  let usual = 0;
  let none = 0;
  for (let place = 0; place < values.length && none <= most; place++) {
    const value = values[place]!;
    let exponent = usual;
    while (exponent <= MOST_DECIMALS && mantissaOf(value, exponent) === undefined) exponent++;
    if (exponent > MOST_DECIMALS) none++;
    else if (++needing[exponent]! >= USUAL) usual = Math.max(usual, exponent);
  }
  if (none <= most) {
    let beyond = none;
    let form = MOST_DECIMALS;
    while (form > 0 && beyond + needing[form]! <= most) beyond += needing[form--]!;
    return form;
  }
  let wide = 0;
  for (const value of values) if (!isSingle(value)) wide++;
  return wide <= most ? FLOAT32 : FLOAT64;
}

/** The whole number that gives exactly this value when divided by 10^exponent. */
function mantissaOf(value: number, exponent: number): number | undefined {
  const power = POWERS[exponent]!;
  const mantissa = Math.round(value * power);
  if (mantissa / power !== value || Math.abs(mantissa) >= LARGEST) return undefined;
  return value === 0 && Object.is(value, -0) ? undefined : mantissa;
}

function isSingle(value: number): boolean {
  return Math.fround(value) === value;
}

const single = new Float32Array(1);
const singleBits = new Int32Array(single.buffer);

function writeValues(out: StepWriter, form: number, values: Float64Array): void {
  const exceptions: number[] = [];
  if (form === FLOAT64) {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    for (let plane = 0; plane < 8; plane++) for (let at = plane; at < bytes.length; at += 8) out.byte(bytes[at]!);
  } else {
    let before = 0;
    for (let place = 0; place < values.length; place++) {
      const value = values[place]!;
      let next: number | undefined;
      if (form !== FLOAT32) next = mantissaOf(value, form);
      else if (isSingle(value)) {
        single[0] = value;
        next = singleBits[0]!;
      }
      if (next === undefined) exceptions.push(place);
      next ??= before;
      out.step(form === FLOAT32 ? (next - before) | 0 : next - before);
      before = next;
    }
  }
  out.varint(exceptions.length);
  for (const place of exceptions) {
    out.varint(place);
    out.float64(values[place]!);
  }
}

function readValues(input: StepReader, form: number, count: number): Float64Array {
  const values = new Float64Array(count);
  if (form <= MOST_DECIMALS) {
    const power = POWERS[form]!;
    let mantissa = 0;
    for (let place = 0; place < count; place++) {
      mantissa += input.step();
      values[place] = mantissa / power;
    }
  } else if (form === FLOAT32) {
    let bits = 0;
    for (let place = 0; place < count; place++) {
      bits = (bits + input.step()) | 0;
      singleBits[0] = bits;
      values[place] = single[0]!;
    }
  } else if (form === FLOAT64) {
    const bytes = new Uint8Array(values.buffer);
    for (let plane = 0; plane < 8; plane++) for (let at = plane; at < bytes.length; at += 8) bytes[at] = input.byte();
  } else throw malformed(`form ${form}`);
  for (let exceptions = input.count(count); exceptions > 0; exceptions--) {
    const place = input.varint();
    if (place >= count) throw malformed(`exception ${place}`);
    values[place] = input.float64();
  }
  return values;
}

class StepWriter {
  #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: number) {
    this.#bytes = new Uint8Array(bytes);
  }

  byte(byte: number): void {
    if (this.#at === this.#bytes.length) this.#grow();
    this.#bytes[this.#at++] = byte;
  }

  varint(value: number): void {
    let rest = value;
    while (rest >= 2 ** 31) {
      this.byte((rest % 128) | 128);
      rest = Math.floor(rest / 128);
    }
    while (rest >= 128) {
      this.byte((rest & 127) | 128);
      rest >>>= 7;
    }
    this.byte(rest);
  }

  step(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  float64(value: number): void {
    for (const byte of new Uint8Array(new Float64Array([value]).buffer)) this.byte(byte);
  }

  /** Neighbours that are equal, once. */
  runs(column: Uint32Array | Uint8Array, write: (value: number) => void): void {
    let runs = 1;
    for (let row = 1; row < column.length; row++) if (column[row] !== column[row - 1]) runs++;
    this.varint(runs);
    for (let first = 0, row = 1; row <= column.length; row++) {
      if (row < column.length && column[row] === column[first]) continue;
      this.varint(row - first);
      write(column[first]!);
      first = row;
    }
  }

  take(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  #grow(): void {
    const grown = new Uint8Array(this.#bytes.length * 2);
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}

class StepReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  byte(): number {
    if (this.#at >= this.#bytes.length) throw malformed("cut short");
    return this.#bytes[this.#at++]!;
  }

  varint(): number {
    const bytes = this.#bytes;
    let byte = bytes[this.#at++]!; // beyond the end: undefined, which ends every loop; `end` notices
    if (byte < 128) return byte;
    let value = byte & 127;
    byte = bytes[this.#at++]!;
    if (byte < 128) return value | (byte << 7);
    value |= (byte & 127) << 7;
    byte = bytes[this.#at++]!;
    if (byte < 128) return value | (byte << 14);
    value |= (byte & 127) << 14;
    for (let scale = 2 ** 21; scale < 2 ** 63; scale *= 128) {
      byte = bytes[this.#at++]!;
      value += (byte & 127) * scale;
      if (!(byte >= 128)) return value;
    }
    throw malformed("a number of more than nine bytes");
  }

  step(): number {
    const value = this.varint();
    if (value < 2 ** 31) return (value & 1) === 0 ? value >>> 1 : -((value + 1) / 2);
    return value % 2 === 0 ? value / 2 : -((value + 1) / 2);
  }

  count(most: number): number {
    const count = this.varint();
    if (!(count <= most)) throw malformed(`${count} rows, at most ${most}`);
    return count;
  }

  float64(): number {
    if (this.#at + 8 > this.#bytes.length) throw malformed("cut short");
    this.#at += 8;
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + this.#at - 8, 8).getFloat64(0, true);
  }

  runs<Column extends Uint32Array | Uint8Array>(column: Column, read: () => number): Column {
    let row = 0;
    for (let runs = this.count(column.length); runs > 0; runs--) {
      const end = row + this.varint();
      if (!(end <= column.length)) throw malformed("runs beyond the rows");
      column.fill(read(), row, end);
      row = end;
    }
    if (row !== column.length) throw malformed("runs that end before the rows");
    return column;
  }

  /** @throws {WireError} BATCH_MALFORMED unless everything was read, and nothing beyond. */
  end(): void {
    if (this.#at !== this.#bytes.length) throw malformed(`${this.#bytes.length} bytes, ${this.#at} read`);
  }
}

function malformed(what: string): WireError {
  return new WireError("BATCH_MALFORMED", `chunk: ${what}`);
}
