/** What a device's refusal means for its tags.
 *  exception reply → [exception status] → sample's status code */
import { StatusCode } from "@nonreturn/wire-format";

export interface ExceptionMeaning {
  readonly statusCode: number;
  readonly text: string;
  /** address: a smaller request may succeed, so the block is halved. busy: the same request may succeed soon. */
  readonly kind: "address" | "busy" | "other";
}

/** Source: MODBUS Application Protocol V1.1b3 §7. */
const MEANINGS: Readonly<Record<number, ExceptionMeaning>> = {
  1: {
    statusCode: StatusCode.BadNotSupported,
    text: "illegal function: the device does not read this table",
    kind: "other",
  },
  2: {
    statusCode: StatusCode.BadNodeIdUnknown,
    text: "illegal data address: the device has no such register",
    kind: "address",
  },
  // Also the answer of devices that allow fewer registers per request than were asked for.
  3: {
    statusCode: StatusCode.BadOutOfRange,
    text: "illegal data value: the device refuses the address or the quantity",
    kind: "address",
  },
  4: { statusCode: StatusCode.BadDeviceFailure, text: "server device failure", kind: "other" },
  5: { statusCode: StatusCode.BadWaitingForResponse, text: "acknowledge: the device needs more time", kind: "busy" },
  6: { statusCode: StatusCode.BadResourceUnavailable, text: "server device busy", kind: "busy" },
  8: { statusCode: StatusCode.BadDeviceFailure, text: "memory parity error in the device", kind: "other" },
  10: {
    statusCode: StatusCode.BadNoCommunication,
    text: "gateway path unavailable: the gateway is misconfigured or overloaded",
    kind: "other",
  },
  11: { statusCode: StatusCode.BadNoCommunication, text: "gateway target device failed to respond", kind: "other" },
};

export function meaningOf(exceptionCode: number): ExceptionMeaning {
  const known = MEANINGS[exceptionCode];
  if (known !== undefined) return { ...known, text: `exception ${exceptionCode}, ${known.text}` };
  return { statusCode: StatusCode.BadUnknownResponse, text: `exception ${exceptionCode}, unknown`, kind: "other" };
}
