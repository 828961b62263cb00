import type { Value } from "@nonreturn/wire-format";
import { describe, onTestFinished } from "vitest";
import { parseIsoMicros } from "../../../packages/it-receiver/src/publishers/iso-micros.ts";
import { mqttConfig } from "../../../packages/it-receiver/src/publishers/mqtt/config.ts";
import { mqttFactory } from "../../../packages/it-receiver/src/publishers/mqtt/index.ts";
import { alarmTopicOf, topicOf } from "../../../packages/it-receiver/src/publishers/mqtt/topic.ts";
import { surroundings } from "../../../packages/it-receiver/test/publishers/support/surroundings.ts";
import { freeTcpPort } from "../../support/free-port.ts";
import { type Subscriber, startBroker, subscribeAll } from "./mqtt-broker.ts";
import { describePublisher, type EventBench, type Held, type HeldEvent } from "./publisher-contract.ts";

const PREFIX = "contract/test";

/** What a subscriber sees of a sample, alone or in a group. */
interface Shown {
  readonly path?: string;
  readonly timestamp: string;
  readonly value: unknown;
  readonly qualityCode: number;
  readonly historical: boolean;
}

function heldOf({ timestamp, value, qualityCode, historical }: Shown): Held {
  return { value, statusCode: qualityCode, sourceTimestamp: parseIsoMicros(timestamp) ?? Number.NaN, historical };
}

/** What a subscriber sees of an alarm event. */
interface ShownEvent extends Omit<HeldEvent, "time"> {
  readonly path: string;
  readonly time: string;
}

function eventOf({ time, ...event }: Omit<ShownEvent, "path">): HeldEvent {
  return { ...event, time: parseIsoMicros(time) ?? Number.NaN };
}

function eventsOf(subscriber: Subscriber): EventBench {
  return {
    async held(path) {
      await subscriber.caughtUp();
      // The topic must be the alarm's own, and the payload say whose it is.
      return subscriber.seen
        .filter(({ topic }) => topic.startsWith(`${PREFIX}/$alarms/`))
        .map(({ topic, payload }) => ({ topic, ...(JSON.parse(payload) as ShownEvent) }))
        .filter((event) => event.topic === alarmTopicOf(PREFIX, path, event.condition).topic && event.path === path)
        .map(({ topic: _, path: __, ...event }) => eventOf(event));
    },
  };
}

function make(url: string, config: Readonly<Record<string, unknown>>) {
  const publisher = mqttFactory.create(
    mqttConfig.parse({ type: "mqtt", url, prefix: PREFIX, ...config }),
    surroundings("mqtt"),
  );
  onTestFinished(() => publisher.close());
  return publisher;
}

describePublisher(
  "MQTT",
  async () => {
    const broker = await startBroker();
    const subscriber = await subscribeAll(broker.url);
    return {
      publisher: make(broker.url, { maxPayload: "16KiB" }),
      async held(path): Promise<Held[]> {
        await subscriber.caughtUp();
        return subscriber.payloads(topicOf(PREFIX, path).topic).map((payload) => heldOf(JSON.parse(payload) as Shown));
      },
      shown: shownInJson,
      repeats: "at least once",
      poison: { value: "x".repeat(20_000), reason: /needs 2\d{4} bytes, the broker allows 16/ },
      events: eventsOf(subscriber),
      breakFarSide: async () => make(`mqtt://127.0.0.1:${await freeTcpPort()}`, {}),
    };
  },
  "alarm events",
);

describe.each([
  ["by device", "{device}"],
  ["by line", "{level1}/{level2}"],
  ["by path", "{path}"],
])("in groups %s", (_, topic) => {
  describePublisher(
    "MQTT, grouped",
    async () => {
      const broker = await startBroker();
      const subscriber = await subscribeAll(broker.url);
      const grouped = { format: "grouped", topic, maxPayload: "16KiB" };
      return {
        publisher: make(broker.url, grouped),
        async held(path): Promise<Held[]> {
          await subscriber.caughtUp();
          return subscriber.seen
            .filter((message) => message.topic.startsWith(`${PREFIX}/`) && message.payload.includes('"samples"'))
            .flatMap(({ payload }) => (JSON.parse(payload) as { samples: Shown[] }).samples)
            .filter((sample) => sample.path === path)
            .map(heldOf);
        },
        shown: shownInJson,
        repeats: "at least once",
        poison: { value: "x".repeat(20_000), reason: /needs 2\d{4} bytes, the broker allows 16/ },
        events: eventsOf(subscriber),
        breakFarSide: async () => make(`mqtt://127.0.0.1:${await freeTcpPort()}`, grouped),
      };
    },
    "alarm events",
  );
});

function shownInJson(value: Value | null): unknown {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(shownInJson);
  return value;
}
