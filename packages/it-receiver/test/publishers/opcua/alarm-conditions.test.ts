/** Alarms as a real OPC UA client sees them: by subscription, by ConditionRefresh, and nothing to acknowledge. */
import {
  AttributeIds,
  type ClientSession,
  type ClientSubscription,
  constructEventFilter,
  DataType,
  type NodeId,
  OPCUAClient,
  ofType,
  resolveNodeId,
  SimpleAttributeOperand,
  StatusCodes,
  TimestampsToReturn,
  type Variant,
} from "node-opcua";
import { describe, expect, it, onTestFinished } from "vitest";
import { freeTcpPort } from "../../../../../test/support/free-port.ts";
import { temporaryFolder } from "../../../../../test/support/temporary-folder.ts";
import { opcuaConfig } from "../../../src/publishers/opcua/config.ts";
import { opcuaFactory } from "../../../src/publishers/opcua/index.ts";
import { progressStep } from "../../../src/publishers/progress.ts";
import type { AlarmState, AlarmStates, Publisher, StoredEntry } from "../../../src/publishers/publisher.ts";
import { alarm, eventEntry, T0, tag } from "../support/samples.ts";
import { surroundings } from "../support/surroundings.ts";

const { signal } = new AbortController();
const SERVER = "ns=0;i=2253";
const CONDITION_TYPE = "ns=0;i=2782";
const FIELDS = [
  "EventType",
  "SourceName",
  "SourceNode",
  "Time",
  "Message",
  "Severity",
  "ConditionName",
  "Retain",
  "Quality",
  "EventId",
  "ActiveState",
  "ActiveState.Id",
  "AckedState.Id",
  "HighState.Id",
  "ConditionId",
] as const;

interface ItemLister {
  getMonitoredItems(subscriptionId: number): Promise<{ readonly serverHandles: Iterable<number> }>;
}

interface Told {
  readonly [field: string]: unknown;
}

async function bench(alarms?: AlarmStates) {
  const port = await freeTcpPort();
  const config = opcuaConfig.parse({
    type: "opcua",
    listen: `127.0.0.1:${port}`,
    anonymous: true,
    security: ["None"],
    hostname: "127.0.0.1",
  });
  const publisher: Publisher = opcuaFactory.create(
    config,
    surroundings("opcua", { dataFolder: temporaryFolder(), ...(alarms === undefined ? {} : { alarms }) }),
  );
  onTestFinished(() => publisher.close());
  await publisher.connect(signal);
  const tags = [tag(1, "plant/boiler/level"), tag(2, "plant/a#b+c/é")];
  await publisher.tagsChanged?.(tags, signal);
  const publish = (...entries: StoredEntry[]) => publisher.publish(entries, signal, progressStep({}));
  const events = (...some: Parameters<typeof alarm>[]) =>
    publish(
      eventEntry(
        1,
        some.map((one) => alarm(...one)),
        tags,
      ),
    );
  return { publisher, port, tags, publish, events };
}

async function client(port: number): Promise<{ session: ClientSession; subscription: ClientSubscription }> {
  const made = OPCUAClient.create({ endpointMustExist: false, connectionStrategy: { maxRetry: 1 } });
  await made.connect(`opc.tcp://127.0.0.1:${port}/nonreturn`);
  const session = await made.createSession();
  const subscription = await session.createSubscription2({
    publishingEnabled: true,
    requestedPublishingInterval: 20,
    requestedMaxKeepAliveCount: 100,
    requestedLifetimeCount: 1000,
    maxNotificationsPerPublish: 0,
  });
  onTestFinished(async () => {
    await session.close();
    await made.disconnect();
  });
  return { session, subscription };
}

