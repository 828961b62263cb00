/** Waits until everything that was reported has arrived, then proves it sample by sample.
 *  journal, truth, MQTT witness, SQL → [check line] → findings, expected to be none */
import { compareSamples, type Differences, NO_DIFFERENCES, overtaken } from "./compare-samples.ts";
import type { Line } from "./line.ts";
import type { ReportedSample } from "./reported-samples.ts";
import type { SampleFact } from "./sample-fact.ts";
import type { Mismatch } from "./served-values.ts";
import { parseSqlOutput, readHistorian, SQL_STATEMENT, type SqlSample } from "./sql-rows.ts";
import { until } from "./until.ts";

export interface CheckOptions {
  /** MQTT promises "at least once", and keeps "once" as long as the IT station is not killed. */
  readonly mqtt: "once" | "at least once";
  /** A killed OT station may have read what it never reported. */
  readonly otStation: "never killed" | "killed";
  /** Sequences that are named as missing: their samples must not have arrived. */
  readonly missing?: readonly { readonly first: number; readonly last: number }[];
  /** Simulated devices whose connection was opened anew: what they served meanwhile nobody read, and what they said the time of, before the
   *  station had said that nothing is known yet. */
  readonly reconnected?: readonly string[];
  readonly deadlineMs?: number;
}

export interface Findings {
  readonly sql: Differences;
  readonly mqtt: Differences;
  /** Of tag ids and journal epochs in SQL. */
  readonly misnamed: readonly SqlSample[];
  /** Live samples at MQTT that overtook a newer one of their tag. */
  readonly overtaken: readonly SampleFact[];
  /** Messages that are no sample of a known tag. */
  readonly strangers: readonly string[];
  /** Reported, but not what the PLC said. */
  readonly mismatches: readonly Mismatch[];
  /** Changes that the PLC showed and nobody reported. */
  readonly unreported: readonly unknown[];
}

export const NOTHING_FOUND: Findings = {
  sql: NO_DIFFERENCES,
  mqtt: NO_DIFFERENCES,
  misnamed: [],
  overtaken: [],
  strangers: [],
  mismatches: [],
  unreported: [],
};

export interface Checked {
  /** Of each kind a few examples only. */
  readonly findings: Findings;
  /** Samples that had to arrive, and did. */
  readonly samples: number;
  readonly blocks: number;
}

const SHOWN = 3;
/** The simulator writes once a second. */
const TRUTH_WRITTEN_MS = 30_000;

/** Everything journaled until now must arrive within the deadline, whatever goes on meanwhile. */
export async function checkLine(line: Line, options: CheckOptions): Promise<Checked> {
  const { folder, reported, served, witness, plant } = line;
  const head = reported.read();
  const isOwed = ({ sequence }: ReportedSample): boolean =>
    sequence <= head && !(options.missing ?? []).some(({ first, last }) => sequence >= first && sequence <= last);
  const missingOf = (arrived: readonly SampleFact[]) =>
    compareSamples(reported.samples, arrived, isOwed).missing.length;
  await until(
    "every reported sample at MQTT and in SQL",
    () => missingOf(witness.samples) === 0 && missingOf(readHistorian(folder.itData)) === 0,
    options.deadlineMs,
  ).catch(() => undefined); // what is missing is shown below

  const rows = parseSqlOutput(await line.itCommand(["sql", SQL_STATEMENT, "--json"]));
  const messages = [...witness.samples];
  reported.read(); // only now: what has arrived was journaled before
  const sql = compareSamples(reported.samples, rows, isOwed);
  const mqtt = compareSamples(reported.samples, messages, isOwed);
  const untilHead = reported.samples.filter(({ sequence }) => sequence <= head);
  let mismatches: Mismatch[] = [];
  await until(
    "the simulator has written what it served",
    () => {
      served.read();
      mismatches = served.mismatches(untilHead, plant.tags);
      return mismatches.length === 0;
    },
    Math.min(TRUTH_WRITTEN_MS, options.deadlineMs ?? TRUTH_WRITTEN_MS),
  ).catch(() => undefined);
  const ids = new Map(reported.samples.map(({ path, tagId, journalEpoch }) => [path, `${tagId} ${journalEpoch}`]));
  const steady = plant.tags.filter(({ device }) => !(options.reconnected ?? []).includes(device));
  const steadyPaths = new Set(steady.map(({ path }) => path));
  const findings: Findings = {
    sql: examples(sql),
    mqtt: examples(options.mqtt === "once" ? mqtt : { ...mqtt, repeated: [] }),
    misnamed: rows.filter((row) => ids.get(row.path) !== `${row.tagId} ${row.journalEpoch}`).slice(0, SHOWN),
    overtaken: overtaken(messages.filter(({ historical, path }) => !historical && steadyPaths.has(path))).slice(
      0,
      SHOWN,
    ),
    strangers: witness.strangers.slice(0, SHOWN),
    mismatches: mismatches.slice(0, SHOWN),
    unreported: options.otStation === "killed" ? [] : served.unreported(untilHead, steady).slice(0, SHOWN),
  };
  return { findings, samples: reported.samples.filter(isOwed).length, blocks: head };
}

function examples(differences: Differences): Differences {
  const { missing, repeated, altered, foreign } = differences;
  return {
    missing: missing.slice(0, SHOWN),
    repeated: repeated.slice(0, SHOWN),
    altered: altered.slice(0, SHOWN),
    foreign: foreign.slice(0, SHOWN),
  };
}
