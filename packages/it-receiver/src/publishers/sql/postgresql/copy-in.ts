/** COPY … FROM STDIN on a connection of the pg library, which has room for statements it does not know.
 *  copy rows → [copy in] → PostgreSQL
 *  Source: PostgreSQL manual §54.2.6, COPY operations. */
import type { Duplex } from "node:stream";
import type { Connection, Submittable } from "pg";

const COPY_DONE = Buffer.from([0x63, 0, 0, 0, 4]); // "c", and a length that counts itself

/** For `client.query`; the methods are called by it, in the order they have here. */
export class CopyIn implements Submittable {
  /** Settles once the server has taken all rows, or told why not. */
  readonly ended: Promise<void>;
  readonly #statement: string;
  readonly #frames: Iterator<Uint8Array, void>;
  readonly #settle = Promise.withResolvers<void>();
  #stream: Duplex | undefined;
  #failure: Error | undefined;

  /**
   * @param frames  CopyData messages. The next one is asked for when the socket has room: the server works on one while this makes another.
   */
  constructor(statement: string, frames: Iterable<Uint8Array, void>) {
    this.#statement = statement;
    this.#frames = frames[Symbol.iterator]();
    this.ended = this.#settle.promise;
  }

  submit(connection: Connection): void {
    connection.query(this.#statement);
  }

  handleCopyInResponse(connection: Connection): void {
    this.#stream = connection.stream;
    this.#send();
  }

  handleCommandComplete(): void {}

  /** From the server, which then passes over what still comes; or the connection is gone. */
  handleError(error: Error): void {
    this.#failure ??= error;
    this.#stream?.off("drain", this.#send);
    this.#settle.reject(this.#failure);
  }

  handleReadyForQuery(): void {
    this.#settle.resolve();
  }

  readonly #send = (): void => {
    const stream = this.#stream!;
    try {
      for (;;) {
        if (this.#failure !== undefined || stream.destroyed) return;
        const { done, value } = this.#frames.next();
        if (done === true) return void stream.write(COPY_DONE);
        if (!stream.write(value)) return void stream.once("drain", this.#send);
      }
    } catch (error) {
      stream.destroy(error as Error); // the library rejects every statement then
    }
  };
}
