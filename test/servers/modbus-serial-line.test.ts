/** The driver contract on a serial line: pseudo-terminals by socat, the device on the other end of the cable. */
import { createLog, type HostPort, systemClock } from "@nonreturn/station";
import { SerialPort } from "serialport";
import { onTestFinished } from "vitest";
import { z } from "zod";
import type { PollingDriver } from "../../packages/ot-sender/src/drivers/driver.ts";
import { modbusRtu } from "../../packages/ot-sender/src/drivers/modbus/index.ts";
import { type ContractDevice, describeDriverContract } from "../contract/driver-contract/driver-contract.ts";
import { answerRtu, MODBUS_TAGS, RTU_FAULTS } from "../contract/driver-contract/modbus-fixture.ts";
import { type RtuScript, serveRtu } from "../contract/driver-contract/scripted-rtu-device.ts";
import { startSerialPair } from "../support/serial-pair.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** The contract knows devices by host and port; serial ports go by number here. */
const paths = new Map<number, string>();
let devices = 0;

function create({ port }: HostPort): PollingDriver {
  const config = z.strictObject(modbusRtu.deviceShape).parse({
    serialPort: paths.get(port) ?? "/dev/there-is-none",
    timeout: "1s",
    lateReply: "150ms",
  });
  const [driver] = modbusRtu.createChannel([{ device: "test", config: config as never, timezone: "UTC" }], {
    clock: systemClock,
    log: createLog({ name: "test", level: "silent" }),
  });
  return driver as PollingDriver;
}

async function startDevice(answer: RtuScript["answer"]): Promise<ContractDevice> {
  const number = 1_000_000 + devices++;
  const pair = await startSerialPair(temporaryFolder(), `line-${number}`);
  const [near, far] = pair.ends;
  const port = new SerialPort({ path: far.path, baudRate: 19_200, parity: "even", autoOpen: false });
  await new Promise<void>((resolve, reject) => port.open((error) => (error ? reject(error) : resolve())));
  const close = async (): Promise<void> => {
    if (port.isOpen) await new Promise<void>((closed) => port.close(() => closed()));
    await pair.cut();
  };
  let ended: Promise<void> | undefined;
  const closeOnce = (): Promise<void> => (ended ??= close());
  onTestFinished(closeOnce);
  // A cable knows no FIN and no RST: either way it is pulled.
  serveRtu(port, { requests: [], answer }, () => void pair.cut());
  paths.set(number, near.path);
  return { address: { host: "127.0.0.1", port: number }, open: near.opened, close: closeOnce };
}

describeDriverContract("Modbus RTU on a serial line", {
  create,
  ...MODBUS_TAGS,
  startDevice: () => startDevice(answerRtu),
  startFaultyDevice: (fault) => startDevice(RTU_FAULTS[fault]),
});
