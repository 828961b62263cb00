/** Modbus addresses as people write them.
 *  config, command line → [address] → place tag
 *
 *  hr:100     holding register, zero-based (FC 3)      400101 or 40101   the same register, one-based
 *  ir:100     input register (FC 4)                    300101 or 30101
 *  di:5       discrete input (FC 2)                    100006 or 10006
 *  co:5       coil (FC 1)                              000006 or 00006
 *  hr:10.3    bit 3 (0 = least significant) of a register; u2!hr:10  at unit 2 of the same connection */

export type Table = "hr" | "ir" | "di" | "co";

export interface ModbusAddress {
  /** Undefined: the device's own. */
  readonly unit: number | undefined; // 0 … 255
  readonly table: Table;
  readonly offset: number; // 0 … 65535, as on the wire
  readonly bit: number | undefined; // 0 … 15
}

/** Function code that reads each table. Source: MODBUS Application Protocol V1.1b3 §6.1–6.4. */
export const FUNCTION_CODE: Readonly<Record<Table, 1 | 2 | 3 | 4>> = { co: 1, di: 2, hr: 3, ir: 4 };

const SHAPE = /^(?:u(\d{1,3})!)?(?:(hr|ir|co|di):(\d{1,6})|(\d{5,6}))(?:\.(\d{1,2}))?$/i;

/** Leading digit of the one-based notation. Source: the same §4.4 (data model) and Modicon's reference numbers. */
const TABLE_OF_DIGIT: Readonly<Record<string, Table>> = { "0": "co", "1": "di", "3": "ir", "4": "hr" };

/** @returns the address, or what is wrong with the text and what to write. Never throws. */
export function parseAddress(text: string): ModbusAddress | { readonly mistake: string } {
  const match = SHAPE.exec(text);
  if (match === null) return { mistake: notAnAddress(text) };
  const [, unitDigits, named, offsetDigits, reference, bitDigits] = match;
  const unit = unitDigits === undefined ? undefined : Number(unitDigits);
  if (unit !== undefined && unit > 255) return { mistake: `unit ${unit} does not exist; write 0 to 255` };
  let table: Table;
  let offset: number;
  if (reference === undefined) {
    table = named!.toLowerCase() as Table;
    offset = Number(offsetDigits);
    if (offset > 65_535) return { mistake: `${table} has no address ${offset}; write 0 to 65535` };
  } else {
    const known = TABLE_OF_DIGIT[reference.charAt(0)];
    if (known === undefined)
      return {
        mistake: `${show(text)} begins with ${reference.charAt(0)}; write 0 (coil), 1, 3 or 4 (holding register) first`,
      };
    table = known;
    offset = Number(reference.slice(1)) - 1;
    if (offset < 0) return { mistake: `${show(text)} counts from one; the first is ${reference.slice(0, -1)}1` };
    if (offset > 65_535)
      return { mistake: `${show(text)} is beyond the last one; write at most ${reference.charAt(0)}65536` };
  }
  const bit = bitDigits === undefined ? undefined : Number(bitDigits);
  if (bit !== undefined && isBitTable(table))
    return { mistake: `${show(text)} is a bit already; remove .${bitDigits}` };
  if (bit !== undefined && bit > 15) return { mistake: `a register has no bit ${bit}; write 0 to 15` };
  return { unit, table, offset, bit };
}

export function isBitTable(table: Table): boolean {
  return table === "co" || table === "di";
}

function notAnAddress(text: string): string {
  const write = 'write it like "hr:100", "ir:7", "co:0", "di:3", "hr:10.3", "u2!hr:100" or "400101"';
  if (/^\d{1,4}$/.test(text)) return `${show(text)} names no table; ${write}`;
  return `${show(text)} is no Modbus address; ${write}`;
}

function show(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
