/** One byte per value that says in which column it lies and how it is turned back. The narrowest coding that gives the same bits.
 *  numbers → [value code, mantissa] → columns … columns → [value code] → numbers */

/**
 * code        column             value
 * 0x00        –                  none
 * 0x01, 0x02  –                  false, true
 * 0x03        integers           the integer
 * 0x04        wide integers      the integer, within ±(2^53 − 1)
 * 0x05        floats             the float32
 * 0x06        doubles            the float64
 * 0x07        signed longs       64-bit integer (bigint), −2^63 … 2^63 − 1
 * 0x08        unsigned longs     64-bit integer (bigint), 2^63 … 2^64 − 1
 * 0x09        strings
 * 0x0A        blobs
 * 0x0B        arrays             never inside an array
 * 0x11…0x1F   integers           m / 10^e, e = low 4 bits
 * 0x21…0x2F   integers           float32(m / 10^e): a REAL such as 23.4f
 * 0x31…0x3F   wide integers      m / 10^e
 */
export const ValueCode = {
  none: 0x00,
  false: 0x01,
  true: 0x02,
  integer: 0x03,
  wideInteger: 0x04,
  float: 0x05,
  double: 0x06,
  signedLong: 0x07,
  unsignedLong: 0x08,
  string: 0x09,
  blob: 0x0a,
  array: 0x0b,
  decimal: 0x10,
  floatDecimal: 0x20,
  wideDecimal: 0x30,
} as const;

/** 10^0 … 10^15, all exact as doubles. Dividing by them is correctly rounded; multiplying by 10^−e is not. */
export const POWER_OF_TEN = Float64Array.from({ length: 16 }, (_, exponent) => 10 ** exponent);

const MAX_EXPONENT = 15;
const THREE_BYTES = 2 ** 20; // zigzag doubles it: 3 · 7 = 21 bits
const FIVE_BYTES = 2 ** 31;
const SEVEN_BYTES = 2 ** 48; // 7 · 7 = 49 bits
/**
 * With |v| · 10^e below this, round(v · 10^e) is off by less than 1/2 from the mantissa of any shorter decimal that rounds to v
 * (two roundings of 2^−53 each), so one trial at the largest such e decides whether v is a decimal at all.
 */
const ONE_TRIAL = 2 ** 50;

/** Chooses a code for one number at a time; the result is in `code` and `mantissa`, so that nothing is allocated per value. */
export class NumberCoder {
  code = 0;
  /** For codes that draw from the integer columns. */
  mantissa = 0;

  /**
   * The cheapest code for `value`.
   *
   * @param predicted  code of the last value of the same tag, or 0. Tried first; taken if it costs at most 3 bytes, so that the code
   *                   bytes of a tag stay alike. The choice depends on the arguments only.
   *
   * Exact: decoding gives the same bits, except that every NaN becomes the canonical quiet NaN. −0 travels as a float.
   * Cost: one division with a right prediction, two for noise, a few more for a decimal met the first time.
   */
  choose(value: number, predicted: number): void {
    if (value === (value | 0)) {
      if (value === 0 && 1 / value < 0) this.code = ValueCode.float;
      else if ((value >= 2 ** 27 || value < -(2 ** 27)) && Math.fround(value) === value) this.code = ValueCode.float;
      else {
        this.code = ValueCode.integer;
        this.mantissa = value;
      }
    } else if (Number.isInteger(value)) this.#chooseWide(value);
    else if (Number.isFinite(value)) {
      const predictable = predicted >= ValueCode.decimal && predicted < ValueCode.wideDecimal;
      if (!predictable || !this.#tryPredicted(value, predicted)) this.#chooseFraction(value);
    } else this.code = ValueCode.float; // NaN and infinities
  }

  #chooseWide(value: number): void {
    if (Math.fround(value) === value) this.code = ValueCode.float;
    else if (Number.isSafeInteger(value)) {
      this.code = ValueCode.wideInteger;
      this.mantissa = value;
    } else this.code = ValueCode.double;
  }

  #tryPredicted(value: number, predicted: number): boolean {
    const scale = POWER_OF_TEN[predicted & 15]!;
    const mantissa = Math.round(value * scale);
    if (mantissa >= THREE_BYTES || mantissa < -THREE_BYTES) return false;
    const back = predicted < ValueCode.floatDecimal ? mantissa / scale : Math.fround(mantissa / scale);
    if (back !== value) return false;
    this.code = predicted;
    this.mantissa = mantissa;
    return true;
  }

  #chooseFraction(value: number): void {
    const magnitude = Math.abs(value);
    const single = Math.fround(value) === value;
    const bound = single ? THREE_BYTES : ONE_TRIAL; // beyond 3 bytes a float32 is as short and simpler
    let exponent = MAX_EXPONENT;
    while (exponent > 0 && magnitude * POWER_OF_TEN[exponent]! >= bound) exponent--;
    const back = Math.round(value * POWER_OF_TEN[exponent]!) / POWER_OF_TEN[exponent]!;
    const exact = back === value;
    if (!exact && !(single && Math.fround(back) === value)) {
      this.code = single ? ValueCode.float : ValueCode.double;
      return;
    }
    for (let shortest = 1; shortest <= exponent; shortest++) {
      const scale = POWER_OF_TEN[shortest]!;
      const mantissa = Math.round(value * scale);
      const quotient = mantissa / scale;
      if (quotient !== value && (exact || Math.fround(quotient) !== value)) continue;
      this.mantissa = mantissa;
      if (!exact) this.code = ValueCode.floatDecimal | shortest;
      else if (mantissa < FIVE_BYTES && mantissa >= -FIVE_BYTES) this.code = ValueCode.decimal | shortest;
      else if (mantissa < SEVEN_BYTES && mantissa >= -SEVEN_BYTES) this.code = ValueCode.wideDecimal | shortest;
      else this.code = ValueCode.double;
      return;
    }
    this.code = single ? ValueCode.float : ValueCode.double; // not reached: the trial above found one at `exponent`
  }
}
