/** Stands before a source that delivers by itself: counts its connections, and ends, mutes or refuses them when told to.
 *  driver under test → [TCP front] → source */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { HostPort } from "@nonreturn/station";

/** garbage: bytes that are no message of any protocol, in the middle of the stream. */
export type ConnectionEnd = "close" | "reset" | "garbage";

export interface TcpFront {
  readonly address: HostPort;
  /** Connections open now. */
  open(): number;
  /** To every connection. */
  end(how: ConnectionEnd): void;
  /** pass: as the source. mute: connections stand, nothing passes. refuse: new connections end at once. */
  let(what: "pass" | "mute" | "refuse"): void;
  close(): Promise<void>;
}

export async function startTcpFront(source: HostPort): Promise<TcpFront> {
  const pairs = new Map<Socket, Socket>();
  let mode: "pass" | "mute" | "refuse" = "pass";
  const listener = createServer((near) => {
    near.on("error", () => undefined);
    if (mode === "refuse") return void near.destroy();
    const far = connect(source.port, source.host);
    pairs.set(near, far);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on("data", (bytes: Buffer) => {
        if (mode === "pass" && !to.destroyed) to.write(bytes);
      });
      from.on("error", () => undefined);
      from.on("close", () => {
        pairs.delete(near);
        to.destroy();
      });
    }
  });
  await new Promise<void>((listening) => listener.listen(0, "127.0.0.1", listening));
  return {
    address: { host: "127.0.0.1", port: (listener.address() as AddressInfo).port },
    open: () => pairs.size,
    end(how) {
      for (const near of pairs.keys())
        if (how === "close") near.destroy();
        else if (how === "reset") near.resetAndDestroy();
        else near.write(Buffer.alloc(64, 0xff));
    },
    let(what) {
      mode = what;
    },
    async close() {
      for (const near of pairs.keys()) near.destroy();
      await new Promise((closed) => listener.close(closed));
    },
  };
}
