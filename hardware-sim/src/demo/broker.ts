/** The embedded MQTT broker of the demonstration, and a subscriber that counts what a business system would receive.
 *  IT station → [broker] → counting subscriber */
import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import { Aedes } from "aedes";
import { connectAsync } from "mqtt";

export interface DemoBroker {
  readonly port: number;
  /** Messages below the prefix that carry a sample. */
  received(): number;
  /** The latest one, for the screen. */
  latest(): { readonly topic: string; readonly payload: string } | undefined;
  /** The latest OEE of each line, by the topic's level above it; null while it is Bad. */
  oee(): ReadonlyMap<string, number | null>;
  close(): Promise<void>;
}

/** Listens on a free port of the loopback interface. @param prefix  first level of every topic of the station. */
export async function startBroker(prefix: string): Promise<DemoBroker> {
  const aedes = await Aedes.createBroker();
  const server: Server = createServer(aedes.handle);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const subscriber = await connectAsync(`mqtt://127.0.0.1:${port}`, { clientId: "demo-subscriber" });
  let received = 0;
  let latest: { topic: string; payload: string } | undefined;
  const oee = new Map<string, number | null>();
  subscriber.on("message", (topic, payload) => {
    if (topic.includes("$")) return; // the station's own state, not a sample
    received++;
    latest = { topic, payload: payload.toString() };
    const line = /([^/]+)\/oee$/.exec(topic)?.[1];
    if (line !== undefined) oee.set(line, (JSON.parse(latest.payload) as { value: number | null }).value);
  });
  await subscriber.subscribeAsync(`${prefix}/#`, { qos: 1 });
  return {
    port,
    received: () => received,
    latest: () => latest,
    oee: () => oee,
    async close() {
      await subscriber.endAsync(true);
      await new Promise<void>((resolve) => aedes.close(resolve));
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
