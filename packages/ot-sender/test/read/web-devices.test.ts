/** `nonreturn-ot read` and `browse` with devices that speak HTTP and MQTT. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createLog, createProgram } from "@nonreturn/station";
import { expect, test } from "vitest";
import { patientClock } from "../../../../test/support/patient-clock.ts";
import { simulatedPlant } from "../../../../test/support/simulated-plant.ts";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { addBrowseCommand } from "../../src/read/browse-command.ts";
import { addReadCommand } from "../../src/read/read-command.ts";

const constant = (type: string, value: unknown) => ({ type, signal: { kind: "constant", value } });

async function run(...args: string[]): Promise<{ lines: string[]; exitCode: number }> {
  const plant = await simulatedPlant([
    {
      name: "meter",
      protocol: "rest",
      variables: [
        { path: "/counters", pointer: "/total", ...constant("UINT64", "18446744073709551615") },
        { path: "/counters", pointer: "/power", ...constant("FLOAT64", 12.5) },
      ],
    },
    {
      name: "broker",
      protocol: "mqtt",
      publish: "50ms",
      birthEvery: "100ms",
      variables: [{ topic: "line/status", pointer: "/speed", ...constant("FLOAT64", 3.5) }],
      metrics: [
        { group: "g", node: "n", device: "press", metric: "Strokes", ...constant("INT64", "-9007199254740993") },
      ],
    },
  ]);
  const config = join(temporaryFolder(), "ot.yaml");
  const device = (name: string, more: string): string => {
    const { host, port } = plant.addressOf(name);
    return `  - { name: ${name}, host: ${host}, port: ${port}, ${more} }\n`;
  };
  writeFileSync(
    config,
    `station: { name: s, dataFolder: data }\nlink: { destination: "192.0.2.2:47000", rate: 100Mbit }\ndevices:\n` +
      device("meter", 'driver: rest, tags: [{ path: a/total, address: "/counters#/total", type: UINT64 }]') +
      device("broker", "driver: mqtt, readWait: 1s"),
  );
  const lines: string[] = [];
  let exitCode = 0;
  const surroundings = {
    clock: patientClock,
    log: createLog({ name: "test", level: "silent" }),
    print: (line: string) => void lines.push(line),
    setExitCode: (code: number) => {
      exitCode = code;
    },
  };
  const program = createProgram("nonreturn-ot", "test", "0");
  addReadCommand(program, surroundings);
  addBrowseCommand(program, surroundings);
  await program.parseAsync([...args, "--config", config], { from: "user" });
  return { lines, exitCode };
}

test("REST: the configured tags, and addresses not yet configured, with the request and the reason", async () => {
  const { lines, exitCode } = await run("read", "meter");
  expect(exitCode).toBe(0);
  expect(lines[0]).toBe("request  GET /counters (/total)");
  expect(lines.at(-1)).toMatch(
    /^a\/total\s+\/counters#\/total\s+UINT64\s+18446744073709551615\s+Good\s+18446744073709551615$/,
  );
  const tried = await run("read", "meter", "/counters#/power", "/counters#/nothing", "/gone", "--type", "FLOAT64");
  expect(tried.exitCode).toBe(1);
  expect(tried.lines.slice(0, 2)).toEqual(["request  GET /counters (2 tags)", "request  GET /gone (whole answer)"]);
  expect(tried.lines[3]).toMatch(/12\.5\s+Good/);
  expect(tried.lines[4]).toMatch(/BadNodeIdUnknown\s+the reply has nothing at "\/nothing"$/);
  expect(tried.lines[5]).toMatch(/BadNodeIdUnknown\s+HTTP 404: the server has no such path$/);
});

test("MQTT: waits for a message of each address, Sparkplug's too; one that never comes is Bad", async () => {
  const good = await run("read", "broker", "line/status#/speed", "--type", "FLOAT64");
  expect(good.exitCode).toBe(0);
  expect(good.lines[0]).toBe("request  SUBSCRIBE line/status (QoS 1, 1 tag)");
  expect(good.lines.at(-1)).toMatch(/3\.5\s+Good/);
  const metric = await run("read", "broker", "spBv1.0/g/n/press!Strokes", "nothing", "--type", "INT64");
  expect(metric.exitCode).toBe(1);
  expect(metric.lines.at(-2)).toMatch(/-9007199254740993\s+Good/);
  expect(metric.lines.at(-1)).toMatch(/BadWaitingForInitialData\s+no message within 1000 ms$/);
});

test("MQTT: browse lists topics and metrics of births", async () => {
  const { lines } = await run("browse", "broker", "--csv");
  expect(lines).toEqual([
    "path,device,address,type,description",
    "line/status/speed,broker,line/status#/speed,FLOAT64,3.5",
    "g/n/press/Strokes,broker,spBv1.0/g/n/press!Strokes,INT64,Int64",
  ]);
});
