/** `nonreturn-it status`: what the running station says of itself.
 *  control socket → [status command] → lines for a person */
import { type Command, controlRequest, controlSocketPath, modeWord } from "@nonreturn/station";
import type { PipelineStatus } from "../pipeline.ts";
import { describeBacklog } from "./describe-backlog.ts";

export interface StatusSurroundings {
  readonly print: (line: string) => void;
  readonly dataFolderOf: (configFile: string) => string;
}

type Status = {
  readonly state: string;
  readonly station: string;
  readonly mode?: string;
  readonly uptimeMs?: number;
} & Partial<PipelineStatus>;

/** Add the `status` command to a program. Its action throws StationError. */
export function addStatusCommand(program: Command, { print, dataFolderOf }: StatusSurroundings): void {
  program
    .command("status")
    .description("show what the running station receives, stores and publishes")
    .requiredOption("--config <file>", "configuration of the running station")
    .option("--json", "everything, as JSON")
    .action(async ({ config, json }: { config: string; json?: true }) => {
      const status = (await controlRequest(controlSocketPath(dataFolderOf(config)), "GET", "/status")) as Status;
      if (json) print(JSON.stringify(status));
      else for (const line of describe(status)) print(line);
    });
}

function describe({ state, station, mode, uptimeMs, record, publishers, figures, alarms }: Status): string[] {
  const lines = [`${station}: ${state}${modeWord(mode)}`];
  if (figures === undefined) return lines;
  const figure = (name: string): string => (figures[name] ?? 0).toLocaleString("en-US");
  lines.push(
    `  up ${Math.round((uptimeMs ?? 0) / 1000)} s`,
    `  link       ${record?.link.state ?? "unknown"}, ${figure("intake_datagrams_received_total")} datagrams, ${figure("intake_datagrams_refused_total")} refused`,
    `  blocks     ${figure("record_stored_blocks")} stored (${figure("record_stored_bytes")} bytes), ${figure("intake_blocks_repaired_total")} repaired by FEC`,
    `  gaps       ${record?.gaps.open ?? 0} open, ${record?.gaps.healed ?? 0} healed, ${record?.gaps.lost ?? 0} lost`,
    `  alarms     ${figure("alarms_active")} active in the plant`,
  );
  for (const publisher of publishers ?? []) {
    const { name, state: publisherState, progress, events, eventsTold } = publisher;
    const notified = eventsTold === undefined ? "" : ` (told to clients: ${eventsTold.toLocaleString("en-US")})`;
    const told = events > 0 ? `, ${events.toLocaleString("en-US")} alarm events since the start${notified}` : "";
    const samples = (progress?.samples ?? 0).toLocaleString("en-US");
    lines.push(`  publisher  ${name}: ${publisherState}, ${samples} samples${told}`, ...describeBacklog(publisher));
  }
  for (const alarm of alarms ?? []) lines.push(`  ALARM      ${alarm}`);
  return lines;
}
