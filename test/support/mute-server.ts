/** Takes connections, reads what comes, and says nothing: as a server under SIGSTOP, whose kernel goes on.
 *  station → [mute server] */
import { type AddressInfo, createServer, type Socket } from "node:net";

export interface MuteServer {
  readonly port: number;
  /** Connections so far, and those that are open. */
  taken(): number;
  open(): number;
  close(): void;
}

/** On a free port of 127.0.0.1, until it is closed. */
export async function startMute(): Promise<MuteServer> {
  const sockets = new Set<Socket>();
  let taken = 0;
  const server = createServer((socket) => {
    taken++;
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { port, taken: () => taken, open: () => sockets.size, close: () => void server.close() };
}
