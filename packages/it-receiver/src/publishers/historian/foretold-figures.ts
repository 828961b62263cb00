/** A column of float64 of which each is nearly foretold: what is kept is how far off that was. Exact to the bit.
 *  figures body → [foretold figures] → whole columns */
import { WireError } from "@nonreturn/wire-format";
import { WHOLE_LARGEST, type WholeReader, type WholeWriter } from "./whole-columns.ts";

/*
 * column   mantissa − the foretold one, where values have decimals; value ≈ mantissa / power × scale, foretold in the same way
 * 1 bit    the rests are multiples of 2^29: float32
 * column   rest: ulps from what the mantissa gives; without decimals from what was foretold
 * 16 bits  values that lie too far off, and those that are no numbers; per value: 16 bits place, float64 in two times 32 bits
 */
const COUNT_BITS = 16;
/** A float32 has 29 bits less than a float64. */
const COARSE = 2 ** 29;

/** undefined: values have no decimals. */
export type Scale = { readonly power: number; readonly scale: number } | undefined;

/** @param values  fewer than 2^16 */
export function writeFigure(
  out: WholeWriter,
  values: readonly number[],
  foretold: readonly number[],
  scale: Scale,
): void {
  const steps: number[] = [];
  const rests: number[] = [];
  const beyond: number[] = [];
  for (const [place, value] of values.entries()) {
    let step = scale === undefined ? 0 : mantissaNear(value, scale) - mantissaNear(foretold[place]!, scale);
    if (Math.abs(step) >= WHOLE_LARGEST) step = 0;
    let rest = ulpsBetween(baseOf(foretold[place]!, step, scale), value);
    if (!(Math.abs(rest) < WHOLE_LARGEST) || !Number.isFinite(value)) {
      beyond.push(place);
      [step, rest] = [0, 0];
    }
    steps.push(step);
    rests.push(rest);
  }
  if (scale !== undefined) out.column(steps);
  const coarse = rests.every((rest) => rest % COARSE === 0);
  out.bits(coarse ? 1 : 0, 1);
  out.column(coarse ? rests.map((rest) => rest / COARSE) : rests);
  out.bits(beyond.length, COUNT_BITS);
  for (const place of beyond) {
    float[0] = values[place]!;
    out.bits(place, COUNT_BITS);
    out.bits(words[HIGH]! >>> 0, 32);
    out.bits(words[LOW]! >>> 0, 32);
  }
}

/**
 * @returns the value at a place, given what was foretold for it when it was written.
 * @throws {WireError} BATCH_MALFORMED
 */
export function readFigure(
  input: WholeReader,
  count: number,
  scale: Scale,
): (place: number, foretold: number) => number {
  const steps = scale === undefined ? undefined : input.column(count);
  const unit = input.bits(1) === 1 ? COARSE : 1;
  const rests = input.column(count);
  const beyond = new Map<number, number>();
  for (let left = input.bits(COUNT_BITS); left > 0; left--) {
    const place = input.bits(COUNT_BITS);
    if (place >= count) throw new WireError("BATCH_MALFORMED", `chunk: figures: place ${place}`);
    words[HIGH] = input.bits(32);
    words[LOW] = input.bits(32);
    beyond.set(place, float[0]!);
  }
  return (place, foretold) =>
    beyond.get(place) ?? ulpsFrom(baseOf(foretold, steps?.[place] ?? 0, scale), rests[place]! * unit);
}

function baseOf(foretold: number, step: number, scale: Scale): number {
  if (scale === undefined) return Number.isFinite(foretold) ? foretold : 0;
  return ((mantissaNear(foretold, scale) + step) / scale.power) * scale.scale;
}

function mantissaNear(value: number, { power, scale }: NonNullable<Scale>): number {
  const mantissa = Math.round((value / scale) * power);
  return Number.isSafeInteger(mantissa) ? mantissa + 0 : 0; // −0 becomes 0
}

const float = new Float64Array(1);
const words = new Int32Array(float.buffer);
/** Little-endian, as the columns of chunks are. */
const [LOW, HIGH] = [0, 1];

/** How many float64 lie between; wrong, and beyond WHOLE_LARGEST, where the signs differ. */
function ulpsBetween(from: number, to: number): number {
  float[0] = from;
  const [low, high] = [words[LOW]! >>> 0, words[HIGH]!];
  float[0] = to;
  return (words[HIGH]! - high) * 2 ** 32 + ((words[LOW]! >>> 0) - low);
}

function ulpsFrom(from: number, ulps: number): number {
  if (ulps === 0) return from;
  float[0] = from;
  const low = (words[LOW]! >>> 0) + ulps;
  words[HIGH] = words[HIGH]! + Math.floor(low / 2 ** 32);
  words[LOW] = low - Math.floor(low / 2 ** 32) * 2 ** 32;
  return float[0]!;
}
