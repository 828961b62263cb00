/** S7 addresses as people write them: nodes7's notation, STEP 7's and TIA Portal's.
 *  config, command line → [address] → place tag
 *
 *  DB1,REAL4          REAL at byte 4 of data block 1      DB1,REAL4.10      ten of them
 *  DB1,X2.1           bit 1 of byte 2                     DB1,X2.1.20       twenty bits from there
 *  DB1,STRING30.20    STRING[20] at byte 30               DB1,STRING30.20.5 five of them
 *  DB1.DBD4 DB1.DBW4 DB1.DBB4 DB1.DBX2.1 %DB1.DBD4        TIA Portal: a width; the tag's type says what is there
 *  MW10 MREAL10 M10.3  I0.0 (E0.0)  QB4 (AB4)  PIW256 (PEW256)  T5  C3 (Z3)
 *  DB1.DBD 4  MW 10   as STEP 7 prints them                 IW256:P  %I0.0:P   TIA Portal's periphery, PIW256 */
import { type S7TypeName, typeNamed } from "./s7-type.ts";

/** Memory of the CPU. I and Q are the process images, P the periphery itself. */
export type Area = "DB" | "M" | "I" | "Q" | "P" | "T" | "C";

export interface S7Address {
  readonly area: Area;
  /** Number of the data block; 0 outside DB. */
  readonly db: number;
  /** Byte; of T and C the number. */
  readonly start: number;
  readonly bit: number; // 0 … 7; 0 unless a BOOL
  readonly type: S7TypeName;
  /** Characters of a STRING or WSTRING as declared; 0 of others. */
  readonly length: number;
  /** Elements of an array; undefined: no array. */
  readonly count: number | undefined;
}

/** The address in an item is 24 bits, of which 3 are the bit. */
const LAST_BYTE = 65_535;

const IN_DB = /^DB(\d{1,5})[.,](S5TIME|[A-Z_]+)(\d{1,5})(?:\.(\d{1,5}))?(?:\.(\d{1,5}))?$/;
const OUTSIDE_DB = /^(PI|PE|PQ|PA|I|E|Q|A|M)(S5TIME|[A-Z_]*)(\d{1,5})(?:\.(\d{1,5}))?(?:\.(\d{1,5}))?$/;
const NUMBERED = /^([TCZ])(\d{1,5})$/;

/** TIA Portal's own mark of what is read past the process image. */
const PERIPHERY = /^([IEQA].*):P$/;

/** English and German mnemonics. */
const AREAS: Readonly<Record<string, Area>> = {
  M: "M",
  I: "I",
  E: "I",
  Q: "Q",
  A: "Q",
  PI: "P",
  PE: "P",
  PQ: "P",
  PA: "P",
};

/** @returns the address, or what is wrong with the text and what to write. Never throws. */
export function parseAddress(text: string): S7Address | { readonly mistake: string } {
  if (text.length > 60) return { mistake: notAnAddress(text) };
  const upper = withoutSpaces(text.toUpperCase()).replace(/^%/, "").replace(PERIPHERY, "P$1");
  const numbered = NUMBERED.exec(upper);
  if (numbered !== null) {
    const [, letter, number] = numbered;
    const type = letter === "T" ? "TIMER" : "COUNTER";
    const area = letter === "T" ? "T" : "C";
    if (Number(number) > LAST_BYTE) return { mistake: `${area} has no number ${number}; write 0 to ${LAST_BYTE}` };
    return { area, db: 0, start: Number(number), bit: 0, type, length: 0, count: undefined };
  }
  const inDb = IN_DB.exec(upper);
  const match = inDb ?? OUTSIDE_DB.exec(upper);
  if (match === null) return { mistake: notAnAddress(text) };
  const [, place, name, start, second, third] = match as unknown as Parts;
  const db = inDb === null ? 0 : Number(place);
  if (inDb !== null && (db < 1 || db > 65_535)) return { mistake: `there is no DB${db}; write DB1 to DB65535` };
  // TIA writes DB1.DBD4 with a point and its own names; nodes7 DB1,REAL4 with a comma.
  const named = inDb !== null && upper.includes(".DB") ? name.replace(/^DB(?=[XBWDL]$)/, "") : name;
  const type = named === "" ? "BOOL" : typeNamed(named);
  if (type === undefined || type === "TIMER" || type === "COUNTER")
    return { mistake: `${show(text)} names no type of S7 (${show(name)}); write for example DB1,REAL4 or MINT10` };
  const byte = Number(start);
  if (byte > LAST_BYTE) return { mistake: `byte ${byte} is beyond the last one, ${LAST_BYTE}; write a lower address` };
  const rest = { area: inDb === null ? AREAS[place]! : ("DB" as const), db, start: byte, type };
  return withParts(text, rest, second, third);
}

type Parts = readonly [string, string, string, string, string | undefined, string | undefined];

/** What the numbers after the byte mean depends on the type: bit, declared length, elements. */
function withParts(
  text: string,
  place: Pick<S7Address, "area" | "db" | "start" | "type">,
  second: string | undefined,
  third: string | undefined,
): S7Address | { readonly mistake: string } {
  const number = (digits: string | undefined) => (digits === undefined ? undefined : Number(digits));
  const count = place.type === "BOOL" || place.type === "STRING" || place.type === "WSTRING" ? third : second;
  if (count !== undefined && Number(count) < 1) return { mistake: `${show(text)} has no elements; write at least 1` };
  if (place.type === "BOOL") {
    const bit = number(second);
    if (bit === undefined) return { mistake: `${show(text)} names no bit; write it like ${text}.0` };
    if (bit > 7) return { mistake: `a byte has no bit ${bit}; write 0 to 7` };
    return { ...place, bit, length: 0, count: number(count) };
  }
  if (place.type === "STRING" || place.type === "WSTRING") {
    const length = number(second);
    const most = place.type === "STRING" ? 254 : 4094;
    if (length === undefined || length < 1 || length > most)
      return {
        mistake: `a ${place.type} needs its declared length, 1 to ${most}; write it like DB1,${place.type}30.20`,
      };
    return { ...place, bit: 0, length, count: number(count) };
  }
  if (third !== undefined)
    return { mistake: `${show(text)} has a number too many; an array is written like DB1,${place.type}4.10` };
  return { ...place, bit: 0, length: 0, count: number(count) };
}

/** STEP 7 sets the number off (`DB10.DBD 4`, `M 10.3`). Spaces between two digits would join two numbers: they stay, and are refused. */
function withoutSpaces(text: string): string {
  return text.trim().replace(/(?<=[A-Z,.]) +(?=[A-Z\d])/g, "");
}

function notAnAddress(text: string): string {
  return `${show(text)} is no S7 address; write it like "DB1,REAL4", "DB1.DBX2.1", "MW10", "I0.0" or "DB1,STRING30.20"`;
}

function show(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
