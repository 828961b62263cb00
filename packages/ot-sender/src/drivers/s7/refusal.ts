/** What a CPU's refusal means for its tags.
 *  answer → [refusal] → sample's status code, and what to do about it */
import { StatusCode } from "@nonreturn/wire-format";

export interface Refusal {
  readonly statusCode: number;
  readonly text: string;
  /** address: a smaller range may be readable, so the block is halved. busy: the same request may succeed soon. */
  readonly kind: "address" | "other";
}

/** What S7-1200 and 1500 need: without it they answer as if the data block were not there, too short or forbidden. */
const PERMIT =
  'on an S7-1200 or 1500 switch "Optimized block access" off for the data block, and "Permit access with PUT/GET communication" on for the CPU (optimized access off, PUT/GET on)';

/** Return code of one item. Source: packet-s7comm.c (item return values), snap7 s7_types.h. */
const ITEM_CODES: Readonly<Record<number, Refusal>> = {
  1: { statusCode: StatusCode.BadDeviceFailure, text: "hardware fault", kind: "other" },
  3: { statusCode: StatusCode.BadNotReadable, text: `access is not allowed; ${PERMIT}`, kind: "address" },
  5: {
    statusCode: StatusCode.BadOutOfRange,
    text: `the address is beyond the end; check it, and ${PERMIT}`,
    kind: "address",
  },
  6: { statusCode: StatusCode.BadNotSupported, text: "the CPU does not read this type here", kind: "address" },
  7: { statusCode: StatusCode.BadNotSupported, text: "type and size do not go together", kind: "address" },
  10: {
    statusCode: StatusCode.BadNodeIdUnknown,
    text: `there is no such block; check its number, and ${PERMIT}`,
    kind: "address",
  },
};

export function itemRefusal(code: number): Refusal {
  const known = ITEM_CODES[code];
  const prefix = `return code 0x${code.toString(16).padStart(2, "0")}`;
  if (known !== undefined) return { ...known, text: `${prefix}, ${known.text}` };
  return { statusCode: StatusCode.BadUnknownResponse, text: `${prefix}, unknown; ${PERMIT}`, kind: "other" };
}

/** Error class and code of the whole request. Source: the same. */
export function requestRefusal(error: number): Refusal {
  const prefix = `error 0x${error.toString(16).padStart(4, "0")}`;
  switch (error) {
    case 0x8104:
      return {
        statusCode: StatusCode.BadNotReadable,
        text: `${prefix}, the CPU offers no such service; ${PERMIT}`,
        kind: "other",
      };
    case 0x8500:
      return {
        statusCode: StatusCode.BadEncodingLimitsExceeded,
        text: `${prefix}, the PDU is too large`,
        kind: "other",
      };
    case 0xd241:
    case 0xd602:
      return {
        statusCode: StatusCode.BadUserAccessDenied,
        text: `${prefix}, the CPU is protected; set its protection level to full or read access, and ${PERMIT}`,
        kind: "other",
      };
    default:
      return { statusCode: StatusCode.BadUnknownResponse, text: `${prefix}; ${PERMIT}`, kind: "other" };
  }
}
