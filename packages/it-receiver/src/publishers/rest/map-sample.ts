/** Samples and tags as JSON and as CSV cells.
 *  tag table, historian → [map sample] → endpoints
 *  Source: RFC 8259, RFC 4180. */
import { qualityOf, type TagDefinition } from "@nonreturn/wire-format";
import { isoMicros } from "../iso-micros.ts";
import type { HistorySample } from "../publisher.ts";
import { jsonOf } from "../sample-json.ts";
import { kindOf, textOf } from "../value-text.ts";
import { keyOf, type TagRow } from "./tag-table.ts";

/** Exact, as docs/publishers.md says of every JSON value. */
export function sampleJson({ value, statusCode, sourceTimestamp }: HistorySample): string {
  return `{"timestamp":"${isoMicros(sourceTimestamp)}","value":${jsonOf(value)},"quality":"${qualityOf(statusCode)}","qualityCode":${statusCode}}`;
}

export function tagJson(tag: TagDefinition): string {
  const { path, dataType, unit, description, device, rangeLow = null, rangeHigh = null } = tag;
  return JSON.stringify({ path, key: keyOf(path), dataType, unit, description, device, rangeLow, rangeHigh });
}

/** `sample` is null until the first one has come. */
export function latestJson({ tag, value, statusCode, at, stale }: TagRow): string {
  const { path, unit } = tag;
  const sample = statusCode === undefined ? "null" : sampleJson({ value, statusCode, sourceTimestamp: at });
  return `{"path":${JSON.stringify(path)},"key":"${keyOf(path)}","unit":${JSON.stringify(unit)},"stale":${stale},"sample":${sample}}`;
}

export type Formulas = "safe" | "keep";

export const CSV_HEADER = "path,key,timestamp,value,kind,quality,quality_code,unit\r\n";

/** `first` is what the rows of one tag share: path and key. */
export function csvStart(path: string, formulas: Formulas): string {
  return `${csvText(path, formulas)},${keyOf(path)}`;
}

export function csvRow(start: string, unit: string, sample: HistorySample, formulas: Formulas): string {
  const { value, statusCode, sourceTimestamp } = sample;
  const kind = kindOf(value);
  const text = textOf(value) ?? "";
  // Numbers stay numbers: −5 is no formula.
  const cell = kind === "string" || kind === "array" ? csvText(text, formulas) : text;
  return `${start},${isoMicros(sourceTimestamp)},${cell},${kind},${qualityOf(statusCode)},${statusCode},${csvText(unit, formulas)}\r\n`;
}

/** What makes a spreadsheet compute, also behind what it skips, and in full width. Source: OWASP, CSV Injection. */
const FORMULA = /^(?:[\t\r\n]|[\s\p{Cc}]*[=+\-@|%＝＋－＠])/u;
const QUOTED = /[",\p{Cc}]|^\s|\s$/u;

export function csvText(text: string, formulas: Formulas): string {
  const safe = formulas === "safe" && FORMULA.test(text) ? `'${text}` : text;
  return QUOTED.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