async function watch(subscription: ClientSubscription, nodeId = SERVER, of?: string): Promise<Told[]> {
  const told: Told[] = [];
  const filter = constructEventFilter(
    FIELDS.filter((field) => field !== "ConditionId"),
    of === undefined ? undefined : ofType(of),
  );
  filter.selectClauses!.push(
    new SimpleAttributeOperand({
      typeDefinitionId: resolveNodeId(CONDITION_TYPE),
      browsePath: [],
      attributeId: AttributeIds.NodeId,
    }),
  );
  const item = await subscription.monitor(
    { nodeId, attributeId: AttributeIds.EventNotifier },
    { samplingInterval: 0, queueSize: 10_000, discardOldest: true, filter },
    TimestampsToReturn.Neither,
  );
  item.on("changed", (values: unknown) =>
    told.push(
      Object.fromEntries(
        (values as Variant[]).map(({ dataType, value }, at) => [
          FIELDS[at],
          dataType === DataType.LocalizedText ? value.text : value,
        ]),
      ),
    ),
  );
  return told;
}

const refresh = async (session: ClientSession, { subscriptionId }: ClientSubscription) => {
  const { statusCode } = await session.call({
    objectId: CONDITION_TYPE,
    methodId: "ns=0;i=3875", // ConditionType.ConditionRefresh
    inputArguments: [{ dataType: DataType.UInt32, value: subscriptionId }],
  });
  return statusCode;
};

