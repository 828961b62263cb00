/** EtherNet/IP on TCP in front of a simulated controller: encapsulation, sessions, connections.
 *  message router → [CIP server] → TCP front → reader
 *
 *  Source: ODVA Vol 2 §2-3 to §2-6. */
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { HostPort } from "@nonreturn/station";
import {
  type Answer,
  type ConnectionSettings,
  isForwardOpen,
  type OpenConnection,
  openConnection,
  readForwardClose,
  unwrapUnconnectedSend,
} from "./cip-connections.ts";
import { type Controller, identityAttributes } from "./message-router.ts";
import { parsePath } from "./request-path.ts";

const HEADER_BYTES = 24;
const MAX_DATA_BYTES = 65_511;
/** Without a connection: what is left of 504 bytes. */
const UNCONNECTED_ROOM = 480;

const Command = {
  nop: 0x00,
  listServices: 0x04,
  listIdentity: 0x63,
  listInterfaces: 0x64,
  register: 0x65,
  unregister: 0x66,
  rrData: 0x6f,
  unitData: 0x70,
} as const;

/** Encapsulation status. */
const Fault = { command: 0x01, data: 0x03, session: 0x64, version: 0x69 } as const;

const CONNECTION_MANAGER = 0x06;
const FORWARD_CLOSE = 0x4e;
const UNCONNECTED_SEND = 0x52;

export interface CipServer {
  readonly address: HostPort;
  /** TCP connections accepted so far, and open now. */
  accepted(): number;
  open(): number;
  /** CIP connections open now. */
  connections(): number;
  close(): Promise<void>;
}

/**
 * Answers a request for the controller. @param room  bytes that the reply may have.
 * @returns when, after how many ms, or undefined: never.
 */
export type Respond = (message: Buffer, room: number) => Response;
export interface Response {
  readonly reply: Buffer | undefined;
  readonly delayMs: number;
}

export interface CipServerSettings extends ConnectionSettings {
  readonly host: string;
  readonly port: number;
  readonly after: (delayMs: number, run: () => void) => () => void;
}

/** @throws NodeJS.ErrnoException if it cannot listen. */
export async function startCipServer(
  controller: Controller,
  settings: CipServerSettings,
  respond: Respond,
): Promise<CipServer> {
  const clients = new Set<Client>();
  let accepted = 0;
  let lastSession = 0x1000;
  let lastConnection = 0x8000_0000;
  const ids = { session: () => ++lastSession, connection: () => ++lastConnection };
  const server = createServer((socket) => {
    accepted++;
    const client = new Client(socket, controller, settings, respond, ids);
    clients.add(client);
    socket.once("close", () => clients.delete(client));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(settings.port, settings.host, () => resolve());
  });
  return {
    address: { host: settings.host, port: (server.address() as AddressInfo).port },
    accepted: () => accepted,
    open: () => clients.size,
    connections: () => [...clients].reduce((sum, client) => sum + client.connections, 0),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const client of clients) client.destroy();
      }),
  };
}

class Client {
  readonly #socket: Socket;
  readonly #controller: Controller;
  readonly #settings: CipServerSettings;
  readonly #respond: Respond;
  readonly #ids: { session(): number; connection(): number };
  readonly #connections = new Map<number, OpenConnection>();
  readonly #waiting = new Set<() => void>();
  #received: Buffer = Buffer.alloc(0);
  #session = 0;

