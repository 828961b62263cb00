/** The data types of S7 and what each becomes.
 *  address → [S7 type] → place tag, convert */
import type { DataType } from "@nonreturn/wire-format";

export type S7TypeName =
  | "BOOL"
  | "BYTE"
  | "WORD"
  | "DWORD"
  | "LWORD"
  | "SINT"
  | "USINT"
  | "INT"
  | "UINT"
  | "DINT"
  | "UDINT"
  | "LINT"
  | "ULINT"
  | "REAL"
  | "LREAL"
  | "CHAR"
  | "WCHAR"
  | "STRING"
  | "WSTRING"
  | "DT"
  | "DTZ"
  | "DTL"
  | "DTLZ"
  | "LDT"
  | "LDTZ"
  | "DATE"
  | "TIME"
  | "LTIME"
  | "TOD"
  | "LTOD"
  | "S5TIME"
  | "TIMER"
  | "COUNTER";

export interface S7Type {
  /** Of one element, without the characters of a string. A BOOL is a bit. */
  readonly bytes: number;
  /** What its value is. */
  readonly dataType: DataType;
  /** What else the bytes may be taken for, where the type names a width only. */
  readonly others: readonly DataType[];
}

const type = (bytes: number, dataType: DataType, others: readonly DataType[] = []): S7Type => ({
  bytes,
  dataType,
  others,
});

/** Sizes: S7-1500 system manual, "Data types". Durations are whole numbers in the type's own unit: TIME and TOD ms, LTIME and LTOD ns. */
export const S7_TYPES: Readonly<Record<S7TypeName, S7Type>> = {
  BOOL: type(1, "BOOLEAN"),
  BYTE: type(1, "UINT8", ["INT8", "BYTES"]),
  WORD: type(2, "UINT16", ["INT16"]),
  DWORD: type(4, "UINT32", ["INT32", "FLOAT32"]),
  LWORD: type(8, "UINT64", ["INT64", "FLOAT64"]),
  SINT: type(1, "INT8"),
  USINT: type(1, "UINT8"),
  INT: type(2, "INT16"),
  UINT: type(2, "UINT16"),
  DINT: type(4, "INT32"),
  UDINT: type(4, "UINT32"),
  LINT: type(8, "INT64"),
  ULINT: type(8, "UINT64"),
  REAL: type(4, "FLOAT32"),
  LREAL: type(8, "FLOAT64"),
  CHAR: type(1, "STRING"),
  WCHAR: type(2, "STRING"),
  STRING: type(2, "STRING"), // declared length, actual length
  WSTRING: type(4, "STRING"), // the same, two bytes each
  DT: type(8, "TIMESTAMP"), // DATE_AND_TIME
  DTZ: type(8, "TIMESTAMP"),
  DTL: type(12, "TIMESTAMP"),
  DTLZ: type(12, "TIMESTAMP"),
  LDT: type(8, "TIMESTAMP"),
  LDTZ: type(8, "TIMESTAMP"),
  DATE: type(2, "TIMESTAMP"),
  TIME: type(4, "INT32"),
  LTIME: type(8, "INT64"),
  TOD: type(4, "UINT32"),
  LTOD: type(8, "UINT64"),
  S5TIME: type(2, "UINT32"), // ms
  TIMER: type(2, "UINT32"), // ms
  COUNTER: type(2, "UINT16"),
};

/** Other names: one letter as in STEP 7 and nodes7, and long forms. */
const ALIASES: Readonly<Record<string, S7TypeName>> = {
  X: "BOOL",
  B: "BYTE",
  C: "CHAR",
  W: "WORD",
  D: "DWORD",
  DW: "DWORD",
  L: "LWORD",
  LW: "LWORD",
  I: "INT",
  DI: "DINT",
  LI: "LINT",
  R: "REAL",
  LR: "LREAL",
  S: "STRING",
  WS: "WSTRING",
  DATE_AND_TIME: "DT",
  TIME_OF_DAY: "TOD",
};

export function typeNamed(name: string): S7TypeName | undefined {
  if (Object.hasOwn(S7_TYPES, name)) return name as S7TypeName;
  return Object.hasOwn(ALIASES, name) ? ALIASES[name] : undefined;
}
