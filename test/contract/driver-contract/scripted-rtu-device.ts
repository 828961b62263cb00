/** A Modbus RTU device that answers as a test tells it to, by TCP or on any stream.
 *  [scripted RTU device] → driver under test */
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { HostPort } from "@nonreturn/station";
import { crc16 } from "../../../packages/ot-sender/src/drivers/modbus/crc16.ts";
import { exceptionReply, goodReply, type ScriptedRequest } from "./scripted-device.ts";

export interface RtuRequest extends Omit<ScriptedRequest, "socket"> {
  readonly stream: Duplex;
  /** As it came. */
  readonly frame: Uint8Array;
}

/** Bytes to send, one write for each; or nothing, or the end of the line: by FIN or by RST where there is TCP. */
export type RtuAnswer = readonly Uint8Array[] | "silence" | "close" | "reset";

export interface RtuScript {
  readonly requests: RtuRequest[];
  /** Replace the script. */
  answer: (request: RtuRequest) => RtuAnswer;
}

export interface ScriptedRtuDevice extends RtuScript {
  readonly address: HostPort;
  open(): number;
  close(): Promise<void>;
}

/** Answer on one stream. @param end  how a line ends. */
export function serveRtu(stream: Duplex, script: RtuScript, end: (how: "close" | "reset") => void): void {
  let received = Buffer.alloc(0);
  stream
    .on("error", () => undefined)
    .on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      for (; received.length >= 8; received = received.subarray(8)) {
        const frame = Uint8Array.from(received.subarray(0, 8));
        if (crc16(frame.subarray(0, 6)) !== received.readUInt16LE(6)) throw new Error("a request has a wrong checksum");
        const request: RtuRequest = {
          transactionId: 0,
          unit: received.readUInt8(0),
          functionCode: received.readUInt8(1),
          start: received.readUInt16BE(2),
          quantity: received.readUInt16BE(4),
          number: script.requests.length,
          stream,
          frame,
        };
        script.requests.push(request);
        const reply = script.answer(request);
        if (reply === "close" || reply === "reset") end(reply);
        else if (reply !== "silence") for (const part of reply) stream.write(part);
      }
    });
}

export async function startScriptedRtuDevice(
  answer: (request: RtuRequest) => RtuAnswer = goodRtuReply,
): Promise<ScriptedRtuDevice> {
  const sockets = new Set<Socket>();
  const script: RtuScript = { requests: [], answer };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true).once("close", () => sockets.delete(socket));
    serveRtu(socket, script, (how) => (how === "close" ? socket.end() : socket.resetAndDestroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(script, {
    address: { host: "127.0.0.1", port: (server.address() as AddressInfo).port },
    open: () => sockets.size,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  });
}

/** hr:n is n, ir:n is n + 1; co:n and di:n are true where n is odd. */
export function goodRtuReply(request: RtuRequest): readonly Uint8Array[] {
  const start = request.start + (request.functionCode === 4 ? 1 : 0);
  return [rtuFrameOf(goodReply({ ...request, start } as unknown as ScriptedRequest))];
}

export function rtuException(request: RtuRequest, code: number): readonly Uint8Array[] {
  return [rtuFrameOf(exceptionReply(request as unknown as ScriptedRequest, code))];
}

/** Unit and PDU of an MBAP frame, with a checksum. */
function rtuFrameOf(mbap: Uint8Array): Uint8Array {
  return rtuFrame([...mbap.subarray(6)]);
}

export function rtuFrame(unitAndPdu: readonly number[]): Uint8Array {
  const crc = crc16(Uint8Array.from(unitAndPdu));
  return Uint8Array.from([...unitAndPdu, crc & 0xff, crc >> 8]);
}
