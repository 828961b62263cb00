/** The MQTT publisher against mosquitto: the publisher contract, and what mosquitto_sub receives; plain, and with everything TLS can ask for. */
import { SampleColumnsBuilder, type TagDefinition, type Value } from "@nonreturn/wire-format";
import { describe, expect, it, onTestFinished } from "vitest";
import { parseIsoMicros } from "../../packages/it-receiver/src/publishers/iso-micros.ts";
import { mqttConfig } from "../../packages/it-receiver/src/publishers/mqtt/config.ts";
import { mqttFactory } from "../../packages/it-receiver/src/publishers/mqtt/index.ts";
import { alarmTopicOf, topicOf } from "../../packages/it-receiver/src/publishers/mqtt/topic.ts";
import { progressStep } from "../../packages/it-receiver/src/publishers/progress.ts";
import type { Publisher, StoredEntry } from "../../packages/it-receiver/src/publishers/publisher.ts";
import { surroundings } from "../../packages/it-receiver/test/publishers/support/surroundings.ts";
import {
  describePublisher,
  type EventBench,
  type Held,
  type HeldEvent,
} from "../contract/publisher-contract/publisher-contract.ts";
import { POISON_PATH } from "../contract/publisher-contract/refused-rows.ts";
import { describeSuspectedRows, type SuspectedBench } from "../contract/publisher-contract/suspected-rows.ts";
import { freeTcpPort } from "../support/free-port.ts";
import { type Security, startMosquitto } from "../support/mosquitto.ts";

const PREFIX = "werk/süd";
const T0 = 1_795_420_800_000_000; // 2026-11-23T08:00:00Z
const { signal } = new AbortController();

function make(config: Readonly<Record<string, unknown>>): Publisher {
  const publisher = mqttFactory.create(
    mqttConfig.parse({ type: "mqtt", prefix: PREFIX, ...config }),
    surroundings("mqtt"),
  );
  onTestFinished(() => publisher.close());
  return publisher;
}

function eventsOf(
  subscriber: Awaited<ReturnType<Awaited<ReturnType<typeof startMosquitto>>["subscribe"]>>,
): EventBench {
  return {
    async held(path) {
      await subscriber.caughtUp();
      return subscriber
        .messages()
        .filter(({ topic }) => topic.startsWith(`${PREFIX}/$alarms/`))
        .map(({ topic, payload }) => {
          const event = JSON.parse(payload) as Omit<HeldEvent, "time"> & { path: string; time: string };
          return { ...event, topic, time: parseIsoMicros(event.time) ?? Number.NaN };
        })
        .filter((event) => event.topic === alarmTopicOf(PREFIX, path, event.condition).topic && event.path === path);
    },
  };
}

describePublisher(
  "MQTT on mosquitto",
  async () => {
    const broker = await startMosquitto("plain", ["message_size_limit 16384"]);
    const subscriber = await broker.subscribe(`${PREFIX}/#`);
    return {
      publisher: make({ url: broker.url, protocol: "5" }),
      async held(path): Promise<Held[]> {
        await subscriber.caughtUp();
        const { topic } = topicOf(PREFIX, path);
        return subscriber
          .messages()
          .filter((message) => message.topic === topic)
          .map(({ payload }) => {
            const { timestamp, value, qualityCode, historical } = JSON.parse(payload) as {
              timestamp: string;
              value: unknown;
              qualityCode: number;
              historical: boolean;
            };
            const sourceTimestamp = parseIsoMicros(timestamp) ?? Number.NaN;
            return { value, statusCode: qualityCode, sourceTimestamp, historical };
          });
      },
      shown: shownInJson,
      repeats: "at least once",
      // This broker answers with a reason that a PUBACK must not have (MQTT 5 §3.4.2.1), which ends the connection.
      poison: { value: "x".repeat(20_000), toldBy: "cut", reason: /no connection to the broker/ },
      events: eventsOf(subscriber),
      breakFarSide: async () => make({ url: `mqtt://127.0.0.1:${await freeTcpPort()}` }),
    };
  },
  "alarm events",
);

