/** A process with one OPC UA subscription of many items, which checks every notification: the right tag's value, in order, none left out.
 *  OPC UA server → [OPC UA watcher] → test */
import { AttributeIds, ClientMonitoredItemGroup, type DataValue, OPCUAClient, TimestampsToReturn } from "node-opcua";

export interface WatcherSettings {
  readonly url: string;
  /** Items `plant/0` … of one subscription. */
  readonly items: number;
  /** Each shows the values item + round × ROUND, round 1 … rounds, at the time of that round. */
  readonly rounds: number;
}

/** Printed behind `result ` once every last round has come. */
export interface WatcherResult {
  readonly notifications: number;
  /** Not its tag's value, an older round again, another time or not Good. */
  readonly wrong: number;
  /** Rounds that were passed over. */
  readonly missing: number;
}

export const ROUND = 16_384;
/** µs of round 0: 2026-11-23T08:00:00Z; a round is a second. */
export const BEGIN = 1_795_420_800_000_000;

const ITEMS_PER_CALL = 1000;
const WAITING_FOR_INITIAL_DATA = 0x8032_0000;

if (import.meta.main) {
  const { url, items, rounds } = JSON.parse(process.argv[2]!) as WatcherSettings;
  const client = OPCUAClient.create({
    endpointMustExist: false,
    connectionStrategy: { maxRetry: 10, initialDelay: 200 },
  });
  await client.connect(url);
  const session = await client.createSession();
  const namespace = (await session.readNamespaceArray()).indexOf("urn:nonreturn:tags");
  const subscription = await session.createSubscription2({
    requestedPublishingInterval: 50,
    requestedLifetimeCount: 6000,
    requestedMaxKeepAliveCount: 100,
    maxNotificationsPerPublish: 0,
    publishingEnabled: true,
    priority: 0,
  });
  const last = new Uint32Array(items);
  const result = { notifications: 0, wrong: 0, missing: 0 };
  let done = 0;
  const check = (item: number, { value, statusCode, sourceTimestamp }: DataValue): void => {
    if (statusCode.value === WAITING_FOR_INITIAL_DATA) return;
    result.notifications++;
    const round = Math.floor((value.value as number) / ROUND);
    const right =
      (value.value as number) % ROUND === item &&
      statusCode.value === 0 &&
      sourceTimestamp?.getTime() === BEGIN / 1000 + round * 1000 &&
      round > last[item]!;
    if (!right) {
      result.wrong++;
      return;
    }
    result.missing += round - last[item]! - 1;
    last[item] = round;
    if (round === rounds && ++done === items) console.log(`result ${JSON.stringify(result)}`);
  };
  for (let first = 0; first < items; first += ITEMS_PER_CALL) {
    const some = Array.from({ length: Math.min(ITEMS_PER_CALL, items - first) }, (_, at) => ({
      nodeId: `ns=${namespace};s=plant/${first + at}`,
      attributeId: AttributeIds.Value,
    }));
    const parameters = { samplingInterval: 0, queueSize: rounds + 1, discardOldest: true };
    const group = ClientMonitoredItemGroup.create(subscription, some, parameters, TimestampsToReturn.Source);
    group.on("changed", (_, dataValue, index) => check(first + index, dataValue));
    await new Promise<void>((resolve) => group.once("initialized", () => resolve()));
  }
  console.log(`subscribed ${subscription.subscriptionId}`);
}
