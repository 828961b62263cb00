/** Makes of a driver's sample what the tag's configuration says: scaled, clamped.
 *  drivers → [apply tag] → report */
import { qualityOf, type Sample, type Scalar, StatusCode, type Value } from "@nonreturn/wire-format";
import { type Scale, scaleOf } from "./scaling.ts";
import type { TagSettings } from "./tag-settings.ts";

export type ApplyTag = (sample: Sample) => Sample;

/** Undefined if the tag changes nothing: the caller then keeps the driver's sample as it is. Timestamps are never touched. */
export function applyTagOf(tag: Pick<TagSettings, "scaling" | "outsideRange" | "range">): ApplyTag | undefined {
  const scale = tag.scaling === undefined ? undefined : scaleOf(tag.scaling);
  const clamp = tag.outsideRange === "clamp" && tag.range !== undefined ? tag.range : undefined;
  if (scale === undefined && clamp === undefined) return undefined;
  return (sample) => {
    if (sample.value === null) return sample;
    const scaled = scale === undefined ? sample.value : scaleValue(sample.value, scale);
    const value = clamp === undefined ? scaled : eachOf(scaled, (each) => clampTo(each, clamp.low, clamp.high));
    if (Object.is(value, scaled)) return scale === undefined ? sample : { ...sample, value };
    // Part 8 §6.3.2: the value is outside the range defined for it. A worse status is kept.
    const statusCode =
      qualityOf(sample.statusCode) === "good" ? StatusCode.UncertainEngineeringUnitsExceeded : sample.statusCode;
    return { ...sample, value, statusCode };
  };
}

function scaleValue(value: Value, scale: Scale): Value {
  return eachOf(value, (each) => (typeof each === "number" || typeof each === "bigint" ? scale(each) : each));
}

/** The array itself if nothing in it changed. */
function eachOf(value: Value, change: (each: Scalar) => Scalar): Value {
  if (!Array.isArray(value)) return change(value as Scalar);
  const changed = (value as readonly Scalar[]).map(change);
  return changed.every((each, index) => Object.is(each, (value as readonly Scalar[])[index])) ? value : changed;
}

function clampTo(value: Scalar, low: number, high: number): Scalar {
  if (typeof value !== "number" && typeof value !== "bigint") return value;
  // Comparing a bigint with a number is exact. NaN is within no range, and stays what it is.
  if (value < low) return typeof value === "bigint" ? BigInt(Math.ceil(low)) : low;
  if (value > high) return typeof value === "bigint" ? BigInt(Math.floor(high)) : high;
  return value;
}
