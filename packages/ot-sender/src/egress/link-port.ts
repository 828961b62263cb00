/** What the link thread hears and says.
 *  main ⇄ [link port] ⇄ link thread ⇄ journal thread */
import type { MessagePort } from "node:worker_threads";
import type { FigureSnapshot, HostPort, LogLevel } from "@nonreturn/station";
import type { SampleColumns, StatusBatch } from "@nonreturn/wire-format";
import type { JournalHead } from "../journal/journal.ts";
import type { ProtectionLimits } from "./protect-block.ts";
import type { SecondPassSettings } from "./repeats.ts";

export interface LinkSettings {
  readonly stream: number;
  readonly destination: HostPort;
  readonly bindAddress?: string;
  readonly sourcePort?: number;
  readonly linkRate: number;
  readonly limits: ProtectionLimits;
  readonly spreadMs: number;
  readonly secondPass?: SecondPassSettings;
  readonly heartbeatMs: number;
  readonly journalPath: string;
  readonly journalEpoch: number;
  readonly sealingEpoch: number;
  readonly keysFolder: string;
  readonly directory: { readonly revision: number; readonly sequences: readonly number[] };
  /** Journaled, but not handed to the link before this start. */
  readonly unsent: readonly { readonly first: number; readonly last: number }[];
  /** The newest block that was; sequence 0 if none is known. */
  readonly sentHead: JournalHead;
  readonly logLevel: LogLevel;
}

/** workerData: the settings and the end of the channel to the journal thread. */
export interface LinkWorkerInput {
  readonly settings: LinkSettings;
  readonly journal: MessagePort;
}

export type ToLink =
  | { readonly type: "status"; readonly status: StatusBatch }
  | { readonly type: "refresh"; readonly directoryRevision: number; readonly samples: SampleColumns }
  | { readonly type: "replay"; readonly id: number; readonly first: number; readonly last: number }
  | { readonly type: "stop" };

export type FromLink =
  | { readonly type: "figures"; readonly figures: FigureSnapshot }
  | {
      readonly type: "replay";
      readonly id: number;
      readonly outcome: "accepted" | "too-many" | "gone";
      /** What of the range the journal still holds. */
      readonly first: number;
      readonly last: number;
    }
  /** The answer to the journal thread's `drain`. */
  | { readonly type: "drained"; readonly headSequence: number };

/** journal → link, on their own channel. */
export type JournalToLink =
  | {
      readonly type: "block";
      readonly sequence: number;
      readonly sealingEpoch: number;
      readonly hash: Uint8Array;
      readonly bytes: Uint8Array;
    }
  | { readonly type: "epoch"; readonly sealingEpoch: number }
  | { readonly type: "directory"; readonly revision: number; readonly sequences: readonly number[] }
  /** Behind the last block: say `drained` to main once everything journaled has had its first pass and one more heartbeat has left. */
  | { readonly type: "drain" };

/** link → journal: these had their first pass. */
export interface LinkToJournal {
  readonly type: "sent";
  readonly ranges: readonly { readonly first: number; readonly last: number }[];
}
