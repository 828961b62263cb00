/** What the reload process is asked, and what it says before it ends.
 *  main ⇄ [reload port] ⇄ reload process */
import type { StationErrorParts } from "@nonreturn/station";
import type { ReloadPlan } from "./reload-plan.ts";

export interface ReloadQuestion {
  /** Of the configuration file, absolute. */
  readonly path: string;
  /** Of `keepText`: what runs now. */
  readonly running: Uint8Array;
}

export type FromReload =
  | { readonly type: "plan"; readonly plan: ReloadPlan }
  /** A StationError: classes do not survive the way between processes. */
  | { readonly type: "refused"; readonly error: StationErrorParts };

/** As it came, all of it lies in the one buffer of its message: what is kept or given away gets its own. */
export function withOwnBuffers(plan: ReloadPlan): ReloadPlan {
  return { ...plan, text: Uint8Array.from(plan.text), tags: Uint8Array.from(plan.tags) };
}
