import { faultSection } from "@nonreturn/hardware-sim";
import { qualityOf, StatusCode } from "@nonreturn/wire-format";
import { expect, test } from "vitest";
import { modbusReader } from "../../support/modbus-reader.ts";
import { simulatedPlant } from "../../support/simulated-plant.ts";

const COUNT = 100;
const BAD = 37;
const echoing = (illegal: readonly string[]) => [{ name: "plc", units: [{ echo: ["hr:0-199", "co:0-199"], illegal }] }];
const registers = Array.from({ length: COUNT }, (_, n) => ({ address: `hr:${n}`, dataType: "UINT16" as const }));

test("the bad address is found, named, and the only one that is bad", async () => {
  const plant = await simulatedPlant(echoing([`hr:${BAD}`]));
  const reader = modbusReader(plant.addressOf("plc"), {}, registers);
  expect(reader.plan.requests.length).toBe(1); // without the bad address it is one request: there is something to spoil
  await reader.connect();
  const samples = await reader.read();
  for (let n = 0; n < COUNT; n++) {
    const { value, statusCode } = samples.get(`hr:${n}`)!;
    if (n === BAD) expect([value, statusCode]).toEqual([null, StatusCode.BadNodeIdUnknown]);
    else expect([value, statusCode]).toEqual([n, StatusCode.Good]);
  }
});

test("afterwards a scan costs no more requests than there are good parts: the bad address is left alone", async () => {
  const plant = await simulatedPlant(echoing([`hr:${BAD}`]));
  const reader = modbusReader(plant.addressOf("plc"), {}, registers);
  await reader.connect();
  await reader.read();
  const before = plant.statistics().devices[0]!;
  const samples = await reader.read();
  const after = plant.statistics().devices[0]!;
  expect(after.exceptions).toEqual(before.exceptions);
  expect(after.requests - before.requests).toBeLessThanOrEqual(14); // 2·log2(100): the parts that halving left
  expect([...samples.values()].filter(({ statusCode }) => qualityOf(statusCode) === "bad").length).toBe(1);
});

test("it comes back by itself when the device has it again", async () => {
  const plant = await simulatedPlant(echoing([]));
  const reader = modbusReader(plant.addressOf("plc"), { badAddressRetry: "1s" }, registers);
  await reader.connect();
  const fault = faultSection.parse({ kind: "exception", exception: "illegal-data-address", registers: `hr:${BAD}` });
  const end = await plant.beginFault("plc", fault);
  expect((await reader.read()).get(`hr:${BAD}`)).toMatchObject({
    value: null,
    statusCode: StatusCode.BadNodeIdUnknown,
  });
  end();
  await expect
    .poll(async () => (await reader.read()).get(`hr:${BAD}`), { timeout: 30_000, interval: 100 })
    .toMatchObject({ value: BAD, statusCode: StatusCode.Good });
  expect([...(await reader.read()).values()].every(({ statusCode }) => statusCode === StatusCode.Good)).toBe(true);
});

test("several bad addresses, coils too, spoil only themselves within a few scans", async () => {
  const bad = ["hr:0", "hr:50", "hr:51", "hr:99", "co:64"];
  const plant = await simulatedPlant(echoing(bad));
  const coils = Array.from({ length: COUNT }, (_, n) => ({ address: `co:${n}`, dataType: "BOOLEAN" as const }));
  const reader = modbusReader(plant.addressOf("plc"), {}, [...registers, ...coils]);
  await reader.connect();
  const badOf = async () =>
    [...(await reader.read())]
      .filter(([, { statusCode }]) => qualityOf(statusCode) === "bad")
      .map(([address]) => address);
  let seen = await badOf();
  for (let scan = 0; scan < 10 && seen.length > bad.length; scan++) seen = await badOf();
  expect(seen.sort()).toEqual([...bad].sort());
});

test("a PLC that allows fewer registers per request than it should is read in smaller pieces", async () => {
  const plant = await simulatedPlant([{ name: "plc", units: [{ echo: ["hr:0-199"], maxRegisters: 10 }] }]);
  const reader = modbusReader(plant.addressOf("plc"), {}, registers);
  await reader.connect();
  const good = async () =>
    [...(await reader.read()).values()].filter(({ statusCode }) => statusCode === StatusCode.Good).length;
  let read = await good();
  for (let scan = 0; scan < 10 && read < COUNT; scan++) read = await good();
  expect(read).toBe(COUNT);
});
