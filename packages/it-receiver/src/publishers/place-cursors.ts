/** Where a publisher begins: at its cursors, or at an end of the store where it has none that fit.
 *  store, progress → [place cursors] → runner */
import type { Log } from "@nonreturn/station/thread";
import type { StoreReader } from "../record/store.ts";
import { type ProgressKeeper, progressStep } from "./progress.ts";
import type { RunnerSettings } from "./runner-settings.ts";

/** Finds the cursors, or sets them for a publisher that never ran, or whose store is another one. */
export function placeCursors(
  progress: ProgressKeeper,
  store: Pick<StoreReader, "removedThrough" | "lastPosition">,
  { name, startFrom }: Pick<RunnerSettings, "name" | "startFrom">,
  log: Log,
): void {
  const oldest = { live: store.removedThrough("live"), late: store.removedThrough("late") };
  const last = {
    live: Math.max(oldest.live, store.lastPosition("live")),
    late: Math.max(oldest.late, store.lastPosition("late")),
  };
  const held = progress.load();
  if (held === undefined) {
    progress.save(progressStep(startFrom === "oldest" ? oldest : last));
  } else if (held.live > last.live || held.late > last.late) {
    log.warn(
      { publisher: name, held, last },
      "the cursors are beyond the store's end: the store was replaced; publishing begins at its oldest block",
    );
    progress.save(progressStep(oldest));
  }
}
