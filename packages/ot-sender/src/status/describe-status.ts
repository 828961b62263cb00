/** What `nonreturn-ot status` says of a station that runs.
 *  status → [describe status] → terminal */
import { plural, type WriteFigure } from "@nonreturn/station";
import { alarmLine } from "../alarm/alarm-status.ts";
import type { PipelineStatus } from "../pipeline.ts";

/** On the terminal; --json has more. */
const MOST_ALARMS = 20;

export function describeStatus(
  { figures, alarms, activeAlarms, devices }: Pick<PipelineStatus, "figures" | "alarms" | "activeAlarms" | "devices">,
  figure: WriteFigure,
): string[] {
  const more = (figures.alarms_active ?? 0) - MOST_ALARMS;
  return [
    `  read       ${figure("samples_read_total", "sample")}, ${figure("samples_reported_total")} reported`,
    `  journal    ${figure("journal_blocks", "block")} (${figure("journal_oldest_sequence")} … ${figure("journal_head_sequence")}), ${figure("journal_bytes", "byte")}, epoch ${figures.journal_sealing_epoch ?? 0}`,
    `  link       ${figure("link_datagrams_all_total", "datagram")}, head ${figure("link_head_sequence")}, backlog ${figure("link_backlog_blocks", "block")}`,
    ...alarms.map((alarm) => `  ALARM      ${alarm}`),
    ...activeAlarms.slice(0, MOST_ALARMS).map((alarm) => `  active     ${alarmLine(alarm)}`),
    ...(more > 0 ? [`  active     ${plural(more, "alarm")} more`] : []),
    ...devices.map(
      ({ device, state, reason }) => `  ${state.padEnd(10)} ${device}${reason === "" ? "" : `: ${reason}`}`,
    ),
  ];
}
