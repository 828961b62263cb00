/** `nonreturn-ot status`, `nonreturn-it status`: what the running station says of itself.
 *  control socket → [status command] → lines for a person */
import type { Command } from "commander";
import { controlRequest } from "../control/control-request.ts";
import { controlSocketPath } from "../control/control-server.ts";
import type { FigureSnapshot } from "../metrics/figures.ts";
import { modeWord } from "../preflight/start-mode.ts";
import { grouped } from "./plural.ts";

/** What every station answers to `GET /status`; the pipeline adds the rest once it runs. */
export interface StationStatus {
  readonly state: string;
  readonly station: string;
  readonly mode?: string;
  readonly uptimeMs?: number;
}

export interface StatusSurroundings<PipelineStatus extends { readonly figures: FigureSnapshot }> {
  readonly print: (line: string) => void;
  readonly dataFolderOf: (configFile: string) => string;
  /** "show what the running station …" */
  readonly description: string;
  /** Lines about a pipeline that runs. `figure` writes one for a person, with its noun where it has one. */
  readonly describe: (status: PipelineStatus, figure: WriteFigure) => readonly string[];
}

export type WriteFigure = (name: string, noun?: string) => string;

/** Add the `status` command to a program. Its action throws StationError. */
export function addStatusCommand<PipelineStatus extends { readonly figures: FigureSnapshot }>(
  program: Command,
  { print, dataFolderOf, description, describe }: StatusSurroundings<PipelineStatus>,
): void {
  program
    .command("status")
    .description(description)
    .requiredOption("--config <file>", "configuration of the running station")
    .option("--json", "everything, as JSON")
    .action(async ({ config, json }: { config: string; json?: true }) => {
      const status = (await controlRequest(
        controlSocketPath(dataFolderOf(config)),
        "GET",
        "/status",
      )) as StationStatus & Partial<PipelineStatus>;
      if (json) return print(JSON.stringify(status));
      print(`${status.station}: ${status.state}${modeWord(status.mode)}`);
      const { figures } = status;
      if (figures === undefined) return;
      print(`  up ${uptime(status.uptimeMs ?? 0)}`);
      const figure: WriteFigure = (name, noun) => {
        const value = figures[name] ?? 0;
        return noun === undefined ? value.toLocaleString("en-US") : grouped(value, noun);
      };
      for (const line of describe(status as StationStatus & PipelineStatus, figure)) print(line);
    });
}

/** In the largest unit of which there are two. */
function uptime(ms: number): string {
  const [unit, length] = UNITS.find(([, unitMs]) => ms >= 2 * unitMs) ?? (["s", 1000] as const);
  return `${Math.floor(ms / length)} ${unit}`;
}

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
] as const;
