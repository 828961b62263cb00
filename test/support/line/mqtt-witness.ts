/** A broker in the test's own process, and a subscriber that keeps everything a business system would receive.
 *  IT station → [broker → subscriber] → sample facts */
import { type AddressInfo, createServer, type Socket } from "node:net";
import { Aedes } from "aedes";
import { connectAsync } from "mqtt";
import type { PlantTag } from "./line-plant.ts";
import { type SampleFact, valueBits, valueOfJson } from "./sample-fact.ts";

export const TOPIC_PREFIX = "witness";

export interface WitnessedSample extends SampleFact {
  readonly topic: string;
  readonly historical: boolean;
}

export interface MqttWitness {
  readonly port: number;
  /** Journal samples in order of arrival. */
  readonly samples: readonly WitnessedSample[];
  /** Paths of tags that were said to be stale, in order of arrival. */
  readonly stale: readonly string[];
  /** Messages that are no sample of a known tag; expected to be none. */
  readonly strangers: readonly string[];
  close(): Promise<void>;
}

interface Payload {
  readonly timestamp: string;
  readonly value: unknown;
  readonly quality: string;
  readonly qualityCode: number;
  readonly unit: string;
  readonly historical: boolean;
  readonly stale?: true;
}

/** Listens on a free port of the loopback interface. */
export async function startWitness(tags: readonly PlantTag[]): Promise<MqttWitness> {
  const byPath = new Map(tags.map((tag) => [tag.path, tag]));
  const aedes = await Aedes.createBroker();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    aedes.handle(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const subscriber = await connectAsync(`mqtt://127.0.0.1:${port}`, { clientId: "witness" });
  const samples: WitnessedSample[] = [];
  const stale: string[] = [];
  const strangers: string[] = [];
  subscriber.on("message", (topic, bytes) => {
    if (topic.startsWith(`${TOPIC_PREFIX}/$`)) return; // the station's own state, and alarms
    const text = bytes.toString();
    const tag = byPath.get(pathOfTopic(topic) ?? "");
    const sample = tag === undefined ? undefined : witnessed(topic, text, tag);
    if (tag === undefined || sample === undefined) strangers.push(`${topic} ${text}`);
    else if (sample === "stale") stale.push(tag.path);
    else samples.push(sample);
  });
  await subscriber.subscribeAsync("#", { qos: 1 });
  return {
    port,
    samples,
    stale,
    strangers,
    async close() {
      await subscriber.endAsync(true);
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** As docs and README promise it to whoever subscribes: percent-encoded UTF-8 in each level. Not the station's own code. */
function pathOfTopic(topic: string): string | undefined {
  const [prefix, ...levels] = topic.split("/");
  return prefix === TOPIC_PREFIX ? levels.map(decodeURIComponent).join("/") : undefined;
}

function witnessed(topic: string, text: string, tag: PlantTag): WitnessedSample | "stale" | undefined {
  const { timestamp, value, quality, qualityCode, unit, historical, stale } = JSON.parse(text) as Payload;
  if (stale === true) return quality === "good" || historical ? undefined : "stale";
  if (quality !== ["good", "uncertain", "bad", "bad"][qualityCode >>> 30]) return undefined;
  return {
    path: tag.path,
    timestamp: microsOf(timestamp),
    value: valueBits(valueOfJson(value, tag.dataType, tag.decimals)),
    statusCode: qualityCode,
    unit,
    topic,
    historical,
  };
}

/** "2026-11-23T08:00:00.123456Z" */
export function microsOf(time: string): number {
  return Date.parse(`${time.slice(0, 23)}Z`) * 1000 + Number(time.slice(23, 26));
}
