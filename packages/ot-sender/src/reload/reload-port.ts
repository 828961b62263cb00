/** What the reload thread is given, and what it says before it ends.
 *  main ⇄ [reload port] ⇄ reload thread */
import type { StationErrorParts } from "@nonreturn/station";
import type { ReloadPlan } from "./reload-plan.ts";

/** workerData. */
export interface ReloadWorkerInput {
  /** Of the configuration file, absolute. */
  readonly path: string;
  /** Of `keepText`: what runs now. */
  readonly running: Uint8Array;
}

/** One message. */
export type FromReload =
  | { readonly type: "plan"; readonly plan: ReloadPlan }
  /** A StationError: classes do not survive the way between threads. */
  | { readonly type: "refused"; readonly error: StationErrorParts };
