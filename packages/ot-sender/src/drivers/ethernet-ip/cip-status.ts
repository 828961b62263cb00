/** What a controller's refusal means for its tags.
 *  reply → [CIP status] → sample's status code */
import { StatusCode } from "@nonreturn/wire-format";
import { type CipReply, writeStatus } from "./cip-message.ts";

export interface StatusMeaning {
  readonly statusCode: number;
  readonly text: string;
  /** tag: it is not there, or not to be read; asked again rarely. size: a smaller request may succeed. lost: the connection is of no use any more.
   *  unsupported: the controller does not know the service. */
  readonly kind: "tag" | "size" | "lost" | "unsupported" | "other";
}

/** General status codes. Sources: ODVA Vol 1 Appendix B-1; Rockwell 1756-PM020, status tables of the tag services. */
const GENERAL: Readonly<Record<number, StatusMeaning>> = {
  1: { statusCode: StatusCode.BadCommunicationError, text: "connection failure", kind: "lost" },
  2: {
    statusCode: StatusCode.BadResourceUnavailable,
    text: "the controller has no resources for it now",
    kind: "size",
  },
  3: { statusCode: StatusCode.BadInvalidArgument, text: "invalid parameter value", kind: "tag" },
  4: {
    statusCode: StatusCode.BadNodeIdUnknown,
    text: "the controller has no such tag: check the name, its program, and that External Access is not None",
    kind: "tag",
  },
  5: {
    statusCode: StatusCode.BadNodeIdUnknown,
    text: "the path leads nowhere: no such tag, member or array element, or External Access is None",
    kind: "tag",
  },
  6: { statusCode: StatusCode.BadEncodingLimitsExceeded, text: "only part of it fits into a reply", kind: "size" },
  7: { statusCode: StatusCode.BadCommunicationError, text: "connection lost", kind: "lost" },
  8: {
    statusCode: StatusCode.BadServiceUnsupported,
    text: "the controller does not know this service",
    kind: "unsupported",
  },
  9: { statusCode: StatusCode.BadDecodingError, text: "invalid attribute value", kind: "tag" },
  10: { statusCode: StatusCode.BadAttributeIdInvalid, text: "an attribute of the list is refused", kind: "other" },
  12: {
    statusCode: StatusCode.BadInvalidState,
    text: "the object is in a state in which it cannot answer",
    kind: "other",
  },
  14: { statusCode: StatusCode.BadNotReadable, text: "the attribute cannot be changed", kind: "tag" },
  15: {
    statusCode: StatusCode.BadUserAccessDenied,
    text: "privilege violation: set External Access to Read Only",
    kind: "tag",
  },
  16: {
    statusCode: StatusCode.BadInvalidState,
    text: "device state conflict: the controller is faulted, or a program is being loaded",
    kind: "other",
  },
  17: { statusCode: StatusCode.BadEncodingLimitsExceeded, text: "the reply would be too large", kind: "size" },
  19: { statusCode: StatusCode.BadDecodingError, text: "the controller found the request too short", kind: "other" },
  20: { statusCode: StatusCode.BadAttributeIdInvalid, text: "attribute not supported", kind: "other" },
  21: { statusCode: StatusCode.BadDecodingError, text: "the controller found the request too long", kind: "other" },
  22: { statusCode: StatusCode.BadNodeIdUnknown, text: "object does not exist", kind: "tag" },
  26: {
    statusCode: StatusCode.BadEncodingLimitsExceeded,
    text: "a bridge on the way found the request too large",
    kind: "size",
  },
  27: {
    statusCode: StatusCode.BadEncodingLimitsExceeded,
    text: "a bridge on the way found the reply too large",
    kind: "size",
  },
  32: { statusCode: StatusCode.BadInvalidArgument, text: "invalid parameter", kind: "tag" },
  37: { statusCode: StatusCode.BadSecurityChecksFailed, text: "key failure in path", kind: "tag" },
  38: { statusCode: StatusCode.BadNodeIdInvalid, text: "the controller finds the path malformed", kind: "tag" },
};

/** Extended codes of general status 0xFF. Source: 1756-PM020, "Read Tag service error codes". */
const EXTENDED: Readonly<Record<number, StatusMeaning>> = {
  8449: { statusCode: StatusCode.BadInvalidState, text: "the controller's mode does not allow it", kind: "other" }, // 0x2101
  8452: {
    statusCode: StatusCode.BadNodeIdUnknown,
    text: "the tag was deleted or its program is not loaded",
    kind: "tag",
  }, // 0x2104
  8453: {
    statusCode: StatusCode.BadIndexRangeNoData,
    text: "beyond the end of the array: the controller has fewer elements; an element of a BOOL array needs type: BOOLEAN",
    kind: "tag",
  }, // 0x2105
  8455: { statusCode: StatusCode.BadTypeMismatch, text: "the controller's tag has another type", kind: "tag" }, // 0x2107
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
  if (known === undefined)
    return { statusCode: StatusCode.BadUnknownResponse, text: `${text}, unknown`, kind: "other" };
  return { ...known, text: `${text}: ${refined ?? known.text}` };
}

/** The way to the controller is wrong: another connection size would not help. */
const ROUTE_FAULTS: ReadonlySet<number> = new Set([516, 785, 786, 789, 792]);

export function isRouteFault({ status, extended }: Pick<CipReply, "status" | "extended">): boolean {
  return status === 1 && extended !== undefined && ROUTE_FAULTS.has(extended);
}
