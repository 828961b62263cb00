import { systemClock } from "@nonreturn/station";
import { connectAsync } from "mqtt";
import * as sparkplug from "sparkplug-payload";
import { expect, onTestFinished, test } from "vitest";
import { plantSection, startPlant } from "../../../src/index.ts";
import { faultSection } from "../../../src/scenario/fault-section.ts";

const codec = sparkplug.get("spBv1.0")!;

async function start() {
  const settings = plantSection.parse({
    devices: [
      {
        name: "broker",
        protocol: "mqtt",
        publish: "20ms",
        birthEvery: "100ms",
        variables: [
          {
            topic: "line",
            pointer: "/total",
            type: "UINT64",
            signal: { kind: "constant", value: "18446744073709551615" },
          },
          { topic: "door", type: "BOOLEAN", signal: { kind: "constant", value: true } },
        ],
        metrics: [
          { group: "g", node: "n", metric: "Up", type: "INT16", signal: { kind: "constant", value: -5 } },
          { group: "g", node: "n", device: "d", metric: "Force", signal: { kind: "constant", value: 2.5 } },
        ],
      },
    ],
  });
  const plant = await startPlant(settings, { seed: 1, clock: systemClock, folder: "." });
  onTestFinished(() => plant.close());
  const { host, port } = plant.addressOf("broker");
  const client = await connectAsync(`mqtt://${host}:${port}`, { reconnectPeriod: 0 });
  onTestFinished(() => void client.end(true));
  const seen = new Map<string, Buffer[]>();
  client.on("message", (topic, payload) => seen.set(topic, [...(seen.get(topic) ?? []), payload]));
  await client.subscribeAsync("#");
  return { plant, client, seen };
}

test("topics and a Sparkplug node that an independent decoder understands; sequence numbers follow one another", async () => {
  const { seen } = await start();
  await expect
    .poll(() => [...seen.keys()].sort())
    .toEqual([
      ...["door", "line", "spBv1.0/g/DBIRTH/n/d", "spBv1.0/g/DDATA/n/d", "spBv1.0/g/NBIRTH/n", "spBv1.0/g/NDATA/n"],
    ]);
  expect(seen.get("door")![0]!.toString()).toBe("true");
  expect(seen.get("line")![0]!.toString()).toBe('{"total":18446744073709551615}');
  const birth = codec.decodePayload(seen.get("spBv1.0/g/NBIRTH/n")![0]!);
  expect(Number(birth.seq)).toBe(0);
  expect(birth.metrics!.map(({ name, type, value }) => [name, type, Number(value)]).slice(1)).toEqual([
    ["Up", "Int16", -5],
  ]);
  const device = codec.decodePayload(seen.get("spBv1.0/g/DBIRTH/n/d")![0]!);
  expect([Number(device.seq), device.metrics![0]!.value]).toEqual([1, 2.5]);
});

test("deaths and silence by fault; nobody may publish", async () => {
  const { plant, client, seen } = await start();
  const endDeath = await plant.beginFault("broker", faultSection.parse({ kind: "sparkplug-death", node: "n" }));
  await expect.poll(() => seen.has("spBv1.0/g/NDEATH/n")).toBe(true);
  seen.clear();
  await expect.poll(() => (seen.get("door") ?? []).length).toBeGreaterThan(3);
  expect([...seen.keys()].filter((topic) => topic.startsWith("spBv1.0"))).toEqual([]);
  endDeath();
  await expect.poll(() => seen.has("spBv1.0/g/NBIRTH/n")).toBe(true);
  await plant.beginFault("broker", faultSection.parse({ kind: "mqtt-mute", topics: "door" }));
  const [doors, lines] = ["door", "line"].map((topic) => () => seen.get(topic)!.length) as [() => number, () => number];
  const mutedAt = lines();
  await expect.poll(lines).toBeGreaterThan(mutedAt + 2); // what was on its way is here
  const before = doors();
  await expect.poll(lines).toBeGreaterThan(mutedAt + 8);
  expect(doors()).toBe(before);
  client.on("error", () => undefined);
  client.publish("door", "false");
  await expect.poll(() => plant.statistics().writesRefused).toBe(1);
});
