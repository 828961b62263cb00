/** What the link thread counts.
 *  egress, UDP sink → [link figures] → main */
import type { FigureDefinition, Figures } from "@nonreturn/station/thread";
import type { Egress } from "./egress.ts";
import { LANES } from "./lanes.ts";
import { FRAME_OVERHEAD_BYTES } from "./pacer.ts";

export const LINK_FIGURES: readonly FigureDefinition[] = [
  { name: "datagrams_sent_total", kind: "counter", help: "datagrams given to the kernel, by lane", labels: ["lane"] },
  { name: "datagrams_all_total", kind: "counter", help: "datagrams of all lanes" },
  { name: "datagram_bytes_total", kind: "counter", help: "bytes of all datagrams, without frames" },
  { name: "send_errors_total", kind: "counter", help: "datagrams the kernel refused" },
  { name: "socket_reopened_total", kind: "counter", help: "times the socket died and was opened again" },
  { name: "live_blocks_total", kind: "counter", help: "blocks whose first pass was started as they came" },
  { name: "overflowed_blocks_total", kind: "counter", help: "blocks put off because the link is slower than the data" },
  { name: "backlog_blocks", kind: "gauge", help: "journaled blocks that wait for their first pass" },
  { name: "replaying_blocks", kind: "gauge", help: "blocks of replays that wait for their turn" },
  { name: "repeated_blocks_total", kind: "counter", help: "blocks sent late or again, by lane", labels: ["lane"] },
  { name: "pruned_blocks_total", kind: "counter", help: "blocks that retention removed before they could be repeated" },
  { name: "refused_blocks_total", kind: "counter", help: "blocks too large for the link's symbols" },
  { name: "journal_read_errors_total", kind: "counter", help: "reads of the journal that failed" },
  { name: "unannounced_total", kind: "counter", help: "status and refresh blocks that were not sent" },
  { name: "lane_symbols", kind: "gauge", help: "symbols that are due and wait for room, by lane", labels: ["lane"] },
  { name: "rate_bits_per_second", kind: "gauge", help: "what left in the last second, framing included" },
  { name: "live_queue_bytes", kind: "gauge", help: "bytes of live blocks that have not left yet" },
  { name: "head_sequence", kind: "gauge", help: "last block that had its first pass" },
];

export interface SinkCounters {
  /** Datagrams that the kernel refused. */
  readonly errors: number;
  readonly reopened: number;
}

/** @param elapsedMs  since the last call */
export function collectLinkFigures(figures: Figures, egress: Egress, sink: SinkCounters, elapsedMs: number): void {
  const { datagrams, bytes, liveBlocks, overflowed, refused } = egress.counters;
  for (const [number, lane] of LANES.entries()) {
    figures.set("datagrams_sent_total", datagrams[number]!, { lane });
    figures.set("lane_symbols", egress.waitingIn(lane), { lane });
  }
  const all = datagrams.reduce((sum, count) => sum + count, 0);
  const newBytes =
    bytes - figures.get("datagram_bytes_total") + (all - figures.get("datagrams_all_total")) * FRAME_OVERHEAD_BYTES;
  if (elapsedMs > 0) figures.set("rate_bits_per_second", (newBytes * 8000) / elapsedMs);
  figures.set("datagrams_all_total", all);
  figures.set("datagram_bytes_total", bytes);
  figures.set("send_errors_total", sink.errors);
  figures.set("socket_reopened_total", sink.reopened);
  figures.set("live_blocks_total", liveBlocks);
  figures.set("overflowed_blocks_total", overflowed);
  figures.set("backlog_blocks", egress.repeats.backlog);
  figures.set("replaying_blocks", egress.repeats.replaying);
  const { backlogSent, secondPassSent, replaySent, pruned } = egress.repeats.counters;
  figures.set("repeated_blocks_total", backlogSent, { lane: "backlog" });
  figures.set("repeated_blocks_total", secondPassSent, { lane: "second-pass" });
  figures.set("repeated_blocks_total", replaySent, { lane: "replay" });
  figures.set("pruned_blocks_total", pruned);
  figures.set("refused_blocks_total", refused);
  figures.set("live_queue_bytes", egress.liveBytesWaiting);
  figures.set("head_sequence", egress.head.sequence);
}