describe("OPC UA alarms", () => {
  it("tells those who listen at the server or the plant of every change, with the fields of Part 9", async () => {
    const { port, events, publisher } = await bench();
    const { subscription } = await client(port);
    const atServer = await watch(subscription);
    const atPlant = await watch(subscription, "ns=3;s=Plant", "LimitAlarmType");
    await events(
      [1, 1, { severity: 700, text: "98 °C" }],
      [2, 2, { condition: "Discrete" }],
      [3, 1, { state: "inactive", text: "" }],
    );
    await expect.poll(() => atServer.length).toBe(3);
    const [first, second, third] = atServer;
    expect(first).toMatchObject({
      SourceName: "plant/boiler/level",
      Message: "98 °C",
      Severity: 700,
      ConditionName: "High",
      Retain: true,
      Quality: StatusCodes.Good,
      ActiveState: "Active",
      "ActiveState.Id": true,
      "AckedState.Id": true,
      "HighState.Id": true,
      Time: new Date(T0 / 1000 + 1),
    });
    expect(String(first!.EventType)).toBe("ns=0;i=10060"); // NonExclusiveLevelAlarmType
    expect(String(first!.SourceNode)).toBe("ns=2;s=plant/boiler/level");
    expect(second).toMatchObject({ SourceName: "plant/a#b+c/é", ConditionName: "Discrete", "HighState.Id": null });
    expect(String(second!.EventType)).toBe("ns=0;i=10523"); // DiscreteAlarmType
    expect(third).toMatchObject({
      Retain: false,
      "ActiveState.Id": false,
      ActiveState: "Inactive",
      "HighState.Id": false,
    });
    expect(String(third!.ConditionId)).toBe(String(first!.ConditionId));
    expect(String(second!.ConditionId)).not.toBe(String(first!.ConditionId));
    await expect.poll(() => atPlant.map((one) => one.ConditionName)).toEqual(["High", "High"]);
    expect(publisher.eventsTold).toBe(3); // once each, though two items listen
  });

  it("brings back what is active by ConditionRefresh, to the subscription that asked, with the same EventIds; each telling is counted", async () => {
    const { port, events, publisher } = await bench();
    const one = await client(port);
    const other = await client(port);
    await events([5, 1, { condition: "Low" }], [6, 1, { condition: "Low", state: "inactive" }]);
    expect(publisher.eventsTold).toBe(0); // nobody listens
    const before = await watch(other.subscription);
    await events([1, 1], [2, 2], [3, 2, { state: "inactive" }], [4, 2, { condition: "Low" }]);
    await expect.poll(() => before.length).toBe(4);
    const told = await watch(one.subscription);
    expect(await refresh(one.session, one.subscription)).toBe(StatusCodes.Good);
    await expect.poll(() => told.length).toBe(4);
    expect(told.map((event) => String(event.EventType))).toEqual([
      "ns=0;i=2787", // RefreshStartEventType
      "ns=0;i=10060",
      "ns=0;i=10060",
      "ns=0;i=2788", // RefreshEndEventType
    ]);
    expect(told.slice(1, 3).map((event) => event.SourceName)).toEqual(["plant/boiler/level", "plant/a#b+c/é"]);
    expect(publisher.eventsTold).toBe(4 + 2);
    expect(told[1]!.EventId).toEqual(before[0]!.EventId);
    expect(told[1]!.EventId).not.toEqual(told[2]!.EventId);
    expect(before).toHaveLength(4);
    expect(await refresh(one.session, other.subscription)).toBe(StatusCodes.BadSubscriptionIdInvalid);
  });

  it("refreshes hundreds of alarms in turns: publishing goes on, once per subscription at a time, everybody in the end", async () => {
    const { port, publish } = await bench();
    const tags = Array.from({ length: 400 }, (_, at) => tag(at + 1, `plant/many/${at + 1}`));
    await publish(
      eventEntry(
        1,
        tags.map(({ tagId }) => alarm(tagId, tagId)),
        tags,
      ),
    );
    const one = await client(port);
    const other = await client(port);
    const ending = await client(port);
    const [told, alsoTold] = [await watch(one.subscription), await watch(other.subscription)];
    const answers = [one, one, ending, other].map(({ session, subscription }) => refresh(session, subscription));
    expect(await Promise.all(answers)).toEqual([
      StatusCodes.Good,
      StatusCodes.BadRefreshInProgress,
      StatusCodes.Good,
      StatusCodes.Good,
    ]);
    await ending.subscription.terminate(); // who is gone delays nobody
    // While the first refresh runs, an alarm ends and another begins: everybody is told of both, and the ended one is not told active behind it.
    await publish(eventEntry(2, [alarm(401, 400, { state: "inactive" }), alarm(402, 1, { condition: "Low" })], tags));
    const isEnd = ({ EventType }: Told) => String(EventType) === "ns=0;i=2788";
    await expect.poll(() => told.some(isEnd) && alsoTold.some(isEnd), { timeout: 60_000 }).toBe(true);
    const of = (list: readonly Told[], path: string) =>
      list.filter(({ SourceName }) => SourceName === path).map((event) => event["ActiveState.Id"]);
    expect(told.findIndex(isEnd)).toBeGreaterThan(told.findIndex(({ ConditionName }) => ConditionName === "Low"));
    expect(of(told, "plant/many/400").at(-1)).toBe(false);
    expect(of(alsoTold, "plant/many/400")).toEqual([false]);
    for (const list of [told, alsoTold])
      expect(
        new Set(list.map(({ SourceName }) => SourceName).filter((name) => String(name).startsWith("plant/many/"))).size,
      ).toBe(400);
    expect(await refresh(one.session, one.subscription)).toBe(StatusCodes.Good);
  });

  it("refuses ConditionRefresh2 for an item that is none, and serves only the item that is named", async () => {
    const { port, events } = await bench();
    const { session, subscription } = await client(port);
    await events([1, 1]);
    const [first, second] = [await watch(subscription), await watch(subscription)];
    const [monitoredItemId] = (await (session as unknown as ItemLister).getMonitoredItems(subscription.subscriptionId))
      .serverHandles;
    const refresh2 = (item: number) =>
      session.call({
        objectId: CONDITION_TYPE,
        methodId: "ns=0;i=12912", // ConditionType.ConditionRefresh2
        inputArguments: [subscription.subscriptionId, item].map((value) => ({ dataType: DataType.UInt32, value })),
      });
    expect((await refresh2(987_654)).statusCode).toBe(StatusCodes.BadMonitoredItemIdInvalid);
    expect((await refresh2(monitoredItemId!)).statusCode).toBe(StatusCodes.Good);
    await expect.poll(() => first.length + second.length).toBe(3);
    expect([first.length, second.length].sort()).toEqual([0, 3]);
  });

  it("knows the active ones after a restart, and is told nothing old by a late event", async () => {
    const state = (id: number, sequence: number): AlarmState => ({
      ...{ id, stream: 1, journalEpoch: 100 },
      event: alarm(sequence, id),
      tag: tag(id, `plant/${id}`),
    });
    const { port, publish, events, tags } = await bench({
      active: (after) => [state(1, 5), state(2, 6)].filter(({ id }) => id > after),
      isPresent: (_, { eventSequence }) => eventSequence === 9,
    });
    const { session, subscription } = await client(port);
    const told = await watch(subscription);
    await refresh(session, subscription);
    await expect
      .poll(() => told.map((one) => one.SourceName).filter((name) => String(name).startsWith("plant/")))
      .toEqual(["plant/1", "plant/2"]);
    const seen = told.length;
    await publish(eventEntry(2, [alarm(7, 1), alarm(9, 2, { condition: "Low", text: "present" })], tags, "late"));
    await events([10, 1, { text: "new" }]);
    await expect.poll(() => told.slice(seen).map((one) => one.Message)).toEqual(["present", "new"]);
  });

  it("refuses to acknowledge, comment, enable or disable, and shows the alarm unchanged", async () => {
    const { port, events } = await bench();
    const { session, subscription } = await client(port);
    const told = await watch(subscription);
    await events([1, 1]);
    await expect.poll(() => told.length).toBe(1);
    const objectId = told[0]!.ConditionId as NodeId;
    const eventId = { dataType: DataType.ByteString, value: told[0]!.EventId as Buffer };
    const comment = { dataType: DataType.LocalizedText, value: { text: "seen" } };
    for (const [methodId, inputArguments] of [
      ["ns=0;i=9111", [eventId, comment]], // AcknowledgeableConditionType.Acknowledge
      ["ns=0;i=9113", [eventId, comment]], // AcknowledgeableConditionType.Confirm
      ["ns=0;i=9029", [eventId, comment]], // ConditionType.AddComment
      ["ns=0;i=9027", []], // ConditionType.Enable
      ["ns=0;i=9028", []], // ConditionType.Disable
    ] as const) {
      const { statusCode } = await session.call({ objectId, methodId, inputArguments: [...inputArguments] });
      expect(statusCode.isGood(), methodId).toBe(false);
    }
    await refresh(session, subscription);
    await expect.poll(() => told.length).toBe(4);
    expect(told[2]).toMatchObject({ "AckedState.Id": true, Retain: true, "ActiveState.Id": true });
  });

  it("says with the quality that the link is silent, and ends the alarms of an older journal", async () => {
    const { port, events, publisher, publish, tags } = await bench();
    const { subscription } = await client(port);
    const told = await watch(subscription);
    await events([1, 1]);
    await publisher.linkChanged?.({ state: "silent", since: 0 }, signal);
    await publisher.linkChanged?.({ state: "up", since: 0 }, signal);
    await publish(eventEntry(1, [alarm(1, 2)], tags, "live", 101));
    await publish(eventEntry(2, [alarm(2, 1)], tags, "live", 100));
    await expect.poll(() => told.length).toBe(5);
    const uncertain = StatusCodes.UncertainNoCommunicationLastUsableValue;
    expect(told.map((one) => [one.SourceName, one.Retain, one.Quality])).toEqual([
      ["plant/boiler/level", true, StatusCodes.Good],
      ["plant/boiler/level", true, uncertain],
      ["plant/boiler/level", true, StatusCodes.Good],
      ["plant/boiler/level", false, StatusCodes.Good],
      ["plant/a#b+c/é", true, StatusCodes.Good],
    ]);
  });
});
