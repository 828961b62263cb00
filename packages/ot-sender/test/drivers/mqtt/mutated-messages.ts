/** Gives the MQTT driver's reception damaged messages, so many, and counts what becomes of them.
 *  seeded damage → [mutated messages] → test */
import { systemClock } from "@nonreturn/station";
import { qualityOf, StatusCode } from "@nonreturn/wire-format";
import { EdgeNode } from "../../../../../hardware-sim/src/plant/mqtt/edge-node.ts";
import { seededRandom } from "../../../../../hardware-sim/src/random/seeded-random.ts";
import { MqttPlan } from "../../../src/drivers/mqtt/plan.ts";
import { Reception } from "../../../src/drivers/mqtt/reception.ts";
import { mutate } from "../rest/mutated-replies.ts";
import { tag } from "./mqtt-fixture.ts";

const JSON_TEXT =
  '{"time":"2026-11-25T14:00:00Z","motor":{"speed":12.5,"on":true,"zones":[1,2,3]},"total":18446744073709551615}';

export interface MutatedResult {
  readonly mutated: number;
  readonly goodSamples: number;
  readonly otherSamples: number;
  /** Messages that gave nothing. */
  readonly nothing: number;
}

/** @throws whatever the reception throws, and RangeError for samples that break the contract. */
export function takeMutated(messages: number, seed: number, share = 0.8): MutatedResult {
  const random = seededRandom(seed, "mqtt");
  const timed = { timestamp: "/time" };
  const tags = [
    tag("line/status#/motor/speed", "FLOAT64", timed),
    tag("line/status#/motor/zones", "UINT8"),
    tag("line/status#/total", "UINT64"),
    tag("line/speed"),
    tag("line/order", "STRING"),
    ...(["a:INT32", "b:INT64", "c:FLOAT32", "d:STRING", "e:BOOLEAN"] as const).map((each) => {
      const [name, type] = each.split(":") as [string, "INT32"];
      return tag(`spBv1.0/g/n${name < "d" ? "" : "/press"}!${name}`, type);
    }),
  ];
  const plan = new MqttPlan(tags, { filters: [], qos: 1, timeFormat: "iso" } as never);
  const reception = new Reception(plan, { maxPayloadBytes: 4000, retained: "good" }, (micros) => micros, systemClock);
  const ids = new Set(plan.tagIds);
  const node = new EdgeNode("g", "n", [
    { device: undefined, name: "a", type: "INT32", value: () => -5 },
    { device: undefined, name: "b", type: "INT64", value: () => -9_007_199_254_740_993n },
    { device: undefined, name: "c", type: "FLOAT32", value: () => 0.5 },
    { device: "press", name: "d", type: "STRING", value: () => "A-17" },
    { device: "press", name: "e", type: "BOOLEAN", value: () => true },
  ]);
  const TIME = 1_795_615_200_123;
  const messagesInTurn = [
    () => ({ topic: "line/status", payload: Buffer.from(JSON_TEXT) }),
    () => ({ topic: "line/speed", payload: Buffer.from("12.5") }),
    () => ({ topic: "line/order", payload: Buffer.from("A-17 °C") }),
    () => node.birth(TIME),
    () => node.deviceBirth("press", TIME),
    () => node.data(undefined, TIME),
    () => node.data("press", TIME),
    () => (random() < 0.1 ? node.deviceDeath("press", TIME) : node.data("press", TIME)),
    () => (random() < 0.1 ? node.death(TIME) : node.data(undefined, TIME)),
  ];
  const result = { mutated: 0, goodSamples: 0, otherSamples: 0, nothing: 0 };
  for (let turn = 0; (share === 0 ? turn : result.mutated) < messages; turn++) {
    const { topic, payload } = messagesInTurn[turn % messagesInTurn.length]!();
    const isMutated = random() < share;
    if (isMutated) result.mutated++;
    const converted = reception.take({
      topic,
      payload: isMutated ? mutate(payload, random) : payload,
      isRetained: random() < 0.1,
      isDuplicate: random() < 0.1,
    });
    if (converted.length === 0) result.nothing++;
    for (const { sample } of converted) {
      const { tagId, value, statusCode, sourceTimestamp } = sample;
      if (
        (qualityOf(statusCode) === "bad") !== (value === null) ||
        !ids.has(tagId) ||
        !Number.isSafeInteger(sourceTimestamp)
      )
        throw new RangeError(`tag ${tagId}: status ${statusCode} with value ${String(value)} of ${sourceTimestamp}`);
      if (statusCode === StatusCode.Good) result.goodSamples++;
      else result.otherSamples++;
    }
  }
  return result;
}
