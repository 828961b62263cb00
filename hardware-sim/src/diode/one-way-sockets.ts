/** The two UDP sockets of the simulated diode, each reduced to one direction.
 *  OT station ──UDP──▶ [receiving socket] → diode → [sending socket] ──UDP──▶ IT station
 *
 *  What is guaranteed: the receiving socket is never asked to send and the sending socket has no `message` listener, and neither
 *  object leaves this file, so no code path leads from the IT side to the OT side. The sending socket is not connected, so an ICMP
 *  port-unreachable of the IT side is not reported to it and cannot be passed on.
 *  What is not: the kernel still accepts datagrams addressed to the sending socket's port, into the smallest buffer it grants, and Node reads
 *  and discards them; the kernel of the machine that runs the diode answers ARP and may answer ICMP on both sides. Only hardware has no way back. */
import { createSocket, type Socket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { isIPv6 } from "node:net";
import { type HostPort, StationError, writeHostPort } from "@nonreturn/station";

/** Where datagrams come in. Nothing can be sent with it. */
export interface ReceivingEnd {
  /** The address actually bound (a free port if 0 was asked for). */
  readonly bound: HostPort;
  /** What the kernel granted, in bytes as it reports them. */
  readonly bufferBytes: number;
  close(): Promise<void>;
}

/** Where datagrams leave. Nothing can be received with it. */
export interface SendingEnd {
  /** Calls `done(false)` if the kernel refused the datagram; never throws. `bytes` must stay unchanged until then. */
  send(bytes: Uint8Array, done: (sent: boolean) => void): void;
  close(): Promise<void>;
}

/** @throws {StationError} SOCKET_CANNOT_LISTEN */
export async function openReceivingEnd(
  listen: HostPort,
  bufferBytes: number,
  onDatagram: (bytes: Uint8Array) => void,
): Promise<ReceivingEnd> {
  const address = await resolve(listen);
  const socket = createSocket({ type: familyOf(address) });
  await new Promise<void>((bound, failed) => {
    socket.once("error", (cause) =>
      failed(
        new StationError(
          {
            code: "SOCKET_CANNOT_LISTEN",
            what: `the diode cannot listen there (${(cause as NodeJS.ErrnoException).code})`,
            where: writeHostPort(listen),
            action: "Choose a free port of this machine, or port 0 for any.",
          },
          { cause },
        ),
      ),
    );
    socket.bind(listen.port, address, bound);
  });
  socket.removeAllListeners("error").on("error", () => {}); // a receiving socket has none worth dying of
  setBuffer(() => socket.setRecvBufferSize(bufferBytes));
  socket.on("message", onDatagram);
  return {
    bound: { host: listen.host, port: socket.address().port },
    bufferBytes: socket.getRecvBufferSize(),
    close: () => closed(socket),
  };
}

/** @throws {StationError} SOCKET_TARGET_UNKNOWN if the target's name does not resolve. */
export async function openSendingEnd(target: HostPort): Promise<SendingEnd> {
  const address = await resolve(target);
  const socket = createSocket({ type: familyOf(address) });
  socket.on("error", () => {}); // each failed send is reported to its own callback
  await new Promise<void>((bound) => socket.bind(0, isIPv6(address) ? "::" : "0.0.0.0", bound));
  setBuffer(() => socket.setRecvBufferSize(1)); // the kernel raises it to its minimum (2,304 B on Linux)
  setBuffer(() => socket.setSendBufferSize(4 << 20));
  return {
    send(bytes, done) {
      try {
        socket.send(bytes, target.port, address, (error) => done(!error));
      } catch {
        done(false); // closed
      }
    },
    close: () => closed(socket),
  };
}

async function resolve({ host, port }: HostPort): Promise<string> {
  try {
    return (await lookup(host)).address;
  } catch (cause) {
    throw new StationError(
      {
        code: "SOCKET_TARGET_UNKNOWN",
        what: "this host name is not known",
        where: writeHostPort({ host, port }),
        action: "Write an IP address.",
      },
      { cause },
    );
  }
}

function familyOf(address: string): "udp4" | "udp6" {
  return isIPv6(address) ? "udp6" : "udp4";
}

/** The kernel clips sizes silently and some containers refuse them; the size granted is in the statistics. */
function setBuffer(set: () => void): void {
  try {
    set();
  } catch {}
}

function closed(socket: Socket): Promise<void> {
  return new Promise((done) => {
    try {
      socket.close(() => done());
    } catch {
      done(); // closed before
    }
  });
}
