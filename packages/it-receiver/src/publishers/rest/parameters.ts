/** Every query parameter there is: how it is read, and how the OpenAPI document describes it.
 *  request → [parameters] → endpoints; → OpenAPI */
import { durationBetween } from "@nonreturn/station";
import type { UtcMicros } from "@nonreturn/wire-format";
import { parseIsoMicros } from "../iso-micros.ts";
import { Problem } from "./problem.ts";

export interface Parameter<T> {
  readonly description: string;
  /** JSON Schema of the text. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** What to write instead of something that it cannot be. */
  readonly write: string;
  /** undefined for a text that it cannot be. */
  parse(text: string): T | undefined;
}

export type Parameters = Readonly<Record<string, Parameter<unknown>>>;
export type Values<P extends Parameters> = {
  readonly [Name in keyof P]: P[Name] extends Parameter<infer T> ? T | undefined : never;
};

const MAXIMUM_LIMIT = 10_000;
export const MAXIMUM_POINTS = 10_000;
const MAXIMUM_STREAM = 0x7fff;
export const AGGREGATES = ["min", "max", "avg", "timeWeighted"] as const;
export type Aggregate = (typeof AGGREGATES)[number];

const [SHORTEST_INTERVAL, LONGEST_INTERVAL] = ["1ms", "366d"];
const interval = durationBetween(SHORTEST_INTERVAL, LONGEST_INTERVAL);

const text = (description: string): Parameter<string> => ({
  description,
  schema: { type: "string" },
  write: "any text",
  parse: (given) => given,
});
const time = (description: string): Parameter<UtcMicros> => ({
  description: `${description} ISO 8601 (UTC unless it says otherwise) or microseconds since 1970.`,
  schema: { type: "string", examples: ["2026-11-23T08:00:00Z", "1795420800000000"] },
  write: "a time, as in 2026-11-23T08:00:00Z, or microseconds since 1970",
  parse: (given) => {
    const micros = /^\d{1,16}$/.test(given) && given.length > 4 ? Number(given) : parseIsoMicros(given);
    return micros !== undefined && Number.isSafeInteger(micros) && micros >= 0 ? micros : undefined;
  },
});
const whole = (description: string, most: number): Parameter<number> => ({
  description,
  schema: { type: "integer", minimum: 1, maximum: most },
  write: `a whole number from 1 to ${most}`,
  parse: (given) => {
    const number = /^\d{1,9}$/.test(given) ? Number(given) : 0;
    return number >= 1 && number <= most ? number : undefined;
  },
});
const choice = <T extends string>(description: string, all: readonly T[]): Parameter<T> => ({
  description,
  schema: { type: "string", enum: all },
  write: `one of ${all.join(", ")}`,
  parse: (given) => all.find((one) => one === given),
});

export const PARAMETERS = {
  path: text("The tag's path."),
  key: {
    description:
      "Instead of path: the tag's key, as /v1/tags shows it; for paths that are long or cannot stand in a URL.",
    schema: { type: "string", pattern: "^[0-9a-f]{32}$" },
    write: "the 32 digits 0-9 and a-f that /v1/tags shows as key",
    parse: (given) => (/^[0-9a-f]{32}$/.test(given) ? given : undefined),
  } as Parameter<string>,
  prefix: text("Only tags whose path begins with this."),
  from: time("Included."),
  to: time("Not included; now if left out."),
  limit: whole(
    "So many items at most; 1000 if left out. An answer may hold fewer and still have a next.",
    MAXIMUM_LIMIT,
  ),
  cursor: {
    description: "The next of the answer before, with the same other parameters.",
    schema: { type: "string", maxLength: 100 },
    write: "the next of the answer before, as it stands there, or leave it out to begin",
    parse: (given) => (/^[A-Za-z0-9_-]{1,100}$/.test(given) ? given : undefined),
  } as Parameter<string>,
  points: whole(
    "Instead of interval: so many intervals at most; 1000 if both are left out. The length is a usual one (1 s, 5 min, 1 h …), and the intervals begin at its multiples (UTC): the first at or before from, the last ends at or after to.",
    MAXIMUM_POINTS,
  ),
  interval: {
    description: "Length of an interval, the first of which begins at from.",
    schema: { type: "string", pattern: "^\\d+(\\.\\d+)?(ms|s|min|h|d)$", examples: ["1s", "10min", "1h", "1d"] },
    write: `a number and one of ms, s, min, h, d, as in 10min; from ${SHORTEST_INTERVAL} to ${LONGEST_INTERVAL}`,
    parse: (given) => {
      const parsed = interval.safeParse(given);
      return parsed.success ? parsed.data * 1000 : undefined;
    },
  } as Parameter<UtcMicros>,
  aggregates: {
    description: `Which ones, separated by commas, of ${AGGREGATES.join(", ")}; all if left out.`,
    schema: { type: "string", examples: ["min,max,timeWeighted"] },
    write: `one or several of ${AGGREGATES.join(", ")}, separated by commas`,
    parse: (given) => {
      const names = given.split(",");
      return names.length <= 8 && names.every((name): name is Aggregate => AGGREGATES.includes(name as Aggregate))
        ? new Set(names)
        : undefined;
    },
  } as Parameter<ReadonlySet<Aggregate>>,
  formulas: choice(
    "safe, if left out: text cells that a spreadsheet would take for a formula begin with an apostrophe. keep: exact.",
    ["safe", "keep"],
  ),
  gaps: choice(
    "beside, if left out: the file holds samples only. marked: also a Bad one without a value (quality_code 2157772800, BadDataLost) at each time from which on something is missing.",
    ["beside", "marked"],
  ),
  state: choice("Only gaps in this state.", ["open", "healed", "lost"]),
  stream: whole("Only the station of this stream.", MAXIMUM_STREAM),
} as const;

/** @throws {Problem} 400 naming the parameter: unknown, given twice, or not readable. */
export function readParameters<P extends Parameters>(known: P, query: URLSearchParams): Values<P> {
  const values: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [name, given] of query) {
    const parameter = Object.hasOwn(known, name) ? known[name] : undefined;
    if (parameter === undefined) {
      const names = Object.keys(known).join(", ");
      throw wrong(name, `there is no parameter ${shortened(name)}; write ${names === "" ? "none" : names}`);
    }
    if (Object.hasOwn(values, name)) throw wrong(name, `${name} is given twice; write it once`);
    const value = parameter.parse(given);
    if (value === undefined) throw wrong(name, `${shortened(given)} is no ${name}; write ${parameter.write}`);
    values[name] = value;
  }
  return values as Values<P>;
}

export function wrong(parameter: string, detail: string): Problem {
  return new Problem(400, detail, { parameter: parameter.slice(0, 100) });
}

function shortened(given: string): string {
  return JSON.stringify(given.length > 60 ? `${given.slice(0, 60)}…` : given);
}
