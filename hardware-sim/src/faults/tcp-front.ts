/** A TCP front before a simulated device, whatever protocol it speaks: passes bytes on, or misbehaves.
 *  reader ──TCP──▶ [TCP front] ──TCP──▶ simulated device
 *
 *     slow        every reply is late                      refused    nobody listens; open connections are reset
 *     trickle     replies come a byte at a time            silent     requests vanish; connections stay
 *     reset       a reply breaks off, then RST             half-open  connections of that moment are dead for good
 *     garbage     replies are random bytes                            and never closed; new ones work */
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { type Cancel, type Clock, type HostPort, StationError, writeHostPort } from "@nonreturn/station";
import type { Random } from "../random/seeded-random.ts";
import type { FrontFault } from "../scenario/fault-section.ts";

export interface TcpFrontSettings {
  readonly listen: HostPort;
  readonly inner: HostPort;
  readonly maxConnections: number;
}

export interface TcpFrontStatistics {
  readonly accepted: number;
  /** Closed at once: the device allows no more connections. */
  readonly tooMany: number;
  readonly open: number;
  /** Most connections open at once: a reader that leaks connections shows here. */
  readonly openPeak: number;
  readonly resets: number;
  readonly requestBytes: number;
  readonly replyBytes: number;
}

export interface TcpFront {
  /** The port really taken; it stays the same while refused. */
  readonly listening: HostPort;
  /** One at a time; undefined behaves again. Takes effect with the next byte, half-open and refused at once. Replies held back are then let go. */
  setFault(fault: FrontFault | undefined): Promise<void>;
  statistics(): TcpFrontStatistics;
  close(): Promise<void>;
}

/** Replies held back or not yet taken, per connection; a reader this far behind is cut off. */
const MAX_HELD_BYTES = 1 << 20;
/** A RST overtakes bytes the reader has not yet taken from its buffer: time for it to see the part of the reply. */
const RESET_AFTER_MS = 20;
const LISTEN_ATTEMPTS = 50;
const LISTEN_AGAIN_MS = 100;

interface Held {
  readonly bytes: Uint8Array;
  readonly atMs: number; // when it is due
}

interface Connection {
  readonly reader: Socket;
  readonly device: Socket;
  /** Replies not yet due, in order. */
  held: Held[];
  heldBytes: number;
  cancel: Cancel | undefined;
  dead: boolean;
}

