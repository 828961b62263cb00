/** A serial line with RTU devices on it, by TCP: what comes is a request only with the right checksum, and who is not there does not answer.
 *  Modbus device ⇄ [RTU bus] ⇄ TCP front ⇄ reader */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Clock, HostPort } from "@nonreturn/station";
import { MODBUS_EXCEPTIONS } from "./modbus-fault.ts";
import { checksum, firstRequest } from "./rtu-request.ts";

/** The start of a request that does not go on for so long is dropped, as after the silence that ends a frame. */
const SILENCE_MS = 50;
const MBAP_BYTES = 6;

export interface RtuBus {
  readonly address: HostPort;
  close(): Promise<void>;
}

/** @param device  a Modbus TCP server on the loopback interface that answers for all units. */
export async function startRtuBus(device: HostPort, clock: Clock): Promise<RtuBus> {
  const sockets = new Set<Socket>();
  const server = createServer((reader) => {
    const plc = connect({ host: device.host, port: device.port });
    for (const socket of [reader, plc]) {
      sockets.add(socket);
      socket
        .setNoDelay()
        .on("error", () => {}) // "close" follows
        .once("close", () => {
          sockets.delete(socket);
          reader.destroy();
          plc.destroy();
        });
    }
    passRequests(reader, plc, clock);
    passReplies(plc, reader);
  });
  await new Promise<void>((listening, failed) => {
    server.once("error", failed).listen(0, "127.0.0.1", listening);
  });
  return {
    address: { host: "127.0.0.1", port: (server.address() as AddressInfo).port },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function passRequests(reader: Socket, plc: Socket, clock: Clock): void {
  let received: Buffer = Buffer.alloc(0);
  let heardMs = 0;
  let transactionId = 0;
  reader.on("data", (chunk: Buffer) => {
    const now = clock.monotonicMs();
    received = now - heardMs > SILENCE_MS ? chunk : Buffer.concat([received, chunk]);
    heardMs = now;
    for (;;) {
      const request = firstRequest(received);
      if (request === "incomplete") return;
      received = received.subarray(request === "none" ? 1 : request.length);
      if (request === "none") continue;
      transactionId = (transactionId + 1) & 0xffff;
      const header = Buffer.alloc(MBAP_BYTES);
      header.writeUInt16BE(transactionId, 0);
      header.writeUInt16BE(request.length - 2, 4);
      plc.write(Buffer.concat([header, request.subarray(0, -2)]));
    }
  });
}

function passReplies(plc: Socket, reader: Socket): void {
  let received: Buffer = Buffer.alloc(0);
  plc.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= MBAP_BYTES) {
      const end = MBAP_BYTES + received.readUInt16BE(4);
      if (received.length < end) return;
      const reply = received.subarray(MBAP_BYTES, end);
      received = received.subarray(end);
      const nobody = reply[1]! >= 0x80 && reply[2] === MODBUS_EXCEPTIONS["gateway-target"];
      if (nobody) continue;
      const crc = Buffer.alloc(2);
      crc.writeUInt16LE(checksum(reply));
      reader.write(Buffer.concat([reply, crc]));
    }
  });
}
