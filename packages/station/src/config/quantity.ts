/** Values with units as a user writes them: "100ms", "100Mbit", "20GB", "25%".
 *  YAML text → parse → [quantity types] → the station's own numbers (ms, bit/s, bytes, percent) */
import { z } from "zod";

/** One kind of quantity: its units and how many of the base unit each one is. */
interface QuantityKind {
  readonly name: string;
  readonly base: string;
  readonly factors: Readonly<Record<string, number>>;
  readonly examples: readonly string[];
  /** Spellings people use by mistake, lower case, and the unit they mean. */
  readonly misspelt: Readonly<Record<string, string>>;
}

const DURATION: QuantityKind = {
  name: "a duration",
  base: "ms",
  factors: { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 },
  examples: ["100ms", "5s", "10min", "1h", "7d"],
  misspelt: {
    sec: "s",
    seconds: "s",
    second: "s",
    m: "min",
    minutes: "min",
    minute: "min",
    hours: "h",
    hour: "h",
    days: "d",
    day: "d",
  },
};

const DATA_RATE: QuantityKind = {
  name: "a data rate",
  base: "bit",
  factors: { bit: 1, kbit: 1e3, Mbit: 1e6, Gbit: 1e9 },
  examples: ["512kbit", "100Mbit", "1Gbit"],
  misspelt: {
    bps: "bit",
    kbps: "kbit",
    mbps: "Mbit",
    gbps: "Gbit",
    "kbit/s": "kbit",
    "mbit/s": "Mbit",
    "gbit/s": "Gbit",
    "bit/s": "bit",
    m: "Mbit",
    g: "Gbit",
    k: "kbit",
  },
};

const BYTE_SIZE: QuantityKind = {
  name: "a size",
  base: "B",
  factors: {
    B: 1,
    kB: 1e3,
    MB: 1e6,
    GB: 1e9,
    TB: 1e12,
    KiB: 1024,
    MiB: 1024 ** 2,
    GiB: 1024 ** 3,
    TiB: 1024 ** 4,
  },
  examples: ["64KiB", "512MB", "20GB"],
  misspelt: { k: "kB", m: "MB", g: "GB", t: "TB", bytes: "B", byte: "B" },
};

const PERCENT: QuantityKind = {
  name: "a percentage",
  base: "%",
  factors: { "%": 1 },
  examples: ["5%", "25%"],
  misspelt: { percent: "%", pct: "%" },
};

/** Lowest and highest value allowed, both included, in the same notation: `{ min: "10ms", max: "1h" }`. */
export interface QuantityBounds {
  readonly min?: string;
  readonly max?: string;
}

/**
 * A length of time, in milliseconds. Whole milliseconds; "1.5s" is 1500.
 * Give a default with `.prefault("5s")`, not `.default(5000)`: only the first appears in the JSON Schema.
 */
export const duration = quantity(DURATION);
export const durationBetween = (min: string, max: string) => quantity(DURATION, { min, max });

/** A data rate in bit/s; decimal prefixes, as everywhere on a wire: "100Mbit" is 100,000,000. */
export const dataRate = quantity(DATA_RATE);
export const dataRateBetween = (min: string, max: string) => quantity(DATA_RATE, { min, max });

/** A size in bytes: "20GB" is 20·10^9, "64KiB" is 65,536. */
export const byteSize = quantity(BYTE_SIZE);
export const byteSizeBetween = (min: string, max: string) => quantity(BYTE_SIZE, { min, max });

/** "25%" → 25. At most 100% unless bounds say otherwise. */
export const percent = quantity(PERCENT, { min: "0%", max: "100%" });
export const percentBetween = (min: string, max: string) => quantity(PERCENT, { min, max });

/** A number of the base unit, as a person would write it: 90000 → "90s", 100000000 → "100Mbit". For messages; the inverse of parsing. */
export const writeDuration = (ms: number): string => write(DURATION, ms);
export const writeDataRate = (bitsPerSecond: number): string => write(DATA_RATE, bitsPerSecond);
export const writeByteSize = (bytes: number): string => write(BYTE_SIZE, bytes);

