/** How one publisher is doing.
 *  runner → [runner status] → figures, `status` */
import type { UtcMicros } from "@nonreturn/wire-format";
import type { BacklogFill } from "./backlog.ts";
import type { Progress, RetentionGap } from "./progress.ts";

export type RunnerState = "connecting" | "running" | "waiting" | "stopped";

export interface RunnerStatus {
  readonly name: string;
  /** waiting: backing off after a failure. */
  readonly state: RunnerState;
  /** Why it waits; "" otherwise. */
  readonly reason: string;
  readonly since: UtcMicros;
  /** undefined until it was connected once, where the far side keeps it. */
  readonly progress: Progress | undefined;
  /** Alarm events that the far side holds, since the start. */
  readonly events: number;
  /** Times that an alarm was told to clients who listen, since the start; undefined where to publish an event is to tell it. */
  readonly eventsTold: number | undefined;
  /** Of a historian: quarters of a day of tags whose figures are not made yet. */
  readonly unitsWaiting: number | undefined;
  readonly retries: number;
  /** Blocks with rows that the far side refused, and how many rows, since the start. */
  readonly refusedEntries: number;
  readonly refusedRows: number;
  readonly currentDropped: number;
  /** Since the oldest block not published yet was recorded; 0 if there is none. */
  readonly liveAgeMs: number;
  readonly lateAgeMs: number;
  /** Stored and not published yet. */
  readonly backlog: BacklogFill;
  readonly latestGap: RetentionGap | undefined;
}
