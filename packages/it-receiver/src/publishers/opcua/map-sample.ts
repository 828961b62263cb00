/** Samples and tags as OPC UA data values and types.
 *  stored entry → [map sample] → address space; historian → [map sample] → HistoryRead
 *  Source: OPC UA Part 6 §5.1.2 (built-in types). */
import type { DataType as TagDataType, UtcMicros, Value } from "@nonreturn/wire-format";
import {
  ConstantStatusCode,
  DataType,
  DataValue,
  getStatusCodeFromCode,
  type StatusCode,
  Variant,
  VariantArrayType,
} from "node-opcua";

/** By the data type of a tag. */
const BUILT_IN: Readonly<Record<TagDataType, DataType>> = {
  BOOLEAN: DataType.Boolean,
  INT8: DataType.SByte,
  UINT8: DataType.Byte,
  INT16: DataType.Int16,
  UINT16: DataType.UInt16,
  INT32: DataType.Int32,
  UINT32: DataType.UInt32,
  INT64: DataType.Int64,
  UINT64: DataType.UInt64,
  FLOAT16: DataType.Float,
  FLOAT32: DataType.Float,
  FLOAT64: DataType.Double,
  STRING: DataType.String,
  BYTES: DataType.ByteString,
  TIMESTAMP: DataType.DateTime,
};

const INTEGER_RANGE = new Map<DataType, readonly [number, number]>([
  [DataType.SByte, [-128, 127]],
  [DataType.Byte, [0, 255]],
  [DataType.Int16, [-32_768, 32_767]],
  [DataType.UInt16, [0, 65_535]],
  [DataType.Int32, [-2_147_483_648, 2_147_483_647]],
  [DataType.UInt32, [0, 4_294_967_295]],
]);

/** More than there are; codes come from another network. */
const MAXIMUM_STATUS_CODES = 4096;
const INT64_MIN = -(1n << 63n);
const INT64_MAX = (1n << 63n) - 1n;

export function builtInTypeOf(dataType: TagDataType): DataType {
  return BUILT_IN[dataType];
}

/** Exact: where the declared type cannot hold the value (a scaled integer with a fraction), the variant has a type that can. */
function variantOf(value: Value | null, declared: DataType): Variant {
  if (value === null) return new Variant({ dataType: DataType.Null });
  if (!Array.isArray(value)) {
    const dataType = typeFor(value as One, declared);
    return new Variant({ dataType, arrayType: VariantArrayType.Scalar, value: plainOf(value as One) });
  }
  const elements = value as readonly One[];
  const dataType = widest(elements.map((element) => typeFor(element, declared))) ?? declared;
  return new Variant({
    dataType,
    arrayType: VariantArrayType.Array,
    value: elements.map(plainOf),
  });
}

/** Exact to the microsecond: what a Date cannot hold goes into the picoseconds, which node-opcua encodes into the 100 ns of a DateTime. */
export function dataValueOf(value: Value | null, statusCode: number, at: UtcMicros, declared: DataType): DataValue {
  const ms = Math.floor(at / 1000);
  return new DataValue({
    value: variantOf(value, declared),
    statusCode: statusCodeOf(statusCode),
    sourceTimestamp: new Date(ms),
    sourcePicoseconds: (at - ms * 1000) * 1_000_000,
  });
}

const statusCodes = new Map<number, StatusCode>();

/** Codes that Part 6 Annex A does not list pass as they are. */
function statusCodeOf(code: number): StatusCode {
  let statusCode = statusCodes.get(code);
  if (statusCode === undefined) {
    const listed = getStatusCodeFromCode(code);
    const name = `0x${code.toString(16)}`;
    statusCode = listed.value === code ? listed : new ConstantStatusCode({ name, value: code, description: name });
    if (statusCodes.size < MAXIMUM_STATUS_CODES) statusCodes.set(code, statusCode);
  }
  return statusCode;
}

type One = Exclude<Value, readonly unknown[]>;

function typeFor(value: One, declared: DataType): DataType {
  switch (typeof value) {
    case "boolean":
      return DataType.Boolean;
    case "string":
      return DataType.String;
    case "bigint":
      if (value < INT64_MIN || value > INT64_MAX) return DataType.UInt64;
      return declared === DataType.UInt64 && value >= 0n ? DataType.UInt64 : DataType.Int64;
    case "number": {
      const range = INTEGER_RANGE.get(declared);
      if (range !== undefined)
        return Number.isInteger(value) && !Object.is(value, -0) && value >= range[0] && value <= range[1]
          ? declared
          : DataType.Double;
      return declared === DataType.Float && Object.is(Math.fround(value), value) ? DataType.Float : DataType.Double;
    }
    default:
      return DataType.ByteString;
  }
}

/** Elements of an array are of one kind (sample model); numbers and 64-bit integers may need different widths. */
function widest(types: readonly DataType[]): DataType | undefined {
  if (types.includes(DataType.UInt64)) return DataType.UInt64;
  return types.includes(DataType.Double) ? DataType.Double : types[0];
}

function plainOf(value: One): unknown {
  if (typeof value === "bigint") {
    const bits = BigInt.asUintN(64, value); // node-opcua: [high, low]
    return [Number(bits >> 32n), Number(bits & 0xffff_ffffn)];
  }
  return value instanceof Uint8Array ? Buffer.from(value) : value;
}
