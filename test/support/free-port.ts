/** A port nobody uses, for programs that must be told one.
 *  Prefer port 0 where the program can say which port it got. */
import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { createServer } from "node:net";

/** Below Linux's ip_local_port_range: the system gives none of these away by itself, neither to a listener on port 0 nor to a connection that goes
 *  out. So a port stays free between asking and listening, while its server is away, and where a test wants nobody to listen at all. */
const FIRST = 16_000;
const BEYOND_LAST = 32_000;
const given = new Set<number>();

/** One on 127.0.0.1, never the same twice in this process. Another process that asks at the same instant gets the same once in 16 000 times. */
export function freeTcpPort(): Promise<number> {
  return freePort(
    (port) =>
      new Promise((resolve) => {
        const server = createServer();
        server.once("error", () => resolve(false));
        server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
      }),
  );
}

export function freeUdpPort(): Promise<number> {
  return freePort(
    (port) =>
      new Promise((resolve) => {
        const socket = createSocket("udp4");
        socket.once("error", () => socket.close(() => resolve(false)));
        socket.bind(port, "127.0.0.1", () => socket.close(() => resolve(true)));
      }),
  );
}

async function freePort(isFree: (port: number) => Promise<boolean>): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, BEYOND_LAST);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
}
