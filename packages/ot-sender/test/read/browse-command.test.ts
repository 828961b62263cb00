import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createLog, createProgram } from "@nonreturn/station";
import { describe, expect, onTestFinished, test } from "vitest";
import { patientClock } from "../../../../test/support/patient-clock.ts";
import { startSimulatedController, writtenTag } from "../../../../test/support/simulated-controller.ts";
import { simulatedPlant } from "../../../../test/support/simulated-plant.ts";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { addBrowseCommand } from "../../src/read/browse-command.ts";
import { addTagsCommands } from "../../src/tag-list/tags-command.ts";

async function browse(...args: string[]): Promise<string[]> {
  const plc = await startSimulatedController({
    tags: [
      writtenTag("Oven_Temperature", "REAL"),
      writtenTag("Echo", "DINT", { dimensions: [5] }),
      writtenTag("Grid", "INT", { dimensions: [2, 3], program: "Main" }),
    ],
  });
  onTestFinished(() => plc.close());
  const config = join(temporaryFolder(), "ot.yaml");
  writeFileSync(
    config,
    `station: { name: s, dataFolder: data }
link: { destination: "192.0.2.2:47000", rate: 100Mbit }
devices:
  - { name: plc, driver: ethernet-ip, host: 127.0.0.1, port: ${plc.address.port} }
  - { name: "=1+1", driver: ethernet-ip, host: 127.0.0.1, port: ${plc.address.port} }
  - { name: other, driver: modbus, host: 127.0.0.1, port: 1 }
`,
  );
  const lines: string[] = [];
  const program = createProgram("nonreturn-ot", "test", "0");
  const log = createLog({ name: "test", level: "silent" });
  addBrowseCommand(program, { clock: patientClock, log, print: (line) => lines.push(line) });
  await program.parseAsync(["browse", ...args, "--config", config], { from: "user" });
  await expect.poll(() => plc.open()).toBe(0);
  return lines;
}

describe("nonreturn-ot browse", () => {
  test("everything, as a table", async () => {
    expect(await browse("plc")).toEqual([
      "address                    type     in the device",
      "Oven_Temperature           FLOAT32  REAL",
      "Echo{5}                    INT32    DINT[5]",
      "Program:Main.Grid[0,0]{6}  INT16    INT[2,3]",
    ]);
  });

  test("as CSV, quoted where it must be", async () => {
    expect(await browse("plc", "--csv")).toEqual([
      "path,device,address,type,description",
      "Oven_Temperature,plc,Oven_Temperature,FLOAT32,REAL",
      "Echo,plc,Echo{5},INT32,DINT[5]",
      'Main/Grid-0-0,plc,"Program:Main.Grid[0,0]{6}",INT16,"INT[2,3]"',
    ]);
  });

  test("no cell of the CSV is a formula to a spreadsheet", async () => {
    expect(await browse("=1+1", "*temp*", "--csv")).toEqual([
      "path,device,address,type,description",
      "Oven_Temperature,'=1+1,Oven_Temperature,FLOAT32,REAL",
    ]);
  });

  test("of an OPC UA server: what the driver has no type for is shown, and not in the list, which imports as it is", async () => {
    const variables = [{ id: "Speed", type: "UINT64", signal: { kind: "constant", value: 3 } }];
    const plant = await simulatedPlant([{ name: "server", protocol: "opcua", listen: "127.0.0.1:0", variables }]);
    const file = (name: string) => join(folder, name);
    const folder = temporaryFolder();
    writeFileSync(
      file("ot.yaml"),
      `station: { name: s, dataFolder: data }
link: { destination: "192.0.2.2:47000", rate: 100Mbit }
devices: [{ name: line, driver: opcua, host: 127.0.0.1, port: ${plant.addressOf("server").port}, security: None }]
`,
    );
    const logged: string[] = [];
    const log = createLog({
      name: "test",
      level: "warn",
      destination: { write: (line: string) => void logged.push(line) },
    });
    const run = async (...args: string[]): Promise<string[]> => {
      const lines: string[] = [];
      const program = createProgram("nonreturn-ot", "test", "0");
      addBrowseCommand(program, { clock: patientClock, log, print: (line) => lines.push(line) });
      addTagsCommands(program, { print: (line) => lines.push(line) });
      await program.parseAsync([...args, "--config", file("ot.yaml")], { from: "user" });
      return lines;
    };
    const untyped = (await run("browse", "line")).filter((line) => / – /.test(line));
    expect(untyped.length).toBeGreaterThan(0);
    const csv = await run("browse", "line", "--csv");
    expect(csv.slice(1)).toEqual([expect.stringContaining(";s=Speed,UINT64,UInt64")]);
    expect(logged.map((line) => JSON.parse(line) as object)).toContainEqual(
      expect.objectContaining({ device: "line", leftOut: untyped.length }),
    );
    writeFileSync(file("tags.csv"), csv.join("\n"));
    expect(await run("tags", "import", file("tags.csv"))).toContain("1 added, 0 changed, 0 removed, 0 unchanged");
  });

  test.each([
    ["*temp*", 1],
    ["OVEN_TEMPERATURE", 1],
    ["oven", 0],
    ["*", 3],
    ["program:*grid*6}", 1],
    ["echo*echo{5}", 0],
  ])("%s matches %i", async (pattern, count) => {
    expect(await browse("plc", pattern)).toHaveLength(1 + count);
  });

  test("a device that keeps no list, and one that is not there", async () => {
    await expect(browse("other")).rejects.toMatchObject({
      code: "USAGE",
      what: expect.stringContaining("keep no list"),
    });
    await expect(browse("nobody")).rejects.toMatchObject({ code: "USAGE" });
  });
});
