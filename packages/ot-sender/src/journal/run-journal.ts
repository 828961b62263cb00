/** What the journal thread does, without the thread: batches, commits, retains, and hands committed blocks to the link thread.
 *  main → [run journal: batcher → recorder → journal] → link thread */
import {
  type Clock,
  Figures,
  isDiskFull,
  type Log,
  type Port,
  rateLimited,
  StationError,
} from "@nonreturn/station/thread";
import { BatchKind } from "@nonreturn/wire-format";
import { Batcher } from "../batch/batcher.ts";
import type { JournalToLink, LinkToJournal } from "../egress/link-port.ts";
import { decodeTags } from "./configured-tags.ts";
import { StepWatch } from "./epoch-store.ts";
import type { Journal, JournaledBlock, JournalHead } from "./journal.ts";
import { JOURNAL_FIGURES } from "./journal-figures.ts";
import type { DirectoryOutcome, FromJournal, JournalThreadSettings, ToJournal } from "./journal-port.ts";
import { Recorder } from "./recorder.ts";

const REPORT_MS = 1000;
const RETENTION_MS = 1000;
/** While retention has more to remove than it may at once. */
const RETENTION_AGAIN_MS = 20;
const WATCH_CLOCK_MS = 1000;

/** What the worker's entry, or a simulation, puts in. */
export interface JournalThreadSurroundings {
  readonly main: Port<FromJournal, ToJournal>;
  readonly link: Port<JournalToLink, LinkToJournal>;
  readonly clock: Clock;
  readonly log: Log;
  /** Opens the next sealing epoch, on disk before it returns. @throws {StationError} EPOCH_FILE */
  readonly nextEpoch: () => number;
  /** @throws {StationError} */
  readonly openJournal: (sealingEpoch: number) => Journal;
  readonly journalPath: string;
  /** Called once main knows it; a directory of many tags leaves much behind. */
  readonly onDirectoryChanged?: () => void;
}