function quantity(kind: QuantityKind, bounds: QuantityBounds = {}) {
  const units = Object.keys(kind.factors);
  const pattern = new RegExp(`^(0|[1-9]\\d*)(\\.\\d+)?(${units.join("|")})$`);
  const [lowest, highest] = [bounds.min, bounds.max].map((bound) => {
    if (bound === undefined) return undefined;
    const value = parse(kind, pattern, bound);
    if (value === undefined) throw new RangeError(`${bound} is not ${kind.name}`);
    return value;
  });
  const range = rangeText(bounds);
  return z
    .string({ error: (issue) => (issue.input === undefined ? undefined : explain(kind, issue.input)) })
    .regex(pattern, { abort: true, error: (issue) => explain(kind, issue.input) })
    .meta({
      description: `${kind.name} in ${units.join(", ")}${range}`,
      examples: [...kind.examples],
    })
    .transform((text, context) => {
      const value = parse(kind, pattern, text);
      const wrong =
        value === undefined
          ? `${quoted(text)} is finer than 1${kind.base} or too large`
          : (lowest !== undefined && value < lowest) || (highest !== undefined && value > highest)
            ? `${quoted(text)} is out of range`
            : undefined;
      if (wrong !== undefined || value === undefined) {
        context.issues.push({ code: "custom", message: `${wrong}; write ${kind.name}${range}`, input: text });
        return z.NEVER;
      }
      return value;
    });
}

function rangeText({ min, max }: QuantityBounds): string {
  if (min !== undefined && max !== undefined) return `, from ${min} to ${max}`;
  if (min !== undefined) return `, at least ${min}`;
  return max === undefined ? "" : `, at most ${max}`;
}

/** The number of base units, computed exactly; undefined if the text does not match or the result is no whole number below 2^53. Percent may have a fraction. */
function parse(kind: QuantityKind, pattern: RegExp, text: string): number | undefined {
  const match = pattern.exec(text);
  if (match === null || text.length > 64) return undefined;
  const whole = match[1] ?? "";
  const fraction = (match[2] ?? "").slice(1);
  if (kind === PERCENT) return Number(`${whole}.${fraction}`);
  const scaled = BigInt(`${whole}${fraction}`) * BigInt(kind.factors[match[3] ?? ""] ?? 0);
  const divisor = 10n ** BigInt(fraction.length);
  const value = Number(scaled / divisor);
  return scaled % divisor === 0n && Number.isSafeInteger(value) ? value : undefined;
}

function explain(kind: QuantityKind, input: unknown): string {
  const suggestion = suggest(kind, input);
  const write = suggestion ?? kind.examples.slice(0, 3).map(quoted).join(", ");
  return `${quoted(input)} is not ${kind.name}; write ${suggestion === undefined ? "it like " : ""}${write}`;
}

/** What the user probably meant: "100 ms" → "100ms", "100mbps" → "100Mbit". Undefined for a bare number: which unit was meant is not ours to guess. */
function suggest(kind: QuantityKind, input: unknown): string | undefined {
  if (typeof input === "number" && Number.isFinite(input) && input >= 0 && kind === PERCENT) return `${input}%`;
  if (typeof input !== "string") return undefined;
  const match = /^\s*(\d+(?:\.\d+)?)\s*([A-Za-z%/]+)\s*$/.exec(input);
  if (match === null) return undefined;
  const [, number = "", unit = ""] = match;
  const meant =
    Object.keys(kind.factors).find((known) => known.toLowerCase() === unit.toLowerCase()) ??
    kind.misspelt[unit.toLowerCase()];
  return meant === undefined ? undefined : quoted(`${Number(number)}${meant}`);
}

/** The largest unit that gives a whole number. */
function write(kind: QuantityKind, value: number): string {
  const best = Object.entries(kind.factors)
    .filter(([, factor]) => value !== 0 && value % factor === 0)
    .sort(([, a], [, b]) => b - a)[0];
  return best === undefined ? `${value}${kind.base}` : `${value / best[1]}${best[0]}`;
}

function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
