/** CIP connections of a simulated controller, and requests that come without one.
 *  CIP server → [CIP connections] → message router
 *
 *  Source: ODVA Vol 1 §3-5.5. */
import { type PathSegment, parsePath } from "./request-path.ts";

export interface OpenConnection {
  /** Of requests to us. */
  readonly toUs: number;
  /** Of replies. */
  readonly toThem: number;
  readonly bytes: number;
  readonly serial: number;
  readonly originator: number;
}

export interface ConnectionSettings {
  /** Slot that the controller sits in; undefined for one that is its own network port. */
  readonly slot: number | undefined;
  /** Largest connection by Large Forward Open; 0: the service is unknown. */
  readonly largeBytes: number;
  /** Largest connection by Forward Open; 0: no connection is granted. */
  readonly smallBytes: number;
}

export interface Answer {
  readonly status: number;
  readonly extended?: number;
  readonly data?: Buffer;
}

const FORWARD_OPEN = 0x54;
const LARGE_FORWARD_OPEN = 0x5b;

export function isForwardOpen(service: number): boolean {
  return service === FORWARD_OPEN || service === LARGE_FORWARD_OPEN;
}

/** @param toUs  id for the new connection. */
export function openConnection(
  service: number,
  data: Buffer,
  { slot, largeBytes, smallBytes }: ConnectionSettings,
  toUs: number,
): { readonly connection: OpenConnection; readonly data: Buffer } | Answer {
  const large = service === LARGE_FORWARD_OPEN;
  const most = large ? largeBytes : smallBytes;
  if (most === 0) return large ? { status: 0x08 } : { status: 0x01, extended: 0x0113 };
  const wide = large ? 4 : 2;
  const fixed = 22 + 2 * (4 + wide) + 2;
  if (data.length < fixed) return { status: 0x13 };
  const fault = routeFault(data.subarray(fixed, fixed + data[fixed - 1]! * 2), slot);
  if (fault !== undefined) return fault;
  const parametersAt = 22 + 4;
  const bytes = large ? data.readUInt32LE(parametersAt) & 0xffff : data.readUInt16LE(parametersAt) & 0x01ff;
  if (bytes > most) return { status: 0x01, extended: 0x0109 };
  const connection = {
    toUs,
    toThem: data.readUInt32LE(6),
    bytes,
    serial: data.readUInt16LE(10),
    originator: data.readUInt32LE(14),
  };
  const reply = Buffer.alloc(26);
  reply.writeUInt32LE(toUs, 0);
  reply.writeUInt32LE(connection.toThem, 4);
  data.copy(reply, 8, 10, 18); // serial, vendor, originator serial
  data.copy(reply, 16, 22, 26); // actual packet interval: the one asked for
  data.copy(reply, 20, 22 + 4 + wide, 22 + 8 + wide);
  return { connection, data: reply };
}

/** @returns serial and originator serial of the connection to close, and the reply. */
export function readForwardClose(data: Buffer): { serial: number; originator: number; data: Buffer } | undefined {
  if (data.length < 12) return undefined;
  const reply = Buffer.alloc(10);
  data.copy(reply, 0, 2, 10);
  return { serial: data.readUInt16LE(2), originator: data.readUInt32LE(6), data: reply };
}

/** The request inside, or why it does not reach the controller. */
export function unwrapUnconnectedSend(data: Buffer, slot: number | undefined): Buffer | Answer {
  if (data.length < 4) return { status: 0x13 };
  const length = data.readUInt16LE(2);
  const routeAt = 4 + length + (length % 2);
  if (data.length < routeAt + 2) return { status: 0x13 };
  const fault = routeFault(data.subarray(routeAt + 2, routeAt + 2 + data[routeAt]! * 2), slot);
  return fault ?? data.subarray(4, 4 + length);
}

function routeFault(bytes: Buffer, slot: number | undefined): Answer | undefined {
  const path = parsePath(bytes);
  if (path === undefined) return { status: 0x01, extended: 0x0315 };
  const ports = path.filter((segment): segment is Extract<PathSegment, { kind: "port" }> => segment.kind === "port");
  const [port, ...further] = ports;
  if (slot === undefined) return port === undefined ? undefined : { status: 0x01, extended: 0x0315 };
  if (port === undefined) return undefined; // asked of the module itself, which passes it on
  if (port.port !== 1) return { status: 0x01, extended: 0x0311 };
  return port.link === String(slot) && further.length === 0 ? undefined : { status: 0x01, extended: 0x0312 };
}
