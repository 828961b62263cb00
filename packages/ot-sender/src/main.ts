/** `nonreturn-ot`: the OT station's commands.
 *  bin/nonreturn-ot.js → [main] → run, check, reload, browse, harden, preflight, keys, read, tags, replay, plan, status */
import { randomBytes } from "node:crypto";
import { setPriority } from "node:os";
import { resolve } from "node:path";
import { isatty } from "node:tty";
import {
  addHardenCommand,
  addPreflightCommand,
  addStatusCommand,
  collectGarbage,
  createLog,
  createProgram,
  enterMode,
  markLog,
  readConfigText,
  runProgram,
  runStation,
  systemClock,
  thisMachine,
} from "@nonreturn/station";
import { type ConfigSource, startOtStation } from "./compose.ts";
import { checkReport } from "./config/check-report.ts";
import { loadOtConfig, type OtStationConfig, parseOtConfig } from "./config/ot-station-config.ts";
import { otLinkSite } from "./harden/ot-link-site.ts";
import { addKeysCommands } from "./keys/keys-command.ts";
import { linkBudget } from "./plan/link-budget.ts";
import { addPlanCommand } from "./plan/plan-command.ts";
import { checkMachine } from "./preflight/check-machine.ts";
import { addBrowseCommand } from "./read/browse-command.ts";
import { addReadCommand } from "./read/read-command.ts";
import { keepText } from "./reload/plan-reload.ts";
import { addReloadCommand } from "./reload/reload-command.ts";
import { addReplayCommand } from "./replay/replay-command.ts";
import { describeStatus } from "./status/describe-status.ts";
import { addTagsCommands } from "./tag-list/tags-command.ts";
import { version } from "./version.ts";

/** Commands that end by themselves say what they have to say on stdout; the drivers they use are quiet. */
const quiet = createLog({ name: "ot", level: "warn" });
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const setExitCode = (code: number): void => {
  process.exitCode = code;
};
const dataFolderOf = (configFile: string): string => loadOtConfig(configFile).dataFolder;

function readToRun(file: string): { config: OtStationConfig | undefined; readonly source: ConfigSource } {
  const text = readConfigText(file);
  return { config: parseOtConfig(text, file), source: { path: resolve(file), text: keepText(text) } };
}

const program = createProgram("nonreturn-ot", "OT station: reads PLCs and sends through the one-way link", version);

program
  .command("run")
  .description("read the configured devices and send, until stopped")
  .requiredOption("--config <file>", "configuration of this station")
  .action(async ({ config: file }: { config: string }) => {
    const read = readToRun(file);
    const { station, logLevel } = read.config!;
    collectGarbage(); // the file's text and all that was made of it on the way, before the threads take their part
    const log = markLog(station.mode, createLog({ name: "ot", level: logLevel }));
    await runStation({
      name: `OT station ${station.name}`,
      log,
      // A service has no terminal that could be closed.
      hangUp: isatty(0) ? undefined : "reload",
      start: async (signal) => {
        const starting = read.config!;
        read.config = undefined; // as it was read, it takes a kilobyte per tag
        enterMode(station.mode, log, () => checkMachine(starting, thisMachine));
        const running = await startOtStation(starting, version, systemClock, log, signal, read.source);
        print(JSON.stringify({ event: "running", station: station.name }));
        return running;
      },
    });
  });

program
  .command("check")
  .description("check the configuration, show what would be read and whether the link carries it; starts nothing")
  .requiredOption("--config <file>", "configuration of this station")
  .action(({ config: file }: { config: string }) => {
    for (const line of checkReport(loadOtConfig(file), { clock: systemClock, log: quiet }, linkBudget)) print(line);
  });

addHardenCommand(program, { print, siteOf: (configFile) => otLinkSite(loadOtConfig(configFile)) });
addPreflightCommand(program, {
  print,
  preflightOf: (configFile) => checkMachine(loadOtConfig(configFile), thisMachine),
});
addKeysCommands(program, {
  random: randomBytes,
  clock: systemClock,
  print,
  keysFolder: "keys",
  keysFolderOf: (configFile) => loadOtConfig(configFile).keysFolder,
});
addReadCommand(program, { clock: systemClock, log: quiet, print, setExitCode });
addBrowseCommand(program, { clock: systemClock, log: quiet, print });
addTagsCommands(program, { print });
addReloadCommand(program, { print, dataFolderOf, giveWay: () => setPriority(10) });
addReplayCommand(program, { print, dataFolderOf });
addStatusCommand(program, {
  print,
  dataFolderOf,
  description: "show what the running station reads, holds and sends",
  describe: describeStatus,
});
addPlanCommand(program);

await runProgram(program, process.argv);
