/** What a controller's refusal means for its tags.
 *  reply → [CIP status] → sample's status code */
import { StatusCode } from "@nonreturn/wire-format";
import { type Refusal, refusal } from "../refusal.ts";
import { type CipReply, writeStatus } from "./cip-message.ts";

/** tag: it is not there, or not to be read; asked again rarely. size: a smaller request may succeed. lost: the connection is of no use any more.
 *  unsupported: the controller does not know the service. */
export type StatusMeaning = Refusal<"tag" | "size" | "lost" | "unsupported" | "other">;

/** Replies that bring something. */
export const CipStatus = { success: 0x00, partial: 0x06, embeddedFault: 0x1e } as const;

/** General status codes. Sources: ODVA Vol 1 Appendix B-1; Rockwell 1756-PM020, status tables of the tag services. */
const GENERAL: Readonly<Record<number, StatusMeaning>> = {
  1: refusal(StatusCode.BadCommunicationError, "lost", "connection failure"),
  2: refusal(StatusCode.BadResourceUnavailable, "size", "the controller has no resources for it now"),
  3: refusal(StatusCode.BadInvalidArgument, "tag", "invalid parameter value"),
  4: refusal(
    StatusCode.BadNodeIdUnknown,
    "tag",
    "the controller has no such tag: check the name, its program, and that External Access is not None",
  ),
  5: refusal(
    StatusCode.BadNodeIdUnknown,
    "tag",
    "the path leads nowhere: no such tag, member or array element, or External Access is None",
  ),
  6: refusal(StatusCode.BadEncodingLimitsExceeded, "size", "only part of it fits into a reply"),
  7: refusal(StatusCode.BadCommunicationError, "lost", "connection lost"),
  8: refusal(StatusCode.BadServiceUnsupported, "unsupported", "the controller does not know this service"),
  9: refusal(StatusCode.BadDecodingError, "tag", "invalid attribute value"),
  10: refusal(StatusCode.BadAttributeIdInvalid, "other", "an attribute of the list is refused"),
  12: refusal(StatusCode.BadInvalidState, "other", "the object is in a state in which it cannot answer"),
  14: refusal(StatusCode.BadNotReadable, "tag", "the attribute cannot be changed"),
  15: refusal(StatusCode.BadUserAccessDenied, "tag", "privilege violation: set External Access to Read Only"),
  16: refusal(
    StatusCode.BadInvalidState,
    "other",
    "device state conflict: the controller is faulted, or a program is being loaded",
  ),
  17: refusal(StatusCode.BadEncodingLimitsExceeded, "size", "the reply would be too large"),
  19: refusal(StatusCode.BadDecodingError, "other", "the controller found the request too short"),
  20: refusal(StatusCode.BadAttributeIdInvalid, "other", "attribute not supported"),
  21: refusal(StatusCode.BadDecodingError, "other", "the controller found the request too long"),
  22: refusal(StatusCode.BadNodeIdUnknown, "tag", "object does not exist"),
  26: refusal(StatusCode.BadEncodingLimitsExceeded, "size", "a bridge on the way found the request too large"),
  27: refusal(StatusCode.BadEncodingLimitsExceeded, "size", "a bridge on the way found the reply too large"),
  32: refusal(StatusCode.BadInvalidArgument, "tag", "invalid parameter"),
  37: refusal(StatusCode.BadSecurityChecksFailed, "tag", "key failure in path"),
  38: refusal(StatusCode.BadNodeIdInvalid, "tag", "the controller finds the path malformed"),
};

/** Extended codes of general status 0xFF. Source: 1756-PM020, "Read Tag service error codes". */
const EXTENDED: Readonly<Record<number, StatusMeaning>> = {
  8449: refusal(StatusCode.BadInvalidState, "other", "the controller's mode does not allow it"), // 0x2101
  8452: refusal(StatusCode.BadNodeIdUnknown, "tag", "the tag was deleted or its program is not loaded"), // 0x2104
  8453: refusal(
    StatusCode.BadIndexRangeNoData,
    "tag",
    "beyond the end of the array: the controller has fewer elements; an element of a BOOL array needs type: BOOLEAN",
  ), // 0x2105
  8455: refusal(StatusCode.BadTypeMismatch, "tag", "the controller's tag has another type"), // 0x2107
};

/** Extended codes of general status 0x01 from the connection manager. Source: ODVA Vol 1 Table 3-5.29. */
const CONNECTION: Readonly<Record<number, string>> = {
  256: "the connection is in use already", // 0x0100
  265: "the controller does not grant this connection size", // 0x0109
  275: "the controller has no connection left", // 0x0113
  276: "another kind of device is there", // 0x0114
  295: "the controller does not grant this connection size", // 0x0127
  296: "the controller does not grant this connection size", // 0x0128
  515: "the connection timed out", // 0x0203
  516: "the module in that slot does not answer", // 0x0204
  785: "the device has no such port: check the route", // 0x0311
  786: "there is no such slot or address: check slot or route", // 0x0312
  789: "the device does not understand the route: a Micro800 wants none", // 0x0315
  792: "the route leads back to where it came from", // 0x0318
};

export function meaningOf(reply: Pick<CipReply, "status" | "extended">): StatusMeaning {
  const { status, extended } = reply;
  const known = (status === 0xff && extended !== undefined ? EXTENDED[extended] : undefined) ?? GENERAL[status];
  const refined = status === 1 && extended !== undefined ? CONNECTION[extended] : undefined;
  const text = `CIP status ${writeStatus(reply)}`;
  if (known === undefined) return refusal(StatusCode.BadUnknownResponse, "other", `${text}, unknown`);
  return { ...known, text: `${text}: ${refined ?? known.text}` };
}

/** The way to the controller is wrong: another connection size would not help. */
const ROUTE_FAULTS: ReadonlySet<number> = new Set([516, 785, 786, 789, 792]);

export function isRouteFault({ status, extended }: Pick<CipReply, "status" | "extended">): boolean {
  return status === 1 && extended !== undefined && ROUTE_FAULTS.has(extended);
}
