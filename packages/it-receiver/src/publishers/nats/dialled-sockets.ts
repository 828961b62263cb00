/** The sockets that are opened while the library connects. It leaves those behind whose server takes the connection and says nothing, or that
 *  are dialled too long (@nats-io/transport-node 3.4.0: its close does nothing before a connection stands), and gives nobody a way to them.
 *  NATS publisher → [dialled sockets] → NATS */
import { AsyncLocalStorage } from "node:async_hooks";
import { channel } from "node:diagnostics_channel";
import type { Socket } from "node:net";

const dialling = new AsyncLocalStorage<Set<Socket>>();
/** Node tells every client socket here, in the call that makes it (net, "net.client.socket"). */
const sockets = channel("net.client.socket");
const note = (message: unknown): void => void dialling.getStore()?.add((message as { socket: Socket }).socket);

/** @throws whatever `work` throws. Whoever gives the work up, or if it fails: {@link DialledSockets.destroy}. */
export class DialledSockets {
  readonly #sockets = new Set<Socket>();

  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    if (!sockets.hasSubscribers) sockets.subscribe(note);
    return dialling.run(this.#sockets, work);
  }

  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }
}
