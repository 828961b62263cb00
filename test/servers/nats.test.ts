/** The publisher contract against a real NATS server, and what its consumers see there. */
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { StationError } from "@nonreturn/station";
import { SampleColumnsBuilder, StatusCode, type TagDefinition, type Value } from "@nonreturn/wire-format";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { parseIsoMicros } from "../../packages/it-receiver/src/publishers/iso-micros.ts";
import { natsConfig } from "../../packages/it-receiver/src/publishers/nats/config.ts";
import { natsFactory } from "../../packages/it-receiver/src/publishers/nats/index.ts";
import { progressStep } from "../../packages/it-receiver/src/publishers/progress.ts";
import type { Publisher, StoredEntry } from "../../packages/it-receiver/src/publishers/publisher.ts";
import { columns, sample } from "../../packages/it-receiver/test/publishers/support/samples.ts";
import { surroundings } from "../../packages/it-receiver/test/publishers/support/surroundings.ts";
import { describePublisher, type Held, type HeldEvent } from "../contract/publisher-contract/publisher-contract.ts";
import { GOOD, POISON_PATH, running } from "../contract/publisher-contract/refused-rows.ts";
import { freeTcpPort } from "../support/free-port.ts";
import { type NatsServer, startNats } from "../support/nats-server.ts";

const T0 = 1_795_420_800_000_001;
const { signal } = new AbortController();
let server: NatsServer;
let streams = 0;

beforeAll(async () => {
  server = await startNats();
});
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
async function messagesIn(stream: string, of = server): Promise<Message[]> {
  return managing(async (manager) => {
    const { state } = await manager.streams.info(stream);
    const messages: Message[] = [];
    for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
      const message = await manager.streams.getMessage(stream, { seq });
      messages.push(message!.json<Message>());
    }
    return messages;
  }, of);
}

/** As its administrator. */
async function managing<Result>(work: (manager: JetStreamManager) => Promise<Result>, of = server): Promise<Result> {
  const connection = await of.connect();
  try {
    return await work(await jetstreamManager(connection));
  } finally {
    await connection.close();
  }
}

/** From now on the stream takes no larger message. */
const limit = (stream: string, max_msg_size: number, of = server): Promise<void> =>
  managing(async (manager) => {
    await manager.streams.update(stream, { max_msg_size });
  }, of);

/** Values of a path, in the stream's order. */
async function valuesOf(stream: string, path: string, of = server): Promise<unknown[]> {
  const samples = (await messagesIn(stream, of)).flatMap((message) => message.samples ?? []);
  return samples.filter((one) => one.path === path).map(({ value }) => value);
}

describePublisher(
  "NATS JetStream",
  async () => {
    const stream = `CONTRACT${streams++}`;
    await managing((manager) =>
      manager.streams.add({ name: stream, subjects: [`plant.${stream}.>`], max_msg_size: 500_000 }),
    );
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
      poison: {
        value: "x".repeat(600_000),
        lift: () => limit(stream, 700_000),
        reason: /a message of 600\d+ bytes, server and stream take 500000/,
      },
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

  const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

  it("divides a block that is larger than the stream's max_msg_size, and names the one sample that is", async () => {
    const stream = `LIMITED${streams++}`;
    await managing((manager) =>
      manager.streams.add({ name: stream, subjects: [`plant.${stream}.>`], max_msg_size: 20_000 }),
    );
    const { store, runner, settled, setAside } = await running({ publisher: make(stream) });
    const rows = upTo(3000).map((at) => sample(1, at, at));
    store.addData("live", columns(...rows.slice(0, 1500), sample(2, "x".repeat(30_000), 1500), ...rows.slice(1500)));
    store.addData("live", columns(sample(1, 3000, 3000)));
    await settled();
    expect(setAside()).toMatchObject([
      {
        ...{ position: 2, firstRow: 1500, rows: 1, path: POISON_PATH },
        reason: expect.stringMatching(/^a message of 30\d{3} bytes, server and stream take 20000$/) as string,
      },
    ]);
    expect(await valuesOf(stream, GOOD[0])).toEqual(upTo(3001));
    expect((await messagesIn(stream)).length).toBeGreaterThan(20);
    expect(runner.status()).toMatchObject({ state: "running", refusedRows: 1 });
  });

  it("knows the limit to the byte or stays below it: nothing near it waits", async () => {
    const stream = `NEAR${streams++}`;
    await managing((manager) =>
      manager.streams.add({ name: stream, subjects: [`plant.${stream}.>`], max_msg_size: 4000 }),
    );
    const { store, runner, settled, setAside } = await running({ publisher: make(stream) });
    const { retries } = runner.status();
    const texts = upTo(120).map((at) => "x".repeat(3000 + 10 * at));
    for (const [at, text] of texts.entries()) store.addData("live", columns(sample(1, at, at), sample(2, text, at)));
    await settled();
    const held = await valuesOf(stream, POISON_PATH);
    expect(held.length).toBeGreaterThan(20);
    expect(setAside().length).toBeGreaterThan(20);
    expect(held.length + setAside().length).toBe(120);
    expect(held).toEqual(texts.slice(0, held.length));
    expect(await valuesOf(stream, GOOD[0])).toEqual(upTo(120));
    expect(runner.status().retries - retries).toBeLessThanOrEqual(10); // each was a refusal, none a lost connection
  });

  it("goes on when the stream's limit is lowered under its feet, every sample once and in order", async () => {
    const stream = `LOWERED${streams++}`;
    const { store, runner, settled, setAside } = await running({ publisher: make(stream) });
    store.addData("live", columns(...upTo(500).map((at) => sample(1, at, at))));
    await settled();
    await limit(stream, 5000);
    store.addData("live", columns(...upTo(500).map((at) => sample(1, 500 + at, 500 + at))));
    await settled();
    expect(await valuesOf(stream, GOOD[0])).toEqual(upTo(1000));
    expect(setAside()).toEqual([]);
    expect(runner.status().retries).toBe(1); // positive control: the server did refuse it
  });

  it("does so with the server's max_payload, whatever the stream says", async () => {
    const small = await startNats(["max_payload: 65536"]);
    onTestFinished(() => small.stop());
    const { store, settled, setAside } = await running({ publisher: make("SMALL", [small.url]) });
    const texts = [60_000, 66_000, 100_000].map((length) => "x".repeat(length));
    store.addData("live", columns(...texts.map((text, at) => sample(2, text, at)), sample(1, 0, 10)));
    store.addData("live", columns(...upTo(5000).map((at) => sample(1, 1 + at, 11 + at))));
    await settled();
    expect(setAside().map(({ firstRow, reason }) => [firstRow, reason.replace(/\d{3} bytes/, "… bytes")])).toEqual([
      [1, "a message of 66… bytes, server and stream take 65536"],
      [2, "a message of 100… bytes, server and stream take 65536"],
    ]);
    expect(await valuesOf("SMALL", POISON_PATH, small)).toEqual([texts[0]]);
    expect(await valuesOf("SMALL", GOOD[0], small)).toEqual(upTo(5001));
  });
});
