/** `nonreturn-ot status`: what the running station says of itself.
 *  control socket → [status command] → lines for a person */
import { type Command, controlRequest, controlSocketPath, modeWord } from "@nonreturn/station";
import type { DeviceStatus } from "@nonreturn/wire-format";
import { type AlarmStatus, alarmLine } from "../alarm/alarm-status.ts";

export interface StatusSurroundings {
  readonly print: (line: string) => void;
  readonly dataFolderOf: (configFile: string) => string;
}

interface Status {
  readonly state: string;
  readonly station: string;
  readonly mode?: string;
  readonly uptimeMs?: number;
  readonly alarms?: readonly string[];
  readonly activeAlarms?: readonly AlarmStatus[];
  readonly devices?: readonly DeviceStatus[];
  readonly figures?: Readonly<Record<string, number>>;
}

/** Add the `status` command to a program. Its action throws StationError. */
export function addStatusCommand(program: Command, { print, dataFolderOf }: StatusSurroundings): void {
  program
    .command("status")
    .description("show what the running station reads, holds and sends")
    .requiredOption("--config <file>", "configuration of the running station")
    .option("--json", "everything, as JSON")
    .action(async ({ config, json }: { config: string; json?: true }) => {
      const status = (await controlRequest(controlSocketPath(dataFolderOf(config)), "GET", "/status")) as Status;
      if (json) print(JSON.stringify(status));
      else for (const line of describe(status)) print(line);
    });
}

/** On the terminal; --json has more. */
const MOST_ALARMS = 20;

function describe(status: Status): string[] {
  const { state, station, mode, uptimeMs, alarms, activeAlarms = [], devices, figures } = status;
  const lines = [`${station}: ${state}${modeWord(mode)}`];
  if (figures === undefined) return lines;
  const figure = (name: string): string => (figures[name] ?? 0).toLocaleString("en-US");
  lines.push(
    `  up ${Math.round((uptimeMs ?? 0) / 1000)} s`,
    `  read       ${figure("samples_read_total")} samples, ${figure("samples_reported_total")} reported`,
    `  journal    ${figure("journal_blocks")} blocks (${figure("journal_oldest_sequence")} … ${figure("journal_head_sequence")}), ${figure("journal_bytes")} bytes, epoch ${figures.journal_sealing_epoch ?? 0}`,
    `  link       ${figure("link_datagrams_all_total")} datagrams, head ${figure("link_head_sequence")}, backlog ${figure("link_backlog_blocks")} blocks`,
  );
  for (const alarm of alarms ?? []) lines.push(`  ALARM      ${alarm}`);
  for (const alarm of activeAlarms.slice(0, MOST_ALARMS)) lines.push(`  active     ${alarmLine(alarm)}`);
  const more = (figures.alarms_active ?? 0) - MOST_ALARMS;
  if (more > 0) lines.push(`  active     ${more} alarms more`);
  for (const { device, state: deviceState, reason } of devices ?? [])
    lines.push(`  ${deviceState.padEnd(10)} ${device}${reason === "" ? "" : `: ${reason}`}`);
  return lines;
}
