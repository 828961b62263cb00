/** The crossing, IT side: with native-receive.ts the only place of this station that touches a socket on the link. It receives; it has no send.
 *  ║ diode ║ → [UDP source] → admit */
import { createSocket, type Socket } from "node:dgram";
import { isIP, isIPv6 } from "node:net";
import { type Cancel, type Clock, type HostPort, StationError, writeHostPort } from "@nonreturn/station/thread";
import type { DatagramSource } from "./datagram-source.ts";
import { NativeReceiveSocket, type ReceiveCalls } from "./native-receive.ts";

export interface UdpSourceSettings {
  readonly listen: HostPort;
  readonly receiveBufferBytes: number;
}

export interface UdpSourceCounters {
  received: number;
  bytes: number;
  socketErrors: number;
  reopened: number;
  /** Datagrams the kernel dropped because nobody read its buffer in time. Known with native calls only; 0 otherwise. */
  kernelDrops: number;
}

const REOPEN_MS = 1000;
/** System calls per turn of the event loop, so that messages from other threads are heard. */
const CALLS_PER_TURN = 8;

/** What the kernel granted; Linux doubles what it is asked for and reports the double (socket(7)). */
export interface ReceiveBuffer {
  readonly askedBytes: number;
  readonly grantedBytes: number;
  /** Set where the kernel's limit clipped it: the command that lifts the limit. */
  readonly remedy: string | undefined;
}

/** Reads the kernel's buffer in the calling thread: the thread waits in the kernel, not in the event loop, and up to 20 ms at a time. */
export interface NativeReceiving {
  readonly calls: ReceiveCalls;
  /** Calls back in the next turn of the event loop. */
  readonly soon: (callback: () => void) => void;
}

interface OpenSocket {
  readonly port: number;
  /** As the kernel reports it: doubled. */
  receiveBufferBytes(): number;
  close(): void | Promise<void>;
}

/** Never throws after it was opened: a socket that dies is counted and opened anew. It never sends and is never connected. */
export class UdpSource implements DatagramSource {
  readonly counters: UdpSourceCounters = { received: 0, bytes: 0, socketErrors: 0, reopened: 0, kernelDrops: 0 };
  readonly #settings: UdpSourceSettings;
  readonly #clock: Clock;
  readonly #native: NativeReceiving | undefined;
  #socket: OpenSocket | undefined;
  #listener: ((datagram: Uint8Array) => void) | undefined;
  #cancelReopen: Cancel | undefined;
  #state: "open" | "closed" = "open";

  /** @param native  where this machine has the calls; a plain socket otherwise: the same datagrams at a higher cost. */
  constructor(settings: UdpSourceSettings, clock: Clock, native?: NativeReceiving) {
    this.#settings = settings;
    this.#clock = clock;
    this.#native = isIP(settings.listen.host) === 0 ? undefined : native; // the calls know addresses only
  }

  /** @returns the bound port. @throws {StationError} UDP_LISTEN */
  async open(): Promise<HostPort> {
    const { listen } = this.#settings;
    try {
      this.#socket = this.#native === undefined ? await this.#openPlain() : this.#openNative(this.#native);
    } catch (cause) {
      throw new StationError(
        {
          code: "UDP_LISTEN",
          what: `the link's port cannot be opened (${(cause as Error).message})`,
          where: writeHostPort(listen),
          action: "Check link.listen: the address must be this machine's, and no other program may use the port.",
        },
        { cause },
      );
    }
    return { host: listen.host, port: this.#socket.port };
  }

  /** Read back from the kernel. */
  receiveBuffer(): ReceiveBuffer {
    const askedBytes = this.#settings.receiveBufferBytes;
    const grantedBytes = Math.floor((this.#socket?.receiveBufferBytes() ?? 0) / 2);
    const remedy = grantedBytes >= askedBytes ? undefined : `sysctl -w net.core.rmem_max=${askedBytes}`;
    return { askedBytes, grantedBytes, remedy };
  }

  onDatagram(listener: (datagram: Uint8Array) => void): void {
    this.#listener = listener;
  }

  async close(): Promise<void> {
    this.#state = "closed";
    this.#cancelReopen?.();
    const socket = this.#socket;
    this.#socket = undefined;
    await socket?.close();
  }

  readonly #accept = (datagram: Uint8Array): void => {
    this.counters.received++;
    this.counters.bytes += datagram.length;
    this.#listener?.(datagram);
  };

  async #openPlain(): Promise<OpenSocket> {
    const { listen, receiveBufferBytes } = this.#settings;
    const socket: Socket = createSocket({
      type: isIPv6(listen.host) ? "udp6" : "udp4",
      recvBufferSize: receiveBufferBytes,
    });
    await new Promise<void>((resolve, reject) => {
      const fail = (error: Error): void => {
        socket.close();
        reject(error);
      };
      socket.once("error", fail);
      socket.bind({ address: listen.host, port: listen.port, exclusive: true }, () => {
        socket.off("error", fail);
        resolve();
      });
    });
    const open: OpenSocket = {
      port: socket.address().port,
      receiveBufferBytes: () => socket.getRecvBufferSize(),
      close: () => new Promise((resolve) => socket.close(() => resolve())),
    };
    socket.on("error", () => this.#reopenAfter(open));
    socket.on("message", this.#accept);
    return open;
  }

  #openNative({ calls, soon }: NativeReceiving): OpenSocket {
    const { listen, receiveBufferBytes } = this.#settings;
    const socket = new NativeReceiveSocket(listen, receiveBufferBytes, calls);
    const dropsBefore = this.counters.kernelDrops;
    let state: "open" | "closed" = "open";
    const open: OpenSocket = {
      port: socket.port,
      receiveBufferBytes: () => socket.receiveBufferBytes,
      close() {
        if (state === "open") socket.close();
        state = "closed";
      },
    };
    const turn = (): void => {
      if (state === "closed") return;
      try {
        let messages = socket.receive("first", this.#accept);
        for (let call = 1; call < CALLS_PER_TURN && messages === socket.most && state === "open"; call++)
          messages = socket.receive("none", this.#accept);
        this.counters.kernelDrops = dropsBefore + socket.dropped;
      } catch {
        this.#reopenAfter(open);
        return;
      }
      soon(turn);
    };
    soon(turn);
    return open;
  }

  #reopenAfter(socket: OpenSocket): void {
    this.counters.socketErrors++;
    void socket.close();
    if (socket !== this.#socket) return;
    this.#socket = undefined;
    if (this.#state === "open") this.#reopenLater();
  }

  #reopenLater(): void {
    this.#cancelReopen = this.#clock.after(REOPEN_MS, () => {
      this.counters.reopened++;
      this.open().catch(() => {
        if (this.#state === "open") this.#reopenLater();
      });
    });
  }
}
