import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@nonreturn/station";
import { afterEach, describe, expect, test } from "vitest";
import { manualClock } from "../../../test/support/manual-clock.ts";
import { temporaryFolder } from "../../../test/support/temporary-folder.ts";
import { ownAddress } from "../../src/plant/modbus-tcp/register-image.ts";
import { type Plant, type PlantOptions, startPlant } from "../../src/plant/start-plant.ts";
import { readTruthLine } from "../../src/plant/truth.ts";
import { plantSection } from "../../src/scenario/check-plant.ts";
import { faultSection } from "../../src/scenario/fault-section.ts";
import { loadScenario } from "../../src/scenario/scenario.ts";
import { closeClient, connectClient, exchange, type ModbusClient } from "../support/modbus-client.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function start(units: object[], more: object = {}, options: Partial<PlantOptions> = {}): Promise<Plant> {
  const settings = plantSection.parse({ devices: [{ name: "plc", units, ...more }] });
  const plant = await startPlant(settings, {
    seed: 1,
    clock: systemClock,
    folder: "/nonexistent",
    truth: { keep: 10_000 },
    ...options,
  });
  open.push(plant);
  return plant;
}

async function client(plant: Plant, unit = 1): Promise<ModbusClient> {
  const connected = await connectClient(plant.addressOf("plc"), unit);
  open.push({ close: () => closeClient(connected) });
  return connected;
}

const constant = (at: string, type: string, value: unknown, more: object = {}) => ({
  at,
  type,
  signal: { kind: "constant", value },
  ...more,
});

