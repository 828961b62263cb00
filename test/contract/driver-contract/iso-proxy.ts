/** Stands between an S7 driver and a simulated CPU and spoils replies once the handshake is over.
 *  simulated CPU ⇄ [ISO proxy] ⇄ driver under test */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { HostPort } from "@nonreturn/station";

/** Bytes to send instead of a reply's frame, none at all, or the end of the connection: by FIN, or by RST. */
export type Tampered = Uint8Array | "silence" | "close" | "reset";

export interface IsoProxy {
  readonly address: HostPort;
  /** Replies after the handshake, over all connections. */
  replies(): number;
  /** Of the driver, open now. */
  open(): number;
  /** Replace the script. */
  tamper: (frame: Buffer, number: number) => Tampered;
  close(): Promise<void>;
}

/** The first two frames of a connection are the connection confirm and the answer to the setup. */
const HANDSHAKE_FRAMES = 2;

/** @param tamper  what becomes of the reply with this number, counted from 0 over all connections. */
export async function startIsoProxy(device: HostPort, tamper: IsoProxy["tamper"]): Promise<IsoProxy> {
  const readers = new Set<Socket>();
  let replies = 0;
  const server = createServer((reader) => {
    readers.add(reader);
    const behind = connect(device);
    let received = Buffer.alloc(0);
    let frames = 0;
    reader.setNoDelay();
    behind.setNoDelay();
    reader.on("error", () => undefined).on("data", (chunk) => behind.write(chunk));
    reader.once("close", () => {
      readers.delete(reader);
      behind.destroy();
    });
    behind.on("error", () => undefined).once("close", () => reader.destroy());
    behind.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 4 && received.length >= received.readUInt16BE(2)) {
        const frame = Buffer.from(received.subarray(0, received.readUInt16BE(2)));
        received = received.subarray(frame.length);
        const tampered = frames++ < HANDSHAKE_FRAMES ? frame : proxy.tamper(frame, replies++);
        if (tampered === "close") reader.end();
        else if (tampered === "reset") reader.resetAndDestroy();
        else if (tampered !== "silence") reader.write(tampered);
      }
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const proxy: IsoProxy = {
    address: { host: "127.0.0.1", port: (server.address() as AddressInfo).port },
    replies: () => replies,
    open: () => readers.size,
    tamper,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        for (const reader of readers) reader.destroy();
      }),
  };
  return proxy;
}
