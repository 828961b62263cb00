/** The publisher contract against a real NATS server, and what its consumers see there. */
import { jetstreamManager } from "@nats-io/jetstream";
import { StationError } from "@nonreturn/station";
import { SampleColumnsBuilder, StatusCode, type TagDefinition, type Value } from "@nonreturn/wire-format";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { parseIsoMicros } from "../../packages/it-receiver/src/publishers/iso-micros.ts";
import { natsConfig } from "../../packages/it-receiver/src/publishers/nats/config.ts";
import { natsFactory } from "../../packages/it-receiver/src/publishers/nats/index.ts";
import { progressStep } from "../../packages/it-receiver/src/publishers/progress.ts";
import type { Publisher, StoredEntry } from "../../packages/it-receiver/src/publishers/publisher.ts";
import { surroundings } from "../../packages/it-receiver/test/publishers/support/surroundings.ts";
import { describePublisher, type Held, type HeldEvent } from "../contract/publisher-contract/publisher-contract.ts";
import { freeTcpPort } from "../support/free-port.ts";
import { type NatsServer, startNats } from "../support/nats-server.ts";

const T0 = 1_795_420_800_000_001;
const { signal } = new AbortController();
let server: NatsServer;
let streams = 0;

beforeAll(async () => {
  server = await startNats();
}, 120_000);
afterAll(() => server?.stop());

function make(stream: string, servers = [server.url]): Publisher {
  const config = natsConfig.parse({ type: "nats", servers, stream, subject: `plant.${stream}` });
  const publisher = natsFactory.create(config, surroundings("nats"));
  onTestFinished(() => publisher.close());
  return publisher;
}

interface Message {
  readonly sequence: number;
  readonly part: number;
  readonly events?: (Omit<HeldEvent, "time"> & { path: string; time: string })[];
  readonly samples?: { path: string; timestamp: string; value: unknown; qualityCode: number; historical: boolean }[];
}

/** Every message of the stream, in the stream's order, read by its own connection. */
async function messagesIn(stream: string): Promise<Message[]> {
  const connection = await server.connect();
  try {
    const manager = await jetstreamManager(connection);
    const { state } = await manager.streams.info(stream);
    const messages: Message[] = [];
    for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
      const message = await manager.streams.getMessage(stream, { seq });
      messages.push(message!.json<Message>());
    }
    return messages;
  } finally {
    await connection.close();
  }
}

describePublisher(
  "NATS JetStream",
  async () => {
    const stream = `CONTRACT${streams++}`;
    return {
      publisher: make(stream),
      async held(path): Promise<Held[]> {
        const samples = (await messagesIn(stream)).flatMap((message) => message.samples ?? []);
        return samples
          .filter((sample) => sample.path === path)
          .map(({ timestamp, value, qualityCode, historical }) => ({
            value,
            statusCode: qualityCode,
            sourceTimestamp: parseIsoMicros(timestamp) ?? Number.NaN,
            historical,
          }));
      },
      shown: shownInJson,
      repeats: "exactly once",
      // The server's own limit, 1 MiB.
      poison: { value: "x".repeat(1_100_000), reason: /a message of 1100\d+ bytes, server and stream take 1048576/ },
      events: {
        held: async (path) =>
          (await messagesIn(stream))
            .flatMap((message) => message.events ?? [])
            .filter((event) => event.path === path)
            .map((event) => ({ ...event, time: parseIsoMicros(event.time) ?? Number.NaN })),
      },
      breakFarSide: async () => make(stream, [`nats://127.0.0.1:${await freeTcpPort()}`]),
    };
  },
  "alarm events",
);

function shownInJson(value: Value | null): unknown {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(shownInJson);
  return value;
}

describe("NATS JetStream", () => {
  const definition: TagDefinition = {
    ...{ tagId: 1, path: "line-1/speed", dataType: "FLOAT64", unit: "1/min", description: "", device: "d" },
    maximumSilenceMs: 0,
    retired: false,
  };
  const entry = (sequence: number, rows = 1): StoredEntry => {
    const builder = new SampleColumnsBuilder();
    for (let row = 0; row < rows; row++) builder.push(1, sequence, StatusCode.Good, T0 + sequence);
    const identity = { stream: 1, sealingEpoch: 1, sequence };
    const common = {
      origin: "journal",
      position: sequence,
      identity,
      stream: 1,
      journalEpoch: 1,
      lane: "live",
    } as const;
    return { ...common, samples: builder.take(), tagOf: () => definition };
  };
  const publish = (publisher: Publisher, entries: StoredEntry[]) =>
    publisher.publish(entries, signal, progressStep({}));

  it("cuts a large block into parts that the server takes, always alike", async () => {
    const stream = `PARTS${streams++}`;
    const publisher = make(stream);
    await publisher.connect(signal);
    await publish(publisher, [entry(1, 8192)]);
    await publish(publisher, [entry(1, 8192)]);
    const messages = await messagesIn(stream);
    expect(messages.map(({ part }) => part)).toEqual(messages.map((_, at) => at));
    expect(messages.length).toBeGreaterThan(2);
    expect(messages.flatMap(({ samples }) => samples).length).toBe(8192);
  });

  it("holds every block once and in order, though the server dies in between", async () => {
    const stream = `KILLED${streams++}`;
    const publisher = make(stream);
    const killBefore = new Set([100, 250, 400]);
    let failures = 0;
    for (let at = 0; at < 500; ) {
      try {
        await publisher.connect(signal);
        for (; at < 500; at += 50) {
          const call = publish(
            publisher,
            Array.from({ length: 50 }, (_, more) => entry(1 + at + more)),
          );
          call.catch(() => undefined);
          if (killBefore.delete(at)) {
            await server.kill();
            void server.start();
          }
          await call;
        }
      } catch (error) {
        expect(error).toBeInstanceOf(StationError);
        failures++;
        await publisher.close();
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    expect(failures).toBeGreaterThanOrEqual(1);
    const sequences = (await messagesIn(stream)).map(({ sequence }) => sequence);
    expect(sequences).toEqual(Array.from({ length: 500 }, (_, at) => at + 1));
  });

  it("two stations into one stream: every block once", async () => {
    const stream = `SHARED${streams++}`;
    const publishers = [make(stream), make(stream)];
    for (const publisher of publishers) await publisher.connect(signal);
    const entries = Array.from({ length: 300 }, (_, at) => entry(at + 1));
    await Promise.all(
      publishers.map(async (publisher) => {
        for (let at = 0; at < 300; at += 30) await publish(publisher, entries.slice(at, at + 30));
      }),
    );
    const sequences = (await messagesIn(stream)).map(({ sequence }) => sequence);
    expect(sequences.toSorted((a, b) => a - b)).toEqual(entries.map(({ position }) => position));
  });
});
