/** The driver contract against Modbus TCP: modbus-serial's own server, and a scripted one for faults. */

import { createLog, type HostPort } from "@nonreturn/station";
import { z } from "zod";
import type { PollingDriver } from "../../../packages/ot-sender/src/drivers/driver.ts";
import { modbus } from "../../../packages/ot-sender/src/drivers/modbus/index.ts";
import { patientClock } from "../../support/patient-clock.ts";
import { describeDriverContract } from "./driver-contract.ts";
import { startEchoDevice } from "./echo-device.ts";
import { ILLEGAL, MODBUS_TAGS } from "./modbus-fixture.ts";
import { goodReply, startScriptedDevice } from "./scripted-device.ts";

function create({ host, port }: HostPort): PollingDriver {
  const config = z.strictObject(modbus.deviceShape).parse({ host, port, timeout: "150ms" });
  const log = createLog({ name: "test", level: "silent" });
  const [driver] = modbus.createChannel([{ device: "test", config: config as never, timezone: "UTC" }], {
    clock: patientClock,
    log,
  });
  return driver as PollingDriver;
}

describeDriverContract("Modbus TCP", {
  create,
  ...MODBUS_TAGS,
  async startDevice() {
    const device = await startEchoDevice();
    for (const address of ILLEGAL) device.illegal.add(address);
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
