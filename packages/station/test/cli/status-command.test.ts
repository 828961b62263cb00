import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { addStatusCommand, controlSocketPath, createProgram, startControlServer } from "../../src/index.ts";

type Status = { readonly figures: Record<string, number>; readonly alarms: readonly string[] };

/** What the command prints of a station that answers so. */
async function printed(answer: object, ...argv: string[]): Promise<string[]> {
  const folder = temporaryFolder();
  const server = await startControlServer(controlSocketPath(folder), { "GET /status": () => answer });
  onTestFinished(() => server.close());
  const lines: string[] = [];
  const program = createProgram("nonreturn-ot", "", "0.1.0");
  addStatusCommand<Status>(program, {
    print: (line) => void lines.push(line),
    dataFolderOf: (configFile) => (configFile === "ot.yaml" ? folder : join(folder, "none")),
    description: "show it",
    describe: ({ alarms }, figure) => [
      `  read ${figure("read_total")} of ${figure("unknown", "tag")}, ${figure("read_total", "value")}, ${figure("one", "loss")}`,
      ...alarms,
    ],
  });
  await program.parseAsync(["status", "--config", "ot.yaml", ...argv], { from: "user" });
  return lines;
}

const running = { state: "running", station: "hall-1", mode: "production", uptimeMs: 119_999 };
const pipeline = { figures: { read_total: 1_234_567, one: 1 }, alarms: ["hot"] };

test("state, mode, time since the start, and what the station has to say", async () => {
  expect(await printed({ ...running, ...pipeline })).toEqual([
    "hall-1: running, production",
    "  up 119 s",
    "  read 1,234,567 of 0 tags, 1,234,567 values, 1 loss",
    "hot",
  ]);
});

test.each([
  [0, "0 s"],
  [120_000, "2 min"],
  [7_199_999, "119 min"],
  [7_200_000, "2 h"],
  [172_800_000, "2 d"],
  [31_536_000_000, "365 d"],
])("%d ms are %s", async (uptimeMs, text) => {
  expect((await printed({ ...running, ...pipeline, uptimeMs }))[1]).toBe(`  up ${text}`);
});

test("a station that starts says no more than that; --json is the answer as it came", async () => {
  const starting = { state: "starting", station: "hall-1", mode: "lab" };
  expect(await printed(starting)).toEqual(["hall-1: starting, LAB"]);
  expect(JSON.parse((await printed({ ...running, ...pipeline }, "--json"))[0]!)).toEqual({ ...running, ...pipeline });
});
