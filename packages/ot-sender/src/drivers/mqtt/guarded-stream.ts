/** The stream that mqtt.js reads and writes: a connection behind the packet filter.
 *  secure stream → packet filter → [guarded stream] → mqtt.js */
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import type { PacketFilter } from "./packet-filter.ts";

export class GuardedStream extends Duplex {
  readonly #socket: Socket;

  constructor(socket: Socket, filter: PacketFilter) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => {
      try {
        for (const part of filter.take(chunk)) if (!this.push(part)) socket.pause();
      } catch (error) {
        this.destroy(error as Error);
      }
    });
    socket.on("end", () => this.push(null));
    socket.on("error", (error) => this.destroy(error));
    socket.on("close", () => this.destroy());
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}
