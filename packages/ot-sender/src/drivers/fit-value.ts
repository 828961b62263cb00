/** What a device sent, in the words of JavaScript, as the value of a tag: exact, or not at all.
 *  JSON document, Sparkplug metric → [fit value] → sample */
import { BATCH_LIMITS, type DataType, type Scalar, StatusCode, type Value } from "@nonreturn/wire-format";
import { INTEGER_RANGES } from "./integer-range.ts";
import { showJson } from "./json-document.ts";
import { type TimeFormat, timeOf } from "./json-time.ts";
import type { ToUtc } from "./local-time.ts";

export type Fitted = { readonly value: Value } | Unfit;

export interface Unfit {
  readonly statusCode: number;
  readonly reason: string;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** How the device writes time, where the value is one. */
export interface FitSettings {
  readonly timeFormat: TimeFormat;
  readonly toUtc: ToUtc;
}

/**
 * @param sent  boolean, number, bigint, string, Uint8Array, null, an object, or an array of them.
 *
 * A float is the nearest one to what is written, but no 64-bit integer loses digits in one; an integer has to be whole and in range. 64-bit integers may be text, as protocol buffers
 * write them in JSON; BYTES is base64.
 */
export function fitValue(dataType: DataType, sent: unknown, settings: FitSettings): Fitted {
  if (sent === null) return { statusCode: StatusCode.BadNoData, reason: "the device says null" };
  if (Array.isArray(sent)) return fitArray(dataType, sent, settings);
  const value = fitScalar(dataType, sent, settings);
  return value === undefined ? mismatch(dataType, sent) : { value };
}

function fitArray(dataType: DataType, sent: readonly unknown[], settings: FitSettings): Fitted {
  if (sent.length > BATCH_LIMITS.arrayElements)
    return {
      statusCode: StatusCode.BadEncodingLimitsExceeded,
      reason: `an array of ${sent.length}; the station carries ${BATCH_LIMITS.arrayElements}`,
    };
  const values: Scalar[] = [];
  for (const [index, each] of sent.entries()) {
    const value = Array.isArray(each) ? undefined : fitScalar(dataType, each, settings);
    if (value === undefined) {
      const { statusCode, reason } = mismatch(dataType, each);
      return { statusCode, reason: `element ${index}: ${reason}` };
    }
    values.push(value);
  }
  return { value: values as Value };
}

function mismatch(dataType: DataType, sent: unknown): Unfit {
  const what = sent instanceof Uint8Array ? `${sent.length} bytes` : `${kindOf(sent)} ${showJson(sent)}`;
  if (dataType.startsWith("FLOAT") && typeof sent === "bigint" && losesDigits(sent))
    return {
      statusCode: StatusCode.BadTypeMismatch,
      reason: `the device sent ${what}, of which a ${dataType} loses digits; write type: ${sent <= INTEGER_RANGES.INT64![1] ? "INT64" : "UINT64"}`,
    };
  return { statusCode: StatusCode.BadTypeMismatch, reason: `the device sent ${what}, which is no ${dataType}` };
}

/** Of 64 bits, beyond 53 of them: there every double stands for several whole numbers. What is longer still is no counter. */
function losesDigits(whole: bigint): boolean {
  return whole >= INTEGER_RANGES.INT64![0] && whole <= INTEGER_RANGES.UINT64![1] && BigInt(Number(whole)) !== whole;
}

function kindOf(sent: unknown): string {
  if (Array.isArray(sent)) return "the array";
  return typeof sent === "object" ? "the object" : `the ${typeof sent === "bigint" ? "number" : typeof sent}`;
}

function fitScalar(dataType: DataType, sent: unknown, settings: FitSettings): Scalar | undefined {
  switch (dataType) {
    case "BOOLEAN":
      return typeof sent === "boolean" ? sent : undefined;
    case "STRING":
      return typeof sent === "string" && sent.isWellFormed() && Buffer.byteLength(sent) <= BATCH_LIMITS.stringBytes
        ? sent
        : undefined;
    case "BYTES":
      return fitBytes(sent);
    case "TIMESTAMP":
      return timeOf(sent, settings.timeFormat, settings.toUtc);
    case "FLOAT32":
    case "FLOAT64": {
      if (typeof sent !== "number" && typeof sent !== "bigint") return undefined;
      if (typeof sent === "bigint" && losesDigits(sent)) return undefined;
      const value = dataType === "FLOAT32" ? Math.fround(Number(sent)) : Number(sent);
      return Number.isFinite(value) ? value : undefined;
    }
    default:
      return fitInteger(dataType, sent);
  }
}

function fitInteger(dataType: DataType, sent: unknown): number | bigint | undefined {
  const range = INTEGER_RANGES[dataType];
  const isLong = dataType === "INT64" || dataType === "UINT64";
  let whole: bigint;
  if (typeof sent === "bigint") whole = sent;
  else if (typeof sent === "number" && Number.isSafeInteger(sent)) whole = BigInt(sent);
  else if (isLong && typeof sent === "string" && /^-?\d{1,20}$/.test(sent)) whole = BigInt(sent);
  else return undefined;
  if (range === undefined || whole < range[0] || whole > range[1]) return undefined;
  return isLong ? whole : Number(whole);
}

function fitBytes(sent: unknown): Uint8Array | undefined {
  if (sent instanceof Uint8Array) return sent.length <= BATCH_LIMITS.stringBytes ? Uint8Array.from(sent) : undefined;
  if (typeof sent !== "string" || sent.length > 2 * BATCH_LIMITS.stringBytes || !BASE64.test(sent)) return undefined;
  const bytes = Uint8Array.from(Buffer.from(sent, "base64"));
  return bytes.length <= BATCH_LIMITS.stringBytes ? bytes : undefined;
}
