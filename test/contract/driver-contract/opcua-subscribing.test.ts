/** The contract of subscribing drivers against OPC UA: a server within the test's process whose variables the test sets. */
import { opcua } from "../../../packages/ot-sender/src/drivers/opcua/index.ts";
import { LINE, PKI, tag } from "../../../packages/ot-sender/test/drivers/opcua/opcua-fixture.ts";
import { startSettableServer } from "./settable-opcua-server.ts";
import { describeSubscribingContract } from "./subscribing-contract.ts";

const at = (id: string): string => `nsu=${LINE};s=${id}`;

describeSubscribingContract("OPC UA", {
  driver: opcua as never,
  config: {
    security: "None",
    pkiFolder: PKI,
    timeout: "2s",
    publishingInterval: "50ms",
    samplingInterval: "0ms", // at every change
    queue: 100,
  },
  startSource: () => startSettableServer(LINE),
  good: [
    { tag: tag(1, at("Speed"), "FLOAT64"), value: 12.5 },
    { tag: tag(2, at("Running"), "BOOLEAN"), value: true },
    { tag: tag(3, at("Total"), "UINT64"), value: 18_446_744_073_709_551_615n },
    { tag: tag(4, at("Order"), "STRING"), value: "A-17 °C" },
    { tag: tag(5, at("Recipe"), "INT32"), value: [4, 4, 4] },
  ],
  refusedBySource: [
    tag(20, at("Nothing"), "FLOAT64"),
    tag(21, "nsu=urn:nowhere;s=Speed", "FLOAT64"),
    tag(22, at("Secret"), "FLOAT64"),
    tag(23, at("Order"), "FLOAT64"),
  ],
  garbage: [
    tag(30, "", "FLOAT64"),
    tag(31, "Line.Speed", "FLOAT64"),
    tag(32, "ns=2;i=4294967296", "FLOAT64"),
    tag(33, "ns=2;s=Speed", "FLOAT16"),
  ],
});
