/** `nonreturn-it alarms`: what is active now, most severe first; from the historian, whether the station runs or not.
 *  command line, historian → [alarms command] → lines for a person */
import type { Command } from "@nonreturn/station";
import { openHistoryTables } from "../sql/history-tables.ts";

export interface AlarmsSurroundings {
  readonly print: (line: string) => void;
  readonly dataFolderOf: (configFile: string) => string;
}

interface ActiveAlarm {
  readonly path: string;
  readonly condition: string;
  /** Of the event. */
  readonly time: string;
  readonly severity: number;
  readonly text: string;
  readonly value_text: string | null;
  readonly unit: string;
}

/** The most severe ones; the number of all is told. */
const LISTED = 10_000;
// biome-ignore lint/suspicious/noControlCharactersInRegex: a name from another network must not command the terminal
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Add the `alarms` command to a program. Its action throws StationError. */
export function addAlarmsCommand(program: Command, { print, dataFolderOf }: AlarmsSurroundings): void {
  program
    .command("alarms")
    .description("list the alarms that are active in the plant, most severe first; needs a publisher of type historian")
    .requiredOption("--config <file>", "configuration of this station")
    .option("--json", "as JSON")
    .action(({ config, json }: { config: string; json?: true }) => {
      const { active, alarms } = readActive(dataFolderOf(config));
      if (json) print(JSON.stringify({ active, alarms }));
      else for (const line of describe(active, alarms)) print(line);
    });
}

function readActive(dataFolder: string): { readonly active: number; readonly alarms: readonly ActiveAlarm[] } {
  const tables = openHistoryTables(dataFolder);
  try {
    const active = tables.database.prepare<[], number>("SELECT count(*) FROM active_alarms").pluck().get() ?? 0;
    const alarms = tables.database
      .prepare<[number], ActiveAlarm>(
        "SELECT path, condition, time, severity, text, value_text, unit FROM active_alarms ORDER BY severity DESC, timestamp DESC, path LIMIT ?",
      )
      .all(LISTED);
    return { active, alarms };
  } finally {
    tables.close();
  }
}

function describe(active: number, alarms: readonly ActiveAlarm[]): string[] {
  if (active === 0) return ["No alarms are active."];
  const lines = [`${active} active${active > alarms.length ? `, the ${alarms.length} most severe:` : ":"}`];
  for (const { path, condition, time, severity, text, value_text: value, unit } of alarms) {
    const shown = value === null ? "" : ` (${value}${unit === "" ? "" : ` ${unit}`})`;
    const words = text === "" ? "" : `, ${text}`;
    lines.push(printable(`  ${path}: ${condition}${words}${shown}, severity ${severity}, since ${time}`));
  }
  return lines;
}

function printable(line: string): string {
  return line.replace(UNPRINTABLE, "\u{fffd}");
}
