/** Reads JSON that strangers wrote: bounded depth, integers beyond 53 bits exact.
 *  bytes → [JSON document] → JSON pointer → fit value
 *  Source: RFC 8259. */

/** Deeper nesting is refused before anything is made of it. */
const MAX_DEPTH = 100;

export type JsonOutcome = { readonly document: unknown } | { readonly mistake: string };

/** `source` is the number as it was written: ECMAScript 2026, JSON.parse source text access. */
type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };
const parseWith = JSON.parse as (text: string, reviver?: Reviver) => unknown;

/** Whole numbers that a double cannot hold become bigint. Never throws. Cost: linear. The caller bounds the length. */
export function readJson(bytes: Uint8Array): JsonOutcome {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes); // takes a byte order mark away
  } catch {
    return { mistake: "it is no UTF-8" };
  }
  if (depthOf(text) > MAX_DEPTH) return { mistake: `it is nested deeper than ${MAX_DEPTH} levels` };
  try {
    // Without sixteen digits in a row no number needs its source: five times faster.
    return { document: /\d{16}/.test(text) ? parseWith(text, exact) : parseWith(text) };
  } catch {
    return { mistake: text.trim() === "" ? "it is empty" : "it is no JSON" };
  }
}

/** At least as deep as any JSON in it; text that is no JSON may count deeper than it is. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let isText = false;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (isText) {
      if (unit === 0x5c) at++;
      else if (unit === 0x22) isText = false;
    } else if (unit === 0x22) isText = true;
    else if (unit === 0x7b || unit === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (unit === 0x7d || unit === 0x5d) depth--;
  }
  return deepest;
}

const LONGEST_INTEGER = 20; // "-9223372036854775808", "18446744073709551615"

const exact: Reviver = (_key, value, { source }) =>
  typeof value === "number" &&
  !Number.isSafeInteger(value) &&
  source !== undefined &&
  source.length <= LONGEST_INTEGER &&
  /^-?\d+$/.test(source)
    ? BigInt(source)
    : value;

/** For a person: short, on one line, nothing that a terminal obeys. */
export function showJson(value: unknown): string {
  if (value === undefined) return "";
  const text =
    JSON.stringify(value, (_key, each: unknown) => (typeof each === "bigint" ? rawJSON(String(each)) : each)) ?? "";
  return showText(text);
}

export function showText(text: string, longest = 60): string {
  const line = text.slice(0, longest).replaceAll(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/gu, "·");
  return text.length > longest ? `${line}…` : line;
}
