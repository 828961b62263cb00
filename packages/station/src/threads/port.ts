/** One end of a two-way channel between threads, whatever is behind it.
 *  main ⇄ [port] ⇄ journal, link, intake, record and publishers workers */
import { MessageChannel, type MessagePort, parentPort, type Transferable, workerData } from "node:worker_threads";
import { StationError } from "../station-error.ts";

/** What may be handed over instead of copied: ArrayBuffers and MessagePorts. The sender must not use them afterwards. */
export type Transfer = readonly Transferable[];

export interface Port<Out, In> {
  /** Copies `message` by the structured clone algorithm and delivers it later, in order. Posting to a closed port does nothing. */
  post(message: Out, transfer?: Transfer): void;
  /** One listener; messages that came earlier are kept for it. A listener that throws ends its thread. */
  onMessage(listener: (message: In) => void): void;
  /** Nothing is delivered afterwards, on either side. Idempotent. */
  close(): void;
}

/** A MessagePort as a {@link Port}: for a channel between two workers (post one end to each in `transfer`). */
export function portOf<Out, In>(messagePort: MessagePort): Port<Out, In> {
  return {
    post: (message, transfer) => messagePort.postMessage(message, transfer ?? []),
    onMessage(listener) {
      messagePort.removeAllListeners("message");
      messagePort.on("message", listener);
    },
    close: () => messagePort.close(),
  };
}

/** Two raw ends for two workers. Each goes into `startWorker`'s workerData and transfer list, and through {@link portOf} on the far side. */
export function messagePortPair(): [MessagePort, MessagePort] {
  const { port1, port2 } = new MessageChannel();
  return [port1, port2];
}

/** The worker's own end of the channel to the thread that started it. @throws {StationError} NOT_A_WORKER on the main thread. */
export function workerPort<Out, In>(): Port<Out, In> {
  if (parentPort === null) {
    throw new StationError({
      code: "NOT_A_WORKER",
      what: "this file is the entry of a worker thread and was started as a program",
      action: "Start the station itself (nonreturn-ot, nonreturn-it).",
    });
  }
  return portOf<Out, In>(parentPort);
}

/** What `startWorker` passed as workerData. Typed by the caller: both sides come from the same build. */
export function workerSettings<Settings>(): Settings {
  return workerData as Settings;
}
