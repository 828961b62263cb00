/** The kernel's calls that udp-source.ts receives with where this machine has them: many datagrams in one call (recvmmsg, UDP_GRO).
 *  ║ diode ║ → kernel → [native receive] → UDP source
 *
 *  Every function of the C library that the IT station declares is in RECEIVE_FUNCTIONS. None of them sends or connects; the
 *  architecture check reads this file for that. */
import { isIPv6 } from "node:net";
import { getSystemErrorMessage, getSystemErrorName } from "node:util";

/** As C declares them (int is 32 bits, size_t 64 bits on every machine this is used on). */
const RECEIVE_FUNCTIONS = {
  socket: "int socket(int domain, int type, int protocol)",
  setsockopt: "int setsockopt(int fd, int level, int name, const void *value, uint32_t bytes)",
  getsockopt: "int getsockopt(int fd, int level, int name, void *value, void *bytes)",
  getsockname: "int getsockname(int fd, void *address, void *bytes)",
  bind: "int bind(int fd, const void *address, uint32_t bytes)",
  recvmmsg: "int recvmmsg(int fd, void *messages, uint32_t count, int flags, void *timeout)",
  inet_pton: "int inet_pton(int family, const char *text, void *address)",
  close: "int close(int fd)",
} as const;

// Linux, generic numbers: the same on x64 and arm64.
const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_RCVBUFFORCE = 33;
const SO_RCVTIMEO = 20;
const SO_RXQ_OVFL = 40;
const SOL_UDP = 17;
const UDP_GRO = 104; // linux/udp.h
const MSG_DONTWAIT = 0x40;
const MSG_WAITFORONE = 0x10000;
const MSG_TRUNC = 0x20;
const EINTR = 4;
const EAGAIN = 11;

/** The thread hears nothing else while it waits for a datagram: so long, at most. */
const WAIT_MICROS = 20_000;
const MESSAGES = 32;
/** One message is one datagram, or with UDP_GRO as many of one size as fit 64 KiB. */
const MESSAGE_ROOM = 65_536;
const HEADER_BYTES = 64; // struct mmsghdr: msghdr (56 B), length, padding
const VECTOR_BYTES = 16; // struct iovec
const CONTROL_BYTES = 64; // two control messages (24 B each) and room
const VECTORS_AT = MESSAGES * HEADER_BYTES;
const CONTROLS_AT = VECTORS_AT + MESSAGES * VECTOR_BYTES;
const ARENA_BYTES = CONTROLS_AT + MESSAGES * CONTROL_BYTES;

export interface ReceiveCalls {
  readonly call: { readonly [Name in keyof typeof RECEIVE_FUNCTIONS]: (...values: unknown[]) => number };
  readonly errno: () => number;
  /** Where a buffer lies in memory; it stays there as long as it is referenced. */
  readonly addressOf: (buffer: Uint8Array) => bigint;
}

