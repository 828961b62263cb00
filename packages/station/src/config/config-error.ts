/** Every mistake of one configuration file at once, each with its place and what to write instead.
 *  parse → [config error] → the person who wrote the file */
import { StationError } from "../station-error.ts";

export interface ConfigMistake {
  readonly line: number; // from 1
  readonly column: number; // from 1
  /** "devices[0].port"; "" for the file as a whole. */
  readonly path: string;
  /** What is wrong, and after a semicolon what to write. */
  readonly text: string;
}

/** Reported mistakes end here; a file with this many wants one look at the first ones. */
const MAXIMUM_SHOWN = 50;

/** CONFIG_INVALID. `what` has one line per mistake: `file:line:column: path: what is wrong; write …`. */
export class ConfigError extends StationError {
  readonly mistakes: readonly ConfigMistake[];

  constructor(fileName: string, mistakes: readonly ConfigMistake[], options?: ErrorOptions) {
    const sorted = [...mistakes].sort((a, b) => a.line - b.line || a.column - b.column);
    const shown = sorted
      .slice(0, MAXIMUM_SHOWN)
      .map(
        ({ line, column, path, text }) => `  ${fileName}:${line}:${column}: ${path === "" ? "" : `${path}: `}${text}`,
      );
    if (sorted.length > MAXIMUM_SHOWN) shown.push(`  … and ${sorted.length - MAXIMUM_SHOWN} more`);
    super(
      {
        code: "CONFIG_INVALID",
        what: `${sorted.length === 1 ? "one mistake" : `${sorted.length} mistakes`}:\n${shown.join("\n")}`,
        where: fileName,
        action: "Correct the lines above; nothing was started.",
      },
      options,
    );
    this.mistakes = sorted;
  }
}
