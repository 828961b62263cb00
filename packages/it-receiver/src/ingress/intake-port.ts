/** What the intake thread hears and says.
 *  main ⇄ [intake port] ⇄ intake thread → record thread */
import type { MessagePort } from "node:worker_threads";
import type { FigureSnapshot, HostPort, LogLevel } from "@nonreturn/station";
import type { AssemblyLimits } from "../assemble/assembly-table.ts";
import type { ReceiveBuffer } from "./udp-source.ts";

export interface IntakeSettings {
  readonly dataFolder: string;
  readonly keysFolder: string;
  readonly stream: number;
  readonly listen: HostPort;
  readonly receiveBufferBytes: number;
  readonly assembly: AssemblyLimits;
  /** Bytes of blocks handed to the record thread and not settled yet; beyond it blocks are dropped and become named gaps. */
  readonly maximumBytesInFlight: number;
  readonly logLevel: LogLevel;
}

/** workerData: the settings and the end of the channel to the record thread. */
export interface IntakeWorkerInput {
  readonly settings: IntakeSettings;
  readonly record: MessagePort;
}

export interface ToIntake {
  readonly type: "stop";
}

export type FromIntake =
  | { readonly type: "listening"; readonly address: HostPort; readonly receiveBuffer: ReceiveBuffer }
  | { readonly type: "figures"; readonly figures: FigureSnapshot };

/** intake → record, on their own channel. The bytes are transferred. */
export interface IntakeToRecord {
  readonly type: "block";
  readonly stream: number;
  readonly sealingEpoch: number;
  readonly sequence: number;
  readonly bytes: Uint8Array;
}

/** record → intake. */
export type RecordToIntake =
  /** From the ledger, at the start: these need no symbols. The intake listens to the link once it has heard this. */
  | {
      readonly type: "held";
      readonly ranges: readonly {
        readonly stream: number;
        readonly sealingEpoch: number;
        readonly first: number;
        readonly last: number;
      }[];
    }
  /** So many bytes left the record thread's queue. */
  | { readonly type: "settled"; readonly bytes: number }
  /** This block was refused: it did not verify, so whoever sent it did not send the block. Its symbols are welcome again. */
  | { readonly type: "refused"; readonly stream: number; readonly sealingEpoch: number; readonly sequence: number };
