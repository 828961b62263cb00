/** A TCP socket that speaks in ISO frames.
 *  dial CPU, S7 connection ⇄ [ISO socket] ⇄ CPU */
import type { HostPort } from "@nonreturn/station";
import { explain, lendingSocket } from "../tcp-socket.ts";
import { type Damage, type IsoFrame, IsoFrames } from "./iso-frames.ts";

const KEEP_ALIVE_MS = 30_000;

export interface IsoListener {
  /** The frame is valid during the call only. */
  onFrame(frame: IsoFrame | Damage): void;
  /** All frames that came at once were passed on. */
  onPause?(): void;
  /** Once. Nothing comes afterwards. */
  onClose(reason: string): void;
}

export class IsoSocket {
  readonly #socket = lendingSocket();
  readonly #frames = new IsoFrames();
  #listener: IsoListener | undefined;
  #cause: Error | undefined;
  #isClosed = false;

  constructor() {
    this.#socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
    // Always listened to: an "error" nobody hears would end the process.
    this.#socket.on("error", (error) => {
      this.#cause = error;
    });
    this.#socket.on("data", (chunk: Buffer) => {
      for (const frame of this.#frames.take(chunk)) if (!this.#isClosed) this.#listener?.onFrame(frame);
      if (!this.#isClosed) this.#listener?.onPause?.();
    });
    this.#socket.once("close", () =>
      this.#close(this.#cause === undefined ? "the CPU closed it" : explain(this.#cause)),
    );
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Why it failed, as the operating system says; for the cause of an error. */
  get cause(): Error | undefined {
    return this.#cause;
  }

  /** Whoever listens from now on; replaces the listener before. */
  listen(listener: IsoListener): void {
    this.#listener = listener;
  }

  /** See IsoFrames. */
  limit(pduBytes: number): void {
    this.#frames.limit(pduBytes);
  }

  connect({ host, port }: HostPort, onConnected: () => void): void {
    this.#socket.once("connect", onConnected);
    this.#socket.connect({ host, port });
  }

  send(frame: Uint8Array): void {
    if (!this.#isClosed) this.#socket.write(frame);
  }

  /** Idempotent; the listener is not called. */
  destroy(): void {
    this.#isClosed = true;
    this.#socket.destroy();
  }

  #close(reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listener?.onClose(reason);
  }
}
