/** One sample or alarm event as one line of InfluxDB's line protocol.
 *  stored entry → [map sample] → publish
 *  Source: InfluxDB documentation, line protocol reference. */
import { createHash } from "node:crypto";
import type { AlarmEvent, TagDefinition, UtcMicros, Value } from "@nonreturn/wire-format";
import { percentEscape } from "../percent-escape.ts";
import { kindOf, textOf } from "../value-text.ts";

/** A series key may have 65,535 bytes; device and unit get their share first. */
const MAXIMUM_PATH_BYTES = 48_000;
const MAXIMUM_OTHER_CHARACTERS = 1000;
const MAXIMUM_CONDITION_CHARACTERS = 1000;

/** Line protocol has no escape for control characters, and none that is safe for a backslash. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be in a series
const UNSAFE = /[%\\\u0000-\u001f\u007f-\u009f]|\p{Surrogate}/gu;

/** Everything of a line that a tag's samples share. */
export interface Series {
  readonly key: string;
  /** Further fields; "" or beginning with a comma. */
  readonly fields: string;
}

/** Measurement and tag set: path, device and unit. A path beyond the limit is named by its digest and carried as a field. */
export function seriesOf(measurement: string, tag: TagDefinition): Series {
  const { path, device, unit } = tag;
  const escaped = tagValue(path);
  const whole = Buffer.byteLength(escaped) <= MAXIMUM_PATH_BYTES;
  const name = whole ? escaped : digestOf(path);
  const optional = (key: string, text: string): string =>
    text === "" ? "" : `,${key}=${tagValue(text.slice(0, MAXIMUM_OTHER_CHARACTERS))}`;
  return {
    // Sorted by key, as the protocol advises.
    key: `${measurement}${optional("device", device)},path=${name}${optional("unit", unit)}`,
    fields: whole ? "" : `,long_path=${fieldText(path)}`,
  };
}

/** The tag value a path has, for queries. An empty value is not allowed: it becomes "%". */
export function tagValue(text: string): string {
  if (text === "") return "%";
  return percentEscape(text, UNSAFE).replace(/[,= ]/g, "\\$&");
}

/**
 * `value` is always a double: a field's type cannot differ between samples. Numbers a double or the server cannot hold (64-bit integers,
 * NaN, infinities, −0), texts, bytes and arrays are exact in `text`.
 */
export function lineOf(
  series: Series,
  value: Value | null,
  statusCode: number,
  sourceTimestamp: UtcMicros,
  role: "live" | "historical",
): string {
  const historical = role === "historical" ? ",historical=true" : "";
  return `${series.key} kind="${kindOf(value)}",status=${statusCode}i${valueFields(value)}${historical}${series.fields} ${sourceTimestamp}\n`;
}

/**
 * In a measurement of its own, so that no field meets one of the samples. A condition beyond the limit is named by its digest, as a path is.
 * `active` is a boolean, `event` the number in the OT station's journal.
 */
export function alarmLineOf(
  measurement: string,
  tag: TagDefinition,
  { condition, state, severity, text, value, time, eventSequence }: AlarmEvent,
  role: "live" | "historical",
): string {
  const whole = condition.length <= MAXIMUM_CONDITION_CHARACTERS;
  const name = whole ? tagValue(condition) : digestOf(condition);
  const { key, fields } = seriesOf(`${measurement}_alarm,condition=${name}`, tag);
  const long = whole ? "" : `,long_condition=${fieldText(condition)}`;
  const historical = role === "historical" ? ",historical=true" : "";
  // The value's exact text has a name of its own beside the event's.
  const valueText = value === null ? "" : `,value_text=${fieldText(textOf(value)!)}`;
  const number = typeof value === "number" && Number.isFinite(value) ? `,value=${value}` : "";
  return `${key} active=${state === "active"},severity=${severity}i,event=${eventSequence}i,text=${fieldText(text)}${number}${valueText}${historical}${long}${fields} ${time}\n`;
}

function digestOf(text: string): string {
  return `%~${createHash("sha256").update(Buffer.from(text, "utf16le")).digest("hex")}`;
}

function valueFields(value: Value | null): string {
  switch (typeof value) {
    case "boolean":
      return `,value=${value ? 1 : 0}`;
    case "number":
      if (Object.is(value, -0)) return ',value=0,text="-0"';
      return Number.isFinite(value) ? `,value=${value}` : `,text="${value}"`;
    case "bigint":
      return `,value=${Number(value)},text="${value}"`;
    default:
      return value === null ? "" : `,text=${fieldText(textOf(value)!)}`;
  }
}

function fieldText(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
