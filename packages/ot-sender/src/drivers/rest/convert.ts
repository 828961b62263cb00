/** What one reply says about the tags of its resource.
 *  HTTP exchange → [convert] → sample rows */
import { StatusCode, type UtcMicros, type Value } from "@nonreturn/wire-format";
import { fitValue } from "../fit-value.ts";
import { readJson, showJson, showText } from "../json-document.ts";
import { resolvePointer, writePointer } from "../json-pointer.ts";
import { timeOf } from "../json-time.ts";
import type { ToUtc } from "../local-time.ts";
import type { Exchange } from "./http-connection.ts";
import type { PlannedTag } from "./plan.ts";

export interface Failure {
  readonly statusCode: number;
  readonly reason: string;
  /** refused: the server will say the same next time. */
  readonly kind: "refused" | "other";
}

export type Judged = { readonly document: unknown } | Failure;

/** The JSON document of a good reply, or why there is none. */
export function judge(exchange: Exchange, settings: { readonly contentType: "json" | "any" }): Judged {
  switch (exchange.kind) {
    case "silence":
      return other(StatusCode.BadTimeout, exchange.heard === "" ? "no reply" : `no whole reply: ${exchange.heard}`);
    case "damaged":
      return other(StatusCode.BadDecodingError, `damaged reply: ${exchange.what}`);
    case "too-long":
      return other(StatusCode.BadEncodingLimitsExceeded, "the reply is longer than maxBodyBytes");
    case "reply":
      return judgeReply(exchange, settings);
  }
}

function judgeReply(
  { status, headers, body }: Extract<Exchange, { kind: "reply" }>,
  { contentType }: { readonly contentType: "json" | "any" },
): Judged {
  if (status < 200 || status > 299) return httpFailure(status, headers.location);
  if (body.length === 0) return other(StatusCode.BadNoData, `the reply is empty (HTTP ${status})`);
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding !== "identity")
    return other(StatusCode.BadDataEncodingUnsupported, `the reply is compressed (${showText(encoding)}), unasked`);
  const type = headers["content-type"] ?? "";
  if (contentType === "json" && !/^\s*(application|text)\/([\w.-]+\+)?json\s*(;|$)/i.test(type))
    return other(
      StatusCode.BadDataEncodingUnsupported,
      `the reply is labelled ${type === "" ? "as nothing" : showText(type)}; if it is JSON, write contentType: any`,
    );
  const read = readJson(body);
  return "mistake" in read ? other(StatusCode.BadDecodingError, `the reply cannot be read: ${read.mistake}`) : read;
}

/** Source: RFC 9110 §15. */
function httpFailure(status: number, location: string | undefined): Failure {
  const refused = (statusCode: number, text: string): Failure => ({
    statusCode,
    reason: `HTTP ${status}: ${text}`,
    kind: "refused",
  });
  const busy = (statusCode: number, text: string): Failure => ({ ...refused(statusCode, text), kind: "other" });
  if (status >= 300 && status < 400)
    return refused(
      StatusCode.BadNotSupported,
      `redirects are not followed; it leads to ${location === undefined ? "nowhere" : showText(location, 200)}`,
    );
  switch (status) {
    case 401:
      return refused(StatusCode.BadUserAccessDenied, "the server wants a login, or refuses this one");
    case 403:
      return refused(StatusCode.BadUserAccessDenied, "the account may not read this");
    case 404:
    case 410:
      return refused(StatusCode.BadNodeIdUnknown, "the server has no such path");
    case 408:
    case 504:
      return busy(StatusCode.BadTimeout, "the server waited in vain for what is behind it");
    case 429:
      return busy(StatusCode.BadTooManyOperations, "the server is asked too often");
    case 502:
      return busy(StatusCode.BadNoCommunication, "the server does not reach what is behind it");
    case 503:
      return busy(StatusCode.BadResourceUnavailable, "the server is busy or out of service");
    default:
      return status >= 400 && status < 500
        ? refused(StatusCode.BadInvalidArgument, "the server does not accept the request")
        : busy(StatusCode.BadDeviceFailure, "the server failed");
  }
}

function other(statusCode: number, reason: string): Failure {
  return { statusCode, reason, kind: "other" };
}

export type TagReading =
  | { readonly value: Value; readonly time: UtcMicros; readonly raw: string }
  | { readonly statusCode: number; readonly reason: string; readonly time: UtcMicros; readonly raw: string };

/** @param now  time of the reply, for tags whose time is not in it. */
export function readTag(document: unknown, planned: PlannedTag, toUtc: ToUtc, now: UtcMicros): TagReading {
  const { tag, pointer, timestamp, timeFormat } = planned;
  const sent = resolvePointer(document, pointer);
  const raw = showJson(sent);
  if (sent === undefined) {
    const reason = `the reply has nothing at ${JSON.stringify(writePointer(pointer))}`;
    return { statusCode: StatusCode.BadNodeIdUnknown, reason, time: now, raw };
  }
  let time = now;
  if (timestamp !== undefined) {
    const written = resolvePointer(document, timestamp);
    const read = timeOf(written, timeFormat, toUtc);
    if (read === undefined) {
      const what = written === undefined ? "nothing" : showJson(written);
      const reason = `the time at ${JSON.stringify(writePointer(timestamp))} is ${what}, which is none (${timeFormat})`;
      return { statusCode: StatusCode.BadDataEncodingInvalid, reason, time: now, raw };
    }
    time = read;
  }
  const fitted = fitValue(tag.dataType, sent, { timeFormat, toUtc });
  return { ...fitted, time, raw };
}
