/** Tags and values that every way of carrying Modbus is tried with.
 *  [modbus fixture] → driver contract */
import type { DataType } from "@nonreturn/wire-format";
import type { TagAddress } from "../../../packages/ot-sender/src/drivers/driver.ts";
import type { DriverFixture } from "./driver-contract.ts";
import { goodRtuReply, type RtuAnswer, type RtuRequest, rtuException } from "./scripted-rtu-device.ts";

let tagIds = 0;
function tag(address: string, dataType: DataType, options: TagAddress["options"] = {}): TagAddress {
  const tagId = ++tagIds;
  return { tagId, path: `test/${tagId}`, address, dataType, options };
}

/** Registers that the device refuses. */
export const ILLEGAL = [105, 107] as const;

/** hr:n is n, ir:n is n + 1, bits are true where n is odd. */
export const MODBUS_TAGS: Pick<DriverFixture, "good" | "refusedByDevice" | "garbage"> = {
  good: [
    { tag: tag("hr:0", "UINT16"), value: 0 },
    { tag: tag("hr:300", "UINT16"), value: 300 },
    { tag: tag("400102", "UINT16"), value: 101 },
    { tag: tag("40102", "UINT16"), value: 101 },
    { tag: tag("hr:100.0", "BOOLEAN"), value: false },
    { tag: tag("hr:100.2", "BOOLEAN"), value: true },
    { tag: tag("hr:110", "UINT32"), value: 110 * 65_536 + 111 },
    { tag: tag("hr:110", "UINT32", { byteOrder: "CDAB" }), value: 111 * 65_536 + 110 },
    { tag: tag("hr:256", "UINT16", { byteOrder: "BADC" }), value: 1 },
    { tag: tag("hr:120", "UINT64"), value: (120n << 48n) | (121n << 32n) | (122n << 16n) | 123n },
    { tag: tag("ir:7", "INT16"), value: 8 },
    { tag: tag("300008", "INT16"), value: 8 },
    { tag: tag("co:6", "BOOLEAN"), value: false },
    { tag: tag("co:7", "BOOLEAN"), value: true },
    { tag: tag("100012", "BOOLEAN"), value: true },
    { tag: tag("hr:16706", "STRING", { length: 3 }), value: "ABA" },
  ],
  refusedByDevice: [tag("hr:105", "UINT16"), tag("hr:107", "UINT32")],
  garbage: [
    tag("", "INT16"),
    tag("hr", "INT16"),
    tag("hr:", "INT16"),
    tag("hr:70000", "INT16"),
    tag("hr:65535", "INT32"),
    tag("hr:1.16", "BOOLEAN"),
    tag("hr:1.3", "INT16"),
    tag("co:1", "INT16"),
    tag("500001", "INT16"),
    tag("400000", "INT16"),
    tag("u256!hr:0", "INT16"),
    tag("hr:0", "STRING"),
    tag("hr:0", "TIMESTAMP"),
    tag("hr:0\u0000", "INT16"),
    tag("𓀀".repeat(10_000), "INT16"),
    tag("hr:0", "INT16", { byteOrder: "nonsense" }),
  ],
};

/** As a device on a serial line answers, refusals included. */
export function answerRtu(request: RtuRequest): RtuAnswer {
  const { start, quantity, functionCode } = request;
  const refused = functionCode >= 3 && ILLEGAL.some((address) => address >= start && address < start + quantity);
  return refused ? rtuException(request, 2) : goodRtuReply(request);
}

/** What an RTU device does for each fault. */
export const RTU_FAULTS: Readonly<Record<Parameters<DriverFixture["startFaultyDevice"]>[0], typeof answerRtu>> = {
  close: () => "close",
  reset: () => "reset",
  silent: () => "silence",
  garbage: (request) =>
    request.number === 0 ? [Uint8Array.from({ length: 64 }, (_, index) => (index * 37) & 0xff)] : answerRtu(request),
};
