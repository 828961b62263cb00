/** What the diode counted.
 *  receiving end, pipeline, sending end → [statistics] → control, final report
 *
 *  received + duplicated = forwarded + every drop + in flight, at any moment. */
import { DROP_CAUSES, type DropCause, type Passing } from "./impairments/impairment.ts";

export interface DiodeStatistics {
  /** Read from the receiving socket. */
  readonly received: number;
  /** Dropped by the kernel before that, because the receive buffer was full; undefined where it does not say. Sent to us = received + this. */
  readonly kernelDropped: number | undefined;
  readonly receivedBytes: number;
  /** Given to the kernel for the IT station, copies included. */
  readonly forwarded: number;
  readonly forwardedBytes: number;
  readonly dropped: Readonly<Record<DropCause, number>>;
  readonly droppedTotal: number;
  /** Second copies made. */
  readonly duplicated: number;
  /** Forwarded with flipped bits or cut short. */
  readonly corrupted: number;
  /** Forwarded after a datagram that had arrived later. */
  readonly reordered: number;
  readonly inFlight: number;
  readonly inFlightBytes: number;
  /** What the kernel granted for the receiving socket, as it reports it (Linux doubles what was asked for). */
  readonly receiveBufferBytes: number;
}

/** Counts up; `snapshot` copies. */
export class DiodeTally {
  #received = 0;
  #receivedBytes = 0;
  #forwarded = 0;
  #forwardedBytes = 0;
  #duplicated = 0;
  #corrupted = 0;
  #reordered = 0;
  #inFlight = 0;
  #inFlightBytes = 0;
  #latestForwarded = -1;
  readonly #dropped = Object.fromEntries(DROP_CAUSES.map((cause) => [cause, 0])) as Record<DropCause, number>;

  get inFlightBytes(): number {
    return this.#inFlightBytes;
  }

  receive(bytes: number): void {
    this.#received++;
    this.#receivedBytes += bytes;
  }

  drop(cause: DropCause): void {
    this.#dropped[cause]++;
  }

  duplicate(): void {
    this.#duplicated++;
  }

  enter(bytes: number): void {
    this.#inFlight++;
    this.#inFlightBytes += bytes;
  }

  leave(bytes: number): void {
    this.#inFlight--;
    this.#inFlightBytes -= bytes;
  }

  /** @param arrival the datagram's number by order of arrival; a copy bears its original's. */
  forward(datagram: Passing, arrival: number): void {
    this.#forwarded++;
    this.#forwardedBytes += datagram.bytes.length;
    if (datagram.corrupted) this.#corrupted++;
    if (arrival < this.#latestForwarded && !datagram.copy) this.#reordered++;
    this.#latestForwarded = Math.max(this.#latestForwarded, arrival);
  }

  snapshot(kernel: Pick<DiodeStatistics, "kernelDropped" | "receiveBufferBytes">): DiodeStatistics {
    return {
      received: this.#received,
      kernelDropped: kernel.kernelDropped,
      receivedBytes: this.#receivedBytes,
      forwarded: this.#forwarded,
      forwardedBytes: this.#forwardedBytes,
      dropped: { ...this.#dropped },
      droppedTotal: Object.values(this.#dropped).reduce((sum, count) => sum + count, 0),
      duplicated: this.#duplicated,
      corrupted: this.#corrupted,
      reordered: this.#reordered,
      inFlight: this.#inFlight,
      inFlightBytes: this.#inFlightBytes,
      receiveBufferBytes: kernel.receiveBufferBytes,
    };
  }
}
