/** What a CPU's refusal means for its tags.
 *  answer → [S7 refusal] → sample's status code, and what to do about it */
import { StatusCode } from "@nonreturn/wire-format";
import { type Refusal, refusal } from "../refusal.ts";

/** address: a smaller range may be readable, so the block is halved. */
export type S7Refusal = Refusal<"address" | "other">;

/** What S7-1200 and 1500 need: without it they answer as if the data block were not there, too short or forbidden. */
const PERMIT =
  'on an S7-1200 or 1500 switch "Optimized block access" off for the data block, and "Permit access with PUT/GET communication" on for the CPU (optimized access off, PUT/GET on)';

/** Return code of one item. Source: packet-s7comm.c (item return values), snap7 s7_types.h. */
const ITEM_CODES: Readonly<Record<number, S7Refusal>> = {
  1: refusal(StatusCode.BadDeviceFailure, "other", "hardware fault"),
  3: refusal(StatusCode.BadNotReadable, "address", `access is not allowed; ${PERMIT}`),
  5: refusal(StatusCode.BadOutOfRange, "address", `the address is beyond the end; check it, and ${PERMIT}`),
  6: refusal(StatusCode.BadNotSupported, "address", "the CPU does not read this type here"),
  7: refusal(StatusCode.BadNotSupported, "address", "type and size do not go together"),
  10: refusal(StatusCode.BadNodeIdUnknown, "address", `there is no such block; check its number, and ${PERMIT}`),
};

export function itemRefusal(code: number): S7Refusal {
  const known = ITEM_CODES[code];
  const prefix = `return code 0x${code.toString(16).padStart(2, "0")}`;
  if (known !== undefined) return { ...known, text: `${prefix}, ${known.text}` };
  return refusal(StatusCode.BadUnknownResponse, "other", `${prefix}, unknown; ${PERMIT}`);
}

/** Error class and code of the whole request. Source: the same. */
export function requestRefusal(error: number): S7Refusal {
  const prefix = `error 0x${error.toString(16).padStart(4, "0")}`;
  switch (error) {
    case 0x8104:
      return refusal(StatusCode.BadNotReadable, "other", `${prefix}, the CPU offers no such service; ${PERMIT}`);
    case 0x8500:
      return refusal(StatusCode.BadEncodingLimitsExceeded, "other", `${prefix}, the PDU is too large`);
    case 0xd241:
    case 0xd602:
      return refusal(
        StatusCode.BadUserAccessDenied,
        "other",
        `${prefix}, the CPU is protected; set its protection level to full or read access, and ${PERMIT}`,
      );
    default:
      return refusal(StatusCode.BadUnknownResponse, "other", `${prefix}; ${PERMIT}`);
  }
}
