/** The driver contract against OPC UA: a simulated server that is polled, in the open. */
import { LINE, pollingDriver, startServer, tag } from "../../../packages/ot-sender/test/drivers/opcua/opcua-fixture.ts";
import type { DriverFixture } from "./driver-contract.ts";
import { describeDriverContract } from "./driver-contract.ts";
import { startOpcuaProxy } from "./opcua-proxy.ts";

const fixture: DriverFixture = {
  create: (address) => pollingDriver(address, { timeout: "300ms" }),
  async startDevice() {
    const server = await startServer();
    return startOpcuaProxy(server, undefined);
  },
  async startFaultyDevice(fault) {
    const server = await startServer();
    return startOpcuaProxy(server, fault);
  },
  good: [
    { tag: tag(1, `nsu=${LINE};s=Line.Speed`, "FLOAT64"), value: 12.5 },
    { tag: tag(2, `nsu=${LINE};s=Line.Running`, "BOOLEAN"), value: true },
    { tag: tag(3, "ns=2;s=Line.Total", "UINT64"), value: 18_446_744_073_709_551_615n },
    { tag: tag(4, `nsu=${LINE};s=Line.Recipe`, "INT32"), value: [4, 4, 4] },
    { tag: tag(5, `nsu=${LINE};s=Line.Order`, "STRING"), value: "A-17 °C" },
  ],
  refusedByDevice: [
    tag(20, `nsu=${LINE};s=Nothing`, "FLOAT64"),
    tag(21, "nsu=urn:nowhere;s=Line.Speed", "FLOAT64"),
    tag(22, `nsu=${LINE};s=Secret`, "FLOAT64"),
    tag(23, `nsu=${LINE};s=Line.Order`, "FLOAT64"),
  ],
  garbage: [
    tag(30, "", "FLOAT64"),
    tag(31, "Line.Speed", "FLOAT64"),
    tag(32, "ns=70000;s=Line.Speed", "FLOAT64"),
    tag(33, "ns=2;i=4294967296", "FLOAT64"),
    tag(34, "ns=2;g=1234", "FLOAT64"),
    tag(35, "ns=2;s=Line.Level", "FLOAT16"),
  ],
};

describeDriverContract("OPC UA", fixture);