describe("values over Modbus TCP, read by modbus-serial's client", () => {
  test.each([
    ["ABCD", 0b1000],
    ["CDAB", 0b1000],
    ["BADC", 0b1000_0000_0000],
    ["DCBA", 0b1000_0000_0000],
  ])("bit 3 of a register in %s", async (byteOrder, word) => {
    const plant = await start([{ registers: [constant("hr:0.3", "BOOLEAN", true)] }], { byteOrder });
    const { data } = await (await client(plant)).readHoldingRegisters(0, 1);
    expect(data).toEqual([word]);
  });

  test("every type arrives in big-endian as it is in the truth", async () => {
    const plant = await start([
      {
        registers: [
          constant("hr:0", "INT16", -1234),
          constant("hr:1", "UINT16", 65_000),
          constant("hr:2", "INT32", -123_456_789),
          constant("hr:4", "UINT32", 4_000_000_000),
          constant("hr:6", "INT64", "-9007199254740993"),
          constant("hr:10", "UINT64", "18446744073709551615"),
          constant("hr:14", "FLOAT32", 23.4),
          constant("hr:16", "FLOAT64", -1e-300),
          constant("hr:20", "STRING", "Süd", { length: 7 }),
          constant("hr:24.0", "BOOLEAN", true),
          constant("hr:24.9", "BOOLEAN", true),
        ],
      },
    ]);
    const { buffer } = await (await client(plant)).readHoldingRegisters(0, 25);
    expect(buffer.readInt16BE(0)).toBe(-1234);
    expect(buffer.readUInt16BE(2)).toBe(65_000);
    expect(buffer.readInt32BE(4)).toBe(-123_456_789);
    expect(buffer.readUInt32BE(8)).toBe(4_000_000_000);
    expect(buffer.readBigInt64BE(12)).toBe(-9007199254740993n);
    expect(buffer.readBigUInt64BE(20)).toBe(18446744073709551615n);
    expect(buffer.readFloatBE(28)).toBe(Math.fround(23.4));
    expect(buffer.readDoubleBE(32)).toBe(-1e-300);
    expect(buffer.subarray(40, 48).toString("utf8")).toBe("Süd\0\0\0\0");
    expect(buffer.readUInt16BE(48)).toBe(0b10_0000_0001);
    expect(plant.truth.records().map(({ register, value }) => [register, value])).toEqual([
      ["hr:0", -1234],
      ["hr:1", 65_000],
      ["hr:2", -123_456_789],
      ["hr:4", 4_000_000_000],
      ["hr:6", -9007199254740993n],
      ["hr:10", 18446744073709551615n],
      ["hr:14", Math.fround(23.4)],
      ["hr:16", -1e-300],
      ["hr:20", "Süd"],
      ["hr:24.0", true],
      ["hr:24.9", true],
    ]);
  });

  test("moving values: what a client reads is what the truth says, reading after reading, and they do move", async () => {
    const plant = await start(
      [
        {
          registers: [
            {
              at: "ir:0",
              type: "FLOAT32",
              signal: { kind: "random-walk", start: 5, step: 1, every: "2ms", min: 0, max: 9 },
            },
            {
              at: "ir:2",
              type: "UINT64",
              signal: { kind: "counter", start: "18446744073709551600", increment: 7, every: "2ms" },
            },
            {
              at: "ir:6",
              type: "INT16",
              scale: 0.1,
              signal: { kind: "sine", amplitude: 90, period: "50ms", resolution: 0.1 },
            },
          ],
        },
      ],
      { cycle: "1ms" },
    );
    const reader = await client(plant);
    const read: unknown[][] = [];
    const moved = () => new Set(read.map(([, counter]) => counter)).size;
    while (read.length < 60 || moved() <= 5) {
      const { buffer } = await reader.readInputRegisters(0, 7);
      read.push([buffer.readFloatBE(0), buffer.readBigUInt64BE(4), buffer.readInt16BE(12)]);
    }
    const truth = plant.truth.records();
    expect(truth.length).toBe(read.length * 3);
    expect(read).toEqual(read.map((_, n) => truth.slice(n * 3, n * 3 + 3).map(({ value }) => value)));
    expect(read.some(([, counter]) => (counter as bigint) < 100n)).toBe(true); // it wrapped
    // All values of one reply are of one instant.
    expect(new Set(truth.slice(0, 3).map(({ time }) => time)).size).toBe(1);
  });

  test("coils and discrete inputs, one and many, count as one request each", async () => {
    const plant = await start([
      {
        registers: [
          { at: "co:3", count: 20, signal: { kind: "constant", value: true } },
          { at: "di:0", signal: { kind: "constant", value: false } },
          { at: "di:1", signal: { kind: "constant", value: true } },
        ],
      },
    ]);
    const reader = await client(plant);
    expect((await reader.readCoils(3, 20)).data.slice(0, 20)).toEqual(new Array(20).fill(true));
    expect((await reader.readDiscreteInputs(0, 2)).data.slice(0, 2)).toEqual([false, true]);
    expect((await reader.readDiscreteInputs(1, 1)).data[0]).toBe(true);
    expect(plant.statistics()).toMatchObject({ requests: 3, valuesServed: 23 });
  });

  test("a value read in part is not in the truth; one read whole is", async () => {
    const plant = await start([{ registers: [constant("hr:0", "FLOAT32", 1), constant("hr:2", "FLOAT32", 2)] }]);
    await (await client(plant)).readHoldingRegisters(1, 3);
    expect(plant.truth.records().map(({ register }) => register)).toEqual(["hr:2"]);
  });

  test("byte orders are per device, unit and register, the nearest wins", async () => {
    const word = { kind: "constant", value: 0x0102_0304 };
    const registers = [
      { at: "hr:0", type: "UINT32", signal: word },
      { at: "hr:2", type: "UINT32", byteOrder: "ABCD", signal: word },
    ];
    const plant = await start(
      [
        { unit: 1, registers },
        { unit: 2, byteOrder: "DCBA", registers },
      ],
      { byteOrder: "CDAB" },
    );
    expect((await (await client(plant, 1)).readHoldingRegisters(0, 4)).data).toEqual([0x0304, 0x0102, 0x0102, 0x0304]);
    expect((await (await client(plant, 2)).readHoldingRegisters(0, 4)).data).toEqual([0x0403, 0x0201, 0x0102, 0x0304]);
  });

  test("registers that echo answer with their own address, bits with its parity", async () => {
    const plant = await start([{ echo: ["hr:1000-1199", "co:0-63"] }]);
    const reader = await client(plant);
    expect((await reader.readHoldingRegisters(1007, 100)).data).toEqual(
      Array.from({ length: 100 }, (_, n) => 1007 + n),
    );
    const bits = (await reader.readCoils(5, 32)).data.slice(0, 32);
    expect(bits).toEqual(Array.from({ length: 32 }, (_, n) => ownAddress("co", 5 + n) === 1));
    expect(bits).not.toEqual(Array.from({ length: 32 }, (_, n) => ownAddress("co", 6 + n) === 1));
  });

  test("one signal shown by two registers is one value", async () => {
    const registers = [
      { at: "hr:0", type: "INT16", scale: 0.1, signal: "temperature" },
      { at: "hr:1", type: "FLOAT32", signal: "temperature" },
    ];
    const signals = {
      temperature: { kind: "random-walk", start: 50, step: 2, every: "1ms", min: 0, max: 100, resolution: 0.1 },
    };
    const plant = await start([{ registers }], { signals, cycle: "1ms" });
    const reader = await client(plant);
    for (let n = 0; n < 30; n++) {
      const { buffer } = await reader.readHoldingRegisters(0, 3);
      expect(Math.fround(buffer.readInt16BE(0) / 10)).toBe(buffer.readFloatBE(2));
    }
  });

  test("a recorded column is replayed; the file is named relative to the scenario", async () => {
    const folder = temporaryFolder();
    writeFileSync(
      join(folder, "pump.csv"),
      `time;Flow\n${Array.from({ length: 50 }, (_, n) => `${n / 100};${100 + n}`).join("\n")}\n`,
    );
    const registers = [{ at: "hr:0", signal: { kind: "recorded", file: "pump.csv", column: "Flow" } }];
    const plant = await start([{ registers }], {}, { folder });
    const reader = await client(plant);
    const seen = new Set<number>();
    for (let n = 0; n < 40 || seen.size < 2; n++) seen.add((await reader.readHoldingRegisters(0, 1)).data[0]!);
    expect([...seen].every((value) => value >= 100 && value < 150)).toBe(true);
  });
});

