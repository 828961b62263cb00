import { isDeepStrictEqual } from "node:util";
import type { Value } from "@nonreturn/wire-format";
import {
  AttributeIds,
  ClientMonitoredItem,
  type ClientSession,
  type ClientSubscription,
  constructEventFilter,
  DataType,
  type DataValue,
  NodeId,
  NodeIdType,
  OPCUAClient,
  TimestampsToReturn,
  type Variant,
  VariantArrayType,
} from "node-opcua";
import { expect, onTestFinished } from "vitest";
import { opcuaConfig } from "../../../packages/it-receiver/src/publishers/opcua/config.ts";
import { opcuaFactory } from "../../../packages/it-receiver/src/publishers/opcua/index.ts";
import { surroundings } from "../../../packages/it-receiver/test/publishers/support/surroundings.ts";
import { freeTcpPort } from "../../support/free-port.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { describePublisher, type Held, type HeldEvent } from "./publisher-contract.ts";

const EVENT_FIELDS = ["SourceName", "ConditionName", "ActiveState.Id", "Severity", "Message", "Time"];

/** Notifications come at the publishing interval: quiet for many of them means that all have come. */
async function quiet(count: () => number): Promise<void> {
  for (let before = -1, same = 0, waits = 0; waits < 30 && (count() === 0 || same < 2); waits++) {
    same = before === count() ? same + 1 : 0;
    before = count();
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Bad_WaitingForInitialData: before the first sample. */
const WAITING_FOR_INITIAL_DATA = 0x8032_0000;

/** "urn:nonreturn:tags": namespaces 0 and 1 are the standard's and the server's own. */
const TAGS = 2;

/** Not as text: a line break would end it. */
function nodeIdOf(path: string): NodeId {
  return new NodeId(NodeIdType.STRING, path, TAGS);
}

describePublisher(
  "OPC UA",
  async () => {
    const port = await freeTcpPort();
    const make = (listen: string) => {
      const config = opcuaConfig.parse({
        type: "opcua",
        listen,
        anonymous: true,
        security: ["None"],
        hostname: "127.0.0.1",
      });
      const publisher = opcuaFactory.create(config, surroundings("opcua", { dataFolder: temporaryFolder() }));
      onTestFinished(() => publisher.close());
      return publisher;
    };
    const seen = new Map<string, Held[]>();
    let settled = false;
    let watching: { subscription: ClientSubscription; session: ClientSession } | undefined;
    const watch = async (): Promise<ClientSubscription> => {
      if (watching !== undefined) return watching.subscription;
      const client = OPCUAClient.create({
        endpointMustExist: false,
        connectionStrategy: { maxRetry: 3, initialDelay: 50 },
      });
      await client.connect(`opc.tcp://127.0.0.1:${port}/nonreturn`);
      const session = await client.createSession();
      onTestFinished(async () => {
        await session.close().catch(() => undefined);
        await client.disconnect();
      });
      const subscription = await session.createSubscription2({
        publishingEnabled: true,
        requestedPublishingInterval: 20,
        requestedMaxKeepAliveCount: 100,
        requestedLifetimeCount: 1000,

        maxNotificationsPerPublish: 0,
      });
      watching = { subscription, session };
      return subscription;
    };
    const events: { readonly source: string; readonly event: HeldEvent }[] = [];
    let eventSession: ClientSession | undefined;
    /** Anew after a restart of the server: event subscriptions end with it. */
    const watchEvents = async (): Promise<void> => {
      const alive = await eventSession
        ?.read({ nodeId: "i=2256", attributeId: AttributeIds.Value })
        .catch(() => undefined);
      if (alive !== undefined) return;
      const client = OPCUAClient.create({ endpointMustExist: false, connectionStrategy: { maxRetry: 0 } });
      await client.connect(`opc.tcp://127.0.0.1:${port}/nonreturn`);
      const session = await client.createSession();
      eventSession = session;
      onTestFinished(async () => {
        await session.close().catch(() => undefined);
        await client.disconnect();
      });
      const subscription = await session.createSubscription2({
        publishingEnabled: true,
        requestedPublishingInterval: 20,
        requestedMaxKeepAliveCount: 100,
        requestedLifetimeCount: 1000,
        maxNotificationsPerPublish: 0,
      });
      const item = await subscription.monitor(
        { nodeId: "i=2253", attributeId: AttributeIds.EventNotifier }, // Server
        { samplingInterval: 0, queueSize: 10_000, discardOldest: false, filter: constructEventFilter(EVENT_FIELDS) },
        TimestampsToReturn.Neither,
      );
      item.on("changed", (values: unknown) => {
        const [source, condition, active, severity, message, time] = (values as Variant[]).map(({ value }) => value);
        const state = active === true ? "active" : "inactive";
        const event: HeldEvent = { condition, state, severity, text: message.text ?? "", time: time.getTime() * 1000 };
        events.push({ source, event });
      });
    };
    return {
      publisher: make(`127.0.0.1:${port}`),
      async listen(paths) {
        settled = false;
        await watchEvents();
        const subscription = await watch();
        const fresh = paths.filter((path) => !seen.has(path));
        // The server begins to watch a node behind its answer. What is published before that is no change to it: the first value to come is
        // the newest. So listening has begun when the value of before has come.
        const listening = fresh.map((path) => {
          const held: Held[] = [];
          seen.set(path, held);
          const item = ClientMonitoredItem.create(
            subscription,
            { nodeId: nodeIdOf(path), attributeId: AttributeIds.Value },
            { samplingInterval: 0, queueSize: 10_000, discardOldest: false },
            TimestampsToReturn.Source,
          );
          return new Promise<void>((resolve, reject) => {
            item.on("err", (reason) => reject(new Error(reason)));
            item.on("changed", (dataValue: DataValue) => {
              resolve();
              if (dataValue.statusCode.value === WAITING_FOR_INITIAL_DATA) return;
              held.push(heldOf(dataValue));
            });
          });
        });
        await Promise.all(listening);
      },
      async held(path): Promise<Held[]> {
        await watch();
        if (!seen.has(path)) {
          // After a restart of the server nobody listens: what it shows now.
          const [dataValue] = await watching!.session.read([
            { nodeId: nodeIdOf(path), attributeId: AttributeIds.Value },
          ]);
          return dataValue === undefined ? [] : [heldOf(dataValue)];
        }
        // Notifications of an item come in order: the newest is what the server shows. It may have been so before too: quiet for many publishing
        // intervals means that all have come.
        const held = seen.get(path)!;
        if (!settled) {
          const isNewest = async (): Promise<boolean> => {
            const [shown] = await watching!.session.read([{ nodeId: nodeIdOf(path), attributeId: AttributeIds.Value }]);
            if (shown === undefined || shown.statusCode.value === WAITING_FOR_INITIAL_DATA) return true;
            const { value, statusCode } = heldOf(shown);
            const last = held.at(-1);
            return last !== undefined && last.statusCode === statusCode && isDeepStrictEqual(last.value, value);
          };
          await expect.poll(isNewest, { timeout: 30_000, interval: 20 }).toBe(true);
          for (let before = -1; before !== held.length; await new Promise((resolve) => setTimeout(resolve, 300)))
            before = held.length;
        }
        settled = true;
        return seen.get(path)!;
      },
      shown: (value) => value,
      // The library's decoder drops what a Date cannot hold, and codes that no table lists.
      seenTime: (time) => Math.floor(time / 1000) * 1000,
      seenStatus: (code) => (code === 0xffff_ffff ? 0x8000_ffff : code),
      shows: "newest",
      mostOfOneTag: 4000, // the library bounds the queue of a monitored item at 5000
      repeats: "at least once",
      // An array of no one type: the library has no variant for it.
      poison: { value: [1n, "a"] as unknown as Value, reason: /cannot be shown/ },
      events: {
        async held(path) {
          const of = (): HeldEvent[] => events.filter(({ source }) => source === path).map(({ event }) => event);
          await quiet(() => of().length);
          return of();
        },
        async active(path) {
          await quiet(() => events.length);
          const last = new Map(
            events.filter(({ source }) => source === path).map(({ event }) => [event.condition, event.state]),
          );
          return [...last].filter(([, state]) => state === "active").map(([condition]) => condition);
        },
        shows: "newest",
      },
      async breakFarSide() {
        const taken = make(`127.0.0.1:${port}`);
        await taken.connect(new AbortController().signal);
        return make(`127.0.0.1:${port}`);
      },
    };
  },
  "alarm events",
);

function heldOf({ value, statusCode, sourceTimestamp }: DataValue): Held {
  return {
    value:
      value.arrayType === VariantArrayType.Array
        ? [...value.value].map((one) => plain(one, value.dataType))
        : plain(value.value, value.dataType),
    statusCode: statusCode.value,
    sourceTimestamp: sourceTimestamp!.getTime() * 1000,
  };
}

function plain(value: unknown, dataType: DataType): unknown {
  if (dataType === DataType.Null) return null;
  if (dataType === DataType.ByteString) return new Uint8Array(value as Buffer);
  if (dataType !== DataType.Int64 && dataType !== DataType.UInt64) return value as Value;
  const [high, low] = value as [number, number];
  const bits = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  return dataType === DataType.Int64 ? BigInt.asIntN(64, bits) : bits;
}
