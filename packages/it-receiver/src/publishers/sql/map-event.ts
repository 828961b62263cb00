/** Alarm events as rows, and of each alarm the newest one as its state.
 *  stored entry → [map event] → SQL database */
import { createHash } from "node:crypto";
import type { AlarmEvent, UtcMicros } from "@nonreturn/wire-format";
import type { StoredEntry } from "../publisher.ts";
import { textOf } from "../value-text.ts";

export interface EventRow {
  readonly stream: number;
  readonly journalEpoch: number;
  readonly eventSequence: number;
  /** Number in the tag table. */
  readonly tag: number;
  readonly time: UtcMicros;
  readonly condition: string;
  /** In keys: the condition itself may be longer than a key can be. */
  readonly conditionKey: string;
  readonly state: AlarmEvent["state"];
  readonly severity: number;
  readonly text: string;
  /** The value as a double where it is a number, a 64-bit integer or a boolean. */
  readonly value: number | null;
  readonly valueText: string | null;
  readonly historical: boolean;
}

/** @param numberOf  of the tag table, by tag id. */
export function eventRowsOf(
  { stream, journalEpoch, lane, events = [] }: StoredEntry,
  numberOf: (tagId: number) => number,
): EventRow[] {
  return events.map(({ eventSequence, tagId, time, condition, state, severity, text, value }) => ({
    stream,
    journalEpoch,
    eventSequence,
    tag: numberOf(tagId),
    time,
    condition,
    conditionKey: createHash("sha256").update(condition).digest("hex").slice(0, 32),
    state,
    severity,
    text,
    value: ["number", "bigint", "boolean"].includes(typeof value) ? Number(value) : null,
    valueText: textOf(value),
    historical: lane === "late",
  }));
}

/** Of each tag and condition the one with the highest number. Tags belong to one journal, so numbers can be compared. */
export function newestOf(rows: readonly EventRow[]): EventRow[] {
  const newest = new Map<string, EventRow>();
  for (const row of rows) {
    const key = `${row.tag}/${row.conditionKey}`;
    if (row.eventSequence > (newest.get(key)?.eventSequence ?? 0)) newest.set(key, row);
  }
  return [...newest.values()];
}
