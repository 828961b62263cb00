/** A port nobody uses, for programs that must be told one.
 *  Prefer port 0 where the program can say which port it got. */
import { createSocket } from "node:dgram";
import { createServer } from "node:net";

/** Asks the system for one on 127.0.0.1 and gives it back. Another process could take it in between; that is rare, not impossible. */
export function freeTcpPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        address !== null && typeof address === "object" ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}

export function freeUdpPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket("udp4");
    socket.once("error", reject);
    socket.bind(0, "127.0.0.1", () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}
