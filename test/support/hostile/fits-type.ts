/** Whether a value is one that a tag of a type may have.
 *  what a driver delivered → [fits type] → hostile runs */
import type { DataType, Value } from "@nonreturn/wire-format";

/** Of an array, every element. */
export function fitsType(dataType: DataType, value: Value): boolean {
  if (Array.isArray(value)) return (value as readonly Value[]).every((each) => fitsType(dataType, each));
  switch (dataType) {
    case "BOOLEAN":
      return typeof value === "boolean";
    case "STRING":
      return typeof value === "string";
    case "INT64":
    case "UINT64":
      return typeof value === "bigint";
    default:
      return typeof value === "number";
  }
}
