/** Opening and closing a CIP connection, and sending without one. All three are services of the connection manager.
 *  CIP connection → [forward open] → device
 *
 *  | Forward Open request (ODVA Vol 1 §3-5.5.2)  | bytes | Large Forward Open |
 *  | priority and tick time, time-out ticks      | 2     |                    |
 *  | connection id O→T: 0, the target chooses    | 4     |                    |
 *  | connection id T→O: ours                     | 4     |                    |
 *  | connection serial, vendor, originator serial| 2+2+4 |                    |
 *  | time-out multiplier, reserved               | 1+3   |                    |
 *  | RPI O→T in µs, parameters O→T               | 4+2   | 4+4                |
 *  | RPI T→O in µs, parameters T→O               | 4+2   | 4+4                |
 *  | transport class and trigger                 | 1     |                    |
 *  | path length in words, path                  | 1+n   |                    | */
import { Service, writeRequest } from "./cip-message.ts";
import { objectPath } from "./cip-path.ts";
import { Cursor } from "./cursor.ts";

const CONNECTION_MANAGER = objectPath(0x06, 1);
const MESSAGE_ROUTER = objectPath(0x02, 1);

/** 2^10 ms a tick, 5 ticks: how long bridges on the way may take. */
const TICKS = Uint8Array.of(0x0a, 0x05);
const TRANSPORT = 0xa3; // class 3, application triggered, target is a server
const MULTIPLIER = 7; // × 512
/** The device drops the connection after RPI · 512 without a request: 17 min, longer than the slowest usual scan class. */
const RPI_MICROS = 2_000_000;
/** Point to point, low priority, variable size. Source: Vol 1 §3-5.5.1.1. */
const SMALL_PARAMETERS = 0x4200;
const LARGE_PARAMETERS = 0x4200_0000;

/** Identifies this end. No vendor id was assigned to this project; with the serial numbers it has to be unique on the device only. */
const VENDOR = 0x4e52;

export interface ConnectionIdentity {
  readonly originatorSerial: number; // u32
  readonly connectionSerial: number; // u16
  readonly connectionId: number; // u32, of replies to us
}

/** @param bytes  connection size, sequence count included. */
export function writeForwardOpen(
  size: "large" | "small",
  bytes: number,
  identity: ConnectionIdentity,
  route: Uint8Array,
): Buffer {
  const wide = size === "large" ? 4 : 2;
  const head = Buffer.alloc(20 + 2 + 2 * (4 + wide) + 2);
  head.set(TICKS, 0);
  head.writeUInt32LE(identity.connectionId, 6);
  head.writeUInt16LE(identity.connectionSerial, 10);
  head.writeUInt16LE(VENDOR, 12);
  head.writeUInt32LE(identity.originatorSerial, 14);
  head[18] = MULTIPLIER;
  let at = 22;
  for (let direction = 0; direction < 2; direction++) {
    head.writeUInt32LE(RPI_MICROS, at);
    if (size === "large") head.writeUInt32LE(LARGE_PARAMETERS + bytes, at + 4);
    else head.writeUInt16LE(SMALL_PARAMETERS | bytes, at + 4);
    at += 4 + wide;
  }
  head[at] = TRANSPORT;
  const path = Buffer.concat([route, MESSAGE_ROUTER]);
  head[at + 1] = path.length / 2;
  const service = size === "large" ? Service.largeForwardOpen : Service.forwardOpen;
  return writeRequest(service, CONNECTION_MANAGER, Buffer.concat([head, path]));
}

/** @returns the connection id of requests to the device. @throws {DamagedReply} */
export function readForwardOpen(data: Uint8Array): number {
  return new Cursor(data).u32();
}

export function writeForwardClose(identity: ConnectionIdentity, route: Uint8Array): Buffer {
  const head = Buffer.alloc(12);
  head.set(TICKS, 0);
  head.writeUInt16LE(identity.connectionSerial, 2);
  head.writeUInt16LE(VENDOR, 4);
  head.writeUInt32LE(identity.originatorSerial, 6);
  const path = Buffer.concat([route, MESSAGE_ROUTER]);
  head[10] = path.length / 2; // then one reserved byte
  return writeRequest(Service.forwardClose, CONNECTION_MANAGER, Buffer.concat([head, path]));
}

/** Wrap a request for the controller behind the route. Source: Vol 1 §3-5.5.4. */
export function writeUnconnectedSend(request: Uint8Array, route: Uint8Array): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16LE(request.length);
  const pad = Buffer.alloc(request.length % 2);
  const way = Uint8Array.of(route.length / 2, 0);
  return writeRequest(
    Service.unconnectedSend,
    CONNECTION_MANAGER,
    Buffer.concat([TICKS, length, request, pad, way, route]),
  );
}
