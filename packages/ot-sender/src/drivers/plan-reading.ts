/** The samples of one read of a plan: what the readings of all drivers that ask in blocks share.
 *  driver → [plan reading] → sample rows */
import type { Clock } from "@nonreturn/station";
import type { ReadPlan } from "./driver.ts";
import { SampleRows } from "./sample-rows.ts";

/** Each driver adds how a reply of its own is taken. */
export abstract class PlanReading<Plan extends ReadPlan> extends SampleRows {
  readonly plan: Plan;
  protected readonly clock: Clock;

  constructor(plan: Plan, clock: Clock, wanted: "samples" | "samples and raw") {
    super(plan, clock.nowUtcMicros(), wanted);
    this.plan = plan;
    this.clock = clock;
  }

  /** Every tag of a block is Bad as of now. */
  fail(
    { members }: { readonly members: readonly { readonly row: number }[] },
    statusCode: number,
    reason: string,
  ): void {
    const now = this.clock.nowUtcMicros();
    for (const { row } of members) this.bad(row, statusCode, reason, now);
  }
}
