import { StationError } from "@nonreturn/station";
import { encodeGapCode } from "@nonreturn/wire-format";
import { describe, expect, it } from "vitest";
import { parseReplayRequest, type ReplayRange } from "../../src/replay/replay-request.ts";

const own = { stream: 1, journalEpoch: 29_926_869 };
const GAP = { ...own, firstSequence: 295, lastSequence: 318 };

/** The range, or the code of the StationError. */
function outcomeOf(body: unknown): ReplayRange | string {
  try {
    return parseReplayRequest(body, own);
  } catch (error) {
    if (error instanceof StationError) return error.code;
    throw error;
  }
}

describe("a replay request", () => {
  it("names a gap by its code, however it is typed", () => {
    const gapCode = encodeGapCode(GAP);
    const range = { first: 295, last: 318 };
    expect(outcomeOf({ gapCode })).toEqual(range);
    expect(outcomeOf({ gapCode: gapCode.toLowerCase().replaceAll("-", " ") })).toEqual(range);
    expect(outcomeOf({ gapCode: gapCode.replaceAll("1", "l") })).toEqual(range);
  });

  it("names a range of sequences", () => {
    expect(outcomeOf({ first: 3, last: 3 })).toEqual({ first: 3, last: 3 });
    expect(outcomeOf({ first: 3, last: 2 })).toBe("REPLAY_REQUEST");
  });

  it.each([
    [null],
    [undefined],
    [[]],
    ["11HW"],
    [{}],
    [{ gapCode: "" }],
    [{ gapCode: 7 }],
    [{ gapCode: "0".repeat(201) }],
    [{ first: 1 }],
    [{ first: 0, last: 4 }],
    [{ first: 1.5, last: 4 }],
    [{ first: 1, last: Number.MAX_VALUE }],
    [{ first: 1, last: 2, gapCode: "11HW" }],
  ])("is refused when it is %j", (body) => {
    expect(outcomeOf(body)).toBe("REPLAY_REQUEST");
  });

  it("is refused with the operator's action when the code is mistyped, whichever symbol it is", () => {
    const gapCode = encodeGapCode(GAP);
    expect(outcomeOf({ gapCode: "ABCD" })).toBe("GAP_CODE");
    expect(outcomeOf({ gapCode: "U" })).toBe("GAP_CODE");
    for (const at of gapCode.split("").keys()) {
      if (gapCode[at] === "-") continue;
      const wrong = gapCode[at] === "7" ? "8" : "7";
      expect(outcomeOf({ gapCode: gapCode.slice(0, at) + wrong + gapCode.slice(at + 1) })).toBe("GAP_CODE");
    }
  });

  it("is refused for another stream and another journal: their sequences are other blocks", () => {
    expect(outcomeOf({ gapCode: encodeGapCode({ ...GAP, stream: 2 }) })).toBe("REPLAY_OTHER_STREAM");
    expect(outcomeOf({ gapCode: encodeGapCode({ ...GAP, journalEpoch: 7 }) })).toBe("REPLAY_OTHER_JOURNAL");
  });
});
