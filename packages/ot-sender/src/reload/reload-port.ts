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

/** As it came, all of it lies in the one buffer of its message. */
export function withOwnBuffers(plan: ReloadPlan): ReloadPlan {
  const { text, tags, report } = plan;
  return {
    ...plan,
    text: Uint8Array.from(text),
    tags: Uint8Array.from(tags),
    report: {
      at: Uint32Array.from(report.at),
      deadbands: Float64Array.from(report.deadbands),
      maximumSilenceMs: Float64Array.from(report.maximumSilenceMs),
      carried: Uint8Array.from(report.carried),
    },
  };
}
