/** The kernel's calls that udp-sink.ts sends with where this machine has them: many datagrams of one size in one call (UDP_SEGMENT).
 *  UDP sink → [native send] → kernel → ║ diode ║
 *
 *  Every function of the C library that the OT station declares is in SEND_FUNCTIONS. None of them receives, connects or listens; the
 *  architecture check reads this file for that. */
import { isIPv6 } from "node:net";
import { getSystemErrorMessage, getSystemErrorName } from "node:util";

/** As C declares them (int is 32 bits, size_t 64 bits on every machine this is used on). */
const SEND_FUNCTIONS = {
  socket: "int socket(int domain, int type, int protocol)",
  setsockopt: "int setsockopt(int fd, int level, int name, const void *value, uint32_t bytes)",
  bind: "int bind(int fd, const void *address, uint32_t bytes)",
  sendmsg: "int64_t sendmsg(int fd, const void *message, int flags)",
  inet_pton: "int inet_pton(int family, const char *text, void *address)",
  close: "int close(int fd)",
} as const;

// Linux, generic numbers: the same on x64 and arm64.
const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_SNDTIMEO = 21;
const SOL_UDP = 17;
const UDP_SEGMENT = 103; // linux/udp.h
const EMSGSIZE = 90;
/** EINVAL: segments above the interface's MTU; EIO: no checksums in hardware; ENOPROTOOPT, EOPNOTSUPP: not known. Retried one by one. */
const ABOUT_SEGMENTS = [22, 5, 92, 95];

/** What the kernel's own queue may delay the link thread before datagrams are given up: longer, and the interface has stopped. */
const SEND_WAIT_MICROS = 20_000;
const MOST_UDP_BYTES = 65_507; // 65,535 − 20 IPv4 − 8 UDP; with IPv6 20 less
const MOST_TOGETHER_BYTES = MOST_UDP_BYTES - 20;
/** UDP_MAX_SEGMENTS is 64; 44 full datagrams of MTU 1500 fill 64 KiB. */
const MOST_SEGMENTS = 64;

// struct msghdr (56 B), iovec (16 B) and one control message (16 B header, u16) behind the datagrams.
const DATAGRAM_ROOM = 65_536;
const MESSAGE_AT = DATAGRAM_ROOM;
const VECTOR_AT = MESSAGE_AT + 56;
const CONTROL_AT = VECTOR_AT + 16;
const CONTROL_BYTES = 24;
const ADDRESS_AT = CONTROL_AT + CONTROL_BYTES;
const ARENA_BYTES = ADDRESS_AT + 32;

export interface SendCalls {
  readonly call: { readonly [Name in keyof typeof SEND_FUNCTIONS]: (...values: unknown[]) => number };
  readonly errno: () => number;
  /** Where a buffer lies in memory; it stays there as long as it is referenced. */
  readonly addressOf: (buffer: Uint8Array) => bigint;
}

