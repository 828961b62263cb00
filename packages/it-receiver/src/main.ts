/** `nonreturn-it`: the IT station's commands.
 *  bin/nonreturn-it.js → [main] → run, check, harden, preflight, keys, gaps, alarms, quarantine, verify, sql, status, accept-epoch */
import { randomBytes } from "node:crypto";
import { userInfo } from "node:os";
import {
  addHardenCommand,
  addPreflightCommand,
  addStatusCommand,
  createLog,
  createProgram,
  enterMode,
  markLog,
  runProgram,
  runStation,
  systemClock,
  thisMachine,
} from "@nonreturn/station";
import { addAlarmsCommand } from "./alarms/alarms-command.ts";
import { startItStation } from "./compose.ts";
import { checkReport } from "./config/check-report.ts";
import { loadItConfig } from "./config/it-station-config.ts";
import { addGapsCommand } from "./gaps/gaps-command.ts";
import { itLinkSite } from "./harden/it-link-site.ts";
import { addAcceptEpochCommand } from "./ingress/accept-epoch-command.ts";
import { addKeysCommands } from "./keys/keys-command.ts";
import { checkMachine } from "./preflight/check-machine.ts";
import { addQuarantineCommand } from "./quarantine/quarantine-command.ts";
import { addSqlCommand } from "./sql/sql-command.ts";
import { describeStatus } from "./status/describe-status.ts";
import { addVerifyCommand } from "./verify/verify-command.ts";
import { version } from "./version.ts";

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const setExitCode = (code: number): void => {
  process.exitCode = code;
};
const dataFolderOf = (configFile: string): string => loadItConfig(configFile).dataFolder;

const program = createProgram("nonreturn-it", "IT station: receives, proves, stores and publishes", version);

program
  .command("run")
  .description("listen to the link, record and publish, until stopped")
  .requiredOption("--config <file>", "configuration of this station")
  .action(async ({ config: file }: { config: string }) => {
    const config = loadItConfig(file);
    const log = markLog(config.station.mode, createLog({ name: "it", level: config.logLevel }));
    await runStation({
      name: `IT station ${config.station.name}`,
      log,
      start: async (signal) => {
        enterMode(config.station.mode, log, () => checkMachine(config, thisMachine));
        const station = await startItStation(config, version, systemClock, log, signal);
        print(JSON.stringify({ event: "running", station: config.station.name, listening: station.listening }));
        return station;
      },
    });
  });

program
  .command("check")
  .description("check the configuration and show what it means; starts nothing")
  .requiredOption("--config <file>", "configuration of this station")
  .action(({ config: file }: { config: string }) => {
    for (const line of checkReport(loadItConfig(file))) print(line);
  });

addHardenCommand(program, { print, siteOf: (configFile) => itLinkSite(loadItConfig(configFile)) });
addPreflightCommand(program, {
  print,
  preflightOf: (configFile) => checkMachine(loadItConfig(configFile), thisMachine),
});
addKeysCommands(program, {
  random: randomBytes,
  print,
  keysFolder: "keys",
  keysFolderOf: (configFile) => loadItConfig(configFile).keysFolder,
  stationNameOf: (configFile) => loadItConfig(configFile).station.name,
});
addGapsCommand(program, { print, dataFolderOf });
addAlarmsCommand(program, { print, dataFolderOf });
addQuarantineCommand(program, { print, dataFolderOf });
addVerifyCommand(program, { print, foldersOf: loadItConfig, setExitCode });
addSqlCommand(program, { print, dataFolderOf });
addStatusCommand(program, {
  print,
  dataFolderOf,
  description: "show what the running station receives, stores and publishes",
  describe: describeStatus,
});
addAcceptEpochCommand(program, { clock: systemClock, print, dataFolderOf, user: userInfo().username });

await runProgram(program, process.argv);
