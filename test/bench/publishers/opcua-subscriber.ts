/** A process that subscribes to every tag of an OPC UA server and counts what it is notified of.
 *  OPC UA server → [OPC UA subscriber] → publishers section */
import {
  AttributeIds,
  ClientMonitoredItemGroup,
  DataType,
  type DataValue,
  MessageSecurityMode,
  OPCUAClient,
  SecurityPolicy,
  TimestampsToReturn,
} from "node-opcua";
import { TAGS } from "./bench-plant.ts";

export interface SubscriberSettings {
  readonly url: string;
  /** Values to wait for. */
  readonly samples: number;
  readonly queueSize: number;
}

/** Printed as one line of JSON behind `result `. */
export interface SubscriberResult {
  readonly notifications: number;
  /** From the first value to the last, the first second left out. */
  readonly perSecond: number;
}

const PUBLISHING_MS = 50;
const ITEMS_PER_CALL = 1000;
/** Nothing new for so long: the rest will not come. */
const IDLE_MS = 5000;
const WARM_UP_MS = 1000;

const { url, samples, queueSize } = JSON.parse(process.argv[2]!) as SubscriberSettings;
const client = OPCUAClient.create({
  endpointMustExist: false,
  securityMode: MessageSecurityMode.None,
  securityPolicy: SecurityPolicy.None,
  connectionStrategy: { maxRetry: 100, initialDelay: 200, maxDelay: 500 },
});
await client.connect(url);
const session = await client.createSession();
const namespace = (await session.readNamespaceArray()).indexOf("urn:nonreturn:tags");
const subscription = await session.createSubscription2({
  requestedPublishingInterval: PUBLISHING_MS,
  requestedLifetimeCount: 6000,
  requestedMaxKeepAliveCount: 20,
  maxNotificationsPerPublish: 0,
  publishingEnabled: true,
  priority: 0,
});

let received = 0;
let lastMs = 0;
let from: { readonly ms: number; readonly received: number } | undefined;
let firstMs = 0;
const count = (_: unknown, { value }: DataValue): void => {
  if (value.dataType !== DataType.Double) return; // before the first sample
  lastMs = performance.now();
  if (received++ === 0) firstMs = lastMs;
  if (from === undefined && lastMs - firstMs > WARM_UP_MS) from = { ms: lastMs, received };
};
for (let at = 0; at < TAGS.length; at += ITEMS_PER_CALL) {
  const items = TAGS.slice(at, at + ITEMS_PER_CALL).map(({ path }) => ({
    nodeId: `ns=${namespace};s=${path}`,
    attributeId: AttributeIds.Value,
  }));
  const parameters = { samplingInterval: 0, queueSize, discardOldest: true };
  const group = ClientMonitoredItemGroup.create(subscription, items, parameters, TimestampsToReturn.Both);
  group.on("changed", count);
  await new Promise<void>((resolve) => group.once("initialized", () => resolve()));
}
console.log("subscribed");

await new Promise<void>((resolve) => {
  const look = setInterval(() => {
    if (received < samples && (received === 0 || performance.now() - lastMs < IDLE_MS)) return;
    clearInterval(look);
    resolve();
  }, 50);
});
const start = from ?? { ms: firstMs, received: 0 };
const result: SubscriberResult = {
  notifications: received,
  perSecond: (received - start.received) / ((lastMs - start.ms) / 1000),
};
console.log(`result ${JSON.stringify(result)}`);
process.exit(0);
