import { StatusCode, type DataType as TagDataType } from "@nonreturn/wire-format";
import { DataType, DataValue, StatusCodes, Variant, VariantArrayType } from "node-opcua";
import { expect, test } from "vitest";
import { convert, convertInto } from "../../../src/drivers/opcua/convert.ts";
import { SampleRows } from "../../../src/drivers/sample-rows.ts";

const NOW = 1_795_000_000_000_000;

/** The value alone may break what the library would check. */
function sent(dataType: DataType, value: unknown, arrayType = VariantArrayType.Scalar): DataValue {
  const variant = new Variant({ dataType: DataType.Null });
  Object.assign(variant, { dataType, value, arrayType });
  return Object.assign(new DataValue({ statusCode: StatusCodes.Good }), { value: variant });
}

function both(wanted: TagDataType, value: DataValue) {
  const converted = convert(1, wanted, value, NOW);
  const rows = new SampleRows({ tagIds: [1], refused: [], requests: [] }, 0, "samples and raw");
  convertInto(rows, 0, wanted, value, NOW);
  const [{ sample, reason } = converted] = rows.rawReadings();
  expect({ sample, reason }).toEqual(converted);
  return converted;
}

test.each<[TagDataType, DataType, unknown, unknown]>([
  ["INT8", DataType.SByte, -128, -128],
  ["INT8", DataType.Int16, -129, null],
  ["UINT8", DataType.Byte, 255, 255],
  ["UINT8", DataType.UInt16, 256, null],
  ["INT16", DataType.Int16, -32_768, -32_768],
  ["INT16", DataType.UInt16, 32_768, null],
  ["UINT16", DataType.Int16, -1, null],
  ["INT32", DataType.Int32, 2_147_483_647, 2_147_483_647],
  ["INT32", DataType.UInt32, 2_147_483_648, null],
  ["UINT32", DataType.UInt32, 4_294_967_295, 4_294_967_295],
  ["UINT32", DataType.Double, 4_294_967_296, null],
  ["INT16", DataType.Double, 7, 7],
  ["INT16", DataType.Double, -0, 0],
  ["INT16", DataType.Double, 0.5, null],
  ["INT16", DataType.Double, Number.NaN, null],
  ["INT16", DataType.Double, Number.POSITIVE_INFINITY, null],
  ["INT16", DataType.Boolean, true, null],
  ["INT16", DataType.String, "7", null],
  ["INT16", DataType.Int64, [0, 7], 7],
  ["INT16", DataType.Int64, [0xffff_ffff, 0xffff_fff9], -7],
  ["INT16", DataType.Int64, [1, 7], null],
  ["INT64", DataType.Int16, -7, -7n],
  ["UINT64", DataType.Int16, -7, null],
  ["UINT64", DataType.UInt64, [0xffff_ffff, 0xffff_ffff], 18_446_744_073_709_551_615n],
  ["FLOAT32", DataType.Double, 0.1, null],
  ["FLOAT64", DataType.Double, 0.1, 0.1],
])("%s of type %i: %s is %s, in a sample and in a row", (wanted, type, value, expected) => {
  const { sample, reason } = both(wanted, sent(type, value));
  expect(sample.value).toStrictEqual(expected);
  expect(sample.statusCode).toBe(expected === null ? StatusCode.BadTypeMismatch : StatusCode.Good);
  expect(reason).toBe(
    expected === null ? `the server sent ${DataType[type]}, which is no ${wanted} the station can carry` : "",
  );
});

test("a Bad status has no value and passes with its name, an Uncertain one keeps its value", () => {
  const bad = Object.assign(sent(DataType.Int16, 7), { statusCode: StatusCodes.BadSensorFailure });
  expect(both("INT16", bad).sample).toMatchObject({ value: null, statusCode: 0x808c_0000, sourceTimestamp: NOW });
  const uncertain = Object.assign(sent(DataType.Int16, 7), { statusCode: StatusCodes.UncertainLastUsableValue });
  expect(both("INT16", uncertain).sample).toMatchObject({ value: 7, statusCode: 0x4090_0000 });
});

test("elements of an array are judged one by one", () => {
  const array = (...values: number[]) => sent(DataType.Int32, Int32Array.from(values), VariantArrayType.Array);
  expect(both("INT8", array(1, -2)).sample.value).toEqual([1, -2]);
  expect(both("INT8", array(1, 200)).sample.value).toBeNull();
});
