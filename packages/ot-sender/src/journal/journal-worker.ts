/** The journal thread: batches, seals, commits, and hands committed blocks to the link thread.
 *  main → [journal worker] → link worker */
import { createPublicKey, randomBytes } from "node:crypto";
import { join } from "node:path";
import {
  createLog,
  Figures,
  isDiskFull,
  type Port,
  portOf,
  rateLimited,
  systemClock,
  workerPort,
  workerSettings,
} from "@nonreturn/station";
import type { OpeningKeys, SealingKeys } from "@nonreturn/wire-format";
import { Batcher } from "../batch/batcher.ts";
import type { JournalToLink, LinkToJournal } from "../egress/link-port.ts";
import { loadSealingKeys } from "../keys/station-key-file.ts";
import { openNextEpoch, StepWatch } from "./epoch-store.ts";
import type { JournaledBlock } from "./journal.ts";
import { JOURNAL_FIGURES } from "./journal-figures.ts";
import type { FromJournal, JournalWorkerInput, ToJournal } from "./journal-port.ts";
import { JOURNAL_FILE } from "./journal-schema.ts";
import { Recorder } from "./recorder.ts";
import { openJournal } from "./sqlite-journal.ts";

const EPOCH_FILE = "sealing-epoch";
const RETENTION_MS = 1000;

const { settings, link: linkEnd } = workerSettings<JournalWorkerInput>();
const clock = systemClock;
const log = createLog({ name: "ot/journal", level: settings.logLevel });
const warnings = rateLimited(log, clock, 6);
const main: Port<FromJournal, ToJournal> = workerPort();
const link: Port<JournalToLink, LinkToJournal> = portOf(linkEnd);
const keys = loadSealingKeys(settings.keysFolder);
const epochPath = join(settings.dataFolder, EPOCH_FILE);
let sealingEpoch = openNextEpoch(epochPath, clock, keys.epochFloor);
const journalPath = join(settings.dataFolder, JOURNAL_FILE);
const journal = openJournal(
  {
    path: journalPath,
    stream: settings.stream,
    sealingEpoch,
    retentionMs: settings.retentionMs,
    maximumBytes: settings.maximumBytes,
  },
  keys,
  openingKeysOfOwn(keys),
  clock,
  randomBytes,
);
const figures = new Figures("ot_journal", JOURNAL_FIGURES);
const totals = { blocks: 0, bytes: 0, dataBytes: 0, removed: 0 };
const recorder = new Recorder(journal, clock, {
  onBlocks: hand,
  onSettled: (samples) => main.post({ type: "settled", samples }),
  onAlarm(reason) {
    if (reason === "") log.info("the journal can be written again");
    else
      log.error(
        { code: "JOURNAL_WRITE", reason },
        "the journal cannot be written; samples wait, then go into a loss record",
      );
    main.post({ type: "alarm", reason });
  },
});
const batcher = new Batcher(settings.batch, clock, (samples) => recorder.accept(samples));
const steps = new StepWatch(clock);

const unsent = journal.unsent();
const directory = journal.resolveDirectory(settings.tags);
hand(directory.appended);
main.post({
  type: "ready",
  journalPath,
  journalEpoch: journal.journalEpoch,
  sealingEpoch,
  directory: { revision: directory.revision, sequences: directory.sequences },
  tagIds: directory.tagIds,
  unsent,
});
const timers = [clock.every(1000, report), clock.every(RETENTION_MS, retain), clock.every(1000, watchClock)];

main.onMessage((message) => {
  switch (message.type) {
    case "columns":
      return batcher.accept(message.columns, message);
    case "loss":
      return recorder.acceptLosses(message.records);
    case "samples-in-range":
      return main.post({
        type: "samples-in-range",
        id: message.id,
        samples: journal.samplesInRange(message.first, message.last),
      });
    case "drain":
      batcher.close();
      recorder.flush();
      return link.post({ type: "drain" });
    case "stop":
      return stop();
  }
});

link.onMessage(({ ranges }) => {
  for (const { first, last } of ranges) journal.markSent(first, last);
});

/** Copies go to the link thread: the journal's own bytes belong to SQLite. */
function hand(blocks: readonly JournaledBlock[]): void {
  for (const { sequence, sealingEpoch, hash, bytes, sampleCount } of blocks) {
    totals.blocks++;
    totals.bytes += bytes.length;
    if (sampleCount > 0) totals.dataBytes += bytes.length;
    const copy = Uint8Array.from(bytes);
    link.post({ type: "block", sequence, sealingEpoch, hash: Uint8Array.from(hash), bytes: copy }, [copy.buffer]);
  }
}

function retain(): void {
  try {
    const { removedBlocks, losses, appended } = journal.retain();
    totals.removed += removedBlocks;
    for (const { sampleCount, firstSequence, lastSequence } of losses) {
      recorder.counters.samplesLost += sampleCount;
      recorder.counters.lossRecords++;
      warnings.error("JOURNAL_FULL", "the journal is full: unsent blocks were dropped and are named in a loss record", {
        sampleCount,
        firstSequence,
        lastSequence,
      });
    }
    hand(appended);
  } catch (error) {
    warnings.error(isDiskFull(error) ? "DISK_FULL" : "JOURNAL_RETENTION", "retention could not be applied", {
      err: error,
    });
  }
}

/** A wall clock that jumped may give a sealed-at or an epoch twice: go on in a new epoch. */
function watchClock(): void {
  const stepMs = steps.look();
  if (stepMs === 0) return;
  try {
    sealingEpoch = openNextEpoch(epochPath, clock, keys.epochFloor);
    journal.startEpoch(sealingEpoch);
    link.post({ type: "epoch", sealingEpoch });
    log.warn(
      { code: "CLOCK_STEP", stepMs: Math.round(stepMs), sealingEpoch },
      "the wall clock jumped: a new sealing epoch begins",
    );
  } catch (error) {
    log.error({ err: error }, "the wall clock jumped, and no new sealing epoch could be opened");
  }
}

function report(): void {
  const { samples, samplesLost, lossRecords, failures, longestCommitMs } = recorder.counters;
  recorder.counters.longestCommitMs = 0;
  figures.set("samples_total", samples);
  figures.set("samples_lost_total", samplesLost);
  figures.set("blocks_total", totals.blocks);
  figures.set("sealed_bytes_total", totals.bytes);
  figures.set("data_bytes_total", totals.dataBytes);
  figures.set("loss_records_total", lossRecords);
  figures.set("append_failures_total", failures);
  figures.set("waiting_batches", recorder.waiting);
  figures.set("commit_ms", longestCommitMs);
  figures.set("blocks", journal.blocks);
  figures.set("bytes", journal.bytes);
  figures.set("head_sequence", journal.head().sequence);
  figures.set("oldest_sequence", journal.oldest());
  figures.set("removed_blocks_total", totals.removed);
  figures.set("sealing_epoch", sealingEpoch);
  main.post({ type: "figures", figures: figures.snapshot() });
}

function stop(): void {
  for (const cancel of timers) cancel();
  batcher.close();
  recorder.flush();
  recorder.close();
  report();
  journal.close();
  log.debug("journal thread has stopped");
  main.close();
  link.close();
}

/** This station's own blocks, opened with its own keys: to check the head, and to name the tags of what must be dropped. */
function openingKeysOfOwn({ site, generation, root, signingKey, epochFloor }: SealingKeys): OpeningKeys {
  return {
    site,
    generations: new Map([[generation, { generation, root, verifyKey: createPublicKey(signingKey), epochFloor }]]),
  };
}
