/** One connection to an MQTT broker: made once, watched until it ends, never repaired. The runner makes the next one.
 *  MQTT publisher → [connect client] → broker */
import type { Socket } from "node:net";
import { readTlsFiles, StationError } from "@nonreturn/station/thread";
import { connect, type IClientOptions, type IConnackPacket, type MqttClient } from "mqtt";
import { passwordOf } from "../password.ts";
import type { BrokerConfig } from "./config.ts";
import { alpnOf } from "./presets.ts";
import type { Account } from "./sas-token.ts";

export interface MqttConnection {
  readonly client: MqttClient;
  /** Unconfirmed publications the broker allows; Infinity if it does not say (MQTT 5 §3.2.2.3.3). */
  readonly receiveMaximum: number;
  /** Bytes of one packet the broker allows; Infinity if it does not say (MQTT 5 §3.2.2.3.6). */
  readonly maximumPacketBytes: number;
  /** Why it has ended; undefined while it lasts. */
  readonly ended: StationError | undefined;
  /** Call `listener` once when the connection has ended, however; at once if it has. The result withdraws it. */
  onLost(listener: (error: StationError) => void): () => void;
}

export interface LastWill {
  readonly topic: string;
  readonly payload: string | Uint8Array;
  readonly retain: boolean;
}

/** The broker closed the connection and said why (MQTT 5 §3.14.2.1). */
class DisconnectedByBroker extends Error {
  readonly code: number;

  constructor(reasonCode: number) {
    super(`the broker closed it with reason 0x${reasonCode.toString(16)}`);
    this.code = reasonCode;
  }
}

/**
 * Connects with a clean session.
 *
 * @throws {StationError} MQTT_CONNECT if the broker cannot be reached or refuses, FILE_… for a password or key file.
 */
export async function connectClient(
  config: BrokerConfig,
  clientId: string,
  will: LastWill,
  signal: AbortSignal,
  account: Account = { username: config.username, password: passwordOf(config) },
): Promise<MqttConnection> {
  signal.throwIfAborted();
  const client = begin(config, optionsOf(config, clientId, will, account));
  let reason: unknown;
  let end: StationError | undefined;
  const listeners = new Set<(error: StationError) => void>();
  const lose = (): void => {
    if (end !== undefined) return;
    end = connectionLost(config.url, reason);
    for (const listener of listeners) listener(end);
    listeners.clear();
  };
  client.on("error", (error) => {
    reason ??= error;
    lose();
    client.end(true); // mqtt.js goes on after a malformed packet; nothing it would confirm then can be trusted
  });
  client.on("disconnect", ({ reasonCode }) => {
    reason ??= new DisconnectedByBroker(reasonCode ?? 0);
  });
  client.once("close", lose);
  const onLost = (listener: (error: StationError) => void): (() => void) => {
    if (end !== undefined) listener(end);
    else listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  try {
    const { properties } = await firstConnack(client, onLost, signal);
    // Many small packets whose answers are awaited: Nagle's algorithm would hold the last one back.
    (client.stream as Partial<Socket>).setNoDelay?.(true);
    return {
      client,
      receiveMaximum: properties?.receiveMaximum ?? Number.POSITIVE_INFINITY,
      maximumPacketBytes: properties?.maximumPacketSize ?? Number.POSITIVE_INFINITY,
      get ended() {
        return end;
      },
      onLost,
    };
  } catch (error) {
    client.end(true);
    throw error;
  }
}

/** mqtt.js throws at once where certificate and key do not belong together. */
function begin({ url }: BrokerConfig, options: IClientOptions): MqttClient {
  try {
    return connect(url, options);
  } catch (error) {
    throw connectionLost(url, error);
  }
}

function firstConnack(
  client: MqttClient,
  onLost: MqttConnection["onLost"],
  signal: AbortSignal,
): Promise<IConnackPacket> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
    const withdraw = onLost((error) => {
      signal.removeEventListener("abort", onAbort);
      reject(error);
    });
    client.once("connect", (connack) => {
      signal.removeEventListener("abort", onAbort);
      withdraw();
      resolve(connack);
    });
  });
}

function optionsOf(
  config: BrokerConfig,
  clientId: string,
  will: LastWill,
  { username, password }: Account,
): IClientOptions {
  const alpn = alpnOf(config);
  return {
    clientId,
    protocolVersion: config.protocol === "5" ? 5 : 4,
    clean: true,
    reconnectPeriod: 0, // the runner reconnects
    resubscribe: false,
    queueQoSZero: false,
    keepalive: Math.ceil(config.keepAlive / 1000),
    connectTimeout: config.deadline,
    will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: will.retain },
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(config.url.startsWith("mqtts:") ? readTlsFiles(config) : {}),
    ...(config.serverName === undefined ? {} : { servername: config.serverName }),
    ...(alpn === undefined ? {} : { ALPNProtocols: [alpn] }),
    ...(config.url.startsWith("mqtts:") ? { rejectUnauthorized: true } : {}),
  };
}

function connectionLost(url: string, reason: unknown): StationError {
  const text = reason instanceof Error && reason.message !== "" ? reason.message : "it was closed";
  return new StationError(
    {
      code: "MQTT_CONNECT",
      what: `no connection to the broker (${text})`,
      where: url,
      action:
        "Check address, port, TLS and account, and the broker's log. It is tried again by itself; nothing is lost meanwhile.",
    },
    reason === undefined ? undefined : { cause: reason },
  );
}