/** @returns the calls, or why this machine has none: then plain sockets send. Never throws. */
export async function loadSendCalls(platform: string, architecture: string): Promise<SendCalls | string> {
  if (platform !== "linux") return `${platform} has no UDP_SEGMENT`;
  if (architecture !== "x64" && architecture !== "arm64") return `not for ${architecture}`;
  try {
    const { default: koffi } = await import("koffi");
    const library = koffi.load("libc.so.6");
    const call = Object.fromEntries(
      Object.entries(SEND_FUNCTIONS).map(([name, prototype]) => [name, library.func(prototype)]),
    ) as unknown as SendCalls["call"];
    return { call, errno: () => koffi.errno(), addressOf: (buffer) => koffi.address(buffer) };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export interface NativeSendSettings {
  readonly destination: { readonly host: string; readonly port: number };
  readonly bindAddress?: string;
  readonly sourcePort?: number;
  readonly sendBufferBytes: number;
}

/** What became of datagrams; counted by the sink. */
export interface SendOutcome {
  sent(datagrams: number, bytes: number): void;
  failed(datagrams: number, error: Error): void;
}

/**
 * An unconnected UDP socket that gathers datagrams of one size and hands them to the kernel together; the last of them may be shorter.
 * Cost: one copy of the datagram; one system call per 44 full datagrams where they come without pause.
 */
export class NativeSendSocket {
  readonly #calls: SendCalls;
  readonly #outcome: SendOutcome;
  readonly #fd: number;
  readonly #arena = Buffer.allocUnsafeSlow(ARENA_BYTES).fill(0, DATAGRAM_ROOM);
  readonly #message: Buffer;
  /** Undefined once the kernel or the interface refused segments: then every datagram is a call of its own. */
  #segments: "together" | "single" = "together";
  #count = 0;
  #bytes = 0;
  #segmentBytes = 0;

  /** @throws what the kernel says, named: "bind EADDRNOTAVAIL: …" */
  constructor(settings: NativeSendSettings, calls: SendCalls, outcome: SendOutcome) {
    const { destination, bindAddress, sourcePort = 0, sendBufferBytes } = settings;
    this.#calls = calls;
    this.#outcome = outcome;
    this.#message = this.#arena.subarray(MESSAGE_AT, MESSAGE_AT + 56);
    const family = isIPv6(destination.host) ? AF_INET6 : AF_INET;
    this.#fd = this.#checked("socket", calls.call.socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    try {
      this.#option(SOL_SOCKET, SO_SNDBUF, int32(sendBufferBytes));
      // Whatever somebody sends to this port: the kernel keeps as little of it as it can, and nobody ever reads it.
      this.#option(SOL_SOCKET, SO_RCVBUF, int32(0));
      this.#option(SOL_SOCKET, SO_SNDTIMEO, timeval(SEND_WAIT_MICROS));
      const zero = family === AF_INET6 ? "::" : "0.0.0.0";
      const local = socketAddress(calls, family, bindAddress ?? zero, sourcePort);
      this.#checked("bind", calls.call.bind(this.#fd, local, local.length));
      if (calls.call.setsockopt(this.#fd, SOL_UDP, UDP_SEGMENT, int32(0), 4) !== 0) this.#segments = "single";
      this.#fillMessage(socketAddress(calls, family, destination.host, destination.port));
    } catch (error) {
      calls.call.close(this.#fd);
      throw error;
    }
  }

  /** Whether the kernel still takes many datagrams in one call. */
  get segments(): "together" | "single" {
    return this.#segments;
  }

  send(datagram: Uint8Array): void {
    const { length } = datagram;
    if (length > MOST_UDP_BYTES) {
      this.#outcome.failed(1, systemError("sendmsg", EMSGSIZE));
      return;
    }
    const fits =
      length <= this.#segmentBytes && this.#count < MOST_SEGMENTS && this.#bytes + length <= MOST_TOGETHER_BYTES;
    if (this.#count > 0 && !fits) this.flush();
    if (this.#count === 0) this.#segmentBytes = length;
    this.#arena.set(datagram, this.#bytes);
    this.#count++;
    this.#bytes += length;
    if (length < this.#segmentBytes) this.flush(); // a shorter one ends the call: the kernel cuts at one size
  }

  flush(): void {
    const count = this.#count;
    const bytes = this.#bytes;
    if (count === 0) return;
    this.#count = 0;
    this.#bytes = 0;
    if (count === 1 || this.#segments === "single") this.#giveSingly(bytes);
    else if (this.#give(0, bytes, this.#segmentBytes) === bytes) this.#outcome.sent(count, bytes);
    else {
      const errno = this.#calls.errno();
      if (ABOUT_SEGMENTS.includes(errno)) {
        this.#segments = "single";
        this.#giveSingly(bytes);
      } else this.#outcome.failed(count, systemError("sendmsg", errno));
    }
  }

  #giveSingly(bytes: number): void {
    for (let at = 0; at < bytes; at += this.#segmentBytes) {
      const length = Math.min(this.#segmentBytes, bytes - at);
      if (this.#give(at, length, 0) === length) this.#outcome.sent(1, length);
      else this.#outcome.failed(1, systemError("sendmsg", this.#calls.errno()));
    }
  }

  close(): void {
    this.flush();
    this.#calls.call.close(this.#fd);
  }

  /** @param segmentBytes  0: one datagram. @returns bytes taken, or −1 */
  #give(at: number, length: number, segmentBytes: number): number {
    this.#arena.writeBigUInt64LE(this.#addressAt(at), VECTOR_AT);
    this.#arena.writeUInt32LE(length, VECTOR_AT + 8);
    this.#arena.writeUInt16LE(segmentBytes, CONTROL_AT + 16);
    this.#message.writeUInt32LE(segmentBytes === 0 ? 0 : CONTROL_BYTES, 40);
    return Number(this.#calls.call.sendmsg(this.#fd, this.#message, 0));
  }

  /** What never changes of struct msghdr: where to, one vector, one control message that says the segments' size. */
  #fillMessage(address: Buffer): void {
    address.copy(this.#arena, ADDRESS_AT);
    this.#message.writeBigUInt64LE(this.#addressAt(ADDRESS_AT), 0);
    this.#message.writeUInt32LE(address.length, 8);
    this.#message.writeBigUInt64LE(this.#addressAt(VECTOR_AT), 16);
    this.#message.writeUInt32LE(1, 24);
    this.#message.writeBigUInt64LE(this.#addressAt(CONTROL_AT), 32);
    this.#arena.writeUInt32LE(16 + 2, CONTROL_AT); // cmsg_len without padding
    this.#arena.writeInt32LE(SOL_UDP, CONTROL_AT + 8);
    this.#arena.writeInt32LE(UDP_SEGMENT, CONTROL_AT + 12);
  }

  #arenaAddress: bigint | undefined;
  #addressAt(offset: number): bigint {
    this.#arenaAddress ??= this.#calls.addressOf(this.#arena);
    return this.#arenaAddress + BigInt(offset);
  }

  #option(level: number, name: number, value: Buffer): void {
    this.#checked("setsockopt", this.#calls.call.setsockopt(this.#fd, level, name, value, value.length));
  }

  #checked(what: string, result: number): number {
    if (result < 0) throw systemError(what, this.#calls.errno());
    return result;
  }
}

function socketAddress({ call }: SendCalls, family: number, host: string, port: number): Buffer {
  const address = Buffer.alloc(family === AF_INET6 ? 28 : 16); // sockaddr_in6, sockaddr_in
  address.writeUInt16LE(family, 0);
  address.writeUInt16BE(port, 2);
  const bytes = Buffer.alloc(16);
  if (call.inet_pton(family, host, bytes) !== 1) throw new Error(`${host} is no address of the destination's family`);
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
