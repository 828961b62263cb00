/** A port for a server that cannot say which one it took.
 *  operating system → [free loopback port] → OPC UA device */
import { type AddressInfo, createServer } from "node:net";

/** Free at the moment; another program may take it before it is used. */
export function freeLoopbackPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
