/** `nonreturn-ot preflight`, `nonreturn-it preflight`: is this machine ready, and what to do where it is not.
 *  station configuration → machine checks → [preflight command] → lines, exit code */
import type { Command } from "commander";
import { type Accepted, demandPassed, describeFinding, type Finding } from "./finding.ts";

export interface Preflight {
  readonly findings: readonly Finding[];
  readonly accepted: Accepted;
}

export interface PreflightSurroundings {
  readonly print: (line: string) => void;
  /** @throws {StationError} CONFIG_… */
  readonly preflightOf: (configFile: string) => Preflight;
}

/** Add the `preflight` command to a program. Its action throws StationError PREFLIGHT_FAILED after it has printed every finding. */
export function addPreflightCommand(program: Command, { print, preflightOf }: PreflightSurroundings): void {
  program
    .command("preflight")
    .description("check this machine: interface, silence, routes, buffers, clock, disk, keys; changes nothing")
    .requiredOption("--config <file>", "configuration of this station")
    .option("--json", "the findings as JSON")
    .action(({ config, json }: { config: string; json?: true }) => {
      const { findings, accepted } = preflightOf(config);
      if (json) print(JSON.stringify({ findings, accepted }));
      else for (const finding of findings) print(describeFinding(finding, accepted));
      demandPassed(findings, accepted, "described");
    });
}
