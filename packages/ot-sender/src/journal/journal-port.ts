/** What the journal thread hears and says.
 *  main ⇄ [journal port] ⇄ journal thread */
import type { MessagePort } from "node:worker_threads";
import type { FigureSnapshot, LogLevel } from "@nonreturn/station";
import type { LossRecord, SampleColumns } from "@nonreturn/wire-format";
import type { AlarmChange, JournaledAlarm } from "../alarm/alarm-settings.ts";
import type { BatcherSettings } from "../batch/batcher.ts";
import type { ConfiguredTag, JournalHead } from "./journal.ts";

export interface JournalThreadSettings {
  readonly dataFolder: string;
  readonly keysFolder: string;
  readonly stream: number;
  readonly batch: BatcherSettings;
  readonly retentionMs: number;
  readonly maximumBytes: number;
  /** Largest sealed block the link can carry. */
  readonly maximumBlockBytes: number;
  readonly tags: readonly ConfiguredTag[];
  readonly logLevel: LogLevel;
}

/** workerData: the settings and the end of the channel to the link thread. */
export interface JournalWorkerInput {
  readonly settings: Omit<JournalThreadSettings, "tags">;
  /** Of `encodeTags`. */
  readonly tags: Uint8Array<ArrayBuffer>;
  readonly link: MessagePort;
}

/** Either the tags have their ids, and every block from now on names this revision; or nothing has changed, and why. */
export type DirectoryOutcome =
  | { readonly revision: number; readonly tagIds: Uint32Array }
  | { readonly revision: undefined; readonly reason: string };

export type ToJournal =
  | { readonly type: "columns"; readonly columns: SampleColumns; readonly channel: string; readonly complete: boolean }
  /** Alarm events. The next ones come when these are settled. */
  | { readonly type: "events"; readonly events: readonly AlarmChange[] }
  /** Samples and events that main had to drop. */
  | { readonly type: "loss"; readonly records: readonly LossRecord[] }
  | { readonly type: "samples-in-range"; readonly id: number; readonly first: number; readonly last: number }
  /** Other tags are configured from now on: as `encodeTags` made them. */
  | { readonly type: "directory"; readonly id: number; readonly tags: Uint8Array }
  /** Commit everything posted before, then have the link thread say when it has left. */
  | { readonly type: "drain" }
  | { readonly type: "stop" };

export type FromJournal =
  /** First message: the journal is open, the tags have their ids. */
  | {
      readonly type: "ready";
      readonly journalPath: string;
      readonly journalEpoch: number;
      readonly sealingEpoch: number;
      readonly directory: { readonly revision: number; readonly sequences: readonly number[] };
      /** In the order of the configured tags. */
      readonly tagIds: readonly number[];
      /** As the newest journaled events say. */
      readonly activeAlarms: readonly JournaledAlarm[];
      /** Journaled, but not handed to the link before this start. */
      readonly unsent: readonly { readonly first: number; readonly last: number }[];
      /** The newest block that was; sequence 0 if none is known. */
      readonly sentHead: JournalHead;
    }
  /** So many samples left the queue: journaled, or named in a loss record. */
  | { readonly type: "settled"; readonly samples: number }
  | { readonly type: "events-settled"; readonly events: number }
  /** Journaled events of these tags, or of more than can be named, were dropped unsent. */
  | { readonly type: "events-dropped"; readonly tagIds: readonly number[] | "all" }
  | { readonly type: "samples-in-range"; readonly id: number; readonly samples: number; readonly events: number }
  | { readonly type: "directory"; readonly id: number; readonly outcome: DirectoryOutcome }
  /** Writing fails or works again; "" when it works. */
  | { readonly type: "alarm"; readonly reason: string }
  | { readonly type: "figures"; readonly figures: FigureSnapshot };
