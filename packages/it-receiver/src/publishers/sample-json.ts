/** One sample as JSON: the same members wherever JSON goes out.
 *  stored entry → [sample JSON] → MQTT, NATS, REST */
import {
  type AlarmEvent,
  qualityOf,
  type Scalar,
  type TagDefinition,
  type UtcMicros,
  type Value,
} from "@nonreturn/wire-format";
import { isoMicros } from "./iso-micros.ts";

/** Which of the three kinds of sample it is; see docs/publishers.md. */
export type SampleRole = "live" | "historical" | "stale";

/**
 * `{"timestamp":…,"value":…,"quality":…,"qualityCode":…,"unit":…,"historical":…}`, in this order, without spaces.
 *
 * @param path  given only where the topic does not show it
 *
 * Exact: 64-bit integers and what JSON has no numbers for (NaN, infinities) are strings, bytes are base64, −0 is written −0.
 */
export function payloadOf(
  value: Value | null,
  statusCode: number,
  sourceTimestamp: UtcMicros,
  tag: TagDefinition,
  role: SampleRole,
  path?: string,
): string {
  return (
    `{"timestamp":"${isoMicros(sourceTimestamp)}","value":${jsonOf(value)},"quality":"${qualityOf(statusCode)}","qualityCode":${statusCode}` +
    `,"unit":${JSON.stringify(tag.unit)},"historical":${role === "historical"}${role === "stale" ? ',"stale":true' : ""}` +
    `${path === undefined ? "" : `,"path":${JSON.stringify(path)}`}}`
  );
}

/** The members of an alarm event, wherever JSON goes out: time, condition, state, severity, text, value, unit, eventSequence. */
export function eventMembers(
  { time, condition, state, severity, text, value, eventSequence }: AlarmEvent,
  unit: string,
): string {
  return (
    `"time":"${isoMicros(time)}","condition":${JSON.stringify(condition)},"state":"${state}","severity":${severity}` +
    `,"text":${JSON.stringify(text)},"value":${jsonOf(value)},"unit":${JSON.stringify(unit)},"eventSequence":${eventSequence}`
  );
}

/** `{"time":…, …,"historical":…,"path":…}`: {@link eventMembers} as one object. Events are few: each says what it is about. */
export function eventPayloadOf(event: AlarmEvent, tag: TagDefinition, role: "live" | "historical"): string {
  return `{${eventMembers(event, tag.unit)},"historical":${role === "historical"},"path":${JSON.stringify(tag.path)}}`;
}

/** A value alone, in the same form. */
export function jsonOf(value: Value | null): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return `[${(value as readonly Scalar[]).map(jsonOfScalar).join(",")}]`;
  return jsonOfScalar(value as Scalar);
}

function jsonOfScalar(value: Scalar): string {
  switch (typeof value) {
    case "number":
      if (Number.isFinite(value)) return Object.is(value, -0) ? "-0" : String(value);
      return `"${value}"`;
    case "boolean":
      return value ? "true" : "false";
    case "bigint":
      return `"${value}"`;
    case "string":
      return JSON.stringify(value);
    default:
      return `"${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64")}"`;
  }
}