describe("refusals", () => {
  const refusal = (code: number) => expect.objectContaining({ modbusCode: code });

  test.each([
    [1, "hr:10 beside nothing", 2, (c: ModbusClient) => c.readHoldingRegisters(9, 3)],
    [1, "a forbidden register inside the range", 2, (c: ModbusClient) => c.readHoldingRegisters(20, 8)],
    [1, "more registers than this PLC gives", 3, (c: ModbusClient) => c.readHoldingRegisters(20, 9)],
    [1, "a coil that is not there, after one that is", 2, (c: ModbusClient) => c.readCoils(0, 2)],
    [7, "a unit that is not there", 11, (c: ModbusClient) => c.readHoldingRegisters(10, 1)],
  ])("unit %i: %s is exception %i", async (unit, _, code, read) => {
    const plant = await start([
      {
        maxRegisters: 8,
        echo: ["hr:20-40"],
        illegal: ["hr:25"],
        registers: [constant("hr:10", "UINT16", 1), constant("co:0", "BOOLEAN", true)],
      },
    ]);
    const reader = await client(plant, unit);
    await expect(read(reader)).rejects.toEqual(refusal(code));
    expect(plant.statistics().devices[0]).toMatchObject({ requests: 1, valuesServed: 0, exceptions: { [code]: 1 } });
    expect(plant.truth.records()).toEqual([]);
  });

  test.each([
    ["FC 5, write coil", "05 0000 ff00", "8501"],
    ["FC 6, write register", "06 0000 1234", "8601"],
    ["FC 15, write coils", "0f 0000 000a 02 ffff", "8f01"],
    ["FC 16, write registers", "10 0000 0002 04 0001 0002", "9001"],
    ["FC 22, mask write", "16 0000 00f2 0025", "9601"],
    ["FC 23, read and write", "17 0000 0001 0000 0001 02 0001", "9701"],
  ])("%s is refused with exception 1 and changes nothing", async (_, request, expected) => {
    const plant = await start([
      { registers: [constant("hr:0", "UINT16", 7), constant("co:0", "BOOLEAN", true, { count: 10 })] },
    ]);
    expect(await exchange(plant.addressOf("plc"), 1, request)).toBe(expected);
    expect((await (await client(plant)).readHoldingRegisters(0, 1)).data).toEqual([7]);
  });

  test("refused writes are counted once per request", async () => {
    const plant = await start([{ echo: ["hr:0-9", "co:0-99"] }]);
    const address = plant.addressOf("plc");
    await exchange(address, 1, "0f 0000 000a 02 ffff");
    await exchange(address, 1, "10 0000 0002 04 0001 0002");
    expect(plant.statistics()).toMatchObject({ writesRefused: 2, requests: 0 });
  });

  test("a frame that is no Modbus leaves the device alive", async () => {
    const plant = await start([{ echo: ["hr:0-9"] }]);
    for (const rubbish of [
      "03",
      "03 00",
      "03 0000 0000",
      "03 0000 ffff",
      "01 0000 ffff",
      "2b 0e 01 00",
      "ff".repeat(250),
    ]) {
      await Promise.race([
        exchange(plant.addressOf("plc"), 1, rubbish).catch(() => {}),
        new Promise((resolve) => systemClock.after(50, () => resolve(0))),
      ]);
    }
    expect((await (await client(plant)).readHoldingRegisters(3, 2)).data).toEqual([3, 4]);
  });
});

