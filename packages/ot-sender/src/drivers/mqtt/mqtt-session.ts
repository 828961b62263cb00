/** One connection to a broker: made once, listened to until it ends, never repaired. It subscribes; it has no way to publish.
 *  MQTT driver → [MQTT session] → guarded stream → broker */
import { type Clock, type HostPort, StationError, writeHostPort } from "@nonreturn/station";
import { type IClientOptions, type IConnackPacket, type IPublishPacket, MqttClient } from "mqtt";
import { showText } from "../json-document.ts";
import type { TlsSettings } from "../login.ts";
import { openStream } from "../secure-stream.ts";
import { GuardedStream } from "./guarded-stream.ts";
import { PacketFilter } from "./packet-filter.ts";

export interface SessionSettings extends HostPort {
  readonly tls: TlsSettings | undefined;
  readonly protocol: "3.1.1" | "5";
  readonly clientId: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly kind: "clean" | "persistent";
  readonly expiryMs: number;
  readonly maxPayloadBytes: number;
  readonly keepAliveMs: number;
  readonly connectTimeoutMs: number;
}

export interface Message {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly isRetained: boolean;
  /** Sent again, perhaps: the broker does not know whether it arrived before. */
  readonly isDuplicate: boolean;
}

/** Filters in one SUBSCRIBE: brokers of the big clouds take no more. */
const FILTERS_PER_SUBSCRIBE = 8;
/** Confirmations awaited at a time. */
const SUBSCRIBES_AT_ONCE = 16;

/** What mqtt.js rejects with where the broker said no to a filter. */
interface SubackError extends Error {
  readonly packet?: { readonly granted?: readonly number[] };
}

export class MqttSession {
  readonly #client: MqttClient;
  readonly #where: string;
  readonly #clock: Clock;
  readonly #lostListeners = new Set<(lost: StationError) => void>();
  #listener: ((message: Message) => void) | undefined;
  /** The first message came before anybody listens. mqtt.js waits for its end before it reads on: the broker keeps the others. */
  #held: { readonly packet: IPublishPacket; readonly done: () => void } | undefined;
  #cause: Error | undefined;
  #hasStored = false;
  lost: StationError | undefined;

