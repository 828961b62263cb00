/** What a message says about one tag.
 *  MQTT message → [convert] → sample
 *  Source for Sparkplug: Eclipse Sparkplug 3.0.0 §6.4. */
import { type Sample, StatusCode, type UtcMicros } from "@nonreturn/wire-format";
import { fitValue } from "../fit-value.ts";
import { type JsonOutcome, showJson, showText } from "../json-document.ts";
import { resolvePointer, writePointer } from "../json-pointer.ts";
import { timeOf } from "../json-time.ts";
import type { ToUtc } from "../local-time.ts";
import type { PlannedTag } from "./plan.ts";
import { type Metric, metricValue } from "./sparkplug-payload.ts";

export interface Converted {
  readonly sample: Sample;
  /** Why a Bad sample is bad; "" otherwise. */
  readonly reason: string;
  /** What the message had for it, as text. */
  readonly raw: string;
}

export interface PlainMessage {
  readonly payload: Uint8Array;
  /** Parsed once for all its tags. */
  json(): JsonOutcome;
  readonly arrival: UtcMicros;
  /** Status of a good value whose time is not in the payload. */
  readonly status: number;
}

export function convertPlain(planned: PlannedTag, message: PlainMessage, toUtc: ToUtc): Converted {
  const { tag, address, timestamp, timeFormat } = planned;
  const { payload, arrival, status } = message;
  if (payload.length === 0) return badOf(tag.tagId, StatusCode.BadNoData, "the payload is empty", arrival, "");
  if (address.kind !== "json") {
    const sent = tag.dataType === "BYTES" ? payload : textValue(payload, tag.dataType);
    const raw =
      typeof sent === "string" ? showText(sent) : sent instanceof Uint8Array ? showBytes(sent) : showJson(sent);
    return fitted(planned, sent, toUtc, arrival, status, raw);
  }
  const read = message.json();
  if ("mistake" in read)
    return badOf(tag.tagId, StatusCode.BadDecodingError, `the payload cannot be read: ${read.mistake}`, arrival, "");
  const sent = resolvePointer(read.document, address.pointer);
  const raw = showJson(sent);
  if (sent === undefined) {
    const reason = `the payload has nothing at ${JSON.stringify(writePointer(address.pointer))}`;
    return badOf(tag.tagId, StatusCode.BadNodeIdUnknown, reason, arrival, raw);
  }
  if (timestamp === undefined) return fitted(planned, sent, toUtc, arrival, status, raw);
  const written = resolvePointer(read.document, timestamp);
  const time = timeOf(written, timeFormat, toUtc);
  if (time !== undefined) return fitted(planned, sent, toUtc, time, StatusCode.Good, raw);
  const what = written === undefined ? "nothing" : showJson(written);
  const reason = `the time at ${JSON.stringify(writePointer(timestamp))} is ${what}, which is none (${timeFormat})`;
  return badOf(tag.tagId, StatusCode.BadDataEncodingInvalid, reason, arrival, raw);
}

/** @param time  of the metric, else of the payload, else of arrival. */
export function convertMetric(planned: PlannedTag, metric: Metric, toUtc: ToUtc, time: UtcMicros): Converted {
  const { tag } = planned;
  if (metric.isNull) return badOf(tag.tagId, StatusCode.BadNoData, "the metric is null", time, "null");
  const read = metricValue(metric, tag.dataType);
  if ("mistake" in read) return badOf(tag.tagId, StatusCode.BadTypeMismatch, read.mistake, time, "");
  const raw = read.value instanceof Uint8Array ? showBytes(read.value) : showJson(read.value);
  // §6.4.15: 0 bad, 192 good, 500 stale.
  if (metric.quality === 0) return badOf(tag.tagId, StatusCode.Bad, "its Quality is 0, bad", time, raw);
  const status = metric.quality === 500 ? StatusCode.UncertainLastUsableValue : StatusCode.Good;
  return fitted({ ...planned, timeFormat: "ms" }, read.value, toUtc, time, status, raw);
}

export function badOf(tagId: number, statusCode: number, reason: string, time: UtcMicros, raw = ""): Converted {
  return { sample: { tagId, value: null, statusCode, sourceTimestamp: time }, reason, raw };
}

function fitted(
  { tag, timeFormat }: PlannedTag,
  sent: unknown,
  toUtc: ToUtc,
  time: UtcMicros,
  statusCode: number,
  raw: string,
): Converted {
  const fit = fitValue(tag.dataType, sent, { timeFormat, toUtc });
  return "value" in fit
    ? { sample: { tagId: tag.tagId, value: fit.value, statusCode, sourceTimestamp: time }, reason: "", raw }
    : badOf(tag.tagId, fit.statusCode, fit.reason, time, raw);
}

const NUMBER = /^[+-]?(\d{1,400}(\.\d{1,400})?|\.\d{1,400})([eE][+-]?\d{1,4})?$/;
const TRUE = /^(true|on|1)$/i;
const FALSE = /^(false|off|0)$/i;

/** A payload that is text, as the type wants to see it: what does not look like one stays text, and does not fit. */
function textValue(payload: Uint8Array, dataType: PlannedTag["tag"]["dataType"]): unknown {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(payload);
  } catch {
    return payload;
  }
  if (dataType === "STRING") return text;
  const word = text.slice(0, 1000).trim();
  if (dataType === "TIMESTAMP") return word;
  if (dataType === "BOOLEAN") return TRUE.test(word) ? true : FALSE.test(word) ? false : text;
  if (!NUMBER.test(word)) return text;
  const number = Number(word);
  const isLong = /^[+-]?\d{1,20}$/.test(word) && !Number.isSafeInteger(number);
  return isLong ? BigInt(word.replace("+", "")) : number;
}

function showBytes(bytes: Uint8Array): string {
  return `${Buffer.from(bytes.subarray(0, 20)).toString("hex").toUpperCase()}${bytes.length > 20 ? "…" : ""}`;
}
