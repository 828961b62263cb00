/** Turns by a test's clock, whose time stands for the processor's.
 *  manual clock → [clock turns] → runner */
import type { Clock } from "@nonreturn/station";
import { Turns } from "../../../src/publishers/turns.ts";

export function clockTurns(clock: Clock): Turns {
  return new Turns({ clock, soon: (callback) => void clock.after(0, callback), busyMs: () => clock.monotonicMs() });
}
