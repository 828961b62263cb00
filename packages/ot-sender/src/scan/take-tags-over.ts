/** Gives report, calculations and alarms their new tags while kept channels go on scanning: every piece leaves them as a scan may find them.
 *  scan change → [take tags over] → report by exception, calculations, alarms */
import type { Clock } from "@nonreturn/station";
import { TagRows } from "@nonreturn/wire-format";
import type { Alarms } from "../alarm/alarms.ts";
import type { CarriedTag, ReportByException } from "../report/report-by-exception.ts";
import type { CalculatedTag, Calculations } from "../tag/calculations.ts";
import { type Pieces, TAGS_PER_PIECE } from "./in-turns.ts";
import type { NamedAlarms, ScanChange } from "./scan-change.ts";

export interface TagKeepers {
  readonly clock: Clock;
  readonly report: ReportByException;
  readonly calculations: Calculations;
  readonly alarms: Alarms;
  /** Of tags with alarms. */
  readonly alarmedPaths: Map<number, string>;
  readonly handOnAlarms: () => void;
}

/**
 * Called once the channels that are not kept have ended: of tags that come, go or mean something else, only calculated ones may still be
 * offered meanwhile. These all change at a stretch, at the end.
 */
export function* takeTagsOver(
  change: Pick<ScanChange, "report" | "tagCount" | "calculated" | "alarmed">,
  { clock, report, calculations, alarms, alarmedPaths, handOnAlarms }: TagKeepers,
): Pieces<void> {
  const setAlarms = ({ path, ...tag }: NamedAlarms): void => {
    const now = { utc: clock.nowUtcMicros(), monotonicMs: clock.monotonicMs() };
    alarms.change(tag, report.lastRead(tag.tagId), now);
    if (tag.alarms.length === 0) alarmedPaths.delete(tag.tagId);
    else alarmedPaths.set(tag.tagId, path);
  };
  const forget = (tagId: number): void => {
    report.remove(tagId);
    setAlarms({ tagId, path: "", alarms: [] });
  };

  const calculated: CalculatedTag[] = [];
  for (const tag of change.calculated) {
    calculated.push(tag);
    yield 1;
  }
  const calculatedBefore = calculations.tagIds;
  const atTheEnd = new Set([...calculatedBefore, ...calculated.map(({ tagId }) => tagId)]);
  const configured = new TagRows();
  for (const { tagId } of change.report) {
    configured.add(tagId);
    yield 1;
  }
  for (const tagId of report.tagIds()) {
    if (configured.rowOf(tagId) < 0 && !atTheEnd.has(tagId)) forget(tagId);
    yield 1;
  }
  handOnAlarms();
  report.reserve(change.tagCount + calculatedBefore.length);
  yield TAGS_PER_PIECE;
  const later: { readonly tags: CarriedTag[]; readonly alarmed: NamedAlarms[] } = { tags: [], alarmed: [] };
  for (const tag of change.report) {
    if (atTheEnd.has(tag.tagId)) later.tags.push(tag);
    else report.put(tag);
    yield 1;
  }
  for (const tag of change.alarmed) {
    if (atTheEnd.has(tag.tagId)) later.alarmed.push(tag);
    else setAlarms(tag);
    yield 1;
  }
  handOnAlarms();

  for (const tag of later.tags) report.put(tag);
  calculations.change(calculated, (tagId) => report.lastRead(tagId));
  for (const tagId of calculatedBefore) if (configured.rowOf(tagId) < 0) forget(tagId);
  for (const tag of later.alarmed) setAlarms(tag);
  handOnAlarms();
  yield later.tags.length;
}
