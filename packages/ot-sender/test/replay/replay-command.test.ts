import { createProgram, exitCodeOf, StationError, startControlServer } from "@nonreturn/station";
import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { addReplayCommand } from "../../src/replay/replay-command.ts";
import { parseReplayRequest, type ReplayAnswer } from "../../src/replay/replay-request.ts";

/** A station that answers as told; what the command prints, or the code of its StationError. */
async function replay(answer: (range: { first: number; last: number }) => ReplayAnswer, ...argv: string[]) {
  const folder = temporaryFolder();
  const server = await startControlServer(`${folder}/control.sock`, {
    "POST /replay": ({ body }) => answer(parseReplayRequest(body, { stream: 1, journalEpoch: 5 })),
  });
  onTestFinished(() => server.close());
  return run(folder, ...argv);
}

async function run(folder: string, ...argv: string[]): Promise<string> {
  const printed: string[] = [];
  const program = createProgram("nonreturn-ot", "", "0");
  addReplayCommand(program, { print: (line) => printed.push(line), dataFolderOf: () => folder });
  try {
    await program.parseAsync(["replay", ...argv, "--config", "x"], { from: "user" });
    return printed.join("\n");
  } catch (error) {
    if (error instanceof StationError) return `${error.code} ${exitCodeOf(error)}`;
    throw error;
  }
}

const all = (asked: { first: number; last: number }): ReplayAnswer => ({ outcome: "accepted", asked, held: asked });

describe("nonreturn-ot replay", () => {
  it("says what will be sent again", async () => {
    expect(await replay(all, "--first", "3", "--last", "9")).toBe(
      "Blocks 3 … 9 will be sent again when nothing more urgent is due.",
    );
    expect(await replay(all, "--first", "3")).toContain("Blocks 3 … 3 ");
    const part = (asked: { first: number; last: number }) => ({ ...all(asked), held: { first: 7, last: 9 } });
    expect(await replay(part, "--first", "3", "--last", "9")).toBe(
      "Blocks 7 … 9 will be sent again; the journal no longer holds the rest of 3 … 9.",
    );
  });

  it("says why nothing is sent", async () => {
    const refused = (outcome: "gone" | "too-many") => (asked: { first: number; last: number }) =>
      ({ ...all(asked), outcome }) as const;
    expect(await replay(refused("gone"), "--first", "3")).toBe("REPLAY_GONE 1");
    expect(await replay(refused("too-many"), "--first", "3")).toBe("REPLAY_TOO_MANY 1");
    expect(await replay(all, "ABCD")).toBe("GAP_CODE 2");
    expect(await replay(all, "--first", "9", "--last", "3")).toBe("REPLAY_REQUEST 2");
    expect(await replay(all, "ABCD", "--first", "3")).toBe("USAGE 2");
    expect(await replay(all)).toBe("USAGE 2");
    expect(await replay(all, "--first", "0")).toBe("USAGE 2");
    expect(await run(temporaryFolder(), "--first", "3")).toBe("STATION_NOT_RUNNING 4");
  });
});
