/** What the intake thread counts.
 *  UDP source, admission, assembly → [intake figures] → main */
import type { FigureDefinition, Figures } from "@nonreturn/station";
import type { AssemblyTable } from "../assemble/assembly-table.ts";
import { type Admission, VERDICTS } from "./admit.ts";
import type { UdpSource } from "./udp-source.ts";

export const INTAKE_FIGURES: readonly FigureDefinition[] = [
  { name: "datagrams_received_total", kind: "counter", help: "datagrams read from the socket" },
  { name: "datagram_bytes_total", kind: "counter", help: "bytes of all datagrams read" },
  { name: "datagrams_total", kind: "counter", help: "datagrams by what admission said", labels: ["verdict"] },
  {
    name: "datagrams_refused_total",
    kind: "counter",
    help: "datagrams that do not belong to the link: wrong form, stream, key, epoch or session",
  },
  {
    name: "kernel_drops_total",
    kind: "counter",
    help: "datagrams the kernel dropped because its receive buffer was full; stays 0 where the kernel does not tell",
  },
  { name: "socket_errors_total", kind: "counter", help: "times the socket failed" },
  { name: "blocks_released_total", kind: "counter", help: "blocks assembled" },
  { name: "blocks_repaired_total", kind: "counter", help: "blocks that needed repair symbols" },
  { name: "blocks_evicted_total", kind: "counter", help: "incomplete blocks given up for room" },
  { name: "blocks_overflowed_total", kind: "counter", help: "blocks dropped because the record thread is behind" },
  { name: "open_blocks", kind: "gauge", help: "incomplete blocks" },
  { name: "open_bytes", kind: "gauge", help: "bytes of incomplete blocks" },
  { name: "in_flight_bytes", kind: "gauge", help: "bytes on their way to the record thread" },
  { name: "receive_buffer_bytes", kind: "gauge", help: "what the kernel granted the socket" },
];

export function collectIntakeFigures(
  figures: Figures,
  source: UdpSource,
  admission: Admission,
  table: AssemblyTable,
  own: { readonly inFlightBytes: number; readonly overflowed: number; readonly receiveBufferBytes: number },
): void {
  figures.set("datagrams_received_total", source.counters.received);
  figures.set("datagram_bytes_total", source.counters.bytes);
  for (const verdict of VERDICTS) figures.set("datagrams_total", admission.counts[verdict], { verdict });
  const { admitted, held, duplicate, old } = admission.counts;
  figures.set("datagrams_refused_total", source.counters.received - admitted - held - duplicate - old);
  figures.set("kernel_drops_total", source.counters.kernelDrops);
  figures.set("socket_errors_total", source.counters.socketErrors);
  figures.set("blocks_released_total", table.counters.released);
  figures.set("blocks_repaired_total", table.counters.repaired);
  figures.set("blocks_evicted_total", table.counters.evicted);
  figures.set("blocks_overflowed_total", own.overflowed);
  figures.set("open_blocks", table.openBlocks);
  figures.set("open_bytes", table.openBytes);
  figures.set("in_flight_bytes", own.inFlightBytes);
  figures.set("receive_buffer_bytes", own.receiveBufferBytes);
}
