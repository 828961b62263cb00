import { faultSection, type Plant, type ServedValue } from "@nonreturn/hardware-sim";
import { qualityOf, type Sample, StatusCode } from "@nonreturn/wire-format";
import { expect, test } from "vitest";
import { type ModbusReader, modbusReader } from "../../support/modbus-reader.ts";
import { simulatedPlant } from "../../support/simulated-plant.ts";

const TAGS = [
  { address: "hr:0", dataType: "FLOAT32" },
  { address: "hr:2", dataType: "UINT64" },
  { address: "hr:6", dataType: "INT16" },
  { address: "ir:0", dataType: "UINT32" },
  { address: "co:0", dataType: "BOOLEAN" },
  { address: "di:0", dataType: "BOOLEAN" },
] as const;

/** No value is ever 0 and none repeats soon, so that an old or an invented one shows. */
const REGISTERS = [
  { at: "hr:0", type: "FLOAT32", signal: { kind: "ramp", from: 1000.5, to: 2000, period: "1h" } },
  { at: "hr:2", type: "UINT64", signal: { kind: "counter", start: "18014398509481985", increment: 3, every: "1ms" } },
  { at: "hr:6", type: "INT16", signal: { kind: "counter", start: 1, every: "10ms" } },
  { at: "ir:0", type: "UINT32", signal: { kind: "counter", start: 70_000, every: "1ms" } },
  { at: "co:0", signal: { kind: "constant", value: true } },
  { at: "di:0", signal: { kind: "constant", value: true } },
];

async function start(config: object = {}): Promise<{ plant: Plant; reader: ModbusReader }> {
  const plant = await simulatedPlant([{ name: "plc", cycle: "1ms", units: [{ unit: 1, registers: REGISTERS }] }]);
  const reader = modbusReader(plant.addressOf("plc"), { timeout: "150ms", retries: 0, ...config }, TAGS);
  await reader.connect();
  return { plant, reader };
}

const begin = (plant: Plant, fault: object) => plant.beginFault("plc", faultSection.parse(fault));

/** A scan as the runner sees it: a lost connection makes every tag Bad, and is followed by a new one. */
async function scan(reader: ModbusReader): Promise<readonly Sample[] | "connection lost"> {
  try {
    return [...(await reader.read()).values()];
  } catch (error) {
    expect(error).toMatchObject({ code: "CONNECTION_LOST" });
    await reader.driver.close();
    await reader.connect();
    return "connection lost";
  }
}

function expectBad(samples: readonly Sample[] | "connection lost", ...statusCodes: number[]): void {
  if (samples === "connection lost") return;
  expect(samples.length).toBe(TAGS.length);
  for (const { value, statusCode } of samples) {
    expect(value).toBeNull();
    expect(qualityOf(statusCode)).toBe("bad");
    expect(statusCodes).toContain(statusCode);
  }
}

async function expectGood(plant: Plant, reader: ModbusReader): Promise<void> {
  plant.truth.forget();
  const samples = await reader.read();
  const truth = new Map(plant.truth.records().map(({ register, value }) => [register, value]));
  for (const [address, { value, statusCode }] of samples) {
    expect([address, statusCode, value]).toEqual([address, StatusCode.Good, truth.get(address)]);
  }
}

test.each([
  ["illegal-function", [StatusCode.BadNotSupported]],
  ["illegal-data-address", [StatusCode.BadNodeIdUnknown]],
  ["illegal-data-value", [StatusCode.BadOutOfRange]],
  ["device-failure", [StatusCode.BadDeviceFailure]],
  ["busy", [StatusCode.BadResourceUnavailable]],
  ["memory-parity", [StatusCode.BadDeviceFailure]],
  ["gateway-path", [StatusCode.BadNoCommunication]],
  ["gateway-target", [StatusCode.BadNoCommunication]],
])("exception %s: Bad with that reason, no value; Good again afterwards", async (exception, statusCodes) => {
  const { plant, reader } = await start({ busyDelay: "5ms", badAddressRetry: "1s" });
  await expectGood(plant, reader);
  const end = await begin(plant, { kind: "exception", exception });
  for (let n = 0; n < 3; n++) expectBad(await scan(reader), ...statusCodes);
  end();
  await expect
    .poll(async () => [...(await reader.read()).values()].every(({ statusCode }) => statusCode === StatusCode.Good), {
      timeout: 30_000,
      interval: 100,
    })
    .toBe(true);
  await expectGood(plant, reader);
});

