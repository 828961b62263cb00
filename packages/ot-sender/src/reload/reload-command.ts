/** `nonreturn-ot reload`: has the running station take its changed configuration file over.
 *  command line → [reload command] → control socket → reloader */
import { realpathSync } from "node:fs";
import { type Command, controlRequest, controlSocketPath, StationError } from "@nonreturn/station";
import { asRefusal, type ReloadAnswer } from "./reloader.ts";

export interface ReloadCommandSurroundings {
  readonly print: (line: string) => void;
  /** Reads and checks the whole file. */
  readonly dataFolderOf: (configFile: string) => string;
  /** Called first: reading many tags must not take the processor from the station. */
  readonly giveWay: () => void;
}

/** Many tags are read and compared meanwhile. */
const ANSWER_MS = 300_000;

/** Add the `reload` command to a program. Its action throws StationError. */
export function addReloadCommand(program: Command, { print, dataFolderOf, giveWay }: ReloadCommandSurroundings): void {
  program
    .command("reload")
    .description("show what changed in the configuration file, and have the running station take it over")
    .requiredOption("--config <file>", "configuration of the running station")
    .option("--dry-run", "only show the difference")
    .option("--json", "the station's answer as JSON")
    .action(async ({ config, dryRun = false, json }: { config: string; dryRun?: boolean; json?: true }) => {
      giveWay();
      const socketPath = controlSocketPath(checkedDataFolder(config, dataFolderOf));
      const body = { path: realpathSync(config), dryRun };
      const answer = (await controlRequest(socketPath, "POST", "/reload", body, ANSWER_MS)) as ReloadAnswer;
      if (json) print(JSON.stringify(answer));
      else for (const line of answer.lines) print(line);
      if (answer.restartKeys.length > 0) throw needsRestart(answer.restartKeys, config);
      if (!json) print(CONCLUSION[answer.outcome]);
    });
}

const CONCLUSION: Readonly<Record<ReloadAnswer["outcome"], string>> = {
  applied: "applied; the station runs with it",
  planned: "nothing was changed; without --dry-run the station takes this over",
  unchanged: "nothing to do: the station runs with this configuration",
  "needs-restart": "nothing was changed",
};

function checkedDataFolder(config: string, dataFolderOf: (configFile: string) => string): string {
  try {
    return dataFolderOf(config);
  } catch (error) {
    throw error instanceof StationError ? asRefusal(error, config) : error;
  }
}

function needsRestart(keys: readonly string[], config: string): StationError {
  return new StationError({
    code: "RELOAD_RESTART",
    what: `only a start reads ${keys.join(", ")}; nothing was changed`,
    where: config,
    action: "Restart the station to have all of it, or put these keys back and reload the rest.",
  });
}
