/** EtherNet/IP under the eyes of others: Wireshark's dissector reads what our driver and our simulated controller say to each other, and nmap asks
 *  the controller who it is. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createLog, type HostPort, systemClock } from "@nonreturn/station";
import { StatusCode } from "@nonreturn/wire-format";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import type { PollingDriver, TagAddress } from "../../packages/ot-sender/src/drivers/driver.ts";
import { ethernetIp } from "../../packages/ot-sender/src/drivers/ethernet-ip/index.ts";
import { runDebian } from "../support/debian-program.ts";
import { readSamples } from "../support/read-samples.ts";
import { recordConnection } from "../support/recorded-connection.ts";
import { startSimulatedController } from "../support/simulated-controller.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const ENIP_PORT = 44_818;

const TAGS = [
  ["Temperature", "FLOAT32"],
  ["Echo[3]", "INT32"],
  ["Echo{1500}", "INT32"],
  ["Flags[37]", "BOOLEAN"],
  ["Names[6]", "STRING"],
  ["Program:Main.Motor[2].Counts[3]", "INT32"],
  ["Program:Main.Motor[1]", "BYTES"],
] as const;

async function driverTo(address: HostPort, connection: string): Promise<PollingDriver> {
  const config = z.strictObject(ethernetIp.deviceShape).parse({ ...address, connection, timeout: "5s" });
  const [driver] = ethernetIp.createChannel([{ device: "plc", config: config as never, timezone: "UTC" }], {
    clock: systemClock,
    log: createLog({ name: "test", level: "silent" }),
  });
  const polling = driver as PollingDriver;
  onTestFinished(() => polling.close());
  await polling.connect(new AbortController().signal);
  return polling;
}

/** One line for each frame that the filter lets through. */
async function dissect(file: string, filter: string, ...fields: string[]): Promise<string[]> {
  const args = ["-r", file, "-Y", filter, "-T", "fields", ...fields.flatMap((field) => ["-e", field])];
  const { code, stdout, stderr } = await runDebian("tshark", args);
  if (code !== 0) throw new Error(stderr);
  return stdout.split("\n").filter((line) => line.trim() !== "");
}

describe("Wireshark's dissector", () => {
  it.each([
    "large",
    "small",
    "unconnected",
  ])("understands everything that is said, connection %s", async (connection) => {
    const plc = await startSimulatedController();
    onTestFinished(() => plc.close());
    const recording = await recordConnection(plc.address);
    const driver = await driverTo(recording.address, connection);
    const never = new AbortController().signal;
    const tags = TAGS.map(
      ([address, dataType], index): TagAddress => ({
        tagId: index + 1,
        path: `t/${index}`,
        address,
        dataType,
        options: {},
      }),
    );
    const samples = await readSamples(driver, driver.plan(tags), never);
    expect(samples.map(({ statusCode }) => statusCode)).toEqual(tags.map(() => StatusCode.Good));
    expect((await driver.browse!(never)).tags.length).toBeGreaterThan(20);
    await driver.close();
    await expect.poll(() => plc.open()).toBe(0);

    const file = join(temporaryFolder(), "capture.pcap");
    recording.writePcap(file, ENIP_PORT);
    expect(
      await dissect(file, "_ws.malformed || _ws.expert.severity == error", "frame.number", "_ws.expert.message"),
    ).toEqual([]);
    // It did look inside: names, services and sizes are there as its own fields.
    const symbols = (await dissect(file, "cip.symbol", "cip.symbol")).join(",").split(",");
    expect(symbols).toEqual(expect.arrayContaining(["Temperature", "Program:Main", "Motor", "Counts", "Names"]));
    const services = new Set((await dissect(file, "cip.sc", "cip.sc")).flatMap((line) => line.split(",")));
    const opening = { large: "0x5b", small: "0x54", unconnected: "0x52" }[connection];
    for (const service of [opening, "0x0a", "0x4c", "0x52", "0x55", "0x03"]) expect([...services]).toContain(service);
    const statuses = new Set((await dissect(file, "cip.genstat", "cip.genstat")).flatMap((line) => line.split(",")));
    expect([...statuses].sort()).toEqual(["0x00", "0x06"]); // success, and more to come
  });

  it("finds a frame that is damaged: the check above can fail", async () => {
    const plc = await startSimulatedController();
    onTestFinished(() => plc.close());
    const recording = await recordConnection(plc.address);
    const driver = await driverTo(recording.address, "small");
    await driver.close();
    await expect.poll(() => plc.open()).toBe(0);
    const file = join(temporaryFolder(), "capture.pcap");
    recording.writePcap(file, ENIP_PORT);
    const bytes = readFileSync(file);
    // The path of Forward Open's request gets longer than the frame.
    const service = bytes.indexOf(Buffer.from([0x54, 0x02, 0x20, 0x06, 0x24, 0x01]));
    expect(service).toBeGreaterThan(0);
    bytes[service + 1] = 0x7f;
    writeFileSync(file, bytes);
    expect(await dissect(file, "_ws.malformed || _ws.expert.severity == error", "frame.number")).not.toEqual([]);
  });
});

describe("nmap", () => {
  it("asks a controller who it is", async () => {
    const plc = await startSimulatedController();
    onTestFinished(() => plc.close());
    const { port } = plc.address;
    const { stdout } = await runDebian("nmap", [
      "-n",
      "-Pn",
      "-sT",
      `-p${port}`,
      "--script",
      "+enip-info",
      "127.0.0.1",
    ]);
    expect(stdout).toContain("productName: 1769-L33ER simulated");
    expect(stdout).toContain("vendor: Rockwell Automation/Allen-Bradley (1)");
    expect(stdout).toContain("serialNumber: 0x00c0ffee");
  });
});
