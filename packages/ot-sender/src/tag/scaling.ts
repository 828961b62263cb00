/** Raw values to engineering units, exactly.
 *  driver → [scaling] → report
 *
 *  A tag without scaling keeps its value untouched: type, bits, bigint.
 *
 *  scale and offset:      y = raw · scale + offset
 *  rawRange and range:    y = low + (raw − rawLow) · (high − low) / (rawHigh − rawLow)
 *
 *  Both are y = (raw · a + b) / d with whole numbers a, b, d, because the user wrote decimals. For a whole raw value the result is the
 *  double nearest to the exact one: 234 · 0.1 is 23.4, not 23.400000000000002. A raw value with a fraction (FLOAT32 …) is computed in doubles. */

export interface LinearScaling {
  readonly kind: "linear";
  readonly scale: number;
  readonly offset: number;
}

export interface RangeScaling {
  readonly kind: "range";
  readonly rawLow: number;
  readonly rawHigh: number; // not rawLow
  readonly low: number;
  readonly high: number;
}

export type Scaling = LinearScaling | RangeScaling;

/** Scales one number. Results are numbers, also for a bigint: engineering units of a 64-bit counter are a double. */
export type Scale = (raw: number | bigint) => number;

/** @throws RangeError for a number that is not finite, or an empty raw range. */
export function scaleOf(scaling: Scaling): Scale {
  if (Object.values(scaling).some((each) => typeof each === "number" && !Number.isFinite(each)))
    throw new RangeError("scaling wants finite numbers");
  if (scaling.kind === "range" && scaling.rawLow === scaling.rawHigh) throw new RangeError("the raw range is empty");
  const { a, b, d } = fractionOf(scaling);
  const exact = [a, b, d].every((each) => each <= MAX_SAFE && each >= -MAX_SAFE);
  const [numberA, numberB, numberD] = [Number(a), Number(b), Number(d)];
  const inDoubles = doublesOf(scaling);
  return (raw) => {
    if (typeof raw === "bigint") return divide(raw * a + b, d);
    if (!Number.isInteger(raw)) return inDoubles(raw);
    if (exact) {
      // One rounding only, in the division, as long as the whole numbers are exact.
      const product = raw * numberA;
      const sum = product + numberB;
      if (Number.isSafeInteger(product) && Number.isSafeInteger(sum)) return sum / numberD;
    }
    // A whole FLOAT64 beyond 2^53 can be huge: not worth exact digits nobody measured.
    return Number.isSafeInteger(raw) ? divide(BigInt(raw) * a + b, d) : inDoubles(raw);
  };
}

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** y = (raw · a + b) / d; d > 0. */
interface Fraction {
  readonly a: bigint;
  readonly b: bigint;
  readonly d: bigint;
}

function fractionOf(scaling: Scaling): Fraction {
  if (scaling.kind === "linear") {
    const [scale, offset, d] = overOneDenominator(scaling.scale, scaling.offset);
    return reduced({ a: scale, b: offset, d });
  }
  const [low, high, denominator] = overOneDenominator(scaling.low, scaling.high);
  const [rawLow, rawHigh, rawDenominator] = overOneDenominator(scaling.rawLow, scaling.rawHigh);
  // With raw' = raw · rawDenominator: y · denominator = low + (raw' − rawLow) · (high − low) / (rawHigh − rawLow)
  const span = rawHigh - rawLow;
  return reduced({
    a: (high - low) * rawDenominator,
    b: low * span - rawLow * (high - low),
    d: span * denominator,
  });
}

function reduced({ a, b, d }: Fraction): Fraction {
  const sign = d < 0n ? -1n : 1n;
  const divisor = greatestCommonDivisor(greatestCommonDivisor(a, b), d) * sign;
  return { a: a / divisor, b: b / divisor, d: d / divisor };
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x === 0n ? 1n : x;
}

/** Two decimals as whole numbers over the same power of ten. */
function overOneDenominator(first: number, second: number): readonly [bigint, bigint, bigint] {
  const [a, b] = [decimalOf(first), decimalOf(second)];
  const places = Math.max(a.places, b.places);
  const widen = (decimal: Decimal): bigint => decimal.mantissa * 10n ** BigInt(places - decimal.places);
  return [widen(a), widen(b), 10n ** BigInt(places)];
}

/** mantissa / 10^places */
interface Decimal {
  readonly mantissa: bigint;
  readonly places: number;
}

/** The shortest decimal that means this double: what the user wrote, up to 17 digits. */
function decimalOf(value: number): Decimal {
  const [, digits = "", fraction = "", exponent = "0"] =
    /^(-?\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  const places = fraction.length - Number(exponent);
  const mantissa = BigInt(digits + fraction);
  return places >= 0 ? { mantissa, places } : { mantissa: mantissa * 10n ** BigInt(-places), places: 0 };
}

function doublesOf(scaling: Scaling): (raw: number) => number {
  if (scaling.kind === "linear") return (raw) => raw * scaling.scale + scaling.offset;
  const { rawLow, rawHigh, low, high } = scaling;
  return (raw) => {
    if (raw === rawHigh) return high; // the formula below may miss it by one bit
    return low + ((raw - rawLow) / (rawHigh - rawLow)) * (high - low);
  };
}

/**
 * numerator / denominator as a double.
 * Exact whole and fractional part first, each rounded once: within one bit of the exact quotient, and equal to it where it is whole.
 *
 * @param denominator above 0
 */
function divide(numerator: bigint, denominator: bigint): number {
  if (numerator <= MAX_SAFE && numerator >= -MAX_SAFE && denominator <= MAX_SAFE)
    return Number(numerator) / Number(denominator);
  const whole = numerator / denominator;
  const rest = numerator % denominator;
  return Number(whole) + fractionalPart(rest, denominator);
}

/** rest / denominator, |rest| < denominator: cut both to 53 bits or fewer. */
function fractionalPart(rest: bigint, denominator: bigint): number {
  const excess = BigInt(Math.max(0, denominator.toString(2).length - 53));
  return Number(rest >> excess) / Number(denominator >> excess);
}
