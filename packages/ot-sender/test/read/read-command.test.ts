import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createLog, createProgram } from "@nonreturn/station";
import { describe, expect, onTestFinished, test } from "vitest";
import { startEchoDevice } from "../../../../test/contract/driver-contract/echo-device.ts";
import { patientClock } from "../../../../test/support/patient-clock.ts";
import { startSimulatedController, writtenTag } from "../../../../test/support/simulated-controller.ts";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { s7 } from "../../src/drivers/s7/index.ts";
import { addReadCommand } from "../../src/read/read-command.ts";

async function read(...args: string[]): Promise<{ lines: string[]; exitCode: number }> {
  const device = await startEchoDevice();
  onTestFinished(() => device.close());
  device.illegal.add(50);
  const config = join(temporaryFolder(), "ot.yaml");
  writeFileSync(
    config,
    `station: { name: s, dataFolder: data }
link: { destination: "192.0.2.2:47000", rate: 100Mbit }
devices:
  - name: plc
    driver: modbus
    host: 127.0.0.1
    port: ${device.address.port}
    byteOrder: CDAB
    tags:
      - { path: a/count, address: "hr:100", type: UINT16, scale: 0.1 }
      - { path: a/bit, address: "co:7", enabled: false }
  - { name: gone, driver: modbus, host: 127.0.0.1, port: 1 }
`,
  );
  const lines: string[] = [];
  let exitCode = 0;
  const program = createProgram("nonreturn-ot", "test", "0");
  addReadCommand(program, {
    clock: patientClock,
    log: createLog({ name: "test", level: "silent" }),
    print: (line) => lines.push(line),
    setExitCode: (code) => {
      exitCode = code;
    },
  });
  await program.parseAsync(["read", ...args, "--config", config], { from: "user" });
  return { lines, exitCode };
}

describe("nonreturn-ot read", () => {
  test("all tags of a device, raw, disabled ones too", async () => {
    expect(await read("plc")).toEqual({
      exitCode: 0,
      lines: [
        "request  FC1 unit 1 co:7 (1 bit, 1 tag)",
        "request  FC3 unit 1 hr:100 (1 register, 1 tag)",
        "tag      address  type     value  status  registers",
        "a/count  hr:100   UINT16   100    Good    0064",
        "a/bit    co:7     BOOLEAN  true   Good    1",
      ],
    });
  });

  test("addresses, in the order given, with the device's byte order", async () => {
    expect(await read("plc", "hr:2", "u2!ir:0", "--type", "uint32")).toEqual({
      exitCode: 0,
      lines: [
        "request  FC3 unit 1 hr:2 … 3 (2 registers, 1 tag)",
        "request  FC4 unit 2 ir:0 … 1 (2 registers, 1 tag)",
        "address  type    value     status  registers",
        `hr:2     UINT32  ${3 * 65_536 + 2}    Good    0002 0003`,
        `u2!ir:0  UINT32  ${514 * 65_536 + 513}  Good    0201 0202`,
      ],
    });
  });

  test("without a type: what the driver takes for likely, and its own word for what came", async () => {
    const plc = await startSimulatedController({ tags: [writtenTag("Echo", "DINT", { dimensions: [5] })] });
    onTestFinished(() => plc.close());
    const config = join(temporaryFolder(), "ot.yaml");
    writeFileSync(
      config,
      `station: { name: s, dataFolder: data }
link: { destination: "192.0.2.2:47000", rate: 100Mbit }
devices: [{ name: plc, driver: ethernet-ip, host: 127.0.0.1, port: ${plc.address.port} }]
`,
    );
    const lines: string[] = [];
    const program = createProgram("nonreturn-ot", "test", "0");
    const log = createLog({ name: "test", level: "silent" });
    addReadCommand(program, {
      clock: patientClock,
      log,
      print: (line) => lines.push(line),
      setExitCode: () => undefined,
    });
    await program.parseAsync(["read", "plc", "Echo[1]", "--config", config], { from: "user" });
    expect(lines.at(-2)).toMatch(/^address +type +value +status +type and bytes$/);
    expect(lines.at(-1)).toMatch(/^Echo\[1\] +INT32 +-?\d+ +Good +DINT /);
    const likely = (address: string) => s7.typeOf(address) ?? s7.trying?.typeOf(address);
    expect(["DB1.DBW4", "DB1.DBD4", "DB1,LREAL8", "DB1.DBX0.1"].map(likely)).toEqual([
      "INT16",
      "FLOAT32",
      "FLOAT64",
      "BOOLEAN",
    ]);
  });

  test("anything Bad makes the exit code 1, and says why", async () => {
    const { lines, exitCode } = await read("plc", "hr:50", "hr:1.3", "nonsense");
    expect(exitCode).toBe(1);
    expect(lines).toContainEqual(
      expect.stringMatching(/^hr:50 .*UINT16 .*– .*BadNodeIdUnknown .*exception 2, illegal data address/),
    );
    expect(lines).toContainEqual(expect.stringMatching(/^hr:1\.3 .*BOOLEAN .*false .*Good .*0001/));
    expect(lines).toContainEqual(expect.stringMatching(/^nonsense .*BadConfigurationError .*no Modbus address/));
  });

  test("text from a device cannot steer the terminal", async () => {
    // hr:6992 … are 0x1B50, 0x1B51: escape sequences.
    const { lines } = await read("plc", "hr:6992", "--type", "STRING", "--length", "4");
    expect(lines.at(-1)).toContain('"\\u001bP\\u001bQ"');
    expect(lines.join("")).not.toContain("\u001b");
  });

  test.each([
    [["nobody"], "USAGE", /no device "nobody"/],
    [["plc", "hr:0", "--type", "word"], "USAGE", /no type "word"/],
    [["plc", "hr:0", "--length", "0"], "USAGE", /0 is no length/],
    [["gone", "hr:0"], "DEVICE_UNREACHABLE", /cannot connect/],
  ])("%j is an error", async (args, code, what) => {
    await expect(read(...args)).rejects.toMatchObject({ code, what: expect.stringMatching(what) });
  });
});
