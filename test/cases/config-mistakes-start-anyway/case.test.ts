import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseOtConfig } from "../../../packages/ot-sender/src/config/ot-station-config.ts";
import { startProgram } from "../../support/child-program.ts";
import { simulatedPlant } from "../../support/simulated-plant.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const MAIN = new URL("../../../packages/ot-sender/src/main.ts", import.meta.url).pathname;

const right = (port: number) => `station: { name: test-ot, dataFolder: ./data }
link: { destination: "127.0.0.1:47000", rate: 10Mbit }
devices:
  - name: boiler
    driver: modbus
    host: 127.0.0.1
    port: ${port}
    timeout: 500ms
    tags:
      - { path: plant/steam, address: "hr:0", type: FLOAT32 }
      - { path: plant/level, address: "hr:2", type: INT16, deadband: 0.5 }
`;

test("the file itself is right: what follows is about its mistakes", () => {
  expect(parseOtConfig(right(502), "ot.yaml").devices.map(({ name }) => name)).toEqual(["boiler"]);
});

test.each([
  ["a misspelt key", "timeout: 500ms", "timeuot: 500ms", 8, /timeuot.*timeout/s],
  ["a time without its unit", "timeout: 500ms", "timeout: 500", 8, /500/],
  ["an address the driver does not know", '"hr:0"', '"hx:0"', 10, /hx:0/],
  ["an address that YAML took for a number", '"hr:0"', "40001", 10, /quotes/],
  ["a type that does not exist", "FLOAT32", "FLOAT23", 10, /FLOAT32/],
  ["a value that reaches beyond the last register", '"hr:0"', '"hr:65535"', 10, /65535/],
  ["a path twice", "plant/level", "plant/steam", 11, /plant\/steam/],
  ["a deadband below zero", "deadband: 0.5", "deadband: -1", 11, /deadband/],
  ["a driver that does not exist", "driver: modbus", "driver: modbuss", 5, /modbus/],
  ["no rate of the link", ", rate: 10Mbit", "", 2, /rate/],
  ["a name where only an address can work", "127.0.0.1:47000", "it-station:47000", 2, /IP address/],
])("%s: its line, what is wrong, what to write", (_, from, to, line, words) => {
  const text = right(502);
  expect(text).toContain(from);
  const parse = () => parseOtConfig(text.replace(from, to), "ot.yaml");
  expect(parse).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
  expect(parse).toThrow(new RegExp(`ot\\.yaml:${line}:\\d+`));
  expect(parse).toThrow(words);
});

test("all mistakes at once, and nothing half-started: no folder, no connection to the PLC, exit code 2", async () => {
  const plant = await simulatedPlant([{ name: "plc", units: [{ unmapped: "echo" }] }]);
  const folder = temporaryFolder();
  const file = join(folder, "ot.yaml");
  const text = right(plant.addressOf("plc").port)
    .replace("timeout: 500ms", "timeuot: 500ms")
    .replace("FLOAT32", "FLOAT23")
    .replace("rate: 10Mbit", "rate: 10Mbps");
  writeFileSync(file, text);
  const station = startProgram([MAIN, "run", "--config", file]);
  expect((await station.ended).code).toBe(2);
  for (const line of [2, 8, 10]) expect(station.stderr()).toMatch(new RegExp(`ot\\.yaml:${line}:\\d+`));
  expect(existsSync(join(folder, "data"))).toBe(false);
  expect(plant.statistics().devices[0]!.accepted).toBe(0);
});
