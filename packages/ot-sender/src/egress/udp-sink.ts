/** The crossing, OT side: the only file of this station that touches a socket on the link. It sends; it has no receive.
 *  pacer → [UDP sink] → ║ diode ║ */
import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { Cancel, Clock, HostPort } from "@nonreturn/station";
import type { DatagramSink } from "./datagram-sink.ts";

export interface UdpSinkSettings {
  /** A literal address: there is no name service across a diode. */
  readonly destination: HostPort;
  /** Local address, where the machine has several. */
  readonly bindAddress?: string;
  readonly sendBufferBytes: number;
}

export interface UdpSinkCounters {
  sent: number;
  bytes: number;
  errors: number;
  reopened: number;
  lastError: string;
}

/** Datagrams that wait for the kernel: beyond this the interface has stopped, and what waits is too old to be worth sending. */
const MOST_QUEUED_BYTES = 16 * 1024 * 1024;
/** After a socket died (interface gone, address changed) it is opened anew so often. */
const REOPEN_MS = 1000;

/**
 * Never throws and never stops because of a socket error: it counts, and opens a new socket when the old one died.
 *
 * The socket is never connected. A connected UDP socket hears of ICMP port-unreachable as ECONNREFUSED, which is a working return
 * channel; an unconnected one does not.
 */
export class UdpSink implements DatagramSink {
  readonly counters: UdpSinkCounters = { sent: 0, bytes: 0, errors: 0, reopened: 0, lastError: "" };
  readonly #settings: UdpSinkSettings;
  readonly #clock: Clock;
  #socket: Socket | undefined;
  #cancelReopen: Cancel | undefined;
  #state: "open" | "closed" = "open";

  constructor(settings: UdpSinkSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.#open();
  }

  send(datagram: Uint8Array): void {
    const { destination } = this.#settings;
    try {
      if (this.#socket === undefined) throw new Error("no socket");
      if (this.#socket.getSendQueueSize() > MOST_QUEUED_BYTES) throw new Error("the kernel takes no more");
      // dgram keeps a reference until the kernel has the bytes: the pacer's buffer is used again at once, so it gets its own.
      const bytes = Buffer.from(datagram);
      this.#socket.send(bytes, destination.port, destination.host, (error) => {
        if (error === null) {
          this.counters.sent++;
          this.counters.bytes += bytes.length;
        } else this.#fail(error);
      });
    } catch (error) {
      this.#fail(error);
    }
  }

  close(): Promise<void> {
    this.#state = "closed";
    this.#cancelReopen?.();
    const socket = this.#socket;
    this.#socket = undefined;
    return new Promise((resolve) => (socket === undefined ? resolve() : socket.close(() => resolve())));
  }

  #open(): void {
    const { destination, bindAddress, sendBufferBytes } = this.#settings;
    try {
      const socket = createSocket({
        type: isIPv6(destination.host) ? "udp6" : "udp4",
        sendBufferSize: sendBufferBytes,
      });
      socket.on("error", (error) => this.#reopenAfter(socket, error));
      // The runtime would read and drop whatever is sent to this port: there is no "message" listener in this file, nor anywhere else.
      socket.bind({ port: 0, exclusive: true, ...(bindAddress === undefined ? {} : { address: bindAddress }) });
      this.#socket = socket;
    } catch (error) {
      this.#reopenAfter(undefined, error);
    }
  }

  #reopenAfter(socket: Socket | undefined, error: unknown): void {
    this.#fail(error);
    if (socket !== undefined && socket !== this.#socket) return;
    this.#socket = undefined;
    try {
      socket?.close();
    } catch {
      // It was closed by its own error.
    }
    if (this.#state === "closed") return;
    this.#cancelReopen?.();
    this.#cancelReopen = this.#clock.after(REOPEN_MS, () => {
      this.counters.reopened++;
      this.#open();
    });
  }

  #fail(error: unknown): void {
    this.counters.errors++;
    this.counters.lastError = error instanceof Error ? error.message : String(error);
  }
}
