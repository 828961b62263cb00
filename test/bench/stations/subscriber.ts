/** A business system that notes when each sample arrived, and how long ago it had been read.
 *  broker → [subscriber] → latencies */
import { connect } from "mqtt";
import { systemClock } from "../../../packages/station/src/index.ts";

export interface Subscriber {
  /** Live samples received since the last `reset`. */
  readonly received: number;
  /** Historical ones: healed or sent late. */
  readonly late: number;
  /** Milliseconds from source timestamp to arrival. @param share  0 … 1 */
  quantileMs(share: number): number;
  reset(): void;
  close(): Promise<void>;
}

/** Tenths of a millisecond up to 10 s; the last class takes what is slower. */
const CLASSES = 100_000;

/** Subscribes to everything below `prefix`, QoS 0: the broker is on this machine. Retries until the broker listens. */
export async function subscribe(url: string, prefix: string): Promise<Subscriber> {
  const client = connect(url, { clientId: "bench-subscriber", reconnectPeriod: 100 });
  client.on("error", () => undefined); // it tries again
  const connected = new Promise<void>((resolve) => client.once("connect", () => resolve()));
  const classes = new Uint32Array(CLASSES);
  let received = 0;
  let late = 0;
  client.on("message", (topic, payload) => {
    const now = systemClock.nowUtcMicros();
    if (topic.includes("$")) return; // the station's own state
    const text = payload.toString("latin1");
    if (text.includes('"historical":true')) {
      late++;
      return;
    }
    // {"timestamp":"2026-11-25T13:09:41.123456Z",…
    const at = Date.parse(`${text.slice(14, 37)}Z`) * 1000 + Number(text.slice(37, 40));
    received++;
    classes[Math.min(CLASSES - 1, Math.max(0, Math.round((now - at) / 100)))]!++;
  });
  await connected;
  await client.subscribeAsync(`${prefix}/#`, { qos: 0 });
  return {
    get received() {
      return received;
    },
    get late() {
      return late;
    },
    quantileMs(share) {
      let sum = 0;
      const at = classes.findIndex((count) => {
        sum += count;
        return sum > 0 && sum >= share * received;
      });
      return at / 10;
    },
    reset() {
      classes.fill(0);
      received = 0;
      late = 0;
    },
    close: () => client.endAsync(true),
  };
}
