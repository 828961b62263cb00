/** A business system at an MQTT broker, as a process: counts what arrives, looks for doubles and for wrong order, notes how late live samples are.
 *  broker → [arrivals process] → its parent */
import { connect } from "mqtt";
import { systemClock } from "../../../packages/station/src/index.ts";

export interface ArrivalsSettings {
  readonly url: string;
  readonly clientId: string;
  /** Microseconds: what was read later is live. */
  readonly liveFrom: number;
}

/** To the parent, twice a second. */
export interface Arrivals {
  readonly samples: number;
  /** Not later than the one before of the same tag and lane: a double, or out of order. */
  readonly notAscending: number;
  /** Of live messages, in order of arrival: when they were read (ms since 1970), and how many ms later they were here. */
  readonly live: readonly (readonly [readMs: number, lateMs: number])[];
}

interface Payload {
  readonly samples: readonly { readonly timestamp: string; readonly historical: boolean; readonly path: string }[];
}

const { url, clientId, liveFrom } = JSON.parse(process.argv[2]!) as ArrivalsSettings;
let samples = 0;
let notAscending = 0;
const live: [number, number][] = [];
const last = { live: new Map<string, number>(), historical: new Map<string, number>() };
let read = { text: "", time: 0 };

// The broker keeps its session, so that nothing is missed while it starts again.
const client = connect(url, { clientId, clean: false, reconnectPeriod: 50 });
client.on("error", () => undefined); // it tries again
client.on("message", (topic, payload) => {
  if (topic.includes("$")) return; // the station's own state
  const now = systemClock.nowUtcMicros();
  const message = JSON.parse(payload.toString("utf8")) as Payload;
  for (const { timestamp, historical, path } of message.samples) {
    if (timestamp !== read.text) {
      read = {
        text: timestamp,
        time: Date.parse(`${timestamp.slice(0, 23)}Z`) * 1000 + Number(timestamp.slice(23, 26)),
      };
    }
    const before = last[historical ? "historical" : "live"];
    if (read.time <= (before.get(path) ?? 0)) notAscending++;
    before.set(path, read.time);
    samples++;
  }
  if (read.time >= liveFrom) live.push([read.time / 1000, (now - read.time) / 1000]);
});
client.once("connect", async () => {
  await client.subscribeAsync("nonreturn/+", { qos: 1 });
  process.send?.("subscribed");
});
systemClock.every(500, () => process.send?.({ samples, notAscending, live } satisfies Arrivals));
process.once("disconnect", () => process.exit(1));
