import { faultSection } from "@nonreturn/hardware-sim";
import { type DataType, qualityOf, StatusCode } from "@nonreturn/wire-format";
import { expect, test } from "vitest";
import { DRIVERS } from "../../../packages/ot-sender/src/drivers/registry.ts";
import { startScanning } from "../../support/scanning.ts";
import { simulatedPlant } from "../../support/simulated-plant.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const WAIT = { timeout: 90_000, interval: 20 };
const signal = { kind: "counter", start: 1, every: "1ms" };

/** A device whose one value is another every millisecond, and how it is read. */
interface Spoken {
  readonly driver: string;
  readonly simulated: object;
  readonly config: object;
  readonly address: string;
  readonly dataType: DataType;
}

const MODBUS: Spoken = {
  driver: "modbus",
  simulated: { units: [{ registers: [{ at: "hr:0", type: "UINT32", signal }] }] },
  config: {},
  address: "hr:0",
  dataType: "UINT32",
};
const S7: Spoken = {
  driver: "s7",
  simulated: {
    protocol: "s7",
    areas: [{ area: "DB1", bytes: 4 }],
    variables: [{ at: "DB1.0", type: "DWORD", signal }],
  },
  config: {},
  address: "DB1,DWORD0",
  dataType: "UINT32",
};
const ETHERNET_IP: Spoken = {
  driver: "ethernet-ip",
  simulated: { protocol: "ethernet-ip", tags: [{ name: "Count", type: "DINT", signal }] },
  config: {},
  address: "Count",
  dataType: "INT32",
};
const OPCUA_POLLED: Spoken = {
  driver: "opcua",
  simulated: { protocol: "opcua", variables: [{ id: "Count", type: "UINT32", signal }] },
  config: { security: "None", reading: "polling" },
  address: "nsu=urn:nonreturn:plant;s=Count",
  dataType: "UINT32",
};
const OPCUA_SUBSCRIBED: Spoken = {
  ...OPCUA_POLLED,
  config: { security: "None", samplingInterval: "25ms", publishingInterval: "25ms" },
};
const REST: Spoken = {
  driver: "rest",
  simulated: { protocol: "rest", variables: [{ path: "/status", pointer: "/count", type: "UINT32", signal }] },
  config: {},
  address: "/status#/count",
  dataType: "UINT32",
};

const FAULTS = {
  silent: { kind: "silent" },
  trickling: { kind: "trickle", interval: "1s" },
  resetting: { kind: "reset", after: 5 },
  garbling: { kind: "garbage", keep: 0 },
  powerless: { kind: "half-open" },
};
const HEALTHY = ["first", "second"];

test.each([
  ["Modbus", MODBUS],
  ["S7", S7],
  ["EtherNet/IP", ETHERNET_IP],
  ["OPC UA by polling", OPCUA_POLLED],
  ["OPC UA by subscription", OPCUA_SUBSCRIBED],
  ["REST", REST],
] as const)(
  "%s: while five devices hang, trickle, reset, answer garbage and vanish, two others are read as before",
  async (_, { driver, simulated, config, address, dataType }) => {
    const names = [...Object.keys(FAULTS), ...HEALTHY];
    const plant = await simulatedPlant(names.map((name) => ({ name, cycle: "1ms", ...simulated })));
    const pki = driver === "opcua" ? { pkiFolder: temporaryFolder() } : {};
    const scanning = startScanning(
      names.map((name) => ({
        name,
        address: plant.addressOf(name),
        driver: DRIVERS.get(driver)!,
        periodMs: 25,
        config: { timeout: "1s", connectTimeout: "5s", ...pki, ...config },
        tags: [{ address, dataType }],
      })),
    );
    const latest = (name: string) => scanning.latest(`${name}/${address}`);
    for (const name of names) await expect.poll(() => latest(name)?.statusCode, WAIT).toBe(StatusCode.Good);

    for (const [name, fault] of Object.entries(FAULTS)) await plant.beginFault(name, faultSection.parse(fault));
    const atFault = new Map(HEALTHY.map((name) => [name, scanning.history(`${name}/${address}`).length]));
    // A connection that vanished with the power is made anew: the device behind it is well again.
    for (const name of Object.keys(FAULTS).filter((each) => each !== "powerless"))
      await expect.poll(() => qualityOf(latest(name)!.statusCode), WAIT).toBe("bad");
    for (const name of HEALTHY) {
      const history = () => scanning.history(`${name}/${address}`);
      // A loop that serves one device after the other would read this one once or not at all during the time-outs of a second.
      await expect.poll(() => history().length - atFault.get(name)!, WAIT).toBeGreaterThan(60);
      expect(history().filter(({ statusCode }) => statusCode !== StatusCode.Good)).toEqual([]);
      const values = history().map(({ value }) => Number(value));
      const served = new Set(plant.truth.records().map((each) => (each.device === name ? Number(each.value) : 0)));
      expect(values.filter((value) => !served.has(value))).toEqual([]);
      expect(values.filter((value, at) => at > 0 && value <= values[at - 1]!)).toEqual([]);
      expect(scanning.stateOf(name)).toBe("connected");
    }

    for (const name of Object.keys(FAULTS)) await plant.endFaults(name);
    for (const name of names) await expect.poll(() => latest(name)!.statusCode, WAIT).toBe(StatusCode.Good);
  },
  300_000,
);