/** @returns the calls, or why this machine has none: then a plain socket receives. Never throws. */
export async function loadReceiveCalls(platform: string, architecture: string): Promise<ReceiveCalls | string> {
  if (platform !== "linux") return `${platform} has no recvmmsg`;
  if (architecture !== "x64" && architecture !== "arm64") return `not for ${architecture}`;
  try {
    const { default: koffi } = await import("koffi");
    const library = koffi.load("libc.so.6");
    const call = Object.fromEntries(
      Object.entries(RECEIVE_FUNCTIONS).map(([name, prototype]) => [name, library.func(prototype)]),
    ) as unknown as ReceiveCalls["call"];
    return { call, errno: () => koffi.errno(), addressOf: (buffer) => koffi.address(buffer) };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * A bound UDP socket that is read many datagrams at a time. The source addresses are not asked for: nothing is ever answered.
 * Memory: 2 MiB, once.
 */
export class NativeReceiveSocket {
  /** Most messages that one call takes. */
  readonly most = MESSAGES;
  readonly #calls: ReceiveCalls;
  readonly #fd: number;
  readonly #arena = Buffer.allocUnsafeSlow(ARENA_BYTES).fill(0);
  readonly #datagrams = new ArrayBuffer(MESSAGES * MESSAGE_ROOM);
  /** Messages whose header the last call changed. */
  #used = 0;
  #dropped = 0;
  #truncated = 0;

  /** @throws what the kernel says, named: "bind EADDRINUSE: address already in use" */
  constructor(
    listen: { readonly host: string; readonly port: number },
    receiveBufferBytes: number,
    calls: ReceiveCalls,
  ) {
    this.#calls = calls;
    const family = isIPv6(listen.host) ? AF_INET6 : AF_INET;
    this.#fd = this.#checked("socket", calls.call.socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    try {
      // With CAP_NET_ADMIN the kernel's maximum does not count; without it, net.core.rmem_max clips what is asked for.
      const asked = int32(receiveBufferBytes);
      if (calls.call.setsockopt(this.#fd, SOL_SOCKET, SO_RCVBUFFORCE, asked, 4) !== 0)
        this.#option(SOL_SOCKET, SO_RCVBUF, asked);
      this.#option(SOL_SOCKET, SO_RCVTIMEO, timeval(WAIT_MICROS));
      this.#option(SOL_SOCKET, SO_RXQ_OVFL, int32(1));
      calls.call.setsockopt(this.#fd, SOL_UDP, UDP_GRO, int32(1), 4); // kernels before 5.0 refuse it, and deliver one by one
      const address = socketAddress(calls, family, listen.host, listen.port);
      this.#checked("bind", calls.call.bind(this.#fd, address, address.length));
    } catch (error) {
      calls.call.close(this.#fd);
      throw error;
    }
    this.#fillHeaders();
  }

  /** Datagrams that the kernel dropped because its buffer was full, as it said with the last datagram that carried the figure. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Messages longer than 64 KiB; there are none in UDP. */
  get truncated(): number {
    return this.#truncated;
  }

  get port(): number {
    const address = Buffer.alloc(28);
    this.#checked("getsockname", this.#calls.call.getsockname(this.#fd, address, int32(address.length)));
    return address.readUInt16BE(2);
  }

  /** What the kernel reports: the double of what it grants (socket(7)). */
  get receiveBufferBytes(): number {
    const value = int32(0);
    this.#checked("getsockopt", this.#calls.call.getsockopt(this.#fd, SOL_SOCKET, SO_RCVBUF, value, int32(4)));
    return value.readInt32LE();
  }

  /**
   * Take what is there.
   *
   * @param wait  "first": up to 20 ms for the first datagram. "none": only what is there already.
   * @param each  called with every datagram; its bytes are valid during the call only.
   * @returns messages taken, 32 at most: that many mean that there may be more. 0 if nothing came.
   * @throws what the kernel says, other than that there is nothing.
   */
  receive(wait: "first" | "none", each: (datagram: Uint8Array) => void): number {
    for (let message = 0; message < this.#used; message++)
      this.#arena.writeUInt32LE(CONTROL_BYTES, message * HEADER_BYTES + 40);
    this.#used = 0;
    const flags = wait === "first" ? MSG_WAITFORONE : MSG_DONTWAIT;
    const messages = this.#calls.call.recvmmsg(this.#fd, this.#arena, MESSAGES, flags, null);
    if (messages < 0) {
      const errno = this.#calls.errno();
      if (errno === EAGAIN || errno === EINTR) return 0;
      throw systemError("recvmmsg", errno);
    }
    this.#used = messages;
    for (let message = 0; message < messages; message++) this.#deliver(message, each);
    return messages;
  }

  close(): void {
    this.#calls.call.close(this.#fd);
  }

  #deliver(message: number, each: (datagram: Uint8Array) => void): void {
    const header = message * HEADER_BYTES;
    const bytes = this.#arena.readUInt32LE(header + 56);
    if ((this.#arena.readInt32LE(header + 48) & MSG_TRUNC) !== 0) this.#truncated++;
    const segmentBytes = this.#readControls(message, this.#arena.readUInt32LE(header + 40)) || bytes;
    const start = message * MESSAGE_ROOM;
    if (bytes === 0) each(new Uint8Array(0));
    for (let at = 0; at < bytes; at += segmentBytes)
      each(new Uint8Array(this.#datagrams, start + at, Math.min(segmentBytes, bytes - at)));
  }

  /** @returns the size of the datagrams in this message, 0 if it is one datagram. Notes the kernel's count of drops. */
  #readControls(message: number, controlBytes: number): number {
    const start = CONTROLS_AT + message * CONTROL_BYTES;
    let segmentBytes = 0;
    for (let at = 0; at + 20 <= controlBytes; ) {
      const bytes = this.#arena.readUInt32LE(start + at);
      const level = this.#arena.readInt32LE(start + at + 8);
      const type = this.#arena.readInt32LE(start + at + 12);
      if (level === SOL_UDP && type === UDP_GRO) segmentBytes = this.#arena.readUInt16LE(start + at + 16);
      if (level === SOL_SOCKET && type === SO_RXQ_OVFL) this.#dropped = this.#arena.readUInt32LE(start + at + 16);
      at += Math.max(24, Math.ceil(bytes / 8) * 8);
    }
    return segmentBytes;
  }

  #fillHeaders(): void {
    const arenaAddress = this.#calls.addressOf(this.#arena);
    const datagramsAddress = this.#calls.addressOf(new Uint8Array(this.#datagrams));
    for (let message = 0; message < MESSAGES; message++) {
      const header = message * HEADER_BYTES;
      const vector = VECTORS_AT + message * VECTOR_BYTES;
      const control = CONTROLS_AT + message * CONTROL_BYTES;
      this.#arena.writeBigUInt64LE(arenaAddress + BigInt(vector), header + 16);
      this.#arena.writeUInt32LE(1, header + 24);
      this.#arena.writeBigUInt64LE(arenaAddress + BigInt(control), header + 32);
      this.#arena.writeUInt32LE(CONTROL_BYTES, header + 40);
      this.#arena.writeBigUInt64LE(datagramsAddress + BigInt(message * MESSAGE_ROOM), vector);
      this.#arena.writeUInt32LE(MESSAGE_ROOM, vector + 8);
    }
  }

  #option(level: number, name: number, value: Buffer): void {
    this.#checked("setsockopt", this.#calls.call.setsockopt(this.#fd, level, name, value, value.length));
  }

  #checked(what: string, result: number): number {
    if (result < 0) throw systemError(what, this.#calls.errno());
    return result;
  }
}

function socketAddress({ call }: ReceiveCalls, family: number, host: string, port: number): Buffer {
  const address = Buffer.alloc(family === AF_INET6 ? 28 : 16); // sockaddr_in6, sockaddr_in
  address.writeUInt16LE(family, 0);
  address.writeUInt16BE(port, 2);
  const bytes = Buffer.alloc(16);
  if (call.inet_pton(family, host, bytes) !== 1) throw new Error(`${host} is no IP address`);
  if (family === AF_INET6) bytes.copy(address, 8);
  else bytes.copy(address, 4, 0, 4);
  return address;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function timeval(micros: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32LE(Math.floor(micros / 1_000_000), 0);
  bytes.writeUInt32LE(micros % 1_000_000, 8);
  return bytes;
}

function systemError(call: string, errno: number): Error {
  return new Error(`${call} ${getSystemErrorName(-errno)}: ${getSystemErrorMessage(-errno)}`);
}
