/** The driver contract against Modbus RTU over TCP, as a serial device server passes it on. */

import { createLog, type HostPort } from "@nonreturn/station";
import { z } from "zod";
import type { PollingDriver } from "../../../packages/ot-sender/src/drivers/driver.ts";
import { modbusRtuOverTcp } from "../../../packages/ot-sender/src/drivers/modbus/index.ts";
import { patientClock } from "../../support/patient-clock.ts";
import { describeDriverContract } from "./driver-contract.ts";
import { answerRtu, MODBUS_TAGS, RTU_FAULTS } from "./modbus-fixture.ts";
import { startScriptedRtuDevice } from "./scripted-rtu-device.ts";

function create({ host, port }: HostPort): PollingDriver {
  const config = z
    .strictObject(modbusRtuOverTcp.deviceShape)
    .parse({ host, port, timeout: "150ms", lateReply: "150ms" });
  const [driver] = modbusRtuOverTcp.createChannel([{ device: "test", config: config as never, timezone: "UTC" }], {
    clock: patientClock,
    log: createLog({ name: "test", level: "silent" }),
  });
  return driver as PollingDriver;
}

describeDriverContract("Modbus RTU over TCP", {
  create,
  ...MODBUS_TAGS,
  startDevice: () => startScriptedRtuDevice(answerRtu),
  startFaultyDevice: (fault) => startScriptedRtuDevice(RTU_FAULTS[fault]),
});
