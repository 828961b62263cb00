/** The driver contract against Modbus TCP: modbus-serial's own server, and a scripted one for faults. */
import { createLog, type HostPort, systemClock } from "@nonreturn/station";
import type { DataType } from "@nonreturn/wire-format";
import { z } from "zod";
import type { PollingDriver, TagAddress } from "../../../packages/ot-sender/src/drivers/driver.ts";
import { modbus } from "../../../packages/ot-sender/src/drivers/modbus/index.ts";
import { describeDriverContract } from "./driver-contract.ts";
import { startEchoDevice } from "./echo-device.ts";
import { goodReply, startScriptedDevice } from "./scripted-device.ts";

let tagIds = 0;
function tag(address: string, dataType: DataType, options: TagAddress["options"] = {}): TagAddress {
  const tagId = ++tagIds;
  return { tagId, path: `test/${tagId}`, address, dataType, options };
}

function create({ host, port }: HostPort): PollingDriver {
  const config = z.strictObject(modbus.deviceShape).parse({ host, port, timeout: "150ms" });
  const log = createLog({ name: "test", level: "silent" });
  const [driver] = modbus.createChannel([{ device: "test", config: config as never, timezone: "UTC" }], {
    clock: systemClock,
    log,
  });
  return driver as PollingDriver;
}

describeDriverContract("Modbus TCP", {
  create,
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
  async startDevice() {
    const device = await startEchoDevice();
    for (const address of [105, 107]) device.illegal.add(address);
    return device;
  },
  startFaultyDevice(fault) {
    switch (fault) {
      case "close":
      case "reset":
        return startScriptedDevice(() => fault);
      case "silent":
        return startScriptedDevice(() => "silence");
      case "garbage":
        return startScriptedDevice((request) => {
          // ir:n answers n + 1 in the fixture; the scripted device answers n for all, so only holding registers and bits are compared here.
          if (request.number === 0) return Uint8Array.from({ length: 64 }, (_, index) => (index * 37) & 0xff);
          return goodReply({ ...request, start: request.start + (request.functionCode === 4 ? 1 : 0) });
        });
    }
  },
});
