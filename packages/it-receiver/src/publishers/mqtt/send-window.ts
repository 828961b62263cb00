/** Sends publications with a bounded number unconfirmed, and knows when the broker holds them all.
 *  MQTT publisher → [send window] → broker */
import type { StationError } from "@nonreturn/station/thread";
import type { MqttConnection } from "./connect-client.ts";

export interface Publication {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
}

/** One that the broker, or `publications` themselves, refused; everything sent beside it is confirmed. */
export class RefusedPublications extends Error {
  /** Indices, ascending, in the order of sending. */
  readonly refused: readonly number[];
  /** So many were sent, refused ones included. */
  readonly sent: number;
  override readonly cause: Error;

  constructor(refused: readonly number[], sent: number, cause: Error) {
    super(cause.message);
    this.refused = refused;
    this.sent = sent;
    this.cause = cause;
  }
}

/** The connection ended. The first `confirmed` publications are held by the broker; `sent` were given to it. */
export class LostPublications extends Error {
  readonly confirmed: number;
  readonly sent: number;
  override readonly cause: StationError;

  constructor(confirmed: number, sent: number, cause: StationError) {
    super(cause.message);
    this.confirmed = confirmed;
    this.sent = sent;
    this.cause = cause;
  }
}

/**
 * Send in order, QoS 1. Resolves when every one is confirmed (PUBACK). On a refusal nothing further is sent, and what is in flight is awaited.
 * On any other failure, the end of the connection or an abort it rejects at once; publications in flight may still arrive.
 *
 * @param isRefusal  of what `publications` threw or the broker answered: the same publication will be refused again.
 * @param movedOn  called whenever one is confirmed.
 * @throws {RefusedPublications}; {LostPublications} when the connection ended; what `publications` throws; the broker's error (with MQTT 5 a numeric `code`).
 */
export function sendAll(
  connection: MqttConnection,
  publications: Iterator<Publication>,
  inFlight: number,
  signal: AbortSignal,
  isRefusal: (error: Error) => boolean = () => false,
  movedOn: () => void = () => undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const refused: number[] = [];
    let refusal: Error | undefined;
    let sent = 0;
    let confirmedInOrder = 0;
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
          const index = sent++;
          unconfirmed++;
          connection.client.publish(topic, payload, { qos: 1, retain }, (error) => confirmed(index, error));
        }
      } catch (error) {
        if (!(error instanceof Error) || !isRefusal(error)) fail(error);
        else refuse(sent++, error);
      }
      if (phase === "sent" && unconfirmed === 0)
        end(() => (refusal === undefined ? resolve() : reject(inOrder(refused, sent, refusal))));
    };
    const refuse = (index: number, error: Error): void => {
      refused.push(index);
      refusal ??= error;
      if (phase === "sending") phase = "sent";
    };
    const confirmed = (index: number, error?: Error | null): void => {
      unconfirmed--;
      if (!error && index === confirmedInOrder) confirmedInOrder++;
      if (!error) movedOn();
      if (error && !isRefusal(error)) fail(error);
      else {
        if (error) refuse(index, error);
        pump();
      }
    };
    signal.addEventListener("abort", onAbort, { once: true });
    withdraw = connection.onLost((error) => fail(new LostPublications(confirmedInOrder, sent, error)));
    if (signal.aborted) onAbort();
    else pump();
  });
}

function inOrder(refused: number[], sent: number, cause: Error): RefusedPublications {
  return new RefusedPublications(
    refused.sort((a, b) => a - b),
    sent,
    cause,
  );
}