test("a device that accepts and never answers: time-outs, not old values", async () => {
  const { plant, reader } = await start();
  await expectGood(plant, reader);
  await begin(plant, { kind: "silent" });
  for (let n = 0; n < 3; n++) expectBad(await scan(reader), StatusCode.BadTimeout);
  await plant.endFaults("plc");
  await expectGood(plant, reader);
});

test("a reply that comes after its time-out is not taken for the next one's", async () => {
  const { plant, reader } = await start({ timeout: "60ms" });
  await expectGood(plant, reader);
  await begin(plant, { kind: "slow", delay: "100ms" });
  for (let n = 0; n < 4; n++) expectBad(await scan(reader), StatusCode.BadTimeout);
  await plant.endFaults("plc");
  for (let n = 0; n < 5; n++) await expectGood(plant, reader);
});

test("a connection that breaks off inside a reply: no part of it becomes a value", async () => {
  for (const after of [0, 1, 6, 8, 9, 12]) {
    const { plant, reader } = await start();
    await expectGood(plant, reader);
    await begin(plant, { kind: "reset", after });
    expect(await scan(reader)).toBe("connection lost");
    await plant.endFaults("plc");
    await reader.driver.close();
    await reader.connect();
    await expectGood(plant, reader);
  }
});

test("a dead connection that nobody closed (the PLC lost power): Bad until a new connection", async () => {
  const { plant, reader } = await start();
  await expectGood(plant, reader);
  await begin(plant, { kind: "half-open" });
  expectBad(await scan(reader), StatusCode.BadTimeout);
  await reader.driver.close();
  await reader.connect();
  await expectGood(plant, reader);
});

test("a device that refuses connections: connecting fails with words for the operator", async () => {
  const { plant, reader } = await start();
  await begin(plant, { kind: "refused" });
  await expect(reader.read()).rejects.toMatchObject({ code: "CONNECTION_LOST" });
  await reader.driver.close();
  await expect(reader.connect()).rejects.toMatchObject({ code: "DEVICE_UNREACHABLE" });
  await plant.endFaults("plc");
  await reader.connect();
  await expectGood(plant, reader);
});

test("replies that trickle in a byte at a time are still whole", async () => {
  const { plant, reader } = await start({ timeout: "5s" });
  await begin(plant, { kind: "trickle", interval: "1ms" });
  await expectGood(plant, reader);
});

// Modbus TCP has no checksum: with header, unit, function and byte count true a reply is true, so garbage begins before they end.
test.each([
  0, 2, 4, 6, 7,
])("garbage after %i true bytes never becomes a Good value the device did not serve", async (keep) => {
  const { plant, reader } = await start({ timeout: "60ms" });
  let bad = 0;
  for (let n = 0; n < 12; n++) {
    await begin(plant, { kind: "garbage", keep });
    plant.truth.forget();
    const samples = await scan(reader);
    if (samples === "connection lost") {
      bad++;
      await plant.endFaults("plc");
      continue;
    }
    expect(samples.length).toBe(TAGS.length);
    bad += samples.filter(({ statusCode }) => statusCode !== StatusCode.Good).length;
    expectServed(samples, plant.truth.records());
    await plant.endFaults("plc");
  }
  expect(bad).toBeGreaterThan(0); // the garbage did reach the driver
  // A damaged length may still wait for its bytes; then every tag is read again.
  const isGood = ({ statusCode }: Sample) => statusCode === StatusCode.Good;
  const recovered = async () => {
    const samples = await scan(reader);
    return samples !== "connection lost" && samples.every(isGood);
  };
  await expect.poll(recovered, { timeout: 30_000 }).toBe(true);
  await expectGood(plant, reader);
});

/** One random byte can be the byte that was there: such a reply is the true one. Bits have no redundancy at all, so they are left out. */
function expectServed(samples: readonly Sample[], truth: readonly ServedValue[]): void {
  for (const [index, { value, statusCode }] of samples.entries()) {
    const { address, dataType } = TAGS[index]!;
    if (dataType === "BOOLEAN" || statusCode !== StatusCode.Good) continue;
    expect(truth.filter(({ register }) => register === address).map((served) => served.value)).toContain(value);
  }
}
