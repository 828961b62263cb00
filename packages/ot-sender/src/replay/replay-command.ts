/** `nonreturn-ot replay CODE`: asks the running station to send a gap again.
 *  command line → [replay command] → control socket → replay request */
import { type Command, controlRequest, controlSocketPath, StationError } from "@nonreturn/station";
import type { ReplayAnswer } from "./replay-request.ts";

/** What the entry point injects. */
export interface ReplaySurroundings {
  readonly print: (line: string) => void;
  /** Data folder named by a configuration file. */
  readonly dataFolderOf: (configFile: string) => string;
}

/** Add the `replay` command to a program. Its action throws StationError. */
export function addReplayCommand(program: Command, { print, dataFolderOf }: ReplaySurroundings): void {
  program
    .command("replay")
    .description("send blocks of the journal again: a gap code from the IT station, or a range of sequences")
    .argument("[gap-code]", "as `nonreturn-it gaps` prints it; case and spaces do not matter")
    .option("--first <sequence>", "first sequence, instead of a gap code", wholeNumber)
    .option("--last <sequence>", "last sequence", wholeNumber)
    .requiredOption("--config <file>", "configuration of the running station")
    .action(async (gapCode: string | undefined, options: { first?: number; last?: number; config: string }) => {
      const body = requestOf(gapCode, options);
      const socketPath = controlSocketPath(dataFolderOf(options.config));
      const answer = (await controlRequest(socketPath, "POST", "/replay", body)) as ReplayAnswer;
      print(describe(answer));
    });
}

function requestOf(gapCode: string | undefined, { first, last }: { first?: number; last?: number }): unknown {
  if (gapCode !== undefined && first === undefined && last === undefined) return { gapCode };
  if (gapCode === undefined && first !== undefined) return { first, last: last ?? first };
  throw new StationError({
    code: "USAGE",
    what: "name either a gap code, or --first and --last",
    action: "nonreturn-ot replay --help shows both.",
  });
}

function describe({ outcome, asked, held }: ReplayAnswer): string {
  const blocks = `${held.first} … ${held.last}`;
  switch (outcome) {
    case "accepted":
      return held.first === asked.first && held.last === asked.last
        ? `Blocks ${blocks} will be sent again when nothing more urgent is due.`
        : `Blocks ${blocks} will be sent again; the journal no longer holds the rest of ${asked.first} … ${asked.last}.`;
    case "gone":
      throw new StationError({
        code: "REPLAY_GONE",
        what: `the journal holds nothing of ${asked.first} … ${asked.last} any more`,
        action: "Raise journal.retention for the future; this gap cannot be healed.",
      });
    case "too-many":
      throw new StationError({
        code: "REPLAY_TOO_MANY",
        what: "too many replays are waiting already",
        action: "Wait until some are done (nonreturn-ot status), then ask again.",
      });
  }
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number > 0) return number;
  throw new StationError({
    code: "USAGE",
    what: `${JSON.stringify(text)} is no sequence`,
    action: "Write a whole number above 0.",
  });
}
