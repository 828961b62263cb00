/** One device of the edge node: what it was born with, and whether it lives.
 *  edge node → [device] */
import { StatusCode, type TagDefinition, type UtcMicros, type Value } from "@nonreturn/wire-format";
import { percentEscape } from "../../percent-escape.ts";
import type { StoredEntry } from "../../publisher.ts";
import { metricOf, typeFor, typeOfTag } from "./map-sample.ts";
import type { Metric, SparkplugType } from "./payload.ts";

/** A device id must not have what a topic level must not have (§4.2.1). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be in a topic
const UNSAFE = /[%+#/\u0000-\u001f\u007f-\u009f]|\p{Noncharacter_Code_Point}|\p{Surrogate}/gu;
const NAMELESS_DEVICE = "%";
/** Characters, or bytes, of a value in a birth. */
const MOST_IN_BIRTH = 256;

export interface Born {
  readonly tag: TagDefinition;
  readonly alias: number;
  type: SparkplugType;
  last: Metric | undefined;
  /** The newest live sample says that nobody at the device answered. */
  unanswered: boolean;
}

export interface Device {
  readonly id: string;
  /** By path. */
  readonly metrics: Map<string, Born>;
  /** dead: with the link. lost: the OT station reaches it no more. refused: not born in this session, see `why`. */
  state: "unborn" | "alive" | "dead" | "lost" | "refused";
  why: string;
  /** When its birth was last refused. */
  refusedMs: number;
}

/** A birth that was refused is tried again when its device changes, in a new session, and after this time: what it shows is other by then. */
const REFUSED_AGAIN_MS = 60_000;

export function newDevice(id: string): Device {
  return { id, metrics: new Map(), state: "unborn", why: "", refusedMs: 0 };
}

/** @returns whether the device's birth no longer tells the truth. */
export function learn({ metrics }: Device, tag: TagDefinition, aliasOf: (path: string) => number): boolean {
  const held = metrics.get(tag.path);
  if (held?.tag === tag) return false;
  const same = held !== undefined && held.tag.unit === tag.unit && held.tag.dataType === tag.dataType;
  metrics.set(tag.path, {
    tag,
    alias: aliasOf(tag.path),
    type: same ? held.type : typeOfTag(tag),
    last: same ? held.last : undefined,
    unanswered: false,
  });
  return !same;
}

/** Whether the device has to be born before this sample: it is not, or its birth does not tell the tag, or not its type. Takes note of the tag. */
export function mustBear(
  device: Device,
  tag: TagDefinition,
  aliasOf: (path: string) => number,
  value: Value | null,
  statusCode: number,
  { origin, lane }: StoredEntry,
  nowMs: number,
): boolean {
  const learnt = learn(device, tag, aliasOf);
  const born = device.metrics.get(tag.path)!;
  const type = typeFor(value, born.type);
  const widened = value !== null && type !== born.type;
  if (widened) born.type = type;
  if (origin === "stale") return device.state === "unborn" || (device.state === "alive" && (learnt || widened));
  if (lane === "live") born.unanswered = statusCode === StatusCode.BadNoCommunication;
  if (device.state === "lost" && lane === "live" && born.unanswered) return false;
  if (device.state === "refused") return learnt || widened || nowMs - device.refusedMs >= REFUSED_AGAIN_MS;
  return device.state !== "alive" || learnt || widened;
}

/** The sample as data, by alias alone; it is the metric's current value unless it came late. */
export function show(
  device: Device,
  tag: TagDefinition,
  value: Value | null,
  statusCode: number,
  at: UtcMicros,
  { origin, lane }: StoredEntry,
): Metric {
  const born = device.metrics.get(tag.path)!;
  const role = origin === "stale" ? "stale" : lane === "late" ? "historical" : "live";
  const metric = metricOf(value, statusCode, at, born.type, role);
  if (role !== "historical") born.last = metric;
  return { ...metric, alias: born.alias };
}

/** A long value is left out: it follows as data, so that a birth is hardly larger than the names in it. */
export function birthMetrics({ metrics }: Device, nowMs: number): Metric[] {
  return [...metrics].map(([path, { tag, alias, type, last }]): Metric => {
    const shown = last === undefined || isLong(last) ? { timestampMs: nowMs, type, value: null } : last;
    const properties = [...(shown.properties ?? []), ...(tag.unit === "" ? [] : [["engUnit", tag.unit] as const])];
    return { ...shown, type, name: path, alias, historical: false, properties };
  });
}

export function longValues({ metrics }: Device): Metric[] {
  return [...metrics.values()].flatMap(({ alias, last }) =>
    last !== undefined && isLong(last) ? [{ ...last, alias }] : [],
  );
}

/** Before a new connection, on which every current value is told anew: the last one ended perhaps because of one of these. */
export function forgetLongValues({ metrics }: Device): void {
  for (const born of metrics.values()) if (born.last !== undefined && isLong(born.last)) born.last = undefined;
}

function isLong({ value }: Metric): boolean {
  return (typeof value === "string" || value instanceof Uint8Array) && value.length > MOST_IN_BIRTH;
}

export function isUnanswered({ state, metrics }: Device): boolean {
  if (state !== "alive") return false;
  for (const { unanswered } of metrics.values()) if (!unanswered) return false;
  return true;
}

export function deviceId(device: string): string {
  if (device === "") return NAMELESS_DEVICE;
  const escaped = percentEscape(device, UNSAFE);
  return escaped.startsWith("$") ? `%24${escaped.slice(1)}` : escaped;
}
