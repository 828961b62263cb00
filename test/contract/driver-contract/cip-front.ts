/** Stands before a CIP server and spoils the replies to connected requests as a test tells it to; opening sessions and connections is left alone.
 *  CIP server → [CIP front] → driver under test */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { HostPort } from "@nonreturn/station";
import type { DeviceFault } from "./driver-contract.ts";

const SEND_UNIT_DATA = 0x70;
const HEADER_BYTES = 24;

export interface CipFront {
  readonly address: HostPort;
  open(): number;
  close(): Promise<void>;
}

/** @param fault  garbage spoils the first reply only. */
export async function startCipFront(inner: HostPort, fault: DeviceFault): Promise<CipFront> {
  const sockets = new Set<Socket>();
  let spoilt = 0;
  const server = createServer((reader) => {
    const device = connect(inner);
    sockets.add(reader);
    reader
      .on("error", () => undefined)
      .once("close", () => {
        sockets.delete(reader);
        device.destroy();
      });
    device.on("error", () => undefined).once("close", () => reader.destroy());
    device.on("data", (bytes) => reader.write(bytes));
    let received = Buffer.alloc(0);
    reader.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      for (;;) {
        const end = received.length < HEADER_BYTES ? 0 : HEADER_BYTES + received.readUInt16LE(2);
        if (end === 0 || received.length < end) return;
        const frame = received.subarray(0, end);
        received = received.subarray(end);
        if (frame.readUInt16LE(0) !== SEND_UNIT_DATA || (fault === "garbage" && spoilt > 0)) device.write(frame);
        else if (fault === "close") reader.end();
        else if (fault === "reset") reader.resetAndDestroy();
        else if (fault === "garbage") {
          spoilt++;
          reader.write(Uint8Array.from({ length: 64 }, (_, index) => (index * 37) & 0xff));
        }
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: { host: "127.0.0.1", port: (server.address() as AddressInfo).port },
    open: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