/** @throws {StationError} SOCKET_CANNOT_LISTEN */
export async function startTcpFront(settings: TcpFrontSettings, clock: Clock, random: Random): Promise<TcpFront> {
  const connections = new Set<Connection>();
  let fault: FrontFault | undefined;
  let closed = false;
  let accepted = 0;
  let tooMany = 0;
  let openPeak = 0;
  let resets = 0;
  let requestBytes = 0;
  let replyBytes = 0;

  function accept(reader: Socket): void {
    reader.on("error", () => {}); // followed by close, which is what counts
    accepted++;
    // A device that lost power has forgotten its dead connections: they take no place.
    const live = [...connections].filter(({ dead }) => !dead).length;
    if (live >= settings.maxConnections) {
      tooMany++;
      reader.destroy();
      return;
    }
    reader.setNoDelay();
    const device = connect(settings.inner);
    device.setNoDelay();
    const connection: Connection = { reader, device, held: [], heldBytes: 0, cancel: undefined, dead: false };
    connections.add(connection);
    openPeak = Math.max(openPeak, connections.size);
    device.on("error", () => {});
    device.on("close", () => {
      if (!connection.dead) reader.destroy();
    });
    device.on("data", (bytes) => reply(connection, bytes));
    reader.on("data", (bytes) => {
      requestBytes += bytes.length;
      if (!connection.dead && fault?.kind !== "silent") device.write(bytes);
    });
    reader.on("close", () => {
      connection.cancel?.();
      connections.delete(connection);
      device.destroy();
    });
  }

  function reply(connection: Connection, bytes: Uint8Array): void {
    if (connection.dead || fault?.kind === "silent") return;
    if (fault?.kind === "reset") breakOff(connection, bytes.subarray(0, fault.after));
    else hold(connection, shape(connection, bytes));
  }

  /** When the bytes of a reply leave, and as what; never before what is already held back. */
  function shape(connection: Connection, bytes: Uint8Array): Held[] {
    const nowMs = clock.monotonicMs();
    const afterMs = Math.max(nowMs, connection.held.at(-1)?.atMs ?? nowMs);
    switch (fault?.kind) {
      case "slow":
        return [{ bytes, atMs: Math.max(afterMs, nowMs + fault.delay) }];
      case "trickle": {
        const { interval } = fault;
        return Array.from(bytes, (_, at) => ({
          bytes: bytes.subarray(at, at + 1),
          atMs: afterMs + (at + 1) * interval,
        }));
      }
      case "garbage": {
        const { keep } = fault;
        const noise = Uint8Array.from(bytes, (byte, at) => (at < keep ? byte : Math.floor(random() * 256)));
        return [{ bytes: noise, atMs: afterMs }];
      }
      default:
        return [{ bytes, atMs: afterMs }];
    }
  }

  function hold(connection: Connection, replies: readonly Held[]): void {
    for (const held of replies) {
      connection.held.push(held);
      connection.heldBytes += held.bytes.length;
    }
    if (connection.heldBytes + connection.reader.writableLength > MAX_HELD_BYTES) reset(connection);
    else letGo(connection);
  }

  /** Pass on what is due and come back for what is not. */
  function letGo(connection: Connection): void {
    connection.cancel?.();
    connection.cancel = undefined;
    const nowMs = clock.monotonicMs();
    const waiting = connection.held.findIndex((held) => held.atMs > nowMs);
    const due = waiting < 0 ? connection.held.length : waiting;
    for (const { bytes } of connection.held.splice(0, due)) {
      connection.heldBytes -= bytes.length;
      replyBytes += bytes.length;
      connection.reader.write(bytes);
    }
    const next = connection.held[0];
    if (next !== undefined) connection.cancel = clock.after(next.atMs - nowMs, () => letGo(connection));
  }

  function breakOff(connection: Connection, bytes: Uint8Array): void {
    if (bytes.length > 0) {
      replyBytes += bytes.length;
      connection.reader.write(bytes);
    }
    connection.dead = true; // nothing more of this or a later reply
    connection.cancel?.();
    connection.cancel = clock.after(RESET_AFTER_MS, () => reset(connection));
  }

  function reset(connection: Connection): void {
    resets++;
    connection.reader.resetAndDestroy();
  }

  let server: Server | undefined = createServer(accept);
  const listening = await listen(server, settings.listen);

  /** The port may have been taken in the meantime by a connection going out: try for a while. */
  async function listenAgain(): Promise<void> {
    const wanted = () => server === undefined && !closed && fault?.kind !== "refused";
    for (let attempt = 1; wanted(); attempt++) {
      const next = createServer(accept);
      try {
        await listen(next, listening);
      } catch (error) {
        if (attempt >= LISTEN_ATTEMPTS) throw error;
        await new Promise<void>((resolve) => clock.after(LISTEN_AGAIN_MS, resolve));
        continue;
      }
      if (wanted()) server = next;
      else await closeServer(next);
    }
  }

  return {
    listening,
    async setFault(next) {
      if (next === fault) return;
      fault = next;
      if (next?.kind === "refused") {
        for (const connection of [...connections]) reset(connection);
        const open = server;
        server = undefined;
        if (open !== undefined) await closeServer(open);
        return;
      }
      for (const connection of [...connections]) {
        if (next?.kind === "half-open") {
          connection.dead = true;
          connection.held = [];
          connection.device.destroy();
        } else if (next === undefined) {
          connection.held = connection.held.map(({ bytes }) => ({ bytes, atMs: Number.NEGATIVE_INFINITY }));
          if (!connection.dead) letGo(connection);
        }
      }
      await listenAgain();
    },
    statistics: () => ({ accepted, tooMany, open: connections.size, openPeak, resets, requestBytes, replyBytes }),
    async close() {
      closed = true;
      for (const connection of [...connections]) {
        connection.cancel?.();
        connection.device.destroy();
        connection.reader.destroy();
      }
      const open = server;
      server = undefined;
      if (open !== undefined) await closeServer(open);
    },
  };
}

function listen(server: Server, address: HostPort): Promise<HostPort> {
  return new Promise((listening, failed) => {
    server.once("error", (cause: NodeJS.ErrnoException) =>
      failed(
        new StationError(
          {
            code: "SOCKET_CANNOT_LISTEN",
            what: `the simulated device cannot listen there (${cause.code})`,
            where: writeHostPort(address),
            action: "Choose a free port of this machine, or port 0 for any.",
          },
          { cause },
        ),
      ),
    );
    server.listen(address.port, address.host, () => {
      server.removeAllListeners("error").on("error", () => {}); // accepting one connection failed; the next may not
      listening({ host: address.host, port: (server.address() as AddressInfo).port });
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((closed) => {
    server.close(() => closed());
  });
}
