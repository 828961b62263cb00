/** The figures of a run as JSON, for scripts.
 *  demo state, account → [summary] → --summary FILE */
import { writeFileSync } from "node:fs";
import { type DemoState, healedBlocks, latencyMs, receivedBlocks } from "./demo-state.ts";
import type { Account } from "./reconcile.ts";
import { bytesPerSample } from "./status-screen.ts";

export interface Quantiles {
  readonly p50: number | null;
  readonly p99: number | null;
}

export interface Summary {
  /** From PLCs. */
  readonly samplesRead: number;
  /** After report by exception: these must arrive. */
  readonly samplesReported: number;
  readonly samplesPublished: { readonly mqtt: number; readonly sql: number };
  readonly samplesInGaps: number;
  readonly samplesUnaccounted: { readonly mqtt: number; readonly sql: number };
  /** Changes of alarms at the OT station, and how many of them the IT station holds. */
  readonly alarmEventsReported: number;
  readonly alarmEventsReceived: number;
  readonly alarmEventsPublished: { readonly mqtt: number; readonly sql: number };
  readonly alarmEventsInGaps: number;
  readonly alarmEventsUnaccounted: { readonly received: number; readonly mqtt: number; readonly sql: number };
  readonly blocksSent: number;
  readonly blocksReceived: number;
  /** Brought by repair symbols, the second pass or a replay. */
  readonly blocksHealed: number;
  readonly gapsOpen: number;
  readonly datagramsSent: number;
  readonly datagramsDropped: number;
  /** From the reading of the PLC until the broker confirmed; live samples, those of the cold start included. */
  readonly latencyMs: Quantiles;
  /** The same over the last minute before the end: without the start in a run that is longer. */
  readonly latencyLastMinuteMs: Quantiles;
  readonly bytesPerSample: number | null;
  readonly rssMb: { readonly ot: number; readonly it: number };
}

export function summaryOf(state: DemoState, account: Account): Summary {
  const { ot, it, diode } = state;
  return {
    samplesRead: ot.figures.samples_read_total ?? 0,
    samplesReported: account.reported,
    samplesPublished: account.published,
    samplesInGaps: account.inGaps,
    samplesUnaccounted: account.unaccounted,
    alarmEventsReported: account.events.reported,
    alarmEventsReceived: account.events.received,
    alarmEventsPublished: account.events.published,
    alarmEventsInGaps: account.events.inGaps,
    alarmEventsUnaccounted: account.events.unaccounted,
    blocksSent: ot.figures.link_head_sequence ?? 0,
    blocksReceived: receivedBlocks(state),
    blocksHealed: healedBlocks(state),
    gapsOpen: it.record?.gaps.open ?? 0,
    datagramsSent: ot.figures.link_datagrams_all_total ?? 0,
    datagramsDropped: diode.droppedTotal,
    latencyMs: quantilesOver(state, "start"),
    latencyLastMinuteMs: quantilesOver(state, "minute"),
    bytesPerSample: bytesPerSample(state) ?? null,
    rssMb: { ot: Math.round(ot.rssBytes / 1e6), it: Math.round(it.rssBytes / 1e6) },
  };
}

function quantilesOver(state: DemoState, over: "minute" | "start"): Quantiles {
  return {
    p50: latencyMs(state, "mqtt", "0.5", over) ?? null,
    p99: latencyMs(state, "mqtt", "0.99", over) ?? null,
  };
}

export function writeSummary(path: string, summary: Summary): void {
  writeFileSync(path, `${JSON.stringify(summary, null, 2)}\n`);
}
