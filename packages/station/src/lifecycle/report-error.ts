/** Tells a person at a terminal what went wrong: what, where, what to do.
 *  error → [report error] → stderr, exit code */
import { StationError } from "../station-error.ts";
import { exitCodeOf } from "./exit-code.ts";

/**
 * Three lines for a StationError:
 * ```
 * error CONFIG_INVALID: one mistake: …
 *    at config/ot.yaml
 *    do Correct the lines above; nothing was started.
 * ```
 * Anything else is our own mistake and comes with its stack.
 */
export function describeError(error: unknown): string {
  if (error instanceof StationError) {
    const lines = [`error ${error.code}: ${error.what}`];
    if (error.where !== undefined) lines.push(`   at ${error.where}`);
    lines.push(`   do ${error.action}`);
    return `${lines.join("\n")}\n`;
  }
  if (error instanceof Error) {
    // Errors of the packages beneath (WireError) carry a code and a sentence, and no surprise: no stack.
    const { code } = error as { code?: unknown };
    if (typeof code === "string") return `error ${code}: ${error.message}\n   do Look the code up in docs/errors.md.\n`;
    return `error: ${error.stack ?? error.message}\n   do This is a defect of the program; please report it with the lines above.\n`;
  }
  return `error: ${String(error)}\n   do This is a defect of the program; please report it.\n`;
}

/** Write it to stderr and end the process with the error's exit code. */
export function reportAndExit(error: unknown): never {
  process.stderr.write(describeError(error));
  process.exit(exitCodeOf(error));
}
