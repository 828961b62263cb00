/** The crossing, OT side: with native-send.ts the only place of this station that touches a socket on the link. It sends; it has no receive.
 *  pacer → [UDP sink] → ║ diode ║ */
import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { Cancel, Clock, HostPort } from "@nonreturn/station";
import type { DatagramSink } from "./datagram-sink.ts";
import { NativeSendSocket, type SendCalls, type SendOutcome } from "./native-send.ts";

export interface UdpSinkSettings {
  /** A literal address: there is no name service across a diode. */
  readonly destination: HostPort;
  /** Local address, where the machine has several. */
  readonly bindAddress?: string;
  /** Local port; any if left out. */
  readonly sourcePort?: number;
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

interface OpenSocket {
  send(datagram: Uint8Array): void;
  flush(): void;
  close(): void | Promise<void>;
}

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
  readonly #native: SendCalls | undefined;
  readonly #outcome: SendOutcome;
  #socket: OpenSocket | undefined;
  #cancelReopen: Cancel | undefined;
  #state: "open" | "closed" = "open";

  /** @param native  the kernel's calls where this machine has them; plain sockets otherwise: the same datagrams at a higher cost. */
  constructor(settings: UdpSinkSettings, clock: Clock, native?: SendCalls) {
    this.#settings = settings;
    this.#clock = clock;
    this.#native = native;
    this.#outcome = {
      sent: (datagrams, bytes) => {
        this.counters.sent += datagrams;
        this.counters.bytes += bytes;
      },
      failed: (datagrams, error) => this.#fail(error, datagrams),
    };
    this.#open();
  }

  send(datagram: Uint8Array): void {
    if (this.#socket === undefined) this.#fail(new Error("no socket"));
    else this.#socket.send(datagram);
  }

  flush(): void {
    this.#socket?.flush();
  }

  async close(): Promise<void> {
    this.#state = "closed";
    this.#cancelReopen?.();
    const socket = this.#socket;
    this.#socket = undefined;
    await socket?.close();
  }

  #open(): void {
    try {
      this.#socket =
        this.#native === undefined
          ? plainSocket(this.#settings, this.#outcome, (error) => this.#reopenAfter(error))
          : new NativeSendSocket(this.#settings, this.#native, this.#outcome);
    } catch (error) {
      this.#reopenAfter(error);
    }
  }

  #reopenAfter(error: unknown): void {
    this.#fail(error);
    this.#socket = undefined;
    if (this.#state === "closed") return;
    this.#cancelReopen?.();
    this.#cancelReopen = this.#clock.after(REOPEN_MS, () => {
      this.counters.reopened++;
      this.#open();
    });
  }

  #fail(error: unknown, datagrams = 1): void {
    this.counters.errors += datagrams;
    this.counters.lastError = error instanceof Error ? error.message : String(error);
  }
}

/** @param died  called once if the socket fails as a whole; it is closed then. */
function plainSocket(settings: UdpSinkSettings, outcome: SendOutcome, died: (error: Error) => void): OpenSocket {
  const { destination, bindAddress, sourcePort = 0, sendBufferBytes } = settings;
  const socket: Socket = createSocket({
    type: isIPv6(destination.host) ? "udp6" : "udp4",
    sendBufferSize: sendBufferBytes,
  });
  let state: "open" | "closed" = "open";
  socket.on("error", (error) => {
    if (state === "closed") return;
    state = "closed";
    try {
      socket.close();
    } catch {
      // It was closed by its own error.
    }
    died(error);
  });
  // The runtime would read and drop whatever is sent to this port: there is no "message" listener in this file, nor anywhere else.
  socket.bind({ port: sourcePort, exclusive: true, ...(bindAddress === undefined ? {} : { address: bindAddress }) });
  return {
    send(datagram) {
      try {
        if (socket.getSendQueueSize() > MOST_QUEUED_BYTES) throw new Error("the kernel takes no more");
        // dgram keeps a reference until the kernel has the bytes: the pacer's buffer is used again at once, so it gets its own.
        const bytes = Buffer.from(datagram);
        socket.send(bytes, destination.port, destination.host, (error) => {
          if (error === null) outcome.sent(1, bytes.length);
          else outcome.failed(1, error);
        });
      } catch (error) {
        outcome.failed(1, error as Error);
      }
    },
    flush: () => {},
    close() {
      state = "closed";
      return new Promise((resolve) => socket.close(() => resolve()));
    },
  };
}
