/** Rows as the VALUES of one statement. Written here because a parameter a value is several times slower.
 *  SQL publisher → [row list] → MariaDB
 *  Source: MariaDB knowledge base, string literals (with NO_BACKSLASH_ESCAPES off, which the session makes sure of), INSERT. */
import { ValueKind } from "@nonreturn/wire-format";
import { isoMicros } from "../../iso-micros.ts";
import type { MissingTime } from "../../publisher.ts";
import type { EventRow } from "../map-event.ts";
import type { OtherRows, PlainRows } from "../map-sample.ts";
import { tagOrder } from "../tag-order.ts";

/** Statements stay well below the usual max_allowed_packet of 16 MiB. */
const STATEMENT_CHARACTERS = 2 * 1024 * 1024;

/** (tag, time, status, kind, value, text_value, extra) of every row in the order of the index, cut into lists that fit one statement each. */
export function* plainRows(rows: PlainRows, extra: string): Generator<string, void, void> {
  const { tags, values } = rows;
  const middles = middlesOf(rows);
  yield* rowLists(
    tagOrder(tags),
    (at) => `(${tags[at]}${middles[at]}${double(values[at]!)},${unheldNumber(rows, at)},${extra})`,
  );
}

/** Of each row `,time,status,kind,`: samples of one scan share one text. */
function middlesOf({ times, statusCodes, kinds }: PlainRows): string[] {
  const middles: string[] = [];
  let [time, statusCode, kind, middle] = [Number.NaN, 0, ValueKind.none as ValueKind, ""];
  for (let at = 0; at < times.length; at++) {
    if (times[at] !== time || statusCodes[at] !== statusCode || kinds[at] !== kind) {
      [time, statusCode, kind] = [times[at]!, statusCodes[at]!, kinds[at]!];
      middle = `,${dateTime(time)},${statusCode},${kind},`;
    }
    middles.push(middle);
  }
  return middles;
}

/** (tag, time, status, kind, value, text_value, integer_value, bytes_value, extra), likewise. */
export function* otherRows(rows: OtherRows, extra: string): Generator<string, void, void> {
  const { tags, values, integers, texts, bytes } = rows;
  const middles = middlesOf(rows);
  yield* rowLists(tagOrder(tags), (at) => {
    const text = texts[at] === null ? unheldNumber(rows, at) : quoted(texts[at]!);
    const binary = bytes[at] === null ? "NULL" : `x'${Buffer.from(bytes[at]!).toString("hex")}'`;
    return `(${tags[at]}${middles[at]}${double(values[at]!)},${text},${integers[at] ?? "NULL"},${binary},${extra})`;
  });
}

/** In the order of the table's columns. */
export function* eventRows(rows: readonly EventRow[]): Generator<string, void, void> {
  yield* rowLists(rows.keys(), (at) => {
    const row = rows[at]!;
    const texts = `${quoted(row.condition)},'${row.state}',${row.severity},${quoted(row.text)}`;
    const valueText = row.valueText === null ? "NULL" : quoted(row.valueText);
    return `(${keyOf(row)},${row.tag},${dateTime(row.time)},${texts},${double(row.value)},${valueText},${row.historical})`;
  });
}

/** In the order of the table's columns. */
export function* stateRows(rows: readonly EventRow[]): Generator<string, void, void> {
  yield* rowLists(rows.keys(), (at) => `(${rows[at]!.tag},'${rows[at]!.conditionKey}',${keyOf(rows[at]!)})`);
}

/** In the order of the table's columns. */
export function* gapRows(station: string, gaps: readonly MissingTime[]): Generator<string, void, void> {
  yield* rowLists(gaps.keys(), (at) => {
    const { id, stream, state, from, to, reason, blocks, samples } = gaps[at]!;
    const times = `${dateTime(from)},${dateTime(to)}`;
    return `(${quoted(station)},${id},${stream},'${state}',${times},${quoted(reason)},${blocks ?? "NULL"},${samples ?? "NULL"})`;
  });
}

function keyOf({ stream, journalEpoch, eventSequence }: EventRow): string {
  return `${stream},${journalEpoch},${eventSequence}`;
}

export function quoted(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: NUL and ^Z are among what must be escaped
  return `'${text.replace(/[\0\x1a\n\r'"\\}]/g, (sign) => ESCAPES[sign]!)}'`;
}

/** Knowledge base, string literals: escape sequences. */
const ESCAPES: Readonly<Record<string, string>> = {
  "\0": "\\0",
  "\x1a": "\\Z",
  "\n": "\\n",
  "\r": "\\r",
  "'": "\\'",
  '"': '\\"',
  "\\": "\\\\",
  "}": "\\}", // a text that holds "{}" must not be taken for the prefix of a table's name
};

export function dateTime(micros: number): string {
  const text = isoMicros(micros);
  return `'${text.slice(0, 10)} ${text.slice(11, 26)}'`;
}

/** As an approximate-value literal: with an exponent it is a double from the start, not a decimal. */
export function double(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return "NULL";
  const text = String(value);
  return text.includes("e") ? text : `${text}e0`;
}

/** What MariaDB's double cannot hold (NaN, infinities, the sign of −0) as text, beside NULL or 0. */
function unheldNumber({ kinds, values }: PlainRows, at: number): string {
  const value = values[at]!;
  if (kinds[at] !== ValueKind.number || (Number.isFinite(value) && !Object.is(value, -0))) return "NULL";
  return Object.is(value, -0) ? "'-0'" : `'${value}'`;
}

function* rowLists(order: Iterable<number>, rowOf: (at: number) => string): Generator<string, void, void> {
  let list = "";
  for (const at of order) {
    const row = rowOf(at);
    if (list !== "" && list.length + row.length > STATEMENT_CHARACTERS) {
      yield list;
      list = "";
    }
    list += list === "" ? row : `,${row}`;
  }
  if (list !== "") yield list;
}
