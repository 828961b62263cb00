/** What a runner is told and given by those who make it.
 *  configuration, wiring → [runner settings] → runner */
import type { Clock, Log } from "@nonreturn/station/thread";
import type { BackOffSettings } from "./back-off.ts";
import type { BacklogLimits } from "./backlog.ts";
import type { BlockFeed } from "./block-feed.ts";
import type { CurrentEntry } from "./current-queue.ts";
import type { ProgressKeeper } from "./progress.ts";
import type { Publisher } from "./publisher.ts";
import type { Turns } from "./turns.ts";

export interface RunnerSettings {
  readonly name: string;
  readonly wants: "history" | "current";
  readonly farSide: "keeps" | "forgets";
  /** Where a publisher begins that never ran before. */
  readonly startFrom: "oldest" | "now";
  readonly batchSamples: number;
  /** Sealed bytes read per batch. */
  readonly batchBytes: number;
  /** For one call of connect, publish or close. */
  readonly deadlineMs: number;
  /** Times a batch is offered of which every row is refused, before it is set aside. */
  readonly refusedTries: number;
  readonly backOff: BackOffSettings;
  /** What lies further behind is dropped, as a named gap. */
  readonly backlog: BacklogLimits;
}

export interface RunnerSurroundings {
  readonly clock: Clock;
  readonly log: Log;
  /** 0 ≤ r < 1 */
  readonly random: () => number;
  readonly feed: BlockFeed;
  /** Shared by all runners of the thread. */
  readonly turns: Turns;
  /** Makes a publisher that is not connected. Called again when one hung. */
  readonly create: () => Publisher;
  /** For publishers that do not keep their progress themselves. */
  readonly progress: ProgressKeeper;
  /** Everything that is stale now, for a publisher whose queue overflowed. */
  readonly staleNow: () => readonly CurrentEntry[];
  /** Every current value, for a far side that forgot them. */
  readonly currentNow: () => readonly CurrentEntry[];
}