/** Says `ready` once the journal is open. @throws {StationError} what makes a start impossible: epoch, journal, disk. */
export function runJournal(
  settings: Pick<JournalThreadSettings, "batch" | "tags">,
  { main, link, clock, log, nextEpoch, openJournal, journalPath, onDirectoryChanged }: JournalThreadSurroundings,
): void {
  const warnings = rateLimited(log, clock, 6);
  let sealingEpoch = nextEpoch();
  const journal = openJournal(sealingEpoch);
  const figures = new Figures("ot_journal", JOURNAL_FIGURES);
  const totals = { blocks: 0, bytes: 0, dataBytes: 0, removed: 0 };
  const recorder = new Recorder(journal, clock, {
    onBlocks: handOver,
    onSettled: (samples) => main.post({ type: "settled", samples }),
    onEventsSettled: (events) => main.post({ type: "events-settled", events }),
    onAlarm(reason) {
      if (reason === "") log.info("the journal can be written again");
      else {
        log.error(
          { code: "JOURNAL_WRITE", reason },
          "the journal cannot be written; samples wait, then go into a loss record",
        );
      }
      main.post({ type: "alarm", reason });
    },
  });
  const batcher = new Batcher(settings.batch, clock, (samples) => recorder.accept(samples));
  const steps = new StepWatch(clock);
  let stepMs = 0;
  let cancelRetentionAgain: (() => void) | undefined;

  const unsent = journal.unsent();
  const sentHead = newestSent(journal);
  const directory = journal.resolveDirectory(settings.tags);
  handOver(directory.appended);
  main.post({
    type: "ready",
    journalPath,
    journalEpoch: journal.journalEpoch,
    sealingEpoch,
    directory: { revision: directory.revision, sequences: directory.sequences },
    tagIds: directory.tagIds,
    activeAlarms: journal.activeAlarms(),
    unsent,
    sentHead,
  });
  const timers = [
    clock.every(REPORT_MS, report),
    clock.every(RETENTION_MS, retain),
    clock.every(WATCH_CLOCK_MS, watchClock),
  ];

  main.onMessage((message) => {
    switch (message.type) {
      case "columns":
        return batcher.accept(message.columns, message);
      case "events":
        return recorder.acceptEvents(message.events);
      case "loss":
        return recorder.acceptLosses(message.records);
      case "samples-in-range":
        return main.post({
          type: "samples-in-range",
          id: message.id,
          samples: journal.samplesInRange(message.first, message.last),
          events: journal.eventsInRange(message.first, message.last),
        });
      case "directory":
        main.post({ type: "directory", id: message.id, outcome: changeDirectory(message.tags) });
        return onDirectoryChanged?.();
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
  function handOver(blocks: readonly JournaledBlock[]): void {
    for (const { sequence, sealingEpoch, hash, bytes, batchKind } of blocks) {
      totals.blocks++;
      totals.bytes += bytes.length;
      if (batchKind === BatchKind.data) totals.dataBytes += bytes.length;
      const copy = Uint8Array.from(bytes);
      link.post({ type: "block", sequence, sealingEpoch, hash: Uint8Array.from(hash), bytes: copy }, [copy.buffer]);
    }
  }

  /** Committed before anything is reported of the new tags. What waits to be committed may name the new revision: it knows the old tags too. */
  function changeDirectory(tags: Uint8Array): DirectoryOutcome {
    try {
      const { revision, sequences, tagIds, appended } = journal.resolveDirectory(decodeTags(tags));
      handOver(appended);
      if (appended.length > 0) link.post({ type: "directory", revision, sequences });
      return { revision, tagIds: Uint32Array.from(tagIds) };
    } catch (error) {
      return { revision: undefined, reason: error instanceof StationError ? error.what : String(error) };
    }
  }

  function retain(): void {
    try {
      const { removedBlocks, losses, appended } = journal.retain();
      totals.removed += removedBlocks;
      for (const { sampleCount, eventCount, firstSequence, lastSequence, tagIds, tagsOmitted } of losses) {
        if (eventCount > 0) main.post({ type: "events-dropped", tagIds: tagsOmitted > 0 ? "all" : tagIds });
        recorder.counters.samplesLost += sampleCount;
        recorder.counters.eventsLost += eventCount;
        recorder.counters.lossRecords++;
        warnings.error(
          "JOURNAL_FULL",
          "the journal is full: unsent blocks were dropped and are named in a loss record",
          { sampleCount, eventCount, firstSequence, lastSequence },
        );
      }
      handOver(appended);
      // There may be more to remove; commits come in between.
      if (removedBlocks + losses.length > 0) {
        cancelRetentionAgain?.();
        cancelRetentionAgain = clock.after(RETENTION_AGAIN_MS, retain);
      }
    } catch (error) {
      warnings.error(isDiskFull(error) ? "DISK_FULL" : "JOURNAL_RETENTION", "retention could not be applied", {
        err: error,
      });
    }
  }

  /** A wall clock that jumped may give a sealed-at or an epoch twice: go on in a new epoch. */
  function watchClock(): void {
    stepMs += steps.look();
    if (stepMs === 0) return;
    try {
      sealingEpoch = nextEpoch();
      journal.startEpoch(sealingEpoch);
      link.post({ type: "epoch", sealingEpoch });
      log.warn(
        { code: "CLOCK_STEP", stepMs: Math.round(stepMs), sealingEpoch },
        "the wall clock jumped: a new sealing epoch begins",
      );
      stepMs = 0;
    } catch (error) {
      warnings.error("EPOCH_FILE", "the wall clock jumped, and no new sealing epoch could be opened yet", {
        err: error,
      });
    }
  }

  function report(): void {
    const { samples, samplesLost, events, eventsLost, lossRecords, failures, longestCommitMs } = recorder.counters;
    recorder.counters.longestCommitMs = 0;
    figures.set("samples_total", samples);
    figures.set("samples_lost_total", samplesLost);
    figures.set("alarm_events_total", events);
    figures.set("alarm_events_lost_total", eventsLost);
    figures.set("alarm_event_sequence", journal.eventSequence);
    figures.set("blocks_total", totals.blocks);
    figures.set("sealed_bytes_total", totals.bytes);
    figures.set("data_bytes_total", totals.dataBytes);
    figures.set("loss_records_total", lossRecords);
    figures.set("append_failures_total", failures);
    figures.set("waiting_batches", recorder.waiting);
    figures.set("waiting_samples", batcher.count + recorder.waitingSamples);
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
    cancelRetentionAgain?.();
    batcher.close();
    recorder.flush();
    recorder.close();
    if (!recorder.isEmpty) {
      log.error(
        { code: "JOURNAL_WRITE", samples: recorder.waitingSamples, events: recorder.waitingEvents },
        "samples and alarm events end with the station: the journal could not be written until the stop",
      );
    }
    report();
    try {
      journal.close();
    } catch (error) {
      log.error({ err: error }, "what was sent could not be saved; it is sent again after the next start");
    }
    log.debug("journal thread has stopped");
    main.close();
    link.close();
  }
}

/** The newest block that was handed to the link before this start. */
function newestSent(journal: Journal): JournalHead {
  const head = journal.head();
  const unsent = journal.unsent().at(-1);
  if (unsent === undefined || unsent.last < head.sequence) return head;
  const [block] = journal.read(unsent.first - 1, unsent.first - 1, 1, Number.POSITIVE_INFINITY);
  if (block === undefined) return { sequence: 0, sealingEpoch: 0, hash: new Uint8Array(32) };
  return { sequence: block.sequence, sealingEpoch: block.sealingEpoch, hash: block.hash };
}
