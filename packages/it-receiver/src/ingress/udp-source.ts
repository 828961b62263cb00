/** The crossing, IT side: the only file of this station that touches a socket on the link. It receives; it has no send.
 *  ║ diode ║ → [UDP source] → admit */
import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import { type Cancel, type Clock, type HostPort, StationError, writeHostPort } from "@nonreturn/station";
import type { DatagramSource } from "./datagram-source.ts";

export interface UdpSourceSettings {
  readonly listen: HostPort;
  readonly receiveBufferBytes: number;
}

export interface UdpSourceCounters {
  received: number;
  bytes: number;
  socketErrors: number;
  reopened: number;
}

const REOPEN_MS = 1000;

/** What the kernel granted; Linux doubles what it is asked for and reports the double (socket(7)). */
export interface ReceiveBuffer {
  readonly askedBytes: number;
  readonly grantedBytes: number;
  /** Set where the kernel's limit clipped it: the command that lifts the limit. */
  readonly remedy: string | undefined;
}

/** Never throws after it was opened: a socket that dies is counted and opened anew. It never sends and is never connected. */
export class UdpSource implements DatagramSource {
  readonly counters: UdpSourceCounters = { received: 0, bytes: 0, socketErrors: 0, reopened: 0 };
  readonly #settings: UdpSourceSettings;
  readonly #clock: Clock;
  #socket: Socket | undefined;
  #listener: ((datagram: Uint8Array) => void) | undefined;
  #cancelReopen: Cancel | undefined;
  #state: "open" | "closed" = "open";

  constructor(settings: UdpSourceSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** @returns the bound port. @throws {StationError} UDP_LISTEN */
  async open(): Promise<HostPort> {
    const socket = this.#create();
    const { host, port } = this.#settings.listen;
    await new Promise<void>((resolve, reject) => {
      const fail = (error: Error): void => {
        socket.close();
        reject(
          new StationError(
            {
              code: "UDP_LISTEN",
              what: `the link's port cannot be opened (${error.message})`,
              where: writeHostPort(this.#settings.listen),
              action: "Check link.listen: the address must be this machine's, and no other program may use the port.",
            },
            { cause: error },
          ),
        );
      };
      socket.once("error", fail);
      socket.bind({ address: host, port, exclusive: true }, () => {
        socket.off("error", fail);
        resolve();
      });
    });
    this.#adopt(socket);
    return { host, port: socket.address().port };
  }

  /** Read back from the kernel. */
  receiveBuffer(): ReceiveBuffer {
    const askedBytes = this.#settings.receiveBufferBytes;
    const grantedBytes = Math.floor((this.#socket?.getRecvBufferSize() ?? 0) / 2);
    const remedy = grantedBytes >= askedBytes ? undefined : `sysctl -w net.core.rmem_max=${askedBytes}`;
    return { askedBytes, grantedBytes, remedy };
  }

  onDatagram(listener: (datagram: Uint8Array) => void): void {
    this.#listener = listener;
  }

  close(): Promise<void> {
    this.#state = "closed";
    this.#cancelReopen?.();
    const socket = this.#socket;
    this.#socket = undefined;
    return new Promise((resolve) => (socket === undefined ? resolve() : socket.close(() => resolve())));
  }

  #create(): Socket {
    const { listen, receiveBufferBytes } = this.#settings;
    return createSocket({ type: isIPv6(listen.host) ? "udp6" : "udp4", recvBufferSize: receiveBufferBytes });
  }

  #adopt(socket: Socket): void {
    this.#socket = socket;
    socket.on("error", () => this.#reopenAfter(socket));
    socket.on("message", (datagram) => {
      this.counters.received++;
      this.counters.bytes += datagram.length;
      this.#listener?.(datagram);
    });
  }

  #reopenAfter(socket: Socket): void {
    this.counters.socketErrors++;
    if (socket !== this.#socket) return;
    this.#socket = undefined;
    socket.close();
    if (this.#state === "closed") return;
    this.#cancelReopen = this.#clock.after(REOPEN_MS, () => {
      this.counters.reopened++;
      this.open().catch(() => {
        if (this.#state === "open") this.#reopenLater();
      });
    });
  }

  #reopenLater(): void {
    this.#cancelReopen = this.#clock.after(REOPEN_MS, () => void this.open().catch(() => this.#reopenLater()));
  }
}