describe.each<[Security, "3.1.1" | "5"]>([
  ["plain", "3.1.1"],
  ["plain", "5"],
  ["guarded", "3.1.1"],
  ["guarded", "5"],
])("mosquitto, %s, MQTT %s", (security, protocol) => {
  it("passes on every sample in order, tag names of every script among them, and knows when the station goes", async () => {
    const broker = await startMosquitto(security);
    const subscriber = await broker.subscribe(`${PREFIX}/#`);
    const publisher = make({ url: broker.url, protocol, ...broker.credentials });
    await publisher.connect(signal);
    await publisher.linkChanged?.({ state: "up", since: T0 }, signal);
    const paths = ["bottling/line-3/speed", "Kühlung/Süd", "充填/ライン", "رطوبة", "a+b/#/50 %", "$SYS/x"];
    const tags = paths.map(tagOf);
    const count = 5000;
    const builder = new SampleColumnsBuilder();
    for (let row = 0; row < count; row++) builder.push((row % paths.length) + 1, row, 0, T0 + row);
    const entry = entryOf(builder, tags);
    await publisher.publish([entry], signal, progressStep({ live: 1, samples: count, batches: 1 }));
    await subscriber.caughtUp();
    await publisher.close();
    await subscriber.caughtUp();
    const messages = subscriber.messages();
    for (const [index, path] of paths.entries()) {
      const { topic } = topicOf(PREFIX, path);
      const values = messages
        .filter((message) => message.topic === topic)
        .map(({ payload }) => (JSON.parse(payload) as { value: number }).value);
      const wanted = Array.from({ length: count }, (_, row) => row).filter((row) => row % paths.length === index);
      expect(values, path).toEqual(wanted);
    }
    const states = messages.filter(({ topic }) => topic === `${PREFIX}/$status`).map(({ payload }) => payload);
    expect(states).toEqual([
      '{"station":"online","link":"up","since":"2026-11-23T08:00:00.000000Z"}',
      '{"station":"offline"}',
    ]);
  });
});

describePublisher(
  "MQTT on mosquitto, grouped",
  async () => {
    const broker = await startMosquitto("plain", ["max_packet_size 20000"]);
    const subscriber = await broker.subscribe(`${PREFIX}/#`);
    const grouped = { format: "grouped", topic: "{device}/{level1}" };
    return {
      publisher: make({ url: broker.url, protocol: "5", ...grouped }),
      async held(path): Promise<Held[]> {
        await subscriber.caughtUp();
        interface Sample {
          readonly path: string;
          readonly timestamp: string;
          readonly value: unknown;
          readonly qualityCode: number;
          readonly historical: boolean;
        }
        return subscriber
          .messages()
          .filter(({ topic }) => !topic.startsWith(`${PREFIX}/$`))
          .flatMap(({ payload }) => (JSON.parse(payload) as { samples: Sample[] }).samples)
          .filter((sample) => sample.path === path)
          .map(({ value, qualityCode, timestamp, historical }) => {
            const sourceTimestamp = parseIsoMicros(timestamp) ?? Number.NaN;
            return { value, statusCode: qualityCode, sourceTimestamp, historical };
          });
      },
      shown: shownInJson,
      repeats: "at least once",
      // The broker says so when it is connected to.
      poison: { value: "x".repeat(20_000), reason: /needs 2\d{4} bytes, the broker allows 1\d{4}/ },
      events: eventsOf(subscriber),
      breakFarSide: async () => make({ url: `mqtt://127.0.0.1:${await freeTcpPort()}`, ...grouped }),
    };
  },
  "alarm events",
);

const RULES = ["a topic that the account may not write"];
const RIGHTS = ["every topic of the tags"];

