/** The driver contract against EtherNet/IP: simulated Logix and Micro800 controllers, by every kind of connection. */

import { createLog, type HostPort } from "@nonreturn/station";
import type { DataType, Value } from "@nonreturn/wire-format";
import { z } from "zod";
import { ECHO_BASE_64, parity } from "../../../hardware-sim/src/plant/ethernet-ip/echo-source.ts";
import type { PollingDriver, TagAddress } from "../../../packages/ot-sender/src/drivers/driver.ts";
import { ethernetIp } from "../../../packages/ot-sender/src/drivers/ethernet-ip/index.ts";
import { patientClock } from "../../support/patient-clock.ts";
import { type SimulatedControllerOptions, startSimulatedController } from "../../support/simulated-controller.ts";
import { startCipFront } from "./cip-front.ts";
import { type ContractDevice, describeDriverContract } from "./driver-contract.ts";

let tagIds = 0;
function tag(address: string, dataType: DataType, options: TagAddress["options"] = {}): TagAddress {
  const tagId = ++tagIds;
  return { tagId, path: `test/${tagId}`, address, dataType, options };
}

function creator(options: Readonly<Record<string, unknown>>): (address: HostPort) => PollingDriver {
  return ({ host, port }) => {
    const config = z.strictObject(ethernetIp.deviceShape).parse({ host, port, timeout: "150ms", ...options });
    const log = createLog({ name: "test", level: "silent" });
    const [driver] = ethernetIp.createChannel([{ device: "test", config: config as never, timezone: "UTC" }], {
      clock: patientClock,
      log,
    });
    return driver as PollingDriver;
  };
}

const goodLogix: readonly { readonly tag: TagAddress; readonly value: Value }[] = [
  { tag: tag("Temperature", "FLOAT32"), value: 0.5 },
  { tag: tag("TEMPERATURE", "FLOAT64"), value: 0.5 },
  { tag: tag("Level", "FLOAT64"), value: 0.5 },
  { tag: tag("Small[100]", "INT8"), value: 100 },
  { tag: tag("Small[199]", "INT8"), value: -57 },
  { tag: tag("Small[199]", "UINT8"), value: 199 },
  { tag: tag("Word[150]", "INT16"), value: 150 },
  { tag: tag("Echo[0]", "INT32"), value: 0 },
  { tag: tag("Echo[1]", "UINT32"), value: 1 },
  { tag: tag("Echo[4999]", "INT32"), value: 4999 },
  { tag: tag("Echo[9].0", "BOOLEAN"), value: true },
  { tag: tag("Echo[9].1", "BOOLEAN"), value: false },
  { tag: tag("Echo[9].3", "BOOLEAN"), value: true },
  { tag: tag("Echo[10]{3}", "INT32"), value: [10, 11, 12] },
  { tag: tag("Echo{5000}", "INT32"), value: Array.from({ length: 5000 }, (_, index) => index) },
  { tag: tag("Total[7]", "INT64"), value: ECHO_BASE_64 + 7n },
  { tag: tag("Total[7]", "UINT64"), value: ECHO_BASE_64 + 7n },
  { tag: tag("Total[7].53", "BOOLEAN"), value: true },
  { tag: tag("Flag", "BOOLEAN"), value: false },
  { tag: tag("Flags[37]", "BOOLEAN"), value: parity(37) === 1 },
  { tag: tag("Flags[95]", "BOOLEAN"), value: parity(95) === 1 },
  { tag: tag("Flags[30]{40}", "BOOLEAN"), value: Array.from({ length: 40 }, (_, index) => parity(30 + index) === 1) },
  { tag: tag("Grid[1,2,3]", "INT16"), value: 23 },
  { tag: tag("Grid[0,1,0]", "INT16"), value: 4 },
  { tag: tag("Names[6]", "STRING"), value: "Names[6]" },
  { tag: tag("Names{3}", "STRING"), value: ["Names[0]", "Names[1]", "Names[2]"] },
  { tag: tag("Program:Main.Speed", "INT32"), value: 0 },
  { tag: tag("Program:Main.Motor[2].Speed", "FLOAT32"), value: 200.5 },
  { tag: tag("Program:Main.Motor[2].Running", "BOOLEAN"), value: parity(201) === 1 },
  { tag: tag("program:main.motor[3].fault", "BOOLEAN"), value: parity(302) === 1 },
  { tag: tag("Program:Main.Motor[1].Counts[3]", "INT32"), value: 106 },
  { tag: tag("Program:Main.Motor[3].Total", "INT64"), value: ECHO_BASE_64 + 307n },
  { tag: tag("Program:Main.Motor[0].Name", "STRING"), value: "Program:Main.Motor[0].Name" },
  { tag: tag("Program:Main.Motor[1].Name.LEN", "INT32"), value: 26 },
  { tag: tag("Program:Main.Motor[1].Alarms[31]", "BOOLEAN"), value: parity(140) === 1 },
];

