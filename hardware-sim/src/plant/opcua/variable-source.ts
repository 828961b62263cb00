/** The value of one variable at one instant, as the server answers it.
 *  signals → [variable source] → OPC UA device → reply, truth */
import { DataType, Variant, VariantArrayType } from "node-opcua";
import { type HeldType, type HeldValue, holdAs, type ServedPart } from "../held-value.ts";
import type { DeviceSurroundings } from "../simulated-device.ts";
import type { OpcuaVariableSettings } from "./opcua-section.ts";

const LONGEST_TEXT = 4096;

const BUILT_IN: Readonly<Record<HeldType, DataType>> = {
  BOOLEAN: DataType.Boolean,
  INT8: DataType.SByte,
  UINT8: DataType.Byte,
  INT16: DataType.Int16,
  UINT16: DataType.UInt16,
  INT32: DataType.Int32,
  UINT32: DataType.UInt32,
  INT64: DataType.Int64,
  UINT64: DataType.UInt64,
  FLOAT32: DataType.Float,
  FLOAT64: DataType.Double,
  STRING: DataType.String,
};

export interface VariableSource {
  readonly dataType: DataType;
  /** Elements of an array; undefined for a single value. */
  readonly count: number | undefined;
  valuesAt(timeMs: number): readonly HeldValue[];
  variantOf(values: readonly HeldValue[]): Variant;
  partsOf(values: readonly HeldValue[]): readonly ServedPart[];
}

/** @throws {StationError} CONFIG_RECORDING */
export function variableSource(
  device: string,
  variable: OpcuaVariableSettings,
  surroundings: DeviceSurroundings,
): VariableSource {
  const { id, type, scale, count, signal, name = id } = variable;
  const placeOf = (text: string, index: number): string => (count === undefined ? text : `${text}[${index}]`);
  const signals = Array.from({ length: count ?? 1 }, (_, copy) =>
    surroundings.signalOf(signal, type, `${device}/${placeOf(id, copy)}`, copy),
  );
  const dataType = BUILT_IN[type];
  return {
    dataType,
    count,
    valuesAt: (timeMs) => signals.map((each) => holdAs(type, LONGEST_TEXT, each.at(timeMs), scale)),
    variantOf: (values) =>
      new Variant({
        dataType,
        arrayType: count === undefined ? VariantArrayType.Scalar : VariantArrayType.Array,
        value: count === undefined ? plainOf(values[0]!) : values.map(plainOf),
      }),
    partsOf: (values) =>
      values.map((value, index) => ({ register: placeOf(id, index), name: placeOf(name, index), type, value })),
  };
}

/** 64-bit integers are [high, low] to the library. */
function plainOf(value: HeldValue): unknown {
  if (typeof value !== "bigint") return value;
  const bits = BigInt.asUintN(64, value);
  return [Number(bits >> 32n), Number(bits & 0xffff_ffffn)];
}