  constructor(
    socket: Socket,
    controller: Controller,
    settings: CipServerSettings,
    respond: Respond,
    ids: { session(): number; connection(): number },
  ) {
    this.#socket = socket;
    this.#controller = controller;
    this.#settings = settings;
    this.#respond = respond;
    this.#ids = ids;
    socket.setNoDelay();
    socket.on("error", () => undefined); // followed by close
    socket.on("close", () => {
      for (const cancel of this.#waiting) cancel();
      this.#connections.clear();
    });
    socket.on("data", (bytes) => this.#receive(bytes));
  }

  get connections(): number {
    return this.#connections.size;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #receive(bytes: Buffer): void {
    let rest = Buffer.concat([this.#received, bytes]);
    while (rest.length >= HEADER_BYTES && !this.#socket.destroyed) {
      const length = rest.readUInt16LE(2);
      if (length > MAX_DATA_BYTES) {
        this.destroy();
        return;
      }
      if (rest.length < HEADER_BYTES + length) break;
      this.#take(rest.subarray(0, HEADER_BYTES), rest.subarray(HEADER_BYTES, HEADER_BYTES + length));
      rest = rest.subarray(HEADER_BYTES + length);
    }
    this.#received = Buffer.from(rest);
  }

  #take(header: Buffer, data: Buffer): void {
    const command = header.readUInt16LE(0);
    if (command === Command.nop) return;
    if (command === Command.unregister) this.destroy();
    else if (command === Command.register) this.#register(header, data);
    else if (command === Command.listIdentity)
      this.#send(header, 0, item(0x0c, identityItem(this.#controller, this.#socket)));
    else if (command === Command.listServices) this.#send(header, 0, item(0x0100, servicesItem()));
    else if (command === Command.listInterfaces) this.#send(header, 0, Buffer.alloc(2));
    else if (command !== Command.rrData && command !== Command.unitData) this.#fault(header, Fault.command);
    else if (this.#session === 0 || header.readUInt32LE(4) !== this.#session) this.#fault(header, Fault.session);
    else if (command === Command.rrData) this.#unconnected(header, data);
    else this.#connected(header, data);
  }

  #register(header: Buffer, data: Buffer): void {
    if (data.length !== 4 || data.readUInt16LE(0) !== 1) {
      this.#fault(header, Fault.version);
      return;
    }
    this.#session = this.#ids.session();
    header.writeUInt32LE(this.#session, 4);
    this.#send(header, 0, data);
  }

  #unconnected(header: Buffer, data: Buffer): void {
    const message = itemOf(data, 0xb2);
    if (message === undefined || message.length < 2) {
      this.#fault(header, Fault.data);
      return;
    }
    const answer = (reply: Buffer) => this.#send(header, 0, carry(item0(), itemBytes(0xb2, reply)));
    const [head] = parsePath(message.subarray(2, 2 + message[1]! * 2)) ?? [];
    if (head?.kind !== "class" || head.value !== CONNECTION_MANAGER) {
      this.#pass(message, UNCONNECTED_ROOM, answer);
      return;
    }
    const service = message[0]!;
    const body = message.subarray(2 + message[1]! * 2);
    if (isForwardOpen(service)) answer(this.#forwardOpen(service, body));
    else if (service === FORWARD_CLOSE) answer(this.#forwardClose(body));
    else if (service !== UNCONNECTED_SEND) answer(managerReply(service, { status: 0x08 }));
    else {
      const inside = unwrapUnconnectedSend(body, this.#settings.slot);
      if (Buffer.isBuffer(inside)) this.#pass(Buffer.from(inside), UNCONNECTED_ROOM, answer);
      else answer(managerReply(service, inside));
    }
  }

  #connected(header: Buffer, data: Buffer): void {
    const id = itemOf(data, 0xa1);
    const body = itemOf(data, 0xb1);
    if (id === undefined || id.length !== 4 || body === undefined || body.length < 4) {
      this.#fault(header, Fault.data);
      return;
    }
    const connection = this.#connections.get(id.readUInt32LE(0));
    // A module answers neither for a connection it has not, nor to more than was agreed.
    if (connection === undefined || body.length > connection.bytes) return;
    const sequence = Buffer.from(body.subarray(0, 2));
    const toThem = Buffer.alloc(4);
    toThem.writeUInt32LE(connection.toThem);
    this.#pass(Buffer.from(body.subarray(2)), connection.bytes - 2, (reply) =>
      this.#send(header, 0, carry(itemBytes(0xa1, toThem), itemBytes(0xb1, Buffer.concat([sequence, reply])))),
    );
  }

  #pass(message: Buffer, room: number, answer: (reply: Buffer) => void): void {
    const { reply, delayMs } = this.#respond(message, room);
    if (reply === undefined) return;
    if (delayMs === 0) {
      answer(reply);
      return;
    }
    const cancel = this.#settings.after(delayMs, () => {
      this.#waiting.delete(cancel);
      answer(reply);
    });
    this.#waiting.add(cancel);
  }

  #fault(header: Buffer, status: number): void {
    this.#send(header, status, Buffer.alloc(0));
  }

