/** The driver contract against the simulated S7 CPU, whose words hold their own address; for faults through a proxy that spoils replies. */

import { type Plant, plantSection, startPlant } from "@nonreturn/hardware-sim";
import { createLog, type HostPort } from "@nonreturn/station";
import type { DataType } from "@nonreturn/wire-format";
import { z } from "zod";
import type { PollingDriver, TagAddress } from "../../../packages/ot-sender/src/drivers/driver.ts";
import { s7 } from "../../../packages/ot-sender/src/drivers/s7/index.ts";
import { patientClock } from "../../support/patient-clock.ts";
import { type ContractDevice, describeDriverContract } from "./driver-contract.ts";
import { startIsoProxy } from "./iso-proxy.ts";

let tagIds = 0;
function tag(address: string, dataType: DataType, options: TagAddress["options"] = {}): TagAddress {
  const tagId = ++tagIds;
  return { tagId, path: `test/${tagId}`, address, dataType, options };
}

function create({ host, port }: HostPort): PollingDriver {
  const config = z.strictObject(s7.deviceShape).parse({ host, port, timeout: "150ms" });
  const log = createLog({ name: "test", level: "silent" });
  const [driver] = s7.createChannel([{ device: "test", config: config as never, timezone: "UTC" }], {
    clock: patientClock,
    log,
  });
  return driver as PollingDriver;
}

const constant = (at: string, type: string, value: unknown, more: object = {}) => ({
  at,
  type,
  signal: { kind: "constant", value },
  ...more,
});

async function startCpu(): Promise<Plant> {
  const settings = plantSection.parse({
    devices: [
      {
        name: "cpu",
        protocol: "s7",
        slot: 1,
        areas: [
          { area: "DB1", bytes: 1000, fill: "echo" },
          { area: "DB2", bytes: 2000 },
          { area: "DB3", bytes: 100, access: "optimized" },
          { area: "M", bytes: 200, fill: "echo" },
          { area: "I", bytes: 20, fill: "echo" },
          { area: "Q", bytes: 20, fill: "echo" },
        ],
        variables: [
          constant("DB2.0", "STRING", "Süd 7", { length: 20 }),
          constant("DB2.30", "WSTRING", "批次-1", { length: 20 }),
          constant("DB2.100", "DTL", "1795420800123456"),
          constant("DB2.120", "DT", "1795420800123000"),
          constant("DB2.130", "LINT", "-9007199254740993"),
          constant("DB2.140", "ULINT", "18446744073709551615"),
          constant("DB2.150", "LREAL", 0.1),
          constant("DB2.160", "REAL", 23.5),
          constant("DB2.170.3", "BOOL", true),
          constant("DB2.1700", "STRING", "x".repeat(254), { length: 254 }),
        ],
      },
    ],
  });
  return startPlant(settings, { seed: 1, clock: patientClock, folder: "." });
}

async function startDevice(): Promise<ContractDevice> {
  const plant = await startCpu();
  return {
    address: plant.addressOf("cpu"),
    open: () => plant.statistics().devices[0]!.open,
    close: () => plant.close(),
  };
}

describeDriverContract("S7", {
  create,
  good: [
    { tag: tag("DB1,INT0", "INT16"), value: 257 },
    { tag: tag("DB1,WORD4", "UINT16"), value: 261 },
    { tag: tag("DB1.DBW4", "INT16"), value: 261 },
    { tag: tag("DB1.DBD4", "UINT32"), value: 261 * 65_536 + 263 },
    { tag: tag("%DB1.DBB5", "UINT8"), value: 261 & 0xff },
    { tag: tag("DB1,INT998", "INT16"), value: 998 + 257 },
    { tag: tag("DB1,INT100.3", "INT16"), value: [357, 359, 361] },
    { tag: tag("DB1,BYTE0.4", "BYTES"), value: Uint8Array.of(1, 1, 1, 3) },
    { tag: tag("DB1,X3.0.4", "BOOLEAN"), value: [true, true, false, false] },
    { tag: tag("MW10", "UINT16"), value: 10 },
    { tag: tag("mint10", "INT16"), value: 10 },
    { tag: tag("M11.1", "BOOLEAN"), value: true },
    { tag: tag("I1.0", "BOOLEAN"), value: false },
    { tag: tag("E5.2", "BOOLEAN"), value: true },
    { tag: tag("QB9", "UINT8"), value: 8 },
    { tag: tag("DB2,STRING0.20", "STRING"), value: "Süd 7" },
    { tag: tag("DB2,WSTRING30.20", "STRING"), value: "批次-1" },
    { tag: tag("DB2,DTL100", "TIMESTAMP"), value: 1_795_420_800_123_456 },
    { tag: tag("DB2,DATE_AND_TIME120", "TIMESTAMP"), value: 1_795_420_800_123_000 },
    { tag: tag("DB2,LINT130", "INT64"), value: -9_007_199_254_740_993n },
    { tag: tag("DB2,ULINT140", "UINT64"), value: 18_446_744_073_709_551_615n },
    { tag: tag("DB2,LREAL150", "FLOAT64"), value: 0.1 },
    { tag: tag("DB2,REAL160", "FLOAT32"), value: 23.5 },
    { tag: tag("DB2.DBX170.3", "BOOLEAN"), value: true },
    // Longer than a reply of the smallest PDU: read in pieces.
    { tag: tag("DB2,STRING1700.254", "STRING"), value: "x".repeat(254) },
    { tag: tag("DB2,CHAR1702.3", "STRING"), value: "xxx" },
  ],
  refusedByDevice: [
    tag("DB1,DINT998", "INT32"),
    tag("DB1,INT1200", "INT16"),
    tag("DB3,INT0", "INT16"),
    tag("DB99,REAL0", "FLOAT32"),
    tag("MW199", "UINT16"),
    tag("PIW256", "UINT16"),
  ],
  garbage: [
    tag("", "INT16"),
    tag("DB1", "INT16"),
    tag("DB1,", "INT16"),
    tag("DB0,INT0", "INT16"),
    tag("DB70000,INT0", "INT16"),
    tag("DB1,INT70000", "INT16"),
    tag("DB1,INT65535", "INT16"),
    tag("DB1,X2", "BOOLEAN"),
    tag("DB1,X2.8", "BOOLEAN"),
    tag("DB1,STRING30", "STRING"),
    tag("DB1,STRING30.255", "STRING"),
    tag("DB1,INT0.0", "INT16"),
    tag("DB1,INT0.1.2", "INT16"),
    tag("DB1,INT0.9000", "INT16"),
    tag("DB1,REAL4", "INT32"),
    tag("DB1.DBW4", "FLOAT32"),
    tag("DB1,CONSTRUCTOR4", "INT16"),
    tag("MW", "INT16"),
    tag("hr:0", "INT16"),
    tag("DB1,INT0\u0000", "INT16"),
    tag("𓀀".repeat(10_000), "INT16"),
    tag("DB1,STRING30.20", "STRING", { encoding: "nonsense" }),
  ],
  startDevice,
  async startFaultyDevice(fault) {
    const plant = await startCpu();
    const proxy = await startIsoProxy(plant.addressOf("cpu"), (frame, number) => {
      switch (fault) {
        case "close":
        case "reset":
          return fault;
        case "silent":
          return "silence";
        case "garbage":
          return number === 0 ? Uint8Array.from({ length: 64 }, (_, index) => (index * 37) & 0xff) : frame;
      }
    });
    return {
      address: proxy.address,
      open: () => proxy.open(),
      async close() {
        await proxy.close();
        await plant.close();
      },
    };
  },
});
