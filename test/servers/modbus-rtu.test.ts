/** Modbus RTU on serial lines against independent programs: our driver reads pymodbus, mbpoll (libmodbus) reads our simulated bus. */
import { StatusCode } from "@nonreturn/wire-format";
import { describe, expect, it } from "vitest";
import { runDebian } from "../support/debian-program.ts";
import { modbusReader, modbusSerialReader, type WantedTag } from "../support/modbus-reader.ts";
import { startSerialPlc } from "../support/pymodbus.ts";
import { startSerialPair, startSerialPortTo } from "../support/serial-pair.ts";
import { simulatedPlant } from "../support/simulated-plant.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const WAIT = { timeout: 60_000, interval: 100 };

describe("a bus of PLCs by pymodbus", () => {
  it("is read in every table and type, two units on one line; who is not there costs its own tags", async () => {
    const pair = await startSerialPair(temporaryFolder(), "bus");
    startSerialPlc(pair.ends[1].path, {
      1: {
        hr: [
          { at: 0, type: "INT16", value: "-2" },
          { at: 10, type: "FLOAT32", value: "-1234.5", order: "CDAB" },
          { at: 20, type: "INT64", value: "-9223372036854775807" },
          { at: 30, type: "FLOAT16", value: "1.5" },
          { at: 40, type: "BYTES", value: Buffer.from("Süd\0\0", "utf8").toString("hex") },
          ...Array.from({ length: 125 }, (_, at) => ({ at: 1000 + at, type: "UINT16", value: String(at * 511) })),
        ],
        ir: [{ at: 0, type: "UINT32", value: "4278057985" }],
        co: { 5: true, 6: false },
        di: { 7: true },
      },
      2: { hr: [{ at: 0, type: "UINT16", value: "65535" }] },
    });
    const wanted: readonly (readonly [WantedTag, unknown])[] = [
      [{ address: "hr:0", dataType: "INT16" }, -2],
      [{ address: "400011", dataType: "FLOAT32", options: { byteOrder: "CDAB" } }, -1234.5],
      [{ address: "hr:20", dataType: "INT64" }, -9223372036854775807n],
      [{ address: "hr:30", dataType: "FLOAT16" }, 1.5],
      [{ address: "hr:40", dataType: "STRING", options: { length: 5 } }, "Süd"],
      [{ address: "ir:0", dataType: "UINT32" }, 4278057985],
      [{ address: "co:5", dataType: "BOOLEAN" }, true],
      [{ address: "000007", dataType: "BOOLEAN" }, false],
      [{ address: "di:7", dataType: "BOOLEAN" }, true],
      [{ address: "u2!hr:0", dataType: "UINT16" }, 65_535],
      ...Array.from(
        { length: 125 },
        (_, at) => [{ address: `hr:${1000 + at}`, dataType: "UINT16" }, at * 511] as const,
      ),
    ];
    const missing: readonly WantedTag[] = [
      { address: "hr:500", dataType: "UINT16" },
      { address: "u3!hr:0", dataType: "UINT16" },
    ];
    const config = { timeout: "1s", lateReply: "100ms", maxGapRegisters: 0, maxGapBits: 0, badAddressRetry: "1s" };
    const reader = modbusSerialReader(pair.ends[0].path, config, [...wanted.map(([tag]) => tag), ...missing]);
    await reader.connect();
    // Until pymodbus has opened its end nobody answers.
    await expect.poll(async () => (await reader.read()).get("u2!hr:0")?.statusCode, WAIT).toBe(StatusCode.Good);
    const read = await reader.read();
    for (const [{ address }, value] of wanted)
      expect([address, read.get(address)?.value, read.get(address)?.statusCode]).toEqual([
        address,
        value,
        StatusCode.Good,
      ]);
    expect(read.get("hr:500")).toMatchObject({ value: null, statusCode: StatusCode.BadNodeIdUnknown });
    expect(read.get("u3!hr:0")).toMatchObject({ value: null });
    expect(read.get("u3!hr:0")?.statusCode).not.toBe(StatusCode.Good);
  });
});

describe("the simulated bus", () => {
  const units = [
    { unit: 1, unmapped: "echo", illegal: ["hr:50"] },
    {
      unit: 2,
      byteOrder: "CDAB",
      registers: [{ at: "hr:10", type: "FLOAT32", signal: { kind: "constant", value: -1234.5 } }],
    },
  ];

  it("is read by mbpoll on a serial port, refuses, and is silent for who is not there", async () => {
    const plant = await simulatedPlant([{ name: "bus", framing: "rtu", units }]);
    const { port } = plant.addressOf("bus");
    let ports = 0;
    const poll = async (...args: readonly string[]) => {
      // socat ends when its reader closes the port: one for each.
      const { path } = await startSerialPortTo(temporaryFolder(), `port-${ports++}`, port);
      const line = ["-m", "rtu", "-b", "19200", "-P", "even", "-1", "-0", "-o", "2"];
      const { code, stdout, stderr } = await runDebian("mbpoll", [...line, ...args, path]);
      const values = [...stdout.matchAll(/^\[(\d+)\]:\s+(.*?)\s*$/gm)].map(([, at, text]) => `${at}: ${text}`);
      return { code, values, stderr };
    };
    expect((await poll("-t", "4", "-r", "300", "-c", "3")).values).toEqual(["300: 300", "301: 301", "302: 302"]);
    expect((await poll("-t", "4", "-r", "1000", "-c", "125")).values).toHaveLength(125);
    expect((await poll("-t", "3", "-r", "7")).values).toEqual(["7: 7"]);
    expect((await poll("-t", "0", "-r", "7")).values).toEqual(["7: 1"]);
    expect((await poll("-a", "2", "-t", "4:float", "-r", "10")).values).toEqual(["10: -1234.5"]);
    expect(await poll("-t", "4", "-r", "50")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Illegal data"),
    });
    expect(await poll("-a", "9", "-t", "4", "-r", "0")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("timed out"),
    });
  });

  it("is read by the station's driver on a serial port and by TCP alike", async () => {
    const plant = await simulatedPlant([{ name: "bus", framing: "rtu", units }]);
    const address = plant.addressOf("bus");
    const port = await startSerialPortTo(temporaryFolder(), "port", address.port);
    const tags: readonly WantedTag[] = [
      { address: "hr:300", dataType: "UINT16" },
      { address: "ir:40000", dataType: "UINT16" },
      { address: "u2!hr:10", dataType: "FLOAT32", options: { byteOrder: "CDAB" } },
    ];
    const reader = modbusSerialReader(port.path, { timeout: "5s" }, tags);
    await reader.connect();
    const read = await reader.read();
    expect([...read].map(([where, { value }]) => [where, value])).toEqual([
      ["hr:300", 300],
      ["ir:40000", 40_000],
      ["u2!hr:10", -1234.5],
    ]);
    // Control: Modbus TCP is another framing, and gets no answer on this line.
    const wrong = modbusReader(address, { timeout: "300ms" }, tags);
    await wrong.connect();
    expect([...(await wrong.read()).values()].every(({ value }) => value === null)).toBe(true);
  });
});
