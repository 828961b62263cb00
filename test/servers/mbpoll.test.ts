/** The simulated PLCs read by mbpoll, a Modbus client on libmodbus: what others who use the simulator will see. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startProgram } from "../support/child-program.ts";
import { runDebian } from "../support/debian-program.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const SIMULATOR = new URL("../../hardware-sim/src/main.ts", import.meta.url).pathname;
const SCENARIO = `
plant:
  devices:
    - name: plc
      listen: 127.0.0.1:502
      units:
        - unit: 1
          registers:
            - { at: "hr:0", name: word, type: UINT16, signal: { kind: constant, value: 4711 } }
            - { at: "hr:10", name: float, type: FLOAT32, signal: { kind: constant, value: -1234.5 } }
            - { at: "hr:20", name: long, type: INT32, signal: { kind: constant, value: -123456789 } }
            - { at: "ir:0", name: negative, type: INT16, signal: { kind: constant, value: -5 } }
            - { at: "co:3", name: coil, signal: { kind: constant, value: true } }
            - { at: "di:4", name: discrete, signal: { kind: constant, value: true } }
        - unit: 2
          byteOrder: CDAB
          registers:
            - { at: "hr:10", name: float, type: FLOAT32, signal: { kind: constant, value: -1234.5 } }
        - { unit: 9, unmapped: echo }
`;

interface Poll {
  readonly code: number;
  /** What stands behind each "[address]:". */
  readonly values: Readonly<Record<number, string>>;
  readonly stderr: string;
}

/** A simulated plant until the test ends, and mbpoll towards it: once, zero-based. */
async function startPlant(): Promise<(...args: readonly string[]) => Promise<Poll>> {
  const scenario = join(temporaryFolder(), "plant.yaml");
  writeFileSync(scenario, SCENARIO);
  const plant = startProgram([SIMULATOR, "plant", "--scenario", scenario, "--port", "0"]);
  const [line] = await plant.seen(/^\{"event":"listening".*\}$/m);
  const { port } = (JSON.parse(line) as { devices: [{ port: number }] }).devices[0];
  return async (...args) => {
    const { code, stdout, stderr } = await runDebian("mbpoll", ["-1", "-0", "-p", String(port), "127.0.0.1", ...args]);
    const values = Object.fromEntries(
      [...stdout.matchAll(/^\[(\d+)\]:\s+(.*?)\s*$/gm)].map(([, at, text]) => [at, text]),
    );
    return { code, values, stderr };
  };
}

describe("mbpoll", () => {
  it("reads every table, and 32-bit values in both orders of words", async () => {
    const poll = await startPlant();
    const valuesOf = async (...args: readonly string[]) => (await poll(...args)).values;
    expect(await valuesOf("-t", "4", "-r", "0")).toEqual({ 0: "4711" });
    expect(await valuesOf("-t", "4:float", "-B", "-r", "10")).toEqual({ 10: "-1234.5" });
    expect(await valuesOf("-t", "4:int", "-B", "-r", "20")).toEqual({ 20: "-123456789" });
    expect(await valuesOf("-t", "4:float", "-r", "10", "-a", "2")).toEqual({ 10: "-1234.5" });
    expect(await valuesOf("-t", "4:float", "-B", "-r", "10", "-a", "2")).not.toEqual({ 10: "-1234.5" });
    expect(await valuesOf("-t", "3", "-r", "0")).toEqual({ 0: "65531 (-5)" });
    expect(await valuesOf("-t", "0", "-r", "3")).toEqual({ 3: "1" });
    expect(await valuesOf("-t", "1", "-r", "4")).toEqual({ 4: "1" });
  });

  it("finds every register of an echo unit at its own address", async () => {
    const poll = await startPlant();
    const { values } = await poll("-t", "4", "-a", "9", "-r", "30000", "-c", "125");
    const wanted = Array.from({ length: 125 }, (_, index) => [30_000 + index, String(30_000 + index)]);
    expect(values).toEqual(Object.fromEntries(wanted));
  });

  it("is refused as a PLC refuses: no such register, nobody behind the gateway, and no writing", async () => {
    const poll = await startPlant();
    expect(await poll("-t", "4", "-r", "1000")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Illegal data address"),
    });
    expect(await poll("-t", "4", "-r", "0", "-a", "77")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Target device failed to respond"),
    });
    expect(await poll("-t", "4", "-r", "0", "--", "99")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Illegal function"),
    });
    expect((await poll("-t", "4", "-r", "0")).values).toEqual({ 0: "4711" });
  });
});
