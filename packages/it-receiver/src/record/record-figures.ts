/** What the record thread counts.
 *  record thread → [record figures] → main */
import type { FigureDefinition } from "@nonreturn/station";

export const RECORD_FIGURES: readonly FigureDefinition[] = [
  { name: "blocks_recorded_total", kind: "counter", help: "blocks recorded, by lane", labels: ["lane"] },
  { name: "events_recorded_total", kind: "counter", help: "alarm events in recorded blocks" },
  { name: "samples_recorded_total", kind: "counter", help: "samples in recorded blocks" },
  { name: "blocks_held_total", kind: "counter", help: "blocks that were recorded already" },
  { name: "forks_total", kind: "counter", help: "blocks that contradict the chain" },
  { name: "blocks_refused_total", kind: "counter", help: "blocks that did not verify or open", labels: ["code"] },
  { name: "heartbeats_total", kind: "counter", help: "heartbeats that were signs of life" },
  { name: "commit_ms", kind: "gauge", help: "longest commit of the last second, ms" },
  { name: "commit_failures_total", kind: "counter", help: "commits that failed" },
  { name: "waiting_bytes", kind: "gauge", help: "bytes of blocks that wait for a predecessor or a commit" },
  { name: "stored_blocks", kind: "gauge", help: "blocks held" },
  { name: "stored_bytes", kind: "gauge", help: "bytes of blocks held" },
  { name: "gaps_open", kind: "gauge", help: "named gaps that are not healed" },
  { name: "gap_blocks_open", kind: "gauge", help: "blocks in open gaps" },
  { name: "gaps_healed_total", kind: "counter", help: "named gaps, or parts of them, that were healed" },
  { name: "gaps_lost_total", kind: "counter", help: "named gaps that the OT journal no longer holds" },
  { name: "loss_records_total", kind: "counter", help: "loss records received" },
  { name: "removed_blocks_total", kind: "counter", help: "blocks that retention removed" },
  { name: "link_up", kind: "gauge", help: "1 while heartbeats come" },
  { name: "link_silent_ms", kind: "gauge", help: "since the last sign of life" },
];
