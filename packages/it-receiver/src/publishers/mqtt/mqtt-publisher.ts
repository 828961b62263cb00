/** Publishes every sample to its own topic, QoS 1; what the broker confirmed is done.
 *  runner → [MQTT publisher] → broker */
import { type Clock, StationError, sleep } from "@nonreturn/station";
import { type TagDefinition, valueAt } from "@nonreturn/wire-format";
import { isoMicros } from "../iso-micros.ts";
import { type LinkState, type Publisher, refusedEntry, type StoredEntry } from "../publisher.ts";
import { payloadOf, type SampleRole } from "../sample-json.ts";
import type { MqttConfig } from "./config.ts";
import { connectClient, type MqttConnection } from "./connect-client.ts";
import { type Publication, sendAll } from "./send-window.ts";
import { statusTopicOf, type Topic, topicOf } from "./topic.ts";

/**
 * Reasons that will be the same next time, in a PUBACK (MQTT 5 §3.4.2.1) or as the broker's last word (§3.14.2.1). "Not authorized" is not
 * one, since an operator can grant it.
 */
const REFUSING_REASONS: ReadonlySet<unknown> = new Set([
  0x90, // Topic Name invalid
  0x95, // Packet too large
  0x99, // Payload format invalid
]);

/** Fixed header (5) + topic length (2) + packet identifier (2) + MQTT 5 property length (1). */
const PACKET_OVERHEAD_BYTES = 10;
/** For the farewell to a broker that may not listen. */
const FAREWELL_MS = 1000;

const OFFLINE = JSON.stringify({ station: "offline" });

export class MqttPublisher implements Publisher {
  readonly #config: MqttConfig;
  readonly #name: string;
  readonly #clock: Clock;
  readonly #topics = new WeakMap<TagDefinition, Topic>();
  #connection: MqttConnection | undefined;

  constructor(config: MqttConfig, name: string, clock: Clock) {
    this.#config = config;
    this.#name = name;
    this.#clock = clock;
  }

  async connect(signal: AbortSignal): Promise<void> {
    const clientId = this.#config.clientId ?? `nonreturn-it-${this.#name}`;
    const will = { topic: statusTopicOf(this.#config.prefix), payload: OFFLINE, retain: true };
    this.#connection = await connectClient(this.#config, clientId, will, signal);
  }

  async publish(entries: readonly StoredEntry[], signal: AbortSignal): Promise<void> {
    const connection = this.#connected();
    const inFlight = Math.min(this.#config.inFlight, connection.receiveMaximum);
    try {
      await sendAll(connection, this.#publications(entries, connection.maximumPacketBytes), inFlight, signal);
    } catch (error) {
      const told = error instanceof StationError ? error.cause : error;
      if (REFUSING_REASONS.has((told as { code?: unknown } | undefined)?.code))
        throw refusedEntry(this.#name, (error as Error).message, { cause: error });
      throw asStationError(error, this.#config.url);
    }
  }

  /** Retained, so that whoever subscribes later knows at once; the last will takes its place when this station dies. */
  async linkChanged(link: LinkState, signal: AbortSignal): Promise<void> {
    const payload = JSON.stringify({ station: "online", link: link.state, since: isoMicros(link.since) });
    await sendAll(this.#connected(), [this.#status(payload)].values(), 1, signal);
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#connection = undefined;
    const { client } = connection;
    let confirmed = false;
    if (client.connected) {
      const giveUp = new AbortController();
      const farewell = sendAll(connection, [this.#status(OFFLINE)].values(), 1, giveUp.signal).then(
        () => {
          confirmed = true;
        },
        () => undefined,
      );
      await Promise.race([farewell, sleep(this.#clock, FAREWELL_MS, giveUp.signal)]);
      giveUp.abort();
    }
    // With DISCONNECT, or the broker publishes the last will after the farewell (MQTT 3.1.1 §3.14.4); but never wait for it.
    const gone = new AbortController();
    client.end(!confirmed, () => gone.abort());
    await sleep(this.#clock, FAREWELL_MS, gone.signal);
    if (!gone.signal.aborted) client.end(true);
  }

  *#publications(entries: readonly StoredEntry[], maximumPacketBytes: number): Generator<Publication, void, void> {
    for (const entry of entries) {
      const { samples } = entry;
      const role: SampleRole = entry.origin === "stale" ? "stale" : entry.lane === "late" ? "historical" : "live";
      const retain = this.#config.retain && role !== "historical";
      for (let row = 0; row < samples.count; row++) {
        const tag = entry.tagOf(samples.tagIds[row]!);
        if (tag === undefined) throw refusedEntry(this.#name, `tag ${samples.tagIds[row]} has no definition`);
        const { topic, form } = this.#topic(tag);
        const path = form === "shortened" ? tag.path : undefined;
        const payload = payloadOf(
          valueAt(samples, row),
          samples.statusCodes[row]!,
          samples.timestamps[row]!,
          tag,
          role,
          path,
        );
        if (maximumPacketBytes !== Number.POSITIVE_INFINITY)
          this.#checkSize(topic, payload, tag.path, maximumPacketBytes);
        yield { topic, payload, retain };
      }
    }
  }

  #checkSize(topic: string, payload: string, path: string, maximumPacketBytes: number): void {
    const bytes = PACKET_OVERHEAD_BYTES + Buffer.byteLength(topic) + Buffer.byteLength(payload);
    if (bytes > maximumPacketBytes) {
      throw refusedEntry(
        this.#name,
        `a value of ${path.slice(0, 200)} needs ${bytes} bytes, the broker allows ${maximumPacketBytes}`,
      );
    }
  }

  #topic(tag: TagDefinition): Topic {
    let topic = this.#topics.get(tag);
    if (topic === undefined) {
      topic = topicOf(this.#config.prefix, tag.path);
      this.#topics.set(tag, topic);
    }
    return topic;
  }

  #status(payload: string): Publication {
    return { topic: statusTopicOf(this.#config.prefix), payload, retain: true };
  }

  #connected(): MqttConnection {
    if (this.#connection === undefined) throw new RangeError("publish before connect");
    return this.#connection;
  }
}

function asStationError(error: unknown, url: string): unknown {
  if (error instanceof StationError || !(error instanceof Error) || error.name === "AbortError") return error;
  return new StationError(
    {
      code: "MQTT_PUBLISH",
      what: `the broker did not take a publication (${error.message})`,
      where: url,
      action:
        "Check the account's rights on the topics and the broker's log. It is tried again by itself; nothing is lost meanwhile.",
    },
    { cause: error },
  );
}
