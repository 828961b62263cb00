/** Publishes every block into a JetStream stream, which any number of consumers share; a repeated block is stored once.
 *  runner → [NATS publisher] → JetStream */
import { type JetStreamClient, jetstream, jetstreamManager, RetentionPolicy, StorageType } from "@nats-io/jetstream";
import { connect, credsAuthenticator, type NatsConnection, nanos } from "@nats-io/transport-node";
import { readPrivate, readTlsFiles, StationError } from "@nonreturn/station/thread";
import { passwordOf } from "../password.ts";
import { type Publisher, refusedEntry, type StoredEntry } from "../publisher.ts";
import type { NatsConfig } from "./config.ts";
import { DialledSockets } from "./dialled-sockets.ts";
import { type BlockMessage, messagesOf } from "./map-sample.ts";

/** Messages whose confirmation is awaited, at most; 64 of 256 KiB are 16 MiB. */
const IN_FLIGHT = 64;
/** "wrong last msg ID" (server's error list): a message before this one was not stored. */
const WRONG_LAST_ID = 10_070;
const STREAM_NOT_FOUND = 10_059;
const NO_LIMIT = Number.POSITIVE_INFINITY;
/** An id behind the subject: four numbers and the rows, at most. */
const MOST_ID_BYTES = 100;
/** What names the headers of a message, their separators and the version line. */
const HEADER_BYTES = Buffer.byteLength(
  "NATS/1.0\r\nNats-Msg-Id: \r\nNats-Expected-Stream: \r\nNats-Expected-Last-Msg-Id: \r\n\r\n",
);

export class NatsPublisher implements Publisher {
  readonly events = "wanted";
  readonly #config: NatsConfig;
  readonly #name: string;
  #connection: NatsConnection | undefined;
  /** Of the last connect. */
  #dialled: DialledSockets | undefined;
  #stream: JetStreamClient | undefined;
  /** Of a message: what server and stream take. Headers count. */
  #mostBytes = NO_LIMIT;
  readonly #headerBytes: number;

  constructor(config: NatsConfig, name: string) {
    this.#config = config;
    this.#name = name;
    const { stream, subject } = config;
    this.#headerBytes = HEADER_BYTES + Buffer.byteLength(stream) + 2 * (Buffer.byteLength(subject) + MOST_ID_BYTES);
  }

  async connect(signal: AbortSignal): Promise<void> {
    const dialled = new DialledSockets();
    this.#dialled = dialled;
    await this.#until(signal, "NATS_CONNECT", async () => {
      const connection = await dialled.during(() => connect(optionsOf(this.#config)));
      this.#connection = connection;
      if (signal.aborted) return void (await connection.close());
      this.#readLimits(connection, await this.#ensureStream(connection));
      this.#stream = jetstream(connection, { timeout: this.#config.deadline });
    });
  }

  async publish(entries: readonly StoredEntry[], signal: AbortSignal): Promise<void> {
    if (this.#stream === undefined) throw new RangeError("publish before connect");
    await this.#until(signal, "NATS_PUBLISH", async () => {
      for (const lane of ["live", "late"] as const) {
        const ofLane = entries.filter((entry) => entry.lane === lane);
        await this.#send(ofLane, signal);
      }
    });
  }

