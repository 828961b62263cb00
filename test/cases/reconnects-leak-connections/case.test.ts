import { faultSection } from "@nonreturn/hardware-sim";
import { Figures } from "@nonreturn/station";
import { StatusCode } from "@nonreturn/wire-format";
import { expect, test } from "vitest";
import { SCAN_FIGURES } from "../../../packages/ot-sender/src/scan/scan-figures.ts";
import { startScanning } from "../../support/scanning.ts";
import { simulatedPlant } from "../../support/simulated-plant.ts";

const WAIT = { timeout: 50_000, interval: 10 };
const TAG = { address: "hr:7", dataType: "UINT16" } as const;

test.each([
  ["broken off inside a reply", { kind: "reset", after: 5 }],
  ["dead without a word", { kind: "half-open" }],
  ["refused for a while", { kind: "refused" }],
  ["silent until given up", { kind: "silent" }],
  ["full of garbage", { kind: "garbage", keep: 0 }],
])("a connection that is %s, many times over, leaves one open and after the stop none", async (_, fault) => {
  // A PLC with room for two: one leaked connection and the next is refused.
  const plant = await simulatedPlant([{ name: "plc", maxConnections: 2, units: [{ unmapped: "echo" }] }]);
  const statistics = () => plant.statistics().devices[0]!;
  const scanning = startScanning([
    {
      name: "plc",
      address: plant.addressOf("plc"),
      periodMs: 10,
      config: { timeout: "30ms", connectTimeout: "500ms" },
      tags: [TAG],
    },
  ]);
  const status = () => scanning.latest("plc/hr:7")?.statusCode;
  await expect.poll(status, WAIT).toBe(StatusCode.Good);
  for (let round = 0; round < 8; round++) {
    const before = statistics().accepted;
    await plant.beginFault("plc", faultSection.parse(fault));
    await expect.poll(status, WAIT).not.toBe(StatusCode.Good);
    if (fault.kind !== "refused") {
      // Given up and opened anew by the station: that is the moment at which the old one would leak.
      await expect.poll(() => statistics().accepted, WAIT).toBeGreaterThan(before);
    }
    await plant.endFaults("plc");
    await expect.poll(status, WAIT).toBe(StatusCode.Good);
  }
  await expect.poll(() => statistics().open, WAIT).toBe(1);
  expect(statistics().accepted).toBeGreaterThanOrEqual(8); // there were reconnects to leak from
  expect(statistics().tooMany).toBe(0);
  await scanning.scan.stop();
  await expect.poll(() => statistics().open, WAIT).toBe(0);
});

test("the simulated PLC does notice a second connection: the check above can fail", async () => {
  const plant = await simulatedPlant([{ name: "plc", maxConnections: 1, units: [{ unmapped: "echo" }] }]);
  const address = plant.addressOf("plc");
  startScanning([{ name: "first", address, periodMs: 10, tags: [TAG] }]);
  await expect.poll(() => plant.statistics().devices[0]!.open, WAIT).toBe(1);
  startScanning([{ name: "second", address, periodMs: 10, tags: [TAG] }]);
  await expect.poll(() => plant.statistics().devices[0]!.tooMany, WAIT).toBeGreaterThan(0);
});

test("the process keeps no socket of a device that was never reached", async () => {
  const plant = await simulatedPlant([{ name: "plc", units: [{ unmapped: "echo" }] }]);
  await plant.beginFault("plc", faultSection.parse({ kind: "refused" }));
  const sockets = () =>
    process.getActiveResourcesInfo().filter((resource) => /TCPSocketWrap|TCPConnectWrap|TCPWrap/.test(resource)).length;
  await expect.poll(sockets, WAIT).toBe(0); // those of the tests before
  const scanning = startScanning([{ name: "plc", address: plant.addressOf("plc"), periodMs: 10, tags: [TAG] }]);
  const figures = new Figures("test", SCAN_FIGURES);
  const failures = () => {
    scanning.scan.writeFigures(figures);
    return Object.entries(figures.snapshot()).find(([name]) => name.includes("connection_failures_total"))?.[1] ?? 0;
  };
  await expect.poll(failures, WAIT).toBeGreaterThan(15);
  expect(sockets()).toBeLessThanOrEqual(1); // the attempt under way
  await scanning.scan.stop();
  await expect.poll(sockets, WAIT).toBe(0);
});
