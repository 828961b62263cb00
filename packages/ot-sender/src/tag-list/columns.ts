/** The columns of a tag list, and what their cells mean in the configuration.
 *  write list, read list → [columns] → keys of a tag */
import type { z } from "zod";
import { calculatedSection } from "../config/calculated-section.ts";
import { DRIVERS } from "../drivers/registry.ts";
import { guard, unguard } from "./formula-guard.ts";

/** A tag's keys as the YAML file has them, before defaults. */
export type WrittenTag = Readonly<Record<string, unknown>>;

export interface Column {
  readonly name: string;
  /** The tag's key that it belongs to; two columns make a range. */
  readonly key: string;
  readonly part: "whole" | "low" | "high";
  readonly kind: "text" | "number" | "yes-or-no" | "number-or-text" | "driver" | "object";
}

const column = (name: string, kind: Column["kind"], key = name, part: Column["part"] = "whole"): Column => ({
  name,
  key,
  part,
  kind,
});

/** Those that every list has; `device` says whose tag it is and is no key of the tag. */
export const DEVICE_COLUMN = "device";
export const COMMON_COLUMNS: readonly Column[] = [
  column("path", "text"),
  column(DEVICE_COLUMN, "text"),
  column("address", "text"),
  column("type", "text"),
  column("scan", "text", "scanClass"),
  column("scale", "number"),
  column("offset", "number"),
  column("unit", "text"),
  column("deadband", "number-or-text"),
  column("description", "text"),
  column("enabled", "yes-or-no"),
  column("rangeLow", "number", "range", "low"),
  column("rangeHigh", "number", "range", "high"),
  column("rawLow", "number", "rawRange", "low"),
  column("rawHigh", "number", "rawRange", "high"),
  column("outsideRange", "text"),
  column("maximumSilence", "text"),
  column("formerPath", "text"),
];

/** In the list only where a tag uses them: what makes a tag a calculated one, alarms, as JSON, and the keys that only drivers know, in the order of the registry. */
export const RARE_COLUMNS: readonly Column[] = [
  column("expression", "text"),
  column("inputs", "object"),
  column("alarms", "object"),
  ...[...new Set([...DRIVERS.values()].flatMap(({ tagShape }) => Object.keys(tagShape)))].map((name) =>
    column(name, "driver"),
  ),
];

/** Keys that a calculated tag may have. */
export const CALCULATED_KEYS: ReadonlySet<string> = new Set(Object.keys(calculatedSection.shape));
/** Those that a device's tag has not. */
export const CALCULATED_ONLY: readonly string[] = ["expression", "inputs"];

export const COLUMNS: ReadonlyMap<string, Column> = new Map(
  [...COMMON_COLUMNS, ...RARE_COLUMNS].map((each) => [each.name, each]),
);

/** As spreadsheets of many countries write a number, or a percentage. */
const DECIMAL_COMMA = /^-?\d+,\d+\s*%?$/;

/** "" for a key that is not there. */
export function cellOf(tag: WrittenTag, { key, part }: Column): string {
  const value = tag[key];
  const piece = part === "whole" ? value : (value as readonly unknown[] | undefined)?.[part === "low" ? 0 : 1];
  if (piece === undefined || piece === null) return "";
  if (typeof piece === "number") return Object.is(piece, -0) ? "-0" : String(piece);
  if (typeof piece === "object") return JSON.stringify(piece);
  return typeof piece === "string" ? guard(piece) : String(piece);
}

/** What a cell says: undefined if it is empty. @returns or what is wrong, and after a semicolon what to write. */
export function cellValue(
  cell: string,
  { name, kind }: Column,
  driverShape: z.ZodRawShape,
): { readonly value: unknown } | { readonly mistake: string } {
  if (cell === "") return { value: undefined };
  const text = unguard(cell);
  const number = numberOf(text);
  switch (kind) {
    case "text":
      return { value: text };
    case "number":
      return number === undefined ? { mistake: noNumber(text) } : { value: number };
    case "number-or-text":
      return DECIMAL_COMMA.test(text) ? { mistake: noNumber(text) } : { value: number ?? text };
    case "yes-or-no": {
      const word = text.trim().toLowerCase(); // spreadsheets write TRUE
      if (word === "true" || word === "false") return { value: word === "true" };
      return { mistake: `${JSON.stringify(text)} is neither; write true or false` };
    }
    case "object": {
      const value = objectOf(text);
      const example = name === "inputs" ? '{"good":"line-1/good"}' : '{"hi":90,"delay":"5s"}';
      return value === undefined ? { mistake: `is no JSON object; write it like ${example}` } : { value };
    }
    case "driver": {
      const shape = driverShape[name] as z.ZodType | undefined;
      if (shape === undefined) return { mistake: "this device's driver has no such key; leave the cell empty" };
      const candidates = [text, number, ...(text === "true" || text === "false" ? [text === "true"] : [])];
      const fitting = candidates.find((each) => each !== undefined && shape.safeParse(each).success);
      return { value: fitting ?? text }; // what fits nowhere is refused with the rest of the configuration
    }
  }
}

function noNumber(text: string): string {
  return `${JSON.stringify(text)} is no number; write it like ${DECIMAL_COMMA.test(text) ? text.replace(",", ".").replace(/\s/g, "") : "0.1"}`;
}

function objectOf(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function numberOf(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed)) return undefined;
  const number = Number(trimmed);
  return Number.isFinite(number) ? number : undefined;
}
