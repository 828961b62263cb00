/** What `nonreturn-it status` says of a station that runs.
 *  status → [describe status] → terminal */
import { grouped, type WriteFigure } from "@nonreturn/station";
import type { PipelineStatus } from "../pipeline.ts";
import { describeBacklog } from "./describe-backlog.ts";

export function describeStatus(
  { record, publishers, alarms }: Pick<PipelineStatus, "figures" | "record" | "publishers" | "alarms">,
  figure: WriteFigure,
): string[] {
  return [
    `  link       ${record?.link.state ?? "unknown"}, ${figure("intake_datagrams_received_total", "datagram")}, ${figure("intake_datagrams_refused_total")} refused`,
    `  blocks     ${figure("record_stored_blocks")} stored (${figure("record_stored_bytes", "byte")}), ${figure("intake_blocks_repaired_total")} repaired by FEC`,
    `  gaps       ${record?.gaps.open ?? 0} open, ${record?.gaps.healed ?? 0} healed, ${record?.gaps.lost ?? 0} lost`,
    `  alarms     ${figure("alarms_active")} active in the plant`,
    ...publishers.flatMap((publisher) => [publisherLine(publisher), ...describeBacklog(publisher)]),
    ...alarms.map((alarm) => `  ALARM      ${alarm}`),
  ];
}

function publisherLine({ name, state, progress, events, eventsTold }: PipelineStatus["publishers"][number]): string {
  const notified = eventsTold === undefined ? "" : ` (told to clients: ${eventsTold.toLocaleString("en-US")})`;
  const told = events > 0 ? `, ${grouped(events, "alarm event")} since the start${notified}` : "";
  return `  publisher  ${name}: ${state}, ${grouped(progress?.samples ?? 0, "sample")}${told}`;
}
