/** A broker within the test's process, and drivers that listen to it. */
import { type AddressInfo, createServer, type Socket } from "node:net";
import { createLog, type HostPort } from "@nonreturn/station";
import { type DataType, type Sample, statusCodeName } from "@nonreturn/wire-format";
import { Aedes } from "aedes";
import { onTestFinished } from "vitest";
import { z } from "zod";
import { patientClock } from "../../../../../test/support/patient-clock.ts";
import type { SubscribingDriver, TagAddress } from "../../../src/drivers/driver.ts";
import { mqtt } from "../../../src/drivers/mqtt/index.ts";

export const never = new AbortController().signal;

export interface StandIn {
  readonly address: HostPort;
  /** Topics of everything that clients tried to publish. */
  readonly published: string[];
  readonly subscribed: string[];
  /** Client ids, as they connected. */
  readonly clients: string[];
  open(): number;
  publish(topic: string, payload: string | Uint8Array, options?: { retain?: boolean; qos?: 0 | 1 }): Promise<void>;
  /** Ends every connection, or resets it. */
  drop(how?: "close" | "reset"): void;
  close(): Promise<void>;
}

/** @param options.account  what a client has to say. @param options.refuses  filters nobody may subscribe to. */
export async function startStandIn(
  options: { account?: readonly [string, string]; refuses?: string; port?: number } = {},
): Promise<StandIn> {
  const broker = await Aedes.createBroker();
  const sockets = new Set<Socket>();
  const [published, subscribed, clients]: [string[], string[], string[]] = [[], [], []];
  broker.authenticate = (client, username, password, done) => {
    clients.push(client.id);
    const { account } = options;
    const isKnown = account === undefined || (username === account[0] && String(password ?? "") === account[1]);
    done(isKnown ? null : (Object.assign(new Error("no"), { returnCode: 5 }) as never), isKnown);
  };
  broker.authorizePublish = (_client, packet, done) => {
    published.push(packet.topic);
    done(null);
  };
  broker.authorizeSubscribe = (_client, subscription, done) => {
    subscribed.push(subscription.topic);
    done(null, subscription.topic === options.refuses ? null : subscription);
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    broker.handle(socket);
  });
  await new Promise<void>((listening) => server.listen(options.port ?? 0, "127.0.0.1", listening));
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((closed) => broker.close(closed));
      await new Promise<void>((closed) => server.close(() => closed()));
    })();
    return closing;
  };
  onTestFinished(close);
  return {
    address: { host: "127.0.0.1", port: (server.address() as AddressInfo).port },
    published,
    subscribed,
    clients,
    open: () => sockets.size,
    publish: (topic, payload, { retain = false, qos = 1 } = {}) =>
      new Promise((done, failed) =>
        broker.publish(
          { cmd: "publish", topic, payload: Buffer.from(payload), qos, retain, dup: false },
          (error?: Error | null) => (error ? failed(error) : done()),
        ),
      ),
    drop(how = "close") {
      for (const socket of sockets) how === "close" ? socket.destroy() : socket.resetAndDestroy();
    },
    close,
  };
}

export function driverFor(
  address: HostPort,
  options: Readonly<Record<string, unknown>> = {},
  purpose: "station" | "person" = "station",
): SubscribingDriver {
  const config = z.strictObject(mqtt.deviceShape).parse({ ...address, ...options });
  const [driver] = mqtt.createChannel([{ device: "test", config: config as never, timezone: "UTC" }], {
    clock: patientClock,
    log: createLog({ name: "test", level: "silent" }),
    purpose,
  });
  onTestFinished(() => driver!.close());
  return driver as SubscribingDriver;
}

let tagIds = 0;
export function tag(address: string, dataType: DataType = "FLOAT64", options: TagAddress["options"] = {}): TagAddress {
  const tagId = ++tagIds;
  return { tagId, path: `test/${tagId}`, address, dataType, options };
}

export interface Listening {
  /** Everything delivered so far for a tag, without the first "no message yet". */
  of(tag: TagAddress): readonly Sample[];
  last(tag: TagAddress): readonly [unknown, string] | undefined;
  readonly all: readonly Sample[];
  /** Why it ended. */
  readonly ended: Promise<unknown>;
  stop(): void;
}

/** Connects and subscribes; resolves once the broker has seen every subscription. */
export async function listen(
  driver: SubscribingDriver,
  tags: readonly TagAddress[],
  broker: StandIn | undefined,
): Promise<Listening> {
  const plan = driver.plan(tags);
  const all: Sample[] = [];
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const already = broker?.subscribed.length ?? 0;
  await driver.connect(never);
  const ended = driver.subscribe(plan, (samples) => void all.push(...samples), stop.signal).catch((error) => error);
  const wanted = (plan as unknown as { readonly filters: readonly string[] }).filters.length;
  while (broker !== undefined && broker.subscribed.length < already + wanted)
    await new Promise((later) => setTimeout(later, 2));
  const of = ({ tagId }: TagAddress) => all.filter((sample) => sample.tagId === tagId).slice(1);
  return {
    of,
    last(wantedTag) {
      const sample = of(wantedTag).at(-1);
      return sample === undefined ? undefined : [sample.value, statusCodeName(sample.statusCode)];
    },
    all,
    ended,
    stop: () => stop.abort(),
  };
}
