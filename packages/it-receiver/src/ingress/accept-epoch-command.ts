/** `nonreturn-it accept-epoch`: the way out after the OT station ran with a clock that was ahead.
 *  command line → [accept epoch] → run-epochs.json, audit line */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { type Clock, type Command, StationError } from "@nonreturn/station";
import { RUN_EPOCH_FILE, readRunEpochs, writeRunEpochs } from "./run-epochs.ts";

export interface AcceptEpochSurroundings {
  readonly clock: Clock;
  readonly print: (line: string) => void;
  readonly dataFolderOf: (configFile: string) => string;
  /** Who does this, for the audit line. */
  readonly user: string;
}

const AUDIT_FILE = "audit.jsonl";

/** Add the `accept-epoch` command to a program. Its action throws StationError. */
export function addAcceptEpochCommand(program: Command, surroundings: AcceptEpochSurroundings): void {
  const { clock, print, dataFolderOf, user } = surroundings;
  program
    .command("accept-epoch")
    .description(
      "admit runs of the OT station from this epoch on, after its clock had been ahead; restart the station afterwards",
    )
    .argument("<epoch>", "the OT station's epoch, as `nonreturn-ot status` prints it")
    .requiredOption("--config <file>", "configuration of this station")
    .requiredOption("--reason <text>", "why, for the audit trail")
    .option("--generation <number>", "key generation", "1")
    .action((epochText: string, options: { config: string; reason: string; generation: string }) => {
      const epoch = numberOf(epochText, 0xffff_ffff);
      const generation = numberOf(options.generation, 0xffff);
      const folder = dataFolderOf(options.config);
      const path = join(folder, RUN_EPOCH_FILE);
      const epochs = readRunEpochs(path);
      const before = epochs.get(generation);
      const line = {
        time: clock.nowUtcMicros(),
        action: "accept-epoch",
        user,
        generation,
        before,
        epoch,
        reason: options.reason,
      };
      appendFileSync(join(folder, AUDIT_FILE), `${JSON.stringify(line)}\n`, { mode: 0o600 });
      writeRunEpochs(path, epochs.set(generation, epoch));
      print(`Runs of generation ${generation} are admitted from epoch ${epoch} on (before: ${before ?? "none"}).`);
      print("Restart the station for this to take effect.");
    });
}

function numberOf(text: string, most: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= most) return number;
  throw new StationError({
    code: "USAGE",
    what: `${JSON.stringify(text)} is no whole number up to ${most}`,
    action: "Write it in digits, as the OT station prints it.",
  });
}
