/** Gives back what a start has left behind.
 *  compose, some seconds after the start → [collect garbage] */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Collect everything that can be, once, and shrink what V8 keeps for new objects. A start reads much and keeps little; V8 itself has no
 * reason to look at the rest again while a station's objects die young.
 *
 * Cost: holds up its thread for as long as it takes.
 */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as NodeJS.GCFunction;
  collect({ type: "major", execution: "sync", flavor: "last-resort" });
}
