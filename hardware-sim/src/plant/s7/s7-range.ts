/** Places in a CPU as a scenario writes them: "DB1.4", "M.10-19", "DB1.4.3", "I.0".
 *  scenario YAML → [S7 range] → CPU memory, faults */

/** Memory that is read by byte. */
export type AreaName = "M" | "I" | "Q" | "P" | `DB${number}`;

export interface S7Place {
  readonly area: AreaName;
  readonly byte: number;
  readonly bit: number | undefined;
}

/** Both ends included. */
export interface S7Range {
  readonly area: AreaName;
  readonly first: number;
  readonly last: number;
}

const AREA = "(DB[1-9]\\d{0,4}|M|I|Q|P)";

export function isAreaName(text: string): text is AreaName {
  return new RegExp(`^${AREA}$`).test(text);
}

/** @returns undefined if the text is no place. */
export function parseS7Place(text: string): S7Place | undefined {
  const match = new RegExp(`^${AREA}\\.(\\d{1,5})(?:\\.([0-7]))?$`).exec(text);
  if (match === null) return undefined;
  const byte = Number(match[2]);
  if (byte > 65_535) return undefined;
  return { area: match[1] as AreaName, byte, bit: match[3] === undefined ? undefined : Number(match[3]) };
}

/** "DB1.0-99", a single byte "DB1.7", or a whole area "DB1". @returns undefined if the text is no range, or runs backwards. */
export function parseS7Range(text: string): S7Range | undefined {
  const match = new RegExp(`^${AREA}(?:\\.(\\d{1,5})(?:-(\\d{1,5}))?)?$`).exec(text);
  if (match === null) return undefined;
  const first = match[2] === undefined ? 0 : Number(match[2]);
  const last = match[2] === undefined ? 65_535 : match[3] === undefined ? first : Number(match[3]);
  return first <= last && last <= 65_535 ? { area: match[1] as AreaName, first, last } : undefined;
}

export function overlaps(range: S7Range, area: AreaName, first: number, last: number): boolean {
  return range.area === area && range.first <= last && first <= range.last;
}

export function writeS7Place({ area, byte, bit }: S7Place): string {
  return bit === undefined ? `${area}.${byte}` : `${area}.${byte}.${bit}`;
}
