/** Accounts for every reported sample and alarm event once everything has stopped moving: published, or inside a named gap.
 *  stations → [reconcile] → summary, exit code */
import { controlRequest } from "@nonreturn/station";
import { type DemoSockets, type DemoState, eventCounts, publishedBy, readDemoState } from "./demo-state.ts";
import { runToEnd } from "./program.ts";

export interface Account {
  readonly reported: number;
  /** Named in loss records of the OT station. */
  readonly lostBeforeJournal: number;
  /** In blocks that are inside an open gap. */
  readonly inGaps: number;
  readonly published: { readonly mqtt: number; readonly sql: number };
  /** reported − lost − in gaps − published; anything but 0 is a defect. */
  readonly unaccounted: { readonly mqtt: number; readonly sql: number };
  readonly events: EventAccount;
}

/** The same of alarm events, and how many the IT station recorded. */
export interface EventAccount {
  readonly reported: number;
  readonly lostBeforeJournal: number;
  readonly inGaps: number;
  readonly received: number;
  readonly published: { readonly mqtt: number; readonly sql: number };
  readonly unaccounted: { readonly received: number; readonly mqtt: number; readonly sql: number };
}

export async function reconcile(sockets: DemoSockets, itFile: string): Promise<{ account: Account; state: DemoState }> {
  const state = await readDemoState(sockets);
  const { gaps } = JSON.parse(await runToEnd("it", ["gaps", "--json", "--config", itFile])) as {
    gaps: { first: number; last: number; state: string }[];
  };
  let inGaps = 0;
  let eventsInGaps = 0;
  for (const { first, last, state: gapState } of gaps) {
    if (gapState === "healed") continue;
    const answer = (await controlRequest(sockets.ot, "POST", "/samples", { first, last })) as {
      samples: number;
      events: number;
    };
    inGaps += answer.samples;
    eventsInGaps += answer.events;
  }
  const reported = state.ot.figures.samples_reported_total ?? 0;
  const lostBeforeJournal = state.ot.figures.journal_samples_lost_total ?? 0;
  const published = { mqtt: publishedBy(state, "mqtt"), sql: publishedBy(state, "sql") };
  const owed = reported - lostBeforeJournal - inGaps;
  return {
    account: {
      reported,
      lostBeforeJournal,
      inGaps,
      published,
      unaccounted: { mqtt: owed - published.mqtt, sql: owed - published.sql },
      events: eventAccount(state, eventsInGaps),
    },
    state,
  };
}

function eventAccount(state: DemoState, inGaps: number): EventAccount {
  const { reported, received, mqtt, sql } = eventCounts(state);
  const lostBeforeJournal = state.ot.figures.journal_alarm_events_lost_total ?? 0;
  const owed = reported - lostBeforeJournal - inGaps;
  const unaccounted = { received: owed - received, mqtt: owed - mqtt, sql: owed - sql };
  return { reported, lostBeforeJournal, inGaps, received, published: { mqtt, sql }, unaccounted };
}
