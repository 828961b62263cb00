/** A TCP server that answers Modbus requests as a test tells it to: garbage, silence, resets included.
 *  [scripted device] → driver under test */
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { HostPort } from "@nonreturn/station";

export interface ScriptedRequest {
  readonly transactionId: number;
  readonly unit: number;
  readonly functionCode: number;
  readonly start: number;
  readonly quantity: number;
  /** Counts from 0 over all connections. */
  readonly number: number;
  readonly socket: Socket;
}

/** Bytes to send (none: silence), or end the connection: by FIN, or by RST. */
export type ScriptedAnswer = Uint8Array | "silence" | "close" | "reset";

export interface ScriptedDevice {
  readonly address: HostPort;
  readonly requests: ScriptedRequest[];
  /** Replace the script. */
  answer: (request: ScriptedRequest) => ScriptedAnswer;
  open(): number;
  close(): Promise<void>;
}

export async function startScriptedDevice(
  answer: (request: ScriptedRequest) => ScriptedAnswer = goodReply,
): Promise<ScriptedDevice> {
  const sockets = new Set<Socket>();
  const requests: ScriptedRequest[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => undefined).once("close", () => sockets.delete(socket));
    let received = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      for (; received.length >= 12; received = received.subarray(12)) {
        const request = {
          transactionId: received.readUInt16BE(0),
          unit: received.readUInt8(6),
          functionCode: received.readUInt8(7),
          start: received.readUInt16BE(8),
          quantity: received.readUInt16BE(10),
          number: requests.length,
          socket,
        };
        requests.push(request);
        const reply = device.answer(request);
        if (reply === "close") socket.end();
        else if (reply === "reset") socket.resetAndDestroy();
        else if (reply !== "silence") socket.write(reply);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const device: ScriptedDevice = {
    address: { host: "127.0.0.1", port: (server.address() as AddressInfo).port },
    requests,
    answer,
    open: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  return device;
}

/** Registers answer with their own address, bits with its parity. */
export function goodReply(request: ScriptedRequest): Uint8Array {
  const { start, quantity, functionCode } = request;
  if (functionCode <= 2) {
    const bits = new Uint8Array(Math.ceil(quantity / 8));
    for (let index = 0; index < quantity; index++) if ((start + index) % 2 === 1) bits[index >> 3]! |= 1 << (index & 7);
    return reply(request, [functionCode, bits.length, ...bits]);
  }
  const bytes = Array.from({ length: quantity }, (_, index) => (start + index) & 0xffff).flatMap((word) => [
    word >> 8,
    word & 0xff,
  ]);
  return reply(request, [functionCode, bytes.length, ...bytes]);
}

export function exceptionReply(request: ScriptedRequest, code: number): Uint8Array {
  return reply(request, [request.functionCode | 0x80, code]);
}

/** A frame around any PDU, with the request's transaction id and unit. */
export function reply(
  request: { readonly transactionId: number; readonly unit: number },
  pdu: readonly number[],
): Uint8Array {
  const { transactionId, unit } = request;
  const length = pdu.length + 1;
  return Uint8Array.from([transactionId >> 8, transactionId & 0xff, 0, 0, length >> 8, length & 0xff, unit, ...pdu]);
}
