/** What an operator asks to have sent again: a gap code carried over from the IT console, or a range of sequences.
 *  control socket → [replay request] → link thread */
import { StationError } from "@nonreturn/station";
import { decodeGapCode, type Gap, WireError } from "@nonreturn/wire-format";
import { z } from "zod";

const replayBody = z.union([
  z.strictObject({ gapCode: z.string().min(1).max(200) }),
  z.strictObject({
    first: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
    last: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
  }),
]);

export interface ReplayRange {
  readonly first: number;
  readonly last: number;
}

export interface ReplayAnswer {
  readonly outcome: "accepted" | "gone" | "too-many";
  readonly asked: ReplayRange;
  /** What the journal still holds of it; only this is sent. */
  readonly held: ReplayRange;
}

/**
 * @param own  this station's stream and journal: a code for another one would send the wrong blocks.
 * @throws {StationError} REPLAY_REQUEST, REPLAY_OTHER_STREAM, REPLAY_OTHER_JOURNAL, GAP_CODE
 */
export function parseReplayRequest(
  body: unknown,
  own: { readonly stream: number; readonly journalEpoch: number },
): ReplayRange {
  const parsed = replayBody.safeParse(body);
  if (!parsed.success) {
    throw new StationError({
      code: "REPLAY_REQUEST",
      what: "the request names neither a gap code nor a range of sequences",
      action: 'Send {"gapCode": "…"} or {"first": 1, "last": 10}.',
    });
  }
  if (!("gapCode" in parsed.data)) return checkOrder(parsed.data);
  const gap = gapOf(parsed.data.gapCode);
  if (gap.stream !== own.stream) {
    throw new StationError({
      code: "REPLAY_OTHER_STREAM",
      what: `the gap code is for stream ${gap.stream}, this station sends stream ${own.stream}`,
      action: "Enter it at the OT station of that stream.",
    });
  }
  if (gap.journalEpoch !== own.journalEpoch) {
    throw new StationError({
      code: "REPLAY_OTHER_JOURNAL",
      what: `the gap code is for journal ${gap.journalEpoch}, this station's is ${own.journalEpoch}`,
      action: "The blocks were in a journal that this station no longer has; the gap cannot be healed from here.",
    });
  }
  return { first: gap.firstSequence, last: gap.lastSequence };
}

function gapOf(gapCode: string): Gap {
  try {
    return decodeGapCode(gapCode);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new StationError(
      {
        code: "GAP_CODE",
        what: `this is no gap code (${error.message})`,
        where: gapCode,
        action:
          "Compare it with what nonreturn-it gaps prints and type it again; case, spaces and hyphens do not matter.",
      },
      { cause: error },
    );
  }
}

function checkOrder({ first, last }: ReplayRange): ReplayRange {
  if (first <= last) return { first, last };
  throw new StationError({
    code: "REPLAY_REQUEST",
    what: `the range ${first} … ${last} runs backwards`,
    action: "Name the lower sequence first.",
  });
}
