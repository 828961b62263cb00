/** The driver contract against REST: the simulated device, and for faults a server that answers as it is told. */

import { type Plant, plantSection, startPlant } from "@nonreturn/hardware-sim";
import { driverFor, json, startScripted, tag } from "../../../packages/ot-sender/test/drivers/rest/rest-fixture.ts";
import { patientClock } from "../../support/patient-clock.ts";
import { type ContractDevice, describeDriverContract } from "./driver-contract.ts";

const constant = (path: string, pointer: string, type: string, value: unknown, more: object = {}) => ({
  path,
  pointer,
  type,
  signal: { kind: "constant", value },
  ...more,
});

const VARIABLES = [
  constant("/status", "/line/speed", "FLOAT64", 12.5),
  constant("/status", "/line/running", "BOOLEAN", true),
  constant("/status", "/total", "UINT64", "18446744073709551615"),
  constant("/status", "/order", "STRING", "A-17 °C"),
  constant("/recipe", "/zones", "INT32", 4, { count: 3 }),
  constant("/level", "", "FLOAT32", 0.5),
];

/** The same values, for the server with faults. */
const DOCUMENTS: Readonly<Record<string, string>> = {
  "/status": '{"line":{"speed":12.5,"running":true},"total":18446744073709551615,"order":"A-17 °C"}',
  "/recipe": '{"zones":[4,4,4]}',
  "/level": "0.5",
};

async function startDevice(): Promise<ContractDevice> {
  const settings = plantSection.parse({ devices: [{ name: "device", protocol: "rest", variables: VARIABLES }] });
  const plant: Plant = await startPlant(settings, { seed: 1, clock: patientClock, folder: "." });
  return {
    address: plant.addressOf("device"),
    open: () => plant.statistics().devices[0]!.open,
    close: () => plant.close(),
  };
}

describeDriverContract("REST", {
  create: (address) => driverFor(address, { timeout: "150ms" }),
  startDevice,
  startFaultyDevice: (fault) =>
    startScripted((socket, request, number) => {
      if (fault === "close") socket.end();
      else if (fault === "reset") socket.resetAndDestroy();
      else if (fault === "garbage" && number === 0) socket.write(Buffer.from([0x16, 0x03, 0x01, 0x00, 0xff]));
      else if (fault === "garbage") json(DOCUMENTS[request.split(" ")[1]!] ?? "null")(socket, request, number);
    }),
  good: [
    { tag: tag("/status#/line/speed"), value: 12.5 },
    { tag: tag("/status#/line/running", "BOOLEAN"), value: true },
    { tag: tag("/status#/total", "UINT64"), value: 18_446_744_073_709_551_615n },
    { tag: tag("/status#/order", "STRING"), value: "A-17 °C" },
    { tag: tag("/recipe#/zones", "INT32"), value: [4, 4, 4] },
    { tag: tag("/recipe#/zones/1", "INT32"), value: 4 },
    { tag: tag("/level", "FLOAT32"), value: 0.5 },
  ],
  refusedByDevice: [
    tag("/nothing#/here"),
    tag("/status#/nothing"),
    tag("/status#/order"),
    tag("/recipe#/zones/3", "INT32"),
    tag("/recipe#/zones/-1", "INT32"),
  ],
  garbage: [
    tag(""),
    tag("status"),
    tag("#/a"),
    tag("http://192.0.2.1/a"),
    tag("/a#a"),
    tag("/a#/~"),
    tag("/a\r\nX: y"),
    tag("/a#/b", "FLOAT16"),
    tag("𓀀".repeat(10_000)),
  ],
});
