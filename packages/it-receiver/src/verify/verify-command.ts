/** `nonreturn-it verify`: prove what is stored, and print the evidence.
 *  verify store → [verify command] → lines for a person, exit code */
import { join } from "node:path";
import { type Command, plural } from "@nonreturn/station";
import { loadOpeningKeys } from "../keys/pairing-file.ts";
import { assertKept } from "../record/assert-kept.ts";
import { STORE_FILE } from "../record/store-schema.ts";
import { type VerifyReport, verifyStore } from "./verify-store.ts";

export interface VerifySurroundings {
  readonly print: (line: string) => void;
  readonly foldersOf: (configFile: string) => { readonly dataFolder: string; readonly keysFolder: string };
  readonly setExitCode: (code: number) => void;
}

/** Add the `verify` command to a program. Exit code 1 if anything does not hold. Its action throws StationError. */
export function addVerifyCommand(program: Command, { print, foldersOf, setExitCode }: VerifySurroundings): void {
  program
    .command("verify")
    .description("prove every stored block, the chain and the ledger")
    .requiredOption("--config <file>", "configuration of this station")
    .option("--all-signatures", "check the signature of every block, not only of the last of each run")
    .option("--json", "the report as JSON")
    .action(({ config, allSignatures, json }: { config: string; allSignatures?: true; json?: true }) => {
      const { dataFolder, keysFolder } = foldersOf(config);
      const path = join(dataFolder, STORE_FILE);
      assertKept(path, "blocks");
      const report = verifyStore(path, loadOpeningKeys(keysFolder), allSignatures ? "all" : "last-of-run");
      if (json) print(JSON.stringify(report));
      else for (const line of describe(report)) print(line);
      if (report.failureCount > 0) setExitCode(1);
    });
}

function describe(report: VerifyReport): string[] {
  const { blocks, bytes, samples, joints, signatures, runs, highestSealingEpoch, openGaps, forks } = report;
  return [
    `${report.failureCount === 0 ? "Everything holds" : `${report.failureCount} ${report.failureCount === 1 ? "FAILURE" : "FAILURES"}`}: ${plural(blocks, "block")}, ${plural(bytes, "byte")}, ${plural(samples, "sample")}`,
    `  hashed and opened  ${blocks}`,
    `  joints compared    ${joints}`,
    `  signatures checked ${signatures}`,
    `  highest epoch      ${highestSealingEpoch}`,
    `  open gaps          ${openGaps}`,
    `  forks              ${forks}`,
    ...runs.map(
      ({ stream, journalEpoch, first, last, lastHash }) =>
        `  run  stream ${stream}, journal ${journalEpoch}, blocks ${first} … ${last}, ends in ${lastHash}`,
    ),
    ...report.failures.map((failure) => `  FAILED ${failure}`),
  ];
}
