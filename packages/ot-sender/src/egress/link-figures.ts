/** What the link thread counts.
 *  egress, UDP sink → [link figures] → main */
import type { FigureDefinition, Figures } from "@nonreturn/station";
import type { Egress } from "./egress.ts";
import { LANES } from "./lanes.ts";
import type { UdpSink } from "./udp-sink.ts";

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
  { name: "live_queue_bytes", kind: "gauge", help: "bytes of live blocks that have not left yet" },
  { name: "head_sequence", kind: "gauge", help: "last block that had its first pass" },
];

export function collectLinkFigures(figures: Figures, egress: Egress, sink: UdpSink): void {
  const { datagrams, bytes, liveBlocks, overflowed, refused } = egress.counters;
  for (const [number, lane] of LANES.entries()) figures.set("datagrams_sent_total", datagrams[number]!, { lane });
  figures.set(
    "datagrams_all_total",
    datagrams.reduce((sum, count) => sum + count, 0),
  );
  figures.set("datagram_bytes_total", bytes);
  figures.set("send_errors_total", sink.counters.errors);
  figures.set("socket_reopened_total", sink.counters.reopened);
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