const refusedLogix = [
  tag("NoSuchTag", "INT16"),
  tag("Program:Other.Speed", "INT32"),
  tag("Program:Main.Motor[1].NoSuchMember", "INT32"),
  tag("Hidden", "INT32"),
  tag("Echo[5000]", "INT32"),
  tag("Small[200]", "INT8"), // read together with Small[199], until it is found out
  tag("Echo[4990]{11}", "INT32"),
  tag("Temperature", "INT32"), // a REAL
  tag("Small[0].8", "BOOLEAN"), // a SINT has 8 bits
  tag("Program:Main.Motor[1]", "INT32"), // a structure
];

const garbage = [
  tag("", "INT16"),
  tag(".", "INT16"),
  tag("Temperature.", "FLOAT32"),
  tag("1Temperature", "INT16"),
  tag("Temp erature", "INT16"),
  tag("Motor[", "INT16"),
  tag("Motor[1", "INT16"),
  tag("Motor[-1]", "INT16"),
  tag("Motor[1,2,3,4]", "INT16"),
  tag("Motor[99999999999]", "INT16"),
  tag("Motor{0}", "INT16"),
  tag("Motor{99999}", "INT16"),
  tag("Word.3", "INT16"),
  tag("Word.64", "BOOLEAN"),
  tag("Program:Main", "INT16"),
  tag("A.B:C", "INT16"),
  tag("Temperature", "TIMESTAMP"),
  tag("Temperature", "FLOAT16"),
  tag("Temperature\u0000", "FLOAT32"),
  tag("𓀀".repeat(10_000), "INT16"),
  tag(`${"A.".repeat(40)}B`, "INT16"),
  tag("Names[0]", "STRING", { encoding: "nonsense" }),
];

/** A controller and a front that spoils it, as one. */
async function startFaulty(
  options: SimulatedControllerOptions,
  fault: Parameters<typeof startCipFront>[1],
): Promise<ContractDevice> {
  const inner = await startSimulatedController(options);
  const front = await startCipFront(inner.address, fault);
  return {
    address: front.address,
    open: front.open,
    close: async () => {
      await front.close();
      await inner.close();
    },
  };
}

describeDriverContract("EtherNet/IP, large connection", {
  create: creator({}),
  good: goodLogix,
  refusedByDevice: refusedLogix,
  garbage,
  startDevice: () => startSimulatedController(),
  startFaultyDevice: (fault) => startFaulty({}, fault),
});

describeDriverContract("EtherNet/IP, small connection in slot 3", {
  create: creator({ slot: 3 }),
  good: goodLogix,
  refusedByDevice: refusedLogix,
  garbage,
  startDevice: () => startSimulatedController({ largeBytes: 0, slot: 3 }),
  startFaultyDevice: (fault) => startFaulty({ largeBytes: 0, slot: 3 }, fault),
});

describeDriverContract("EtherNet/IP, Micro800", {
  create: creator({ family: "micro800" }),
  good: [
    { tag: tag("Temperature", "FLOAT32"), value: 0.5 },
    { tag: tag("Echo[150]", "INT32"), value: 150 },
    { tag: tag("Echo{200}", "INT32"), value: Array.from({ length: 200 }, (_, index) => index) },
    { tag: tag("Flags[37]", "BOOLEAN"), value: parity(37) === 1 },
    { tag: tag("Flags[30]{10}", "BOOLEAN"), value: Array.from({ length: 10 }, (_, index) => parity(30 + index) === 1) },
    { tag: tag("Count", "UINT64"), value: ECHO_BASE_64 },
    { tag: tag("Text", "STRING"), value: "Text" },
  ],
  refusedByDevice: [tag("NoSuchTag", "INT16"), tag("Echo[200]", "INT32")],
  garbage,
  startDevice: () => startSimulatedController({ family: "micro800" }),
  startFaultyDevice: (fault) => startFaulty({ family: "micro800" }, fault),
});
