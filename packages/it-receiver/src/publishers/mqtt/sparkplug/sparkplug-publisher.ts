/** A Sparkplug B edge node: births from the tag directory, data by alias, deaths when the link is silent; commands other than Rebirth are refused.
 *  runner → [Sparkplug publisher] → broker */
import { type Clock, type Log, type RateLimitedLog, rateLimited } from "@nonreturn/station/thread";
import type { TagDefinition } from "@nonreturn/wire-format";
import {
  CutOff,
  type LinkState,
  type Publisher,
  type PublisherSurroundings,
  refusedEntry,
  type StoredEntry,
} from "../../publisher.ts";
import type { SparkplugConfig } from "../config.ts";
import { connectClient, type MqttConnection } from "../connect-client.ts";
import { disconnect } from "../disconnect.ts";
import { bdSeqPath, readBdSeq, writeBdSeq } from "./bd-seq-file.ts";
import { BirthTrials } from "./birth-trials.ts";
import { EdgeNode, REBIRTH, type SparkplugMessage } from "./edge-node.ts";
import { decodeCommands } from "./payload.ts";
import { RefusedRows } from "./refused-rows.ts";

const NAMESPACE = "spBv1.0";
/** Births of a large plant are megabytes: many hosts asking at once get one set. */
const REBIRTH_PAUSE_MS = 1000;

/** Fixed header (5) + topic length (2) + MQTT 5 property length (1). */
const PACKET_OVERHEAD_BYTES = 8;
/** Of a device's name in the topic, as large as plants have them; a longer one costs the broker's own refusal. */
const MOST_DEVICE_BYTES = 256;
/** Messages on their way at most, before the broker has to answer. */
const UNCONFIRMED = 64;

type Unconfirmed = Pick<SparkplugMessage, "kind" | "device" | "rows">;

export class SparkplugPublisher implements Publisher {
  readonly #config: SparkplugConfig;
  readonly #name: string;
  readonly #clock: Clock;
  readonly #warnings: RateLimitedLog;
  readonly #log: Log;
  readonly #bdSeqPath: string;
  readonly #node: EdgeNode;
  readonly #births = new BirthTrials();
  #connection: MqttConnection | undefined;
  /** Sent on this connection, behind the last answer. */
  #unconfirmed: Unconfirmed[] = [];
  #answered: "nothing" | "something" = "nothing";
  #bornAtMs = Number.NEGATIVE_INFINITY;
  #silent = false;

  constructor(config: SparkplugConfig, { publisher, clock, log, dataFolder }: PublisherSurroundings) {
    this.#config = config;
    this.#name = publisher;
    this.#clock = clock;
    this.#log = log;
    this.#warnings = rateLimited(log, clock, 6);
    this.#bdSeqPath = bdSeqPath(dataFolder, publisher);
    this.#node = new EdgeNode(this.#lastBdSeq(), (device, bytes) => this.#birthRefusal(device, bytes));
  }

