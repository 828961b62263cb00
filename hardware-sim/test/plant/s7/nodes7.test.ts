/** The simulated CPU read by nodes7: an S7 client of other people, which has to find what the scenario says. */
import { createRequire } from "node:module";
import { systemClock } from "@nonreturn/station";
import { expect, onTestFinished, test } from "vitest";
import { startPlant } from "../../../src/plant/start-plant.ts";
import { plantSection } from "../../../src/scenario/check-plant.ts";

/** What this test uses of nodes7, which declares no types. */
interface NodeS7 {
  initiateConnection(
    options: { port: number; host: string; rack: number; slot: number; timeout: number },
    onConnected: (error?: unknown) => void,
  ): void;
  setTranslationCB(translate: (name: string) => string | undefined): void;
  addItems(names: string[]): void;
  readAllItems(onRead: (anythingBad: boolean, values: Record<string, unknown>) => void): void;
  writeItems(names: string[], values: unknown[], onWritten: (anythingBad: boolean) => void): number;
  dropConnection(onDropped: () => void): void;
}
const nodeS7 = createRequire(import.meta.url)("nodes7") as new (options: { silent: boolean }) => NodeS7;

const constant = (at: string, type: string, value: unknown) => ({ at, type, signal: { kind: "constant", value } });

test("nodes7 reads every type it knows, is refused what is not there, and cannot write", async () => {
  const settings = plantSection.parse({
    devices: [
      {
        name: "cpu",
        protocol: "s7",
        slot: 1,
        areas: [
          { area: "DB1", bytes: 1000, fill: "echo" },
          { area: "DB2", bytes: 200 },
          { area: "DB3", bytes: 100, access: "optimized" },
          { area: "M", bytes: 100, fill: "echo" },
        ],
        variables: [
          constant("DB2.0", "STRING", "abc"),
          constant("DB2.30", "REAL", 23.5),
          constant("DB2.34", "DINT", -123_456),
          constant("DB2.38.5", "BOOL", true),
          constant("DB2.40", "LREAL", 0.1),
          constant("DB2.50", "DTL", "1795420800123000"),
          constant("DB2.70", "DT", "1795420800123000"),
        ],
      },
    ],
  });
  const plant = await startPlant(settings, { seed: 1, clock: systemClock, folder: ".", truth: { keep: 1000 } });
  onTestFinished(() => plant.close());
  const client = new nodeS7({ silent: true });
  const { host, port } = plant.addressOf("cpu");
  await new Promise<void>((connected, failed) =>
    client.initiateConnection({ port, host, rack: 0, slot: 1, timeout: 30_000 }, (error) =>
      error === undefined ? connected() : failed(new Error("nodes7 cannot connect")),
    ),
  );
  onTestFinished(() => new Promise<void>((dropped) => client.dropConnection(dropped)));
  const wanted: Record<string, readonly [address: string, value: unknown]> = {
    word: ["DB1,WORD100", 357],
    array: ["DB1,INT100.300", Array.from({ length: 300 }, (_, n) => 357 + 2 * n)], // several PDUs
    bit: ["DB1,X3.1", true],
    marker: ["MW10", 10],
    text: ["DB2,STRING0.20", "abc"],
    real: ["DB2,REAL30", 23.5],
    double: ["DB2,DINT34", -123_456],
    on: ["DB2,X38.5", true],
    long: ["DB2,LREAL40", 0.1],
    dtl: ["DB2,DTLZ50", new Date(1_795_420_800_123)],
    dt: ["DB2,DTZ70", new Date(1_795_420_800_123)],
    optimized: ["DB3,INT0", expect.stringContaining("BAD")],
    missing: ["DB9,INT0", expect.stringContaining("BAD")],
  };
  client.setTranslationCB((name) => wanted[name]?.[0]);
  client.addItems(Object.keys(wanted));
  const values = await new Promise<Record<string, unknown>>((read) => client.readAllItems((_, each) => read(each)));
  expect(values).toEqual(Object.fromEntries(Object.entries(wanted).map(([name, [, value]]) => [name, value])));
  const served = new Map(plant.truth.records().map(({ register, value }) => [register, value]));
  expect(served.get("DB2.30")).toBe(23.5);

  const writeFailed = await new Promise<boolean>((written) => client.writeItems(["real"], [1], written));
  expect(writeFailed).toBe(true);
  expect(plant.statistics().writesRefused).toBe(1);
});
