/** Sends publications with a bounded number unconfirmed, and knows when the broker holds them all.
 *  MQTT publisher → [send window] → broker */
import type { MqttConnection } from "./connect-client.ts";

export interface Publication {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
}

/**
 * Send in order, QoS 1. Resolves when every one is confirmed (PUBACK). On the first refusal, the end of the connection or an abort it
 * rejects and sends nothing further; publications in flight may still arrive.
 *
 * @throws what `publications` throws; the broker's error (with MQTT 5 a numeric `code`); the connection's.
 */
export function sendAll(
  connection: MqttConnection,
  publications: Iterator<Publication>,
  inFlight: number,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let unconfirmed = 0;
    let withdraw: (() => void) | undefined;
    let phase: "sending" | "sent" | "ended" = "sending";
    const end = (settle: () => void): void => {
      if (phase === "ended") return;
      phase = "ended";
      signal.removeEventListener("abort", onAbort);
      withdraw?.();
      settle();
    };
    const fail = (error: unknown): void => end(() => reject(error));
    const onAbort = (): void => fail(signal.reason);
    const pump = (): void => {
      try {
        while (phase === "sending" && unconfirmed < inFlight) {
          const next = publications.next();
          if (next.done === true) {
            phase = "sent";
            break;
          }
          const { topic, payload, retain } = next.value;
          unconfirmed++;
          connection.client.publish(topic, payload, { qos: 1, retain }, confirmed);
        }
      } catch (error) {
        fail(error);
      }
      if (phase === "sent" && unconfirmed === 0) end(resolve);
    };
    const confirmed = (error?: Error | null): void => {
      unconfirmed--;
      if (error) fail(error);
      else pump();
    };
    signal.addEventListener("abort", onAbort, { once: true });
    withdraw = connection.onLost(fail);
    if (signal.aborted) onAbort();
    else pump();
  });
}
