/** What a device's refusal means for its tags.
 *  exception reply → [exception status] → sample's status code */
import { StatusCode } from "@nonreturn/wire-format";
import { type Refusal, refusal } from "../refusal.ts";

/** address: a smaller request may succeed, so the block is halved. busy: the same request may succeed soon. */
export type ExceptionMeaning = Refusal<"address" | "busy" | "other">;

/** Source: MODBUS Application Protocol V1.1b3 §7. */
const MEANINGS: Readonly<Record<number, ExceptionMeaning>> = {
  1: refusal(StatusCode.BadNotSupported, "other", "illegal function: the device does not read this table"),
  2: refusal(StatusCode.BadNodeIdUnknown, "address", "illegal data address: the device has no such register"),
  // Also the answer of devices that allow fewer registers per request than were asked for.
  3: refusal(StatusCode.BadOutOfRange, "address", "illegal data value: the device refuses the address or the quantity"),
  4: refusal(StatusCode.BadDeviceFailure, "other", "server device failure"),
  5: refusal(StatusCode.BadWaitingForResponse, "busy", "acknowledge: the device needs more time"),
  6: refusal(StatusCode.BadResourceUnavailable, "busy", "server device busy"),
  8: refusal(StatusCode.BadDeviceFailure, "other", "memory parity error in the device"),
  10: refusal(
    StatusCode.BadNoCommunication,
    "other",
    "gateway path unavailable: the gateway is misconfigured or overloaded",
  ),
  11: refusal(StatusCode.BadNoCommunication, "other", "gateway target device failed to respond"),
};

export function meaningOf(exceptionCode: number): ExceptionMeaning {
  const known = MEANINGS[exceptionCode];
  if (known !== undefined) return { ...known, text: `exception ${exceptionCode}, ${known.text}` };
  return refusal(StatusCode.BadUnknownResponse, "other", `exception ${exceptionCode}, unknown`);
}
