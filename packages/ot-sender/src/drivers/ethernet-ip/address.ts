/** Tag names of Logix and Micro800 controllers as people write them.
 *  config, command line → [address] → place tag
 *
 *  Temperature                    a controller tag              Flags[37]        element of a BOOL array
 *  Program:Main.Motor[2].Speed    member of a program tag       Status.5         bit 5 (0 = least significant)
 *  Grid[1,2,3]                    up to three dimensions        Recipe[5]{10}    ten elements, from the sixth on
 *  Local:1:I.Data                 a module's tag                Recipe{10}       the first ten */

export interface TagSegment {
  readonly name: string;
  readonly indices: readonly number[]; // up to 3
}

export interface TagName {
  /** Never empty. */
  readonly segments: readonly TagSegment[];
  readonly bit: number | undefined; // 0 … 63
  /** Elements to read as one array; undefined for a single value. */
  readonly count: number | undefined;
}

/** Logix names have up to 40 characters, those of Micro800 up to 80. */
const MAX_NAME = 80;
const MAX_TEXT = 500;
const MAX_SEGMENTS = 16;
const MAX_INDEX = 0x7fff_ffff;
/** What one sample may carry. */
const MAX_COUNT = 16_384;

const COUNT = /^(.*)\{(\d{1,6})\}$/s;
const SEGMENT = /^([A-Za-z_][A-Za-z0-9_]*(?::[A-Za-z0-9_]+)*)(?:\[(\d{1,10}(?:,\d{1,10}){0,2})\])?$/;
const BIT = /^\d{1,2}$/;

/** @returns the name, or what is wrong with the text and what to write. Never throws. */
export function parseTagName(text: string): TagName | { readonly mistake: string } {
  if (text.length > MAX_TEXT)
    return { mistake: `${show(text)} is longer than ${MAX_TEXT} characters; write a tag name` };
  const counted = COUNT.exec(text);
  const count = counted === null ? undefined : Number(counted[2]);
  if (count !== undefined && (count < 1 || count > MAX_COUNT))
    return { mistake: `{${count}} is no number of elements; write {1} to {${MAX_COUNT}}` };
  const parts = (counted?.[1] ?? text).split(".");
  const last = parts.at(-1)!;
  let bit: number | undefined;
  if (parts.length > 1 && BIT.test(last)) {
    bit = Number(last);
    parts.pop();
    if (bit > 63) return { mistake: `no integer has a bit ${bit}; write 0 to 63` };
    if (count !== undefined) return { mistake: `a bit is a single value; remove {${count}} or .${last}` };
  }
  if (parts.length > MAX_SEGMENTS)
    return { mistake: `${show(text)} has more than ${MAX_SEGMENTS} members; shorten it` };
  const segments: TagSegment[] = [];
  for (const [place, part] of parts.entries()) {
    const match = SEGMENT.exec(part);
    const name = match?.[1];
    if (name === undefined || name.length > MAX_NAME || (place > 0 && name.includes(":")))
      return { mistake: `${show(text)} is no tag name; ${WRITE}` };
    const indices = match?.[2]?.split(",").map(Number) ?? [];
    if (indices.some((index) => index > MAX_INDEX))
      return { mistake: `${show(text)} has an index beyond any array; write a smaller one` };
    segments.push({ name, indices });
  }
  const [scope] = segments;
  if (segments.length === 1 && /^program:/i.test(scope!.name))
    return { mistake: `${show(text)} names a program and no tag; write it like "Program:Main.Speed"` };
  return { segments, bit, count };
}

/** "Program:Main.Motor[2].Speed", without bit and count. */
export function writeSegments(segments: readonly TagSegment[]): string {
  return segments.map(({ name, indices }) => (indices.length === 0 ? name : `${name}[${indices.join(",")}]`)).join(".");
}

const WRITE = 'write it like "Temperature", "Program:Main.Motor[2].Speed", "Status.5" or "Recipe{10}"';

function show(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