  /** Size is all that server and stream refuse a message for, and it is known here: nothing is sent. */
  async trial(entries: readonly StoredEntry[], signal: AbortSignal): Promise<void> {
    if (this.#stream === undefined) throw new RangeError("publish before connect");
    await this.#until(signal, "NATS_PUBLISH", async () => {
      for (const entry of entries) await this.#messagesOf(entry);
    });
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#stream = undefined;
    try {
      await connection?.close();
    } finally {
      this.#dialled?.destroy();
    }
  }

  /**
   * Many at once, in order: each names the one before it, and the server takes none whose predecessor is missing. If another station
   * publishes into the same stream that cannot hold; then each waits for the one before.
   */
  async #send(entries: readonly StoredEntry[], signal: AbortSignal): Promise<void> {
    let chained = true;
    let last: string | undefined;
    let flight: { message: BlockMessage; stored: Promise<unknown> }[] = [];
    const land = async (): Promise<void> => {
      const results = await Promise.allSettled(flight.map(({ stored }) => stored));
      const failed = results.findIndex(({ status }) => status === "rejected");
      const again = failed < 0 ? [] : flight.slice(failed);
      flight = [];
      if (failed < 0) return;
      const { reason } = results[failed] as PromiseRejectedResult;
      if (!isWrongLastId(reason)) throw reason;
      chained = false;
      for (const { message } of again) await this.#store(message, undefined);
    };
    for (const entry of entries) {
      for (const message of await this.#messagesOf(entry)) {
        signal.throwIfAborted();
        const stored = this.#store(message, chained ? last : undefined);
        stored.catch(() => undefined); // looked at in land()
        flight.push({ message, stored });
        last = this.#id(message);
        if (flight.length >= (chained ? IN_FLIGHT : 1)) await land();
      }
    }
    await land();
  }

  async #store(message: BlockMessage, lastMsgID: string | undefined): Promise<void> {
    await this.#stream!.publish(`${this.#config.subject}.${message.subject}`, message.payload, {
      msgID: this.#id(message),
      expect: { streamName: this.#config.stream, ...(lastMsgID === undefined ? {} : { lastMsgID }) },
    });
  }

  /** Streams of one pairing meet under one subject; those of another have another. */
  #id({ id }: BlockMessage): string {
    return `${this.#config.subject}-${id}`;
  }

  /** All of an entry, or none: a part of a refused entry must not be stored under the number of another. */
  async #messagesOf(entry: StoredEntry): Promise<BlockMessage[]> {
    const messages = this.#cut(entry);
    if (messages !== undefined) return messages;
    await this.#askLimits(); // somebody may have raised one since
    const cutAgain = this.#cut(entry);
    if (cutAgain !== undefined) return cutAgain;
    const most = this.#mostBytes;
    const sizes = [...messagesOf(entry, this.#name, most - this.#headerBytes)].map(({ payload }) =>
      Buffer.byteLength(payload),
    );
    const bytes = Math.max(...sizes) + this.#headerBytes;
    throw refusedEntry(this.#name, `a message of ${bytes} bytes, server and stream take ${most}`);
  }

  /** undefined if one message is too large. */
  #cut(entry: StoredEntry): BlockMessage[] | undefined {
    const most = this.#mostBytes - this.#headerBytes;
    const messages = [...messagesOf(entry, this.#name, most)];
    const fits = messages.every(({ payload }) => payload.length * 3 <= most || Buffer.byteLength(payload) <= most);
    return fits ? messages : undefined;
  }

  async #askLimits(): Promise<void> {
    const manager = await jetstreamManager(this.#connection!);
    const { config } = await manager.streams.info(this.#config.stream);
    this.#readLimits(this.#connection!, config);
  }

  #readLimits({ info }: NatsConnection, { max_msg_size: most }: { readonly max_msg_size: number }): void {
    this.#mostBytes = Math.min(info?.max_payload ?? NO_LIMIT, most > 0 ? most : NO_LIMIT);
  }

  async #ensureStream(connection: NatsConnection): Promise<{ readonly max_msg_size: number }> {
    const { stream, subject, replicas, maxAge, maxSize, duplicateWindow } = this.#config;
    const manager = await jetstreamManager(connection);
    const found = await manager.streams.info(stream).then(
      ({ config }) => config,
      (error: unknown) => {
        if ((error as { code?: number }).code === STREAM_NOT_FOUND) return undefined;
        throw error;
      },
    );
    if (found !== undefined) return found;
    const { config } = await manager.streams.add({
      name: stream,
      subjects: [`${subject}.>`],
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      num_replicas: replicas,
      duplicate_window: nanos(duplicateWindow),
      ...(maxAge === undefined ? {} : { max_age: nanos(maxAge) }),
      ...(maxSize === undefined ? {} : { max_bytes: maxSize }),
    });
    return config;
  }

  /** When the signal aborts the connection is closed, which ends what waits. */
  async #until(signal: AbortSignal, code: "NATS_CONNECT" | "NATS_PUBLISH", work: () => Promise<void>): Promise<void> {
    signal.throwIfAborted();
    const cut = Promise.withResolvers<never>();
    const onAbort = (): void => {
      void this.#connection?.close().catch(() => undefined);
      if (this.#connection === undefined) this.#dialled?.destroy();
      cut.reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await Promise.race([work(), cut.promise]);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof StationError || !(error instanceof Error)) throw error;
      throw this.#explain(code, error);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  #explain(code: "NATS_CONNECT" | "NATS_PUBLISH", cause: Error): StationError {
    const where = this.#config.servers.join(", ");
    return code === "NATS_CONNECT"
      ? new StationError(
          {
            code: "NATS_CONNECT",
            what: `no usable JetStream (${cause.message})`,
            where,
            action:
              "Check address, TLS, account, and that the server runs with JetStream. It is tried again by itself; nothing is lost meanwhile.",
          },
          { cause },
        )
      : new StationError(
          {
            code: "NATS_PUBLISH",
            what: `the stream did not take the blocks (${cause.message})`,
            where: `${where}, stream ${this.#config.stream}`,
            action:
              "Check the stream's limits, subjects and replicas, and the account's rights. It is tried again by itself; nothing is lost meanwhile.",
          },
          { cause },
        );
  }
}

function isWrongLastId(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === WRONG_LAST_ID;
}

function optionsOf(config: NatsConfig): Parameters<typeof connect>[0] {
  const { servers, username, credentialsFile, deadline } = config;
  const password = passwordOf(config);
  const tls = servers.every((server) => server.startsWith("tls:"));
  return {
    servers: servers.map((server) => server.replace(/^(nats|tls):\/\//, "")),
    name: "nonreturn-it",
    reconnect: false, // the runner reconnects
    timeout: deadline,
    ...(username === undefined ? {} : { user: username }),
    ...(password === undefined ? {} : { pass: password }),
    ...(credentialsFile === undefined ? {} : { authenticator: credsAuthenticator(readPrivate(credentialsFile)) }),
    ...(tls
      ? {
          tls: {
            ...readTlsFiles(config),
          },
        }
      : {}),
  };
}