  #forwardOpen(service: number, body: Buffer): Buffer {
    const opened = openConnection(service, body, this.#settings, this.#ids.connection());
    if (!("connection" in opened)) return managerReply(service, opened);
    this.#connections.set(opened.connection.toUs, opened.connection);
    return managerReply(service, { status: 0, data: opened.data });
  }

  #forwardClose(body: Buffer): Buffer {
    const wanted = readForwardClose(body);
    const found = [...this.#connections.values()].find(
      ({ serial, originator }) => serial === wanted?.serial && originator === wanted.originator,
    );
    if (wanted === undefined || found === undefined)
      return managerReply(FORWARD_CLOSE, { status: 0x01, extended: 0x0107 });
    this.#connections.delete(found.toUs);
    return managerReply(FORWARD_CLOSE, { status: 0, data: wanted.data });
  }

  #send(request: Buffer, status: number, data: Buffer): void {
    if (this.#socket.destroyed) return;
    const header = Buffer.from(request);
    header.writeUInt16LE(data.length, 2);
    header.writeUInt32LE(status, 8);
    header.writeUInt32LE(0, 20);
    this.#socket.write(Buffer.concat([header, data]));
  }
}

function managerReply(service: number, { status, extended, data }: Answer): Buffer {
  const words = extended === undefined ? [] : [extended & 0xff, extended >> 8];
  return Buffer.concat([Buffer.from([service | 0x80, 0, status, words.length / 2, ...words]), data ?? Buffer.alloc(0)]);
}

function carry(...items: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(items.length, 6);
  return Buffer.concat([head, ...items]);
}

function itemBytes(type: number, bytes: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(type, 0);
  head.writeUInt16LE(bytes.length, 2);
  return Buffer.concat([head, bytes]);
}

/** The null address. */
function item0(): Buffer {
  return Buffer.alloc(4);
}

/** A list of one item, as the List commands answer. */
function item(type: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([1, 0]), itemBytes(type, bytes)]);
}

function itemOf(data: Buffer, type: number): Buffer | undefined {
  if (data.length < 8) return undefined;
  let at = 8;
  for (let left = data.readUInt16LE(6); left > 0 && at + 4 <= data.length; left--) {
    const length = data.readUInt16LE(at + 2);
    if (at + 4 + length > data.length) return undefined;
    if (data.readUInt16LE(at) === type) return data.subarray(at + 4, at + 4 + length);
    at += 4 + length;
  }
  return undefined;
}

/** Protocol version, socket address (big-endian), identity, state. */
function identityItem({ identity }: Controller, socket: Socket): Buffer {
  const address = Buffer.alloc(18);
  address.writeUInt16LE(1, 0);
  address.writeUInt16BE(2, 2); // AF_INET
  address.writeUInt16BE(socket.localPort ?? 0, 4);
  const ip = (socket.localAddress ?? "0.0.0.0").split(".").map(Number);
  if (ip.length === 4) address.set(ip, 6);
  return Buffer.concat([address, ...identityAttributes(identity), Buffer.from([0x03])]);
}

/** "Communications": CIP over TCP. */
function servicesItem(): Buffer {
  const body = Buffer.alloc(20);
  body.writeUInt16LE(1, 0);
  body.writeUInt16LE(0x0020, 2);
  body.write("Communications", 4, "latin1");
  return body;
}
