/** Ends a connection to a broker without waiting for one that has frozen.
 *  MQTT publisher, Sparkplug publisher → [disconnect] → broker */
import { type Clock, sleep } from "@nonreturn/station/thread";
import type { MqttClient } from "mqtt";

/** For a last message, and then for the end of the connection. */
export const FAREWELL_MS = 1000;

/** @param how  with DISCONNECT: what was sent leaves first, and the broker does not publish the last will (MQTT 3.1.1 §3.14.4). */
export async function disconnect(client: MqttClient, how: "with DISCONNECT" | "at once", clock: Clock): Promise<void> {
  const gone = new AbortController();
  client.end(how === "at once", () => gone.abort());
  await sleep(clock, FAREWELL_MS, gone.signal);
  if (!gone.signal.aborted) client.stream.destroy(); // a second end() does nothing: the first still waits for the broker
}
