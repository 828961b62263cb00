/** What the publishers thread is given and what it says.
 *  main, record worker ⇄ [publishers port] ⇄ publishers worker */
import type { MessagePort } from "node:worker_threads";
import type { FigureSnapshot, LogLevel } from "@nonreturn/station";
import type { PublisherConfig } from "./known-configs.ts";
import type { LinkState } from "./publisher.ts";

import type { RunnerStatus } from "./runner-status.ts";

/** workerData. `recordPort` is transferred: the record worker holds the other end. */
export interface PublishersWorkerSettings {
  readonly station: string;
  readonly dataFolder: string;
  readonly keysFolder: string;
  readonly storePath: string;
  readonly stream: number;
  readonly silentAfterMs: number;
  readonly logLevel: LogLevel;
  readonly publishers: readonly PublisherConfig[];
  readonly recordPort: MessagePort;
}

export type ToPublishers =
  /** Answered by `drained`. The record worker must have stopped recording, or there is no end. */
  | { readonly type: "drain"; readonly timeoutMs: number }
  /** Close every publisher and end the thread. */
  | { readonly type: "stop" };

export type FromPublishers =
  | { readonly type: "ready" }
  /** Once a second. */
  | {
      readonly type: "figures";
      readonly snapshot: FigureSnapshot;
      readonly publishers: readonly RunnerStatus[];
      readonly link: LinkState;
      /** Retention should keep blocks above these: the lowest cursors of all publishers. 0 while one is not known yet. */
      readonly lowest: { readonly live: number; readonly late: number };
    }
  | { readonly type: "drained"; readonly outcome: "complete" | "timeout" };

/** To the record worker, once a second. */
export interface CursorsMessage {
  readonly type: "cursors";
  readonly live: number;
  readonly late: number;
}