  private constructor(client: MqttClient, where: string, clock: Clock) {
    this.#client = client;
    this.#where = where;
    this.#clock = clock;
    client.handleMessage = (packet, done) => this.#take(packet, done as () => void);
    client.on("error", (error) => {
      this.#cause ??= error;
      this.#lose();
      client.end(true); // mqtt.js goes on after a malformed packet; nothing it would confirm then can be trusted
    });
    client.on("disconnect", ({ reasonCode }) => {
      this.#cause ??= new Error(`the broker closed it with reason 0x${(reasonCode ?? 0).toString(16)}`);
    });
    client.once("close", () => this.#lose());
  }

  /** @throws {StationError} DEVICE_UNREACHABLE, DEVICE_CERTIFICATE, DEVICE_LOGIN; no connection is left open then. */
  static async open(settings: SessionSettings, clock: Clock, signal: AbortSignal): Promise<MqttSession> {
    const { host, port, tls, connectTimeoutMs, maxPayloadBytes } = settings;
    const startedMs = clock.monotonicMs();
    const socket = await openStream({ host, port }, { tls, timeoutMs: connectTimeoutMs, signal, clock });
    const stream = new GuardedStream(socket, new PacketFilter(maxPayloadBytes));
    const client = new MqttClient(() => stream, optionsOf(settings));
    const session = new MqttSession(client, writeHostPort({ host, port }), clock);
    const leftMs = Math.max(1, connectTimeoutMs - (clock.monotonicMs() - startedMs));
    try {
      const { sessionPresent } = await session.#connack(leftMs, signal);
      session.#hasStored = sessionPresent;
      return session;
    } catch (error) {
      session.close();
      throw error;
    }
  }

  /** The broker still knew this client, and kept what came with QoS 1 meanwhile. */
  get hasStored(): boolean {
    return this.#hasStored;
  }

  /** What has been held back comes at once. Each message is confirmed to the broker when `listener` returns. */
  listen(listener: (message: Message) => void): void {
    this.#listener = listener;
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#take(held.packet, held.done);
  }

  /** @returns filters that the broker refused. @throws {StationError} CONNECTION_LOST, also if the broker does not answer. */
  async subscribe(filters: readonly string[], qos: 0 | 1, timeoutMs: number): Promise<string[]> {
    const parts = Array.from({ length: Math.ceil(filters.length / FILTERS_PER_SUBSCRIBE) }, (_, part) =>
      filters.slice(part * FILTERS_PER_SUBSCRIBE, (part + 1) * FILTERS_PER_SUBSCRIBE),
    );
    const refused: string[] = [];
    const work = async (): Promise<void> => {
      for (let part = parts.shift(); part !== undefined; part = parts.shift())
        refused.push(...(await this.#subscribePart(part, qos, timeoutMs)));
    };
    const workers = Array.from({ length: SUBSCRIBES_AT_ONCE }, work);
    try {
      await Promise.all(workers);
    } finally {
      await Promise.allSettled(workers);
    }
    return refused;
  }

  /** At once if it is lost already. The result withdraws the listener. */
  onLost(listener: (lost: StationError) => void): () => void {
    if (this.lost !== undefined) listener(this.lost);
    else this.#lostListeners.add(listener);
    return () => void this.#lostListeners.delete(listener);
  }

  close(): void {
    this.#cause ??= new Error("it was closed");
    this.#lose();
    this.#client.end(true);
    this.#client.stream.destroy();
  }

  #subscribePart(part: readonly string[], qos: 0 | 1, timeoutMs: number): Promise<string[]> {
    return new Promise((resolve, reject) => {
      const withdraw = this.onLost((lost) => {
        cancel();
        reject(lost);
      });
      const cancel = this.#clock.after(timeoutMs, () => {
        this.#cause ??= new Error(`the broker did not confirm subscriptions within ${timeoutMs} ms`);
        this.#lose();
        this.#client.end(true);
      });
      if (this.lost !== undefined) return cancel();
      this.#client.subscribe([...part], { qos }, (error, _granted, suback) => {
        cancel();
        withdraw();
        const codes = suback?.granted ?? (error as SubackError | null)?.packet?.granted;
        if (codes === undefined) return error === null ? resolve([]) : reject(this.lost ?? this.#lostBy(error));
        resolve(part.filter((_, index) => (Number(codes[index] ?? 0x80) & 0x80) !== 0));
      });
    });
  }

  #connack(timeoutMs: number, signal: AbortSignal): Promise<IConnackPacket> {
    return new Promise((resolve, reject) => {
      const settle = (run: () => void): void => {
        cancel();
        withdraw();
        signal.removeEventListener("abort", onAbort);
        run();
      };
      const fail = (what: string): void => settle(() => reject(this.#refusal(what)));
      const onAbort = (): void => fail("connecting was given up");
      const cancel = this.#clock.after(timeoutMs, () => fail("the broker did not answer the login in time"));
      const withdraw = this.onLost(() => fail(this.#cause?.message ?? "the broker closed the connection"));
      signal.addEventListener("abort", onAbort, { once: true });
      this.#client.once("connect", (connack) => settle(() => resolve(connack)));
      if (signal.aborted) onAbort();
    });
  }

  #refusal(what: string): StationError {
    const code = (this.#cause as { readonly code?: unknown } | undefined)?.code;
    // MQTT 3.1.1 §3.2.2.3; MQTT 5 §3.2.2.2.
    if (typeof code === "number" && [2, 4, 5, 0x85, 0x86, 0x87, 0x8a, 0x8c].includes(code))
      return new StationError({
        code: "DEVICE_LOGIN",
        what: `the broker refused the login (${showText(what, 200)})`,
        where: this.#where,
        action: "Check username, passwordFile, clientId and certificate, and the accounts in the broker.",
      });
    return new StationError({
      code: "DEVICE_UNREACHABLE",
      what: `no MQTT connection: ${showText(what, 200)}`,
      where: this.#where,
      action: "Check host, port, tls and protocol, that the broker runs, and its log.",
    });
  }

  #take(packet: IPublishPacket, done: () => void): void {
    if (this.#listener === undefined) {
      this.#held = { packet, done };
      return;
    }
    try {
      const { topic, payload, retain, dup } = packet;
      const bytes = typeof payload === "string" ? Buffer.from(payload) : payload;
      this.#listener({ topic, payload: bytes, isRetained: retain, isDuplicate: dup });
      done();
    } catch (error) {
      this.#cause ??= error as Error; // unconfirmed: the broker sends it again
      this.#lose();
      this.#client.end(true);
    }
  }

  #lose(): void {
    if (this.lost !== undefined) return;
    this.lost = this.#lostBy(this.#cause ?? new Error("the broker closed it"));
    for (const listener of this.#lostListeners) listener(this.lost);
    this.#lostListeners.clear();
  }

  #lostBy(cause: Error): StationError {
    return new StationError(
      {
        code: "CONNECTION_LOST",
        what: `the connection is lost: ${showText(cause.message, 200)}`,
        where: this.#where,
        action:
          "Nothing: the station reconnects. If it happens often, check the network, the clientId and the broker's log.",
      },
      { cause },
    );
  }
}

function optionsOf(settings: SessionSettings): IClientOptions {
  const { protocol, clientId, username, password, kind, expiryMs, maxPayloadBytes } = settings;
  return {
    clientId,
    protocolVersion: protocol === "5" ? 5 : 4,
    clean: kind === "clean",
    reconnectPeriod: 0, // the runner reconnects
    resubscribe: false,
    queueQoSZero: false,
    keepalive: Math.ceil(settings.keepAliveMs / 1000),
    connectTimeout: settings.connectTimeoutMs,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(protocol === "5"
      ? {
          properties: {
            maximumPacketSize: maxPayloadBytes + 65_536,
            ...(kind === "persistent" ? { sessionExpiryInterval: Math.ceil(expiryMs / 1000) } : {}),
          },
        }
      : {}),
  };
}
