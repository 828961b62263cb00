/** The types a controller names in its replies.
 *  reply → [CIP type] → convert, browse
 *
 *  Sources: ODVA Vol 1 Appendix C-6.1 (elementary types); Rockwell 1756-PM020, "Tag type service parameter values". */
import type { DataType } from "@nonreturn/wire-format";

export interface CipType {
  readonly name: string;
  /** Undefined for text, whose length is in the bytes. */
  readonly bytes: 1 | 2 | 4 | 8 | undefined;
  /** What a tag of this type is, unless the user says otherwise. Undefined where nothing fits. */
  readonly dataType: DataType | undefined;
}

const CIP_TYPES: ReadonlyMap<number, CipType> = new Map<number, CipType>([
  [0xc1, { name: "BOOL", bytes: 1, dataType: "BOOLEAN" }],
  [0xc2, { name: "SINT", bytes: 1, dataType: "INT8" }],
  [0xc3, { name: "INT", bytes: 2, dataType: "INT16" }],
  [0xc4, { name: "DINT", bytes: 4, dataType: "INT32" }],
  [0xc5, { name: "LINT", bytes: 8, dataType: "INT64" }],
  [0xc6, { name: "USINT", bytes: 1, dataType: "UINT8" }],
  [0xc7, { name: "UINT", bytes: 2, dataType: "UINT16" }],
  [0xc8, { name: "UDINT", bytes: 4, dataType: "UINT32" }],
  [0xc9, { name: "ULINT", bytes: 8, dataType: "UINT64" }],
  [0xca, { name: "REAL", bytes: 4, dataType: "FLOAT32" }],
  [0xcb, { name: "LREAL", bytes: 8, dataType: "FLOAT64" }],
  [0xcd, { name: "DATE", bytes: 2, dataType: "UINT16" }],
  [0xce, { name: "TIME_OF_DAY", bytes: 4, dataType: "UINT32" }],
  [0xd0, { name: "STRING", bytes: undefined, dataType: "STRING" }],
  [0xd1, { name: "BYTE", bytes: 1, dataType: "UINT8" }],
  [0xd2, { name: "WORD", bytes: 2, dataType: "UINT16" }],
  // A BOOL array of a Logix controller.
  [0xd3, { name: "DWORD", bytes: 4, dataType: "UINT32" }],
  [0xd4, { name: "LWORD", bytes: 8, dataType: "UINT64" }],
  [0xd6, { name: "FTIME", bytes: 4, dataType: "INT32" }],
  [0xd7, { name: "LTIME", bytes: 8, dataType: "INT64" }],
  [0xd8, { name: "ITIME", bytes: 2, dataType: "INT16" }],
  [0xda, { name: "SHORT_STRING", bytes: undefined, dataType: "STRING" }],
  [0xdb, { name: "TIME", bytes: 4, dataType: "INT32" }],
]);

export function cipTypeOf(code: number): CipType | undefined {
  return CIP_TYPES.get(code);
}

/** A structure: the type code is followed by its handle. */
export const STRUCTURE = 0x02a0;
export const BOOL = 0xc1;
export const DWORD = 0xd3;
export const STRING = 0xd0;
export const SHORT_STRING = 0xda;

export function writeType(code: number): string {
  if (code === STRUCTURE) return "structure";
  return CIP_TYPES.get(code)?.name ?? `type 0x${code.toString(16)}`;
}