  async connect(signal: AbortSignal): Promise<void> {
    const will = this.#node.newSession(this.#nowMs());
    this.#keepBdSeq();
    this.#unconfirmed = [];
    this.#answered = "nothing";
    const clientId = this.#config.clientId ?? `nonreturn-it-${this.#name}`;
    this.#connection = await connectClient(
      this.#config,
      clientId,
      { topic: this.#topic(will), payload: will.payload, retain: false },
      signal,
    );
    const { client } = this.#connection;
    client.on("message", (topic, payload) => this.#command(topic, payload));
    await client.subscribeAsync([this.#commandTopic("NCMD"), `${this.#commandTopic("DCMD")}/#`], { qos: 1 });
    await this.#send(this.#node.birth(this.#nowMs()), signal);
  }

  async tagsChanged(tags: readonly TagDefinition[], signal: AbortSignal): Promise<void> {
    await this.#send(this.#node.setTags(tags, this.#nowMs()), signal);
    if (this.#silent) await this.#send(this.#node.linkSilent(this.#nowMs()), signal);
  }

  async publish(entries: readonly StoredEntry[], signal: AbortSignal): Promise<void> {
    const refused = new RefusedRows();
    try {
      await this.#send(this.#node.data(entries, this.#nowMs(), this.#mostBytes(), refused), signal);
    } catch (error) {
      throw this.#cutOff(error);
    }
    const { ranges } = refused;
    const [first] = ranges;
    if (first === undefined) return;
    const through = entries.reduce((sum, { samples }) => sum + samples.count, 0);
    throw refusedEntry(this.#name, first.reason ?? "", {}, { through, refused: ranges });
  }

  async linkChanged({ state }: LinkState, signal: AbortSignal): Promise<void> {
    this.#silent = state === "silent";
    const now = this.#nowMs();
    await this.#send(this.#silent ? this.#node.linkSilent(now) : this.#node.linkUp(now), signal);
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection === undefined) return;
    const { client } = connection;
    if (client.connected) {
      // DISCONNECT suppresses the will, so the death is said first (§5.12).
      const death = this.#node.death(this.#nowMs());
      client.publish(this.#topic(death), Buffer.from(death.payload), { qos: 0 });
    }
    await disconnect(client, "with DISCONNECT", this.#clock);
  }

  /** A number that is not known, or cannot be kept, is no reason to be silent. */
  #lastBdSeq(): number | undefined {
    try {
      return readBdSeq(this.#bdSeqPath);
    } catch (error) {
      const words = "the number of the last Sparkplug session cannot be read; it begins at zero";
      this.#log.warn({ err: error, publisher: this.#name, path: this.#bdSeqPath }, words);
      return undefined;
    }
  }

  #keepBdSeq(): void {
    try {
      writeBdSeq(this.#bdSeqPath, this.#node.bdSeq);
    } catch (error) {
      const words = "the number of the Sparkplug session cannot be kept for the next start";
      this.#log.warn({ err: error, publisher: this.#name, path: this.#bdSeqPath }, words);
    }
  }

  /**
   * Sparkplug wants QoS 0 (§6.4.19 …), which nobody confirms. A broker handles one connection's packets in order, though: once it has
   * answered a subscription sent behind them, it has taken them all.
   */
  async #send(messages: Iterable<SparkplugMessage>, signal: AbortSignal): Promise<void> {
    const connection = this.#connected();
    try {
      for (const message of messages) {
        signal.throwIfAborted();
        if (connection.ended !== undefined) throw connection.ended;
        this.#publish(connection, message);
        if (this.#unconfirmed.length >= UNCONFIRMED || this.#births.isCareful(this.#nowMs()))
          await this.#confirm(connection, signal);
      }
      if (this.#unconfirmed.length > 0) await this.#confirm(connection, signal);
    } catch (error) {
      if (connection.ended !== undefined) this.#lost();
      throw error;
    }
  }

  #publish({ client }: MqttConnection, message: SparkplugMessage): void {
    const { kind, device, rows } = message;
    client.publish(this.#topic(message), Buffer.from(message.payload), { qos: 0, retain: false });
    this.#unconfirmed.push({
      kind,
      ...(device === undefined ? {} : { device }),
      ...(rows === undefined ? {} : { rows }),
    });
  }

  /** @throws when the connection ends first, or the signal aborts. */
  async #confirm(connection: MqttConnection, signal: AbortSignal): Promise<void> {
    const count = this.#unconfirmed.length; // a Rebirth may add others
    await this.#barrier(connection, signal);
    this.#answered = "something";
    for (const { kind, device } of this.#unconfirmed.splice(0, count))
      if (kind === "DBIRTH" && device !== undefined) this.#births.confirmed(device);
  }

  #lost(): void {
    const births = this.#unconfirmed.flatMap(({ kind, device }) =>
      kind === "DBIRTH" && device !== undefined ? [device] : [],
    );
    const alone = this.#unconfirmed.length === 1 && this.#answered === "something";
    const leftOut = this.#births.lost([...new Set(births)], alone, this.#nowMs());
    if (leftOut === undefined) return;
    const words =
      "the broker ends the connection on the birth of one device; it is left out, its samples are set aside";
    this.#log.error({ publisher: this.#name, device: leftOut }, words);
  }

  /** Of a call of publish. It is the rows only if no birth was on its way. */
  #cutOff(error: unknown): unknown {
    const ended = this.#connection?.ended;
    const [first] = this.#unconfirmed;
    const last = this.#unconfirmed.at(-1);
    if (error !== ended || ended === undefined || first?.rows === undefined || last?.rows === undefined) return error;
    if (this.#unconfirmed.some(({ kind }) => kind !== "DDATA")) return error;
    return new CutOff(ended, first.rows.first, last.rows.end);
  }

  #birthRefusal(device: string, payloadBytes: number): string | undefined {
    const most = this.#mostBytes();
    if (payloadBytes > most)
      return `the birth of device ${device.slice(0, 200)} needs ${payloadBytes} bytes, the broker allows ${most}`;
    return this.#births.refusal(device, payloadBytes, this.#nowMs());
  }

  #barrier(connection: MqttConnection, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const withdraw = connection.onLost(fail);
      const onAbort = (): void => fail(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
      function settle(): void {
        withdraw?.();
        signal.removeEventListener("abort", onAbort);
      }
      function fail(error: unknown): void {
        settle();
        reject(error);
      }
      connection.client.subscribe(this.#commandTopic("NCMD"), { qos: 1 }, (error) => {
        settle();
        if (error) reject(error);
        else resolve();
      });
    });
  }

  #command(topic: string, payload: Uint8Array): void {
    const commands = decodeCommands(payload);
    const rebirth =
      topic === this.#commandTopic("NCMD") && commands?.some(({ name, isTrue }) => name === REBIRTH && isTrue);
    if (rebirth) {
      this.#rebirth();
      return;
    }
    this.#warnings.warn("SPARKPLUG_COMMAND", "a command was refused: nothing can be written from here", {
      publisher: this.#name,
      topic: topic.slice(0, 300),
      metrics: commands?.slice(0, 10).map(({ name }) => name.slice(0, 100)) ?? "unreadable",
    });
  }

  /** Between two messages of a call in progress is as good a place as any: each takes its sequence number when it is sent. */
  #rebirth(): void {
    const now = this.#nowMs();
    if (this.#connection === undefined || now - this.#bornAtMs < REBIRTH_PAUSE_MS) return; // they were just sent
    this.#bornAtMs = now;
    this.#log.info({ publisher: this.#name }, "a host asked for the births again");
    for (const message of this.#node.birth(now)) this.#publish(this.#connection, message);
  }

  /** Of a payload. Nobody answers a message of QoS 0: what the broker would not take has to be known before. */
  #mostBytes(): number {
    const { maxPayload = Number.POSITIVE_INFINITY, group, edgeNode } = this.#config;
    const topicBytes = MOST_DEVICE_BYTES + Buffer.byteLength(`${NAMESPACE}/${group}/DDATA/${edgeNode}/`);
    return Math.min(maxPayload, this.#connected().maximumPacketBytes - PACKET_OVERHEAD_BYTES - topicBytes);
  }

  #topic({ kind, device }: SparkplugMessage): string {
    const { group, edgeNode } = this.#config;
    return `${NAMESPACE}/${group}/${kind}/${edgeNode}${device === undefined ? "" : `/${device}`}`;
  }

  #commandTopic(kind: "NCMD" | "DCMD"): string {
    return `${NAMESPACE}/${this.#config.group}/${kind}/${this.#config.edgeNode}`;
  }

  #nowMs(): number {
    return Math.floor(this.#clock.nowUtcMicros() / 1000);
  }

  #connected(): MqttConnection {
    if (this.#connection === undefined) throw new RangeError("publish before connect");
    return this.#connection;
  }
}