describe("faults of units", () => {
  const fault = (settings: object) => faultSection.parse(settings);

  test("an exception can hit one unit and one range, and ends", async () => {
    const plant = await start([
      { unit: 1, echo: ["hr:0-99"] },
      { unit: 2, echo: ["hr:0-99"] },
    ]);
    const [one, two] = [await client(plant, 1), await client(plant, 2)];
    await plant.beginFault("plc", fault({ kind: "exception", exception: "busy", unit: 1, registers: "hr:50-59" }));
    await expect(one.readHoldingRegisters(40, 20)).rejects.toMatchObject({ modbusCode: 6 });
    expect((await one.readHoldingRegisters(60, 1)).data).toEqual([60]);
    expect((await two.readHoldingRegisters(50, 1)).data).toEqual([50]);
    await plant.endFaults("plc");
    expect((await one.readHoldingRegisters(50, 1)).data).toEqual([50]);
  });

  test("a silent unit answers nothing while its neighbour on the same connection does", async () => {
    const plant = await start([
      { unit: 1, echo: ["hr:0-9"] },
      { unit: 2, echo: ["hr:0-9"] },
    ]);
    await plant.beginFault("plc", fault({ kind: "unit-silent", unit: 2 }));
    const reader = await client(plant, 2);
    reader.setTimeout(150);
    await expect(reader.readHoldingRegisters(0, 1)).rejects.toMatchObject({ name: "TransactionTimedOutError" });
    reader.setID(1);
    reader.setTimeout(3000);
    expect((await reader.readHoldingRegisters(5, 1)).data).toEqual([5]);
    expect(plant.statistics().devices[0]).toMatchObject({ leftUnanswered: 1, faults: ["unit-silent"] });
  });

  test("the timeline begins and ends faults by itself", async () => {
    const settings = plantSection.parse({
      devices: [{ name: "plc", units: [{ echo: ["hr:0-9"] }] }],
      timeline: [{ at: "0ms", for: "300ms", device: "plc", fault: { kind: "exception", exception: "device-failure" } }],
    });
    const clock = manualClock();
    const plant = await startPlant(settings, { seed: 1, clock, folder: ".", truth: { keep: 0 } });
    open.push(plant);
    const reader = await client(plant);
    await clock.advanceAsync(299);
    await expect(reader.readHoldingRegisters(0, 1)).rejects.toMatchObject({ modbusCode: 4 });
    await clock.advanceAsync(1);
    expect((await reader.readHoldingRegisters(0, 1)).data).toEqual([0]);
    expect(plant.statistics().devices[0]?.faults).toEqual([]);
  });

  test("a device that does not exist is named with those that do", async () => {
    const plant = await start([{}]);
    await expect(plant.beginFault("plx", fault({ kind: "silent" }))).rejects.toMatchObject({
      code: "SIM_NO_SUCH_DEVICE",
      action: "Name one of plc.",
    });
  });
});

