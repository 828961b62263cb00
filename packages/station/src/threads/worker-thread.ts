/** Starts a worker thread from a .ts file and tells its crash from its end.
 *  compose → [worker thread] → journal, link, intake, record, publishers */
import { type Transferable, Worker } from "node:worker_threads";
import type { Clock } from "../clock.ts";
import { StationError } from "../station-error.ts";
import type { Port } from "./port.ts";

export interface WorkerThread<Out, In> extends Port<Out, In> {
  readonly name: string;
  /**
   * Resolves when the thread ended by itself with code 0, or after `stop`. Rejects when it crashed: with the StationError it threw,
   * else with WORKER_FAILED. Somebody must listen: an unheard crash is an unhandled rejection and ends the station.
   */
  readonly exited: Promise<void>;
  /** Post `message`, then wait for the thread to end; after `deadlineMs` end it by force. */
  finish(message: Out, clock: Clock, deadlineMs: number): Promise<"finished" | "terminated">;
  /** End the thread at once, wherever it is. Idempotent. */
  stop(): Promise<void>;
}

export interface WorkerOptions {
  /** MessagePorts and ArrayBuffers inside `workerData` that move to the worker. */
  readonly transfer?: readonly Transferable[];
  /** Heap limit; the worker fails with WORKER_FAILED beyond it instead of taking the station down. */
  readonly maximumHeapMb?: number;
}

/**
 * Semi-spaces of 4 MB. V8 lets them grow to 32 MB per thread when much survives, and never gives that back while a thread is busy; what
 * goes through our threads are buffers, which lie outside.
 */
const YOUNG_GENERATION_MB = 12;

/** Start `url` (`new URL("./journal-worker.ts", import.meta.url)`); Node strips the types. `workerData` is structured-cloned. */
export function startWorker<Out, In>(
  url: URL,
  workerData: unknown,
  name: string,
  options: WorkerOptions = {},
): WorkerThread<Out, In> {
  const worker = new Worker(url, {
    workerData,
    name,
    transferList: [...(options.transfer ?? [])],
    resourceLimits: {
      maxYoungGenerationSizeMb: YOUNG_GENERATION_MB,
      ...(options.maximumHeapMb === undefined ? {} : { maxOldGenerationSizeMb: options.maximumHeapMb }),
    },
  });
  let stopping = false;
  const exited = new Promise<void>((resolve, reject) => {
    worker.once("error", (error) => reject(asStationError(error, name)));
    worker.once("messageerror", (error) => reject(asStationError(error, name)));
    worker.once("exit", (code) => {
      if (code === 0 || stopping) resolve();
      else reject(workerFailed(name, `it ended with code ${code}`));
    });
  });
  const stop = async (): Promise<void> => {
    stopping = true;
    await worker.terminate();
  };
  return {
    name,
    exited,
    stop,
    post: (message, transfer) => worker.postMessage(message, transfer ?? []),
    onMessage(listener) {
      worker.removeAllListeners("message");
      worker.on("message", listener);
    },
    close: () => void stop(),
    async finish(message, clock, deadlineMs) {
      worker.postMessage(message);
      return new Promise((resolve, reject) => {
        const cancel = clock.after(deadlineMs, () => stop().then(() => resolve("terminated"), reject));
        exited.then(
          () => {
            cancel();
            resolve(stopping ? "terminated" : "finished");
          },
          (error: unknown) => {
            cancel();
            reject(error);
          },
        );
      });
    },
  };
}

/** Errors lose their class on the way between threads; their fields arrive. */
function asStationError(error: unknown, name: string): StationError {
  const { code, what, where, action } = (error ?? {}) as Record<string, unknown>;
  if (typeof code === "string" && typeof what === "string" && typeof action === "string") {
    return new StationError({ code, what, action, ...(typeof where === "string" ? { where } : {}) }, { cause: error });
  }
  const reason = error instanceof Error ? error.message : String(error);
  if (/\bEMFILE\b|\bENFILE\b/.test(reason)) return noDescriptors(name, error); // Node names it in the message only
  return workerFailed(name, reason, error);
}

function noDescriptors(name: string, cause: unknown): StationError {
  return new StationError(
    {
      code: "FILE_DESCRIPTORS",
      what: `the ${name} thread cannot open what it needs: no file descriptor is left`,
      where: `thread ${name}`,
      action: "Allow the station at least 1024 open files: LimitNOFILE in its systemd unit, or ulimit -n.",
    },
    { cause },
  );
}

function workerFailed(name: string, reason: string, cause?: unknown): StationError {
  return new StationError(
    {
      code: "WORKER_FAILED",
      what: `the ${name} thread failed: ${reason}`,
      where: `thread ${name}`,
      action:
        "The station restarts under systemd and goes on from its journal or store; report this with the log if it happens again.",
    },
    cause === undefined ? undefined : { cause },
  );
}
