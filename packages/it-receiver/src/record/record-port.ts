/** What the record thread hears and says.
 *  main ⇄ [record port] ⇄ record thread ⇄ intake thread, publishers thread */
import type { MessagePort } from "node:worker_threads";
import type { FigureSnapshot, LogLevel } from "@nonreturn/station";
import type { SampleColumns, StatusBatch, UtcMicros } from "@nonreturn/wire-format";
import type { GapCounts } from "./gap-ledger.ts";
import type { LinkLife } from "./link-watch.ts";

export interface RecordSettings {
  readonly storePath: string;
  readonly keysFolder: string;
  readonly stream: number;
  readonly silentAfterMs: number;
  readonly retentionMs: number;
  readonly maximumBytes: number;
  readonly logLevel: LogLevel;
}

/** workerData: the settings and the ends of the channels to both neighbours. */
export interface RecordWorkerInput {
  readonly settings: RecordSettings;
  readonly intake: MessagePort;
  readonly publishers: MessagePort;
}

export type ToRecord =
  /** Record what is there, wait for nothing more: answered with `flushed`. */
  { readonly type: "flush" } | { readonly type: "stop" };

export type FromRecord =
  /** The store is open; the publishers may open it too. */
  | { readonly type: "ready" }
  | { readonly type: "flushed"; readonly head: number; readonly missing: number }
  | { readonly type: "state"; readonly state: RecordState }
  | { readonly type: "figures"; readonly figures: FigureSnapshot };

/** Once a second, and when it changes. */
export interface RecordState {
  readonly link: LinkLife;
  readonly gaps: GapCounts;
  readonly forks: number;
  readonly lossRecords: number;
  /** Why nothing can be recorded; "" while it can. */
  readonly alarm: string;
  readonly lastHeartbeat: UtcMicros | undefined;
  /** The OT station's own status, as it announced it last. */
  readonly ot: StatusBatch | undefined;
}

/** record → publishers, on their own channel. */
export type RecordToPublishers =
  | { readonly type: "recorded"; readonly live: number; readonly late: number }
  | {
      readonly type: "refresh";
      readonly journalEpoch: number;
      readonly directoryRevision: number;
      readonly samples: SampleColumns;
    }
  /** What the OT station says of itself. */
  | { readonly type: "status"; readonly status: StatusBatch }
  /** At least once a second, so that a record thread that died does not look like a healthy link. */
  | { readonly type: "link"; readonly state: "up" | "silent" };