async function suspectedBench(): Promise<SuspectedBench> {
  const broker = await startMosquitto("plain");
  const subscriber = await broker.subscribe(`${PREFIX}/#`);
  const everything = "topic readwrite #";
  const denied = (path: string) => `topic deny ${topicOf(PREFIX, path).topic}`;
  return {
    publisher: make({ url: broker.url, protocol: "5" }),
    repeats: "at least once",
    async held(path): Promise<Held[]> {
      await subscriber.caughtUp();
      const { topic } = topicOf(PREFIX, path);
      const ofTag = subscriber.messages().filter((message) => message.topic === topic);
      return ofTag.map(({ payload }) => ({ ...JSON.parse(payload), statusCode: 0, sourceTimestamp: 0 }));
    },
    rules: [
      {
        name: RULES[0]!,
        arrange: () => broker.allow([everything, denied(POISON_PATH)]),
        lift: () => broker.allow([everything]),
        reason: /authorized/i,
      },
    ],
    rights: [
      {
        name: RIGHTS[0]!,
        lose: () => broker.allow([everything, denied("good/1"), denied("good/2")]),
        restore: () => broker.allow([everything]),
        reason: /authorized/i,
      },
    ],
  };
}

describe("mosquitto with an access list", () => describeSuspectedRows(suspectedBench, RULES, RIGHTS));

describe("a guarded mosquitto", () => {
  it("lets nobody in who lacks the certificate or the password, and is not believed by who lacks the CA", async () => {
    const { url, credentials } = await startMosquitto("guarded");
    const outcome = async (config: Readonly<Record<string, unknown>>): Promise<string> =>
      make({ url, ...config })
        .connect(signal)
        .then(
          () => "connected",
          (error: { code: string }) => error.code,
        );
    const { username, passwordFile, caFile, certificateFile, keyFile } = credentials;
    expect(await outcome(credentials)).toBe("connected"); // the control: the same with everything
    expect(await outcome({ caFile, certificateFile, keyFile })).toBe("MQTT_CONNECT");
    expect(await outcome({ username, password: "falsch", caFile, certificateFile, keyFile })).toBe("MQTT_CONNECT");
    expect(await outcome({ username, passwordFile, caFile })).toBe("MQTT_CONNECT");
    expect(await outcome({ username, passwordFile, certificateFile, keyFile })).toBe("MQTT_CONNECT");
  });
});

describe("values that mosquitto retains", () => {
  it("are there for whoever subscribes later: the newest live one, never a historical one", async () => {
    const broker = await startMosquitto("plain");
    const publisher = make({ url: broker.url, retain: true });
    await publisher.connect(signal);
    const tags = [tagOf("level", 0)];
    const one = (value: number): SampleColumnsBuilder => {
      const builder = new SampleColumnsBuilder();
      builder.push(1, value, 0, T0 + value);
      return builder;
    };
    await publisher.publish([entryOf(one(1), tags), entryOf(one(2), tags)], signal, progressStep({ live: 2 }));
    await publisher.publish([{ ...entryOf(one(3), tags), lane: "late" }], signal, progressStep({ late: 3 }));
    const subscriber = await broker.subscribe(`${PREFIX}/level`);
    await subscriber.caughtUp();
    expect(subscriber.messages()).toEqual([
      {
        retained: true,
        topic: `${PREFIX}/level`,
        payload:
          '{"timestamp":"2026-11-23T08:00:00.000002Z","value":2,"quality":"good","qualityCode":0,"unit":"bar","historical":false}',
      },
    ]);
  });
});

function tagOf(path: string, index: number): TagDefinition {
  const dataType = "FLOAT64";
  return {
    tagId: index + 1,
    path,
    dataType,
    unit: "bar",
    description: "",
    device: "d",
    maximumSilenceMs: 0,
    retired: false,
  };
}

function entryOf(builder: SampleColumnsBuilder, tags: readonly TagDefinition[]): StoredEntry {
  const byId = new Map(tags.map((tag) => [tag.tagId, tag]));
  return {
    origin: "journal",
    position: 1,
    identity: { stream: 1, sealingEpoch: 1, sequence: 1 },
    stream: 1,
    journalEpoch: 1,
    lane: "live",
    samples: builder.take(),
    tagOf: (tagId) => byId.get(tagId),
  };
}

function shownInJson(value: Value | null): unknown {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(shownInJson);
  return value;
}
