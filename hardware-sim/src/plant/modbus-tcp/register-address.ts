/** Register addresses as a scenario writes them: "hr:100", "ir:0-63", "hr:10.3", "co:5", "di:7".
 *  scenario YAML → [register address] → register image */

/** The four tables of Modbus: holding and input registers (FC 3, 4), coils and discrete inputs (FC 1, 2). */
export const TABLES = ["hr", "ir", "co", "di"] as const;
export type Table = (typeof TABLES)[number];

export interface RegisterAddress {
  readonly table: Table;
  /** Zero-based, as on the wire: 0 … 65535. */
  readonly address: number;
  /** Bit of a holding or input register, 0 = least significant. */
  readonly bit?: number;
}

/** Both ends included. */
export interface RegisterRange {
  readonly table: Table;
  readonly first: number;
  readonly last: number;
}

/** @returns undefined if the text is no address. */
export function parseRegisterAddress(text: string): RegisterAddress | undefined {
  const match = /^(hr|ir|co|di):(\d{1,5})(?:\.(\d{1,2}))?$/.exec(text);
  if (match === null) return undefined;
  const table = match[1] as Table;
  const address = Number(match[2]);
  if (address > 65_535) return undefined;
  if (match[3] === undefined) return { table, address };
  const bit = Number(match[3]);
  return bit <= 15 && !isBitTable(table) ? { table, address, bit } : undefined;
}

/** "hr:0-99"; a single address is a range of one. @returns undefined if the text is no range, or runs backwards. */
export function parseRegisterRange(text: string): RegisterRange | undefined {
  const match = /^(hr|ir|co|di):(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (match === null) return undefined;
  const first = Number(match[2]);
  const last = match[3] === undefined ? first : Number(match[3]);
  return first <= last && last <= 65_535 ? { table: match[1] as Table, first, last } : undefined;
}

export function isBitTable(table: Table): boolean {
  return table === "co" || table === "di";
}

export function writeRegisterAddress({ table, address, bit }: RegisterAddress): string {
  return bit === undefined ? `${table}:${address}` : `${table}:${address}.${bit}`;
}

export function overlaps(range: RegisterRange, table: Table, first: number, last: number): boolean {
  return range.table === table && range.first <= last && first <= range.last;
}
