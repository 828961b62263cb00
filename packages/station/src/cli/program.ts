/** The frame of a command-line program: help, version, exit codes, errors for people.
 *  bin → main → [program] → run, check, keys, … */
import { Command, CommanderError, Help } from "commander";
import { ExitCode } from "../lifecycle/exit-code.ts";
import { reportAndExit } from "../lifecycle/report-error.ts";

export { Command } from "commander";

/** A commander program; add commands to it, then {@link runProgram}. Subcommands made by `.command()` inherit everything set here. */
export function createProgram(name: string, description: string, version: string): Command {
  return new Command(name)
    .description(description)
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .configureHelp({
      optionDescription: (option) => {
        const written = new Help().optionDescription(option);
        return option.mandatory ? `${written} (required)` : written;
      },
    })
    .showHelpAfterError("(--help shows what is possible)")
    .showSuggestionAfterError(true)
    .exitOverride();
}

/**
 * Run the command that `argv` names (`process.argv`).
 * Resolves when its action does. A wrong command line ends the process with 2 and commander's own message; an error of the action is
 * reported in three lines and ends it with the error's exit code.
 */
export async function runProgram(program: Command, argv: readonly string[]): Promise<void> {
  outliveReaders();
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    // commander has already written help, version or its complaint.
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? ExitCode.ok : ExitCode.usage);
    reportAndExit(error);
  }
}

/** Whoever reads the output may have seen enough (`| head`): what is written from then on goes nowhere, and nothing else changes. */
function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
}
