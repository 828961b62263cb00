/** What the journal thread counts.
 *  journal thread → [journal figures] → main */
import type { FigureDefinition } from "@nonreturn/station/thread";

export const JOURNAL_FIGURES: readonly FigureDefinition[] = [
  { name: "samples_total", kind: "counter", help: "samples journaled" },
  { name: "samples_lost_total", kind: "counter", help: "samples named in loss records instead" },
  { name: "alarm_events_total", kind: "counter", help: "alarm events journaled" },
  { name: "alarm_events_lost_total", kind: "counter", help: "alarm events counted in loss records instead" },
  { name: "alarm_event_sequence", kind: "gauge", help: "number of the newest alarm event; goes on across restarts" },
  { name: "blocks_total", kind: "counter", help: "blocks sealed and committed" },
  { name: "sealed_bytes_total", kind: "counter", help: "bytes of sealed blocks" },
  { name: "data_bytes_total", kind: "counter", help: "bytes of sealed data blocks" },
  { name: "loss_records_total", kind: "counter", help: "loss records put into the chain" },
  { name: "append_failures_total", kind: "counter", help: "commits that failed" },
  { name: "waiting_batches", kind: "gauge", help: "closed batches that wait for a commit" },
  { name: "waiting_samples", kind: "gauge", help: "samples that wait for their batch to close or for a commit" },
  { name: "commit_ms", kind: "gauge", help: "longest commit of the last second, ms" },
  { name: "blocks", kind: "gauge", help: "blocks held" },
  { name: "bytes", kind: "gauge", help: "bytes of blocks held" },
  { name: "head_sequence", kind: "gauge", help: "newest sequence" },
  { name: "oldest_sequence", kind: "gauge", help: "lowest sequence that retention has not passed" },
  { name: "removed_blocks_total", kind: "counter", help: "sent blocks that retention removed" },
  { name: "sealing_epoch", kind: "gauge", help: "epoch that blocks are sealed in" },
];
