/** Compares what a start would go on from with the newest alarm events in the chain: a damaged table would end alarms that nobody ended.
 *  journal.db → [check alarms] → open journal */
import type { Database } from "@nonreturn/station/thread";
import { type AlarmEvent, BatchKind, type OpeningKeys, openBlock, WireError } from "@nonreturn/wire-format";
import { AlarmTable } from "./alarm-table.ts";
import { journalMutated } from "./check-chain.ts";

/** As far back as the chain was checked. */
const BLOCKS_CHECKED = 1000;

/** @throws {StationError} JOURNAL_MUTATED. Cost: opens one block. */
export function checkAlarms(database: Database, keys: OpeningKeys, path: string): void {
  const { event_sequence: eventSequence } = database
    .prepare<[], { event_sequence: number }>("SELECT event_sequence FROM head")
    .get()!;
  const active = new Map(new AlarmTable(database).all().map((alarm) => [keyOf(alarm), alarm.eventSequence]));
  const newest = newestEvents(database, keys);
  // Of each alarm the last one counts.
  for (const event of new Map(newest.map((each) => [keyOf(each), each])).values())
    if (active.get(keyOf(event)) !== (event.state === "active" ? event.eventSequence : undefined))
      throw journalMutated(path, "the table of active alarms does not agree with the newest events in the journal");
  if (Math.max(0, ...active.values(), newest.at(-1)?.eventSequence ?? 0) > eventSequence)
    throw journalMutated(path, "the recorded number of events does not agree with the events in the journal");
}

/** Of the newest block of events; none where that is far back, or sealed under keys that are gone. */
function newestEvents(database: Database, keys: OpeningKeys): readonly AlarmEvent[] {
  const row = database
    .prepare<[number, number], { bytes: Buffer }>(
      `SELECT b.bytes FROM blocks b, head h WHERE b.sequence > h.sequence - ? AND b.kind = ? ORDER BY b.sequence DESC LIMIT 1`,
    )
    .get(BLOCKS_CHECKED, BatchKind.events);
  if (row === undefined) return [];
  try {
    const { batch } = openBlock(row.bytes, keys);
    return batch.kind === "events" ? batch.events : [];
  } catch (error) {
    if (error instanceof WireError) return []; // receivers prove it again; the chain was checked just now
    throw error;
  }
}

function keyOf({ tagId, condition }: { readonly tagId: number; readonly condition: string }): string {
  return `${tagId} ${condition}`;
}
