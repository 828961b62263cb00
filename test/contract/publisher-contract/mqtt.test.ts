import { createLog, systemClock } from "@nonreturn/station";
import type { Value } from "@nonreturn/wire-format";
import { onTestFinished } from "vitest";
import { parseIsoMicros } from "../../../packages/it-receiver/src/publishers/iso-micros.ts";
import { mqttConfig } from "../../../packages/it-receiver/src/publishers/mqtt/config.ts";
import { mqttFactory } from "../../../packages/it-receiver/src/publishers/mqtt/index.ts";
import { topicOf } from "../../../packages/it-receiver/src/publishers/mqtt/topic.ts";
import { freeTcpPort } from "../../support/free-port.ts";
import { startBroker, subscribeAll } from "./mqtt-broker.ts";
import { describePublisher, type Held } from "./publisher-contract.ts";

const PREFIX = "contract/test";

describePublisher("MQTT", async () => {
  const broker = await startBroker();
  const subscriber = await subscribeAll(broker.url);
  const make = (url: string) => {
    const config = mqttConfig.parse({ type: "mqtt", url, prefix: PREFIX });
    const publisher = mqttFactory.create(config, {
      clock: systemClock,
      log: createLog({ name: "test", level: "silent" }),
      publisher: "mqtt",
      dataFolder: "",
      openHistory: () => undefined,
    });
    onTestFinished(() => publisher.close());
    return publisher;
  };
  return {
    publisher: make(broker.url),
    async held(path): Promise<Held[]> {
      await subscriber.caughtUp();
      return subscriber.payloads(topicOf(PREFIX, path).topic).map((payload) => {
        const { timestamp, value, qualityCode, historical } = JSON.parse(payload) as {
          timestamp: string;
          value: unknown;
          qualityCode: number;
          historical: boolean;
        };
        return { value, statusCode: qualityCode, sourceTimestamp: parseIsoMicros(timestamp) ?? Number.NaN, historical };
      });
    },
    shown: shownInJson,
    repeats: "at least once",
    breakFarSide: async () => make(`mqtt://127.0.0.1:${await freeTcpPort()}`),
  };
});

function shownInJson(value: Value | null): unknown {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(shownInJson);
  return value;
}
