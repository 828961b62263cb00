/** Types of a controller as the simulator records values.
 *  controller type → [leaf type] → tag image, truth, check plant */
import type { HeldType } from "../held-value.ts";
import type { AtomicName, ControllerType } from "./controller-type.ts";

const HELD: Readonly<Record<AtomicName, HeldType>> = {
  BOOL: "BOOLEAN",
  SINT: "INT8",
  INT: "INT16",
  DINT: "INT32",
  LINT: "INT64",
  USINT: "UINT8",
  UINT: "UINT16",
  UDINT: "UINT32",
  ULINT: "UINT64",
  REAL: "FLOAT32",
  LREAL: "FLOAT64",
  SHORT_STRING: "STRING",
  DWORD: "UINT32",
};

/** @param type  of a leaf: atomic, or text. */
export function heldTypeOf(type: ControllerType): HeldType {
  return type.kind === "atomic" ? HELD[type.name] : "STRING";
}

/** Bytes that text of this type has room for. */
export function roomOf(type: ControllerType): number {
  return type.kind === "structure" ? (type.members[1]?.length ?? 0) : type.bytes - 1;
}
