/** Proves the alarm events of a line: numbered without holes, each a change, true to the PLC, and the same ones in SQL.
 *  journal, truth, SQL → [check events] → findings, expected to be none */
import type { PlantAlarm } from "./line-plant.ts";
import type { JournaledEvent, ReportedSample } from "./reported-samples.ts";
import { valueBits } from "./sample-fact.ts";

export const EVENTS_STATEMENT =
  "SELECT event_sequence, path, condition, state, severity, text, value_text, value_kind, timestamp FROM alarm_events ORDER BY event_sequence";
export const ACTIVE_STATEMENT = "SELECT path, condition, event_sequence FROM active_alarms ORDER BY event_sequence";

export interface EventRow {
  readonly event_sequence: number;
  readonly path: string;
  readonly condition: string;
  readonly state: string;
  readonly severity: number;
  readonly text: string;
  readonly value_text: string | null;
  readonly value_kind: string;
  readonly timestamp: number;
}

export type EventFindings = Readonly<
  Record<"misnumbered" | "outOfTurn" | "untrue" | "notInSql" | "onlyInSql" | "leftWrong", readonly string[]>
>;

export const NO_EVENT_FINDINGS: EventFindings = {
  misnumbered: [],
  outOfTurn: [],
  untrue: [],
  notInSql: [],
  onlyInSql: [],
  leftWrong: [],
};

/**
 * @param samples  all that were journaled, up to the same instant as the events, by a station that stopped in order.
 * @param rows  of EVENTS_STATEMENT; later ones than `events` are left alone.
 */
export function eventFindings(
  events: readonly JournaledEvent[],
  samples: readonly ReportedSample[],
  alarms: readonly PlantAlarm[],
  rows: readonly EventRow[],
): EventFindings {
  const alarmOf = new Map(alarms.map((alarm) => [keyOf(alarm), alarm]));
  const state = new Map<string, string>();
  const outOfTurn = events.filter((event) => {
    const before = state.get(keyOf(event)) ?? "inactive";
    state.set(keyOf(event), event.state);
    return event.state === before;
  });
  const untrue = events.filter((event) => alarmOf.get(keyOf(event))?.isMet(event.value) !== (event.state === "active"));
  const newest = new Map(samples.filter(({ statusCode }) => statusCode === 0).map((sample) => [sample.path, sample]));
  const leftWrong = alarms.filter((alarm) => {
    const value = newest.get(alarm.path)?.plain ?? null;
    return alarm.isMet(value) !== (state.get(keyOf(alarm)) === "active");
  });
  const journaled = events.map(lineOf);
  const inSql = rows.filter(({ event_sequence }) => event_sequence <= events.length).map(lineOfRow);
  return {
    misnumbered: events.filter(({ eventSequence }, at) => eventSequence !== at + 1).map(lineOf),
    outOfTurn: outOfTurn.map(lineOf),
    untrue: untrue.map(lineOf),
    notInSql: missingFrom(inSql, journaled),
    onlyInSql: missingFrom(journaled, inSql),
    leftWrong: leftWrong.map(keyOf),
  };
}

function keyOf({ path, condition }: { readonly path: string; readonly condition: string }): string {
  return `${path} ${condition}`;
}

function lineOf({ eventSequence, path, condition, state, severity, text, value, time }: JournaledEvent): string {
  return [eventSequence, path, condition, state, severity, text, valueBits(value), time].join(" | ");
}

function lineOfRow(row: EventRow): string {
  const { value_text: text, value_kind: kind } = row;
  const value = kind === "none" || text === null ? null : kind === "boolean" ? text === "true" : Number(text);
  return lineOf({
    eventSequence: row.event_sequence,
    path: row.path,
    condition: row.condition,
    state: row.state as JournaledEvent["state"],
    severity: row.severity,
    text: row.text,
    value,
    time: row.timestamp,
    tagId: 0,
    sequence: 0,
  });
}

/** Each as often as it is there. */
function missingFrom(there: readonly string[], wanted: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const each of there) left.set(each, (left.get(each) ?? 0) + 1);
  return wanted.filter((each) => {
    const count = left.get(each) ?? 0;
    left.set(each, count - 1);
    return count <= 0;
  });
}