describe("the plant as a whole", () => {
  test("the truth file holds every value served", async () => {
    const file = join(temporaryFolder(), "truth.jsonl");
    const plant = await start([{ echo: ["hr:0-99"] }], {}, { truth: { file } });
    const reader = await client(plant);
    for (let n = 0; n < 10; n++) await reader.readHoldingRegisters(n, 50);
    await plant.close();
    const lines = readFileSync(file, "utf8").trimEnd().split("\n").map(readTruthLine);
    expect(lines.length).toBe(500);
    expect(lines.at(-1)).toMatchObject({ device: "plc", unit: 1, register: "hr:58", value: 58 });
  });

  test("with nobody looking at the truth, values are still counted", async () => {
    const plant = await start([{ echo: ["hr:0-99"] }], {}, { truth: { keep: 0 } });
    await (await client(plant)).readHoldingRegisters(0, 50);
    expect(plant.truth.served).toBe(50);
    expect(plant.truth.records()).toEqual([]);
  });

  test("two plants of one seed say the same at the same scenario time", async () => {
    const registers = [
      {
        at: "hr:0",
        count: 50,
        type: "FLOAT32",
        signal: { kind: "random-walk", start: 0, step: 1, every: "1h", min: -9, max: 9 },
      },
    ];
    const first = await start([{ registers }]);
    const second = await start([{ registers }]);
    const [a, b] = [
      await (await client(first)).readHoldingRegisters(0, 100),
      await (await client(second)).readHoldingRegisters(0, 100),
    ];
    expect(a.buffer.equals(b.buffer)).toBe(true);
  });

  test("a port that is taken stops everything that had started", async () => {
    const plant = await start([{}]);
    const taken = plant.addressOf("plc").port;
    const settings = plantSection.parse({
      devices: [
        { name: "a", units: [{}] },
        { name: "b", listen: `127.0.0.1:${taken}`, units: [{}] },
      ],
    });
    await expect(startPlant(settings, { seed: 1, clock: systemClock, folder: "." })).rejects.toMatchObject({
      code: "SOCKET_CANNOT_LISTEN",
    });
  });

  test("config/plant.yaml serves every register that it names", async () => {
    const scenario = loadScenario(new URL("../../../config/plant.yaml", import.meta.url).pathname);
    const settings = {
      ...scenario.plant!,
      devices: scenario.plant!.devices.map((device) => ({ ...device, listen: { host: "127.0.0.1", port: 0 } })),
    };
    const plant = await startPlant(settings, { seed: 1, clock: systemClock, folder: ".", truth: { keep: 10_000 } });
    open.push(plant);
    const onModbus = settings.devices.filter((device) => "units" in device);
    expect(onModbus.map(({ name }) => name)).toEqual(["boiler", "filling", "gateway"]);
    for (const device of onModbus) {
      const reader = await connectClient(plant.addressOf(device.name));
      open.push({ close: () => closeClient(reader) });
      for (const unit of device.units) {
        reader.setID(unit.unit);
        for (const { at, type, length, count } of unit.registers) {
          const width =
            type === "STRING"
              ? Math.ceil(length / 2)
              : type === undefined || type === "BOOLEAN" || type.endsWith("16")
                ? 1
                : type.endsWith("32")
                  ? 2
                  : 4;
          for (let copy = 0; copy < count; copy++) {
            const address = at.address + copy * width;
            if (at.table === "hr") await reader.readHoldingRegisters(address, width);
            else if (at.table === "ir") await reader.readInputRegisters(address, width);
            else if (at.table === "co") await reader.readCoils(address, 1);
            else await reader.readDiscreteInputs(address, 1);
          }
        }
      }
    }
    const { devices } = plant.statistics();
    expect(devices.map(({ exceptions }) => exceptions)).toEqual(settings.devices.map(() => ({})));
    const names = plant.truth.records().filter(({ device }) => onModbus.some(({ name }) => name === device));
    expect(new Set(names.map(({ device, name }) => `${device}/${name}`)).size).toBe(12 + 8 + 120 + 3);
  });
});
