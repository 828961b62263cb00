import { createProgram, exitCodeOf, type StationError } from "@nonreturn/station";
import { describe, expect, test } from "vitest";
import { addPlanCommand } from "../../src/plan/plan-command.ts";

const issue = [
  ..."--loss 1% --burst-share 1% --burst-length 10 --rate 100Mbit --samples-per-second 20000".split(" "),
  ..."--bytes-per-sample 12 --redundancy 25% --spread 40ms --second-pass 60s".split(" "),
];

async function plan(...options: string[]): Promise<string[]> {
  const lines: string[] = [];
  const program = createProgram("nonreturn-ot", "test", "0");
  addPlanCommand(program, (line) => lines.push(line));
  await program.parseAsync(["plan", ...options], { from: "user" });
  return lines;
}

async function refusalOf(...options: string[]): Promise<StationError> {
  try {
    await plan(...options);
  } catch (error) {
    return error as StationError;
  }
  return expect.fail("nothing was refused");
}

const line = (lines: readonly string[], name: string) =>
  lines
    .find((each) => each.startsWith(name))
    ?.slice(26)
    .trim();

describe("plan", () => {
  test("the table", async () => {
    const lines = await plan(...issue);
    expect(line(lines, "link")).toBe(
      "100 Mbit/s, 1 % of datagrams lost outside bursts; bursts of 10 datagrams for 1 % of the time lose 100 %; 1.99 % in all",
    );
    expect(line(lines, "blocks")).toBe("20/s of 12,240 bytes, 1,000 samples each");
    expect(line(lines, "protection")).toContain("k 9, n 14");
    expect(line(lines, "live")).toMatch(/^280 +3\.34 Mbit\/s +3\.34 %$/);
    expect(line(lines, "second pass, 1min later")).toMatch(/^280 +3\.34 Mbit\/s +3\.34 %$/);
    expect(line(lines, "together")).toMatch(/^11\.7 Mbit\/s +11\.7 %$/);
    expect(line(lines, "without second pass")).toMatch(/^0\.01\d+ +\d\.\de\+6 +[\d,]+ a day$/);
    expect(line(lines, "with second pass")).toMatch(/^[\d.]+e-5 +[\d,]+ +[\d.]+ a day$/);
    expect(lines.every((each) => each === each.trimEnd())).toBe(true);
  });

  test("one pass only", async () => {
    const lines = await plan("--rate", "100Mbit", "--samples-per-second", "100", "--second-pass", "off");
    expect(lines.some((each) => each.includes("second pass"))).toBe(false);
    expect(line(lines, "one pass")).toMatch(/^0 +0 +never$/);
    expect(line(lines, "link")).toBe("100 Mbit/s, 0 % of datagrams lost");
  });

  test("rare losses are told in years, long bursts come with a warning", async () => {
    const rare = await plan("--rate", "100Mbit", "--samples-per-second", "100", "--loss", "0.1%");
    expect(line(rare, "with second pass")).toMatch(/one in [\d.,e+]+ years$/);
    const long = await plan(
      "--rate",
      "100Mbit",
      "--samples-per-second",
      "100",
      "--burst-share",
      "1%",
      "--burst-length",
      "1min",
    );
    expect(long.at(-1)).toMatch(/^Bursts are so long that 36\.\d % of them/);
    expect(rare.at(-1)).not.toContain("Bursts");
  });

  test("JSON holds what was asked and what follows", async () => {
    const printed = JSON.parse((await plan(...issue, "--json")).join("\n"));
    expect(printed.figures.channel).toEqual({
      goodLoss: 0.01,
      badLoss: 1,
      badShare: 0.01,
      meanBurst: 10,
      clock: "datagrams",
    });
    expect(printed.figures.linkRate).toBe(100e6);
    expect(printed.figures.secondPassAfterMs).toBe(60_000);
    expect(printed.protection).toEqual({ sourceSymbols: 9, totalSymbols: 14, symbolBytes: 1360 });
    expect(printed.afterFirstPass.blocksPerYear).toBeGreaterThan(printed.afterSecondPass.blocksPerYear);
  });

  test("the clock of bursts", async () => {
    const channelOf = async (...options: string[]) =>
      JSON.parse(
        (await plan("--rate", "1Gbit", "--samples-per-second", "1", "--burst-share", "1%", "--json", ...options)).join(
          "\n",
        ),
      ).figures.channel;
    expect(await channelOf("--burst-length", "5ms")).toMatchObject({ meanBurst: 5, clock: "ms" });
    expect(await channelOf("--burst-length", "5", "--burst-clock", "ms")).toMatchObject({ meanBurst: 5, clock: "ms" });
    expect(await channelOf("--burst-length", "2.5")).toMatchObject({ meanBurst: 2.5, clock: "datagrams" });
    expect(await channelOf("--burst-loss", "50%")).toMatchObject({ badLoss: 0.5, clock: "datagrams" });
  });
});

describe("refused with exit code 2", () => {
  test.each([
    ["PLAN_LINK_RATE", undefined, ["--rate", "7Mbit", "--samples-per-second", "20000"]],
    ["PLAN_BLOCK_SIZE", undefined, ["--rate", "7Mbit", "--samples-per-second", "1", "--block-size", "1MiB"]],
    ["PLAN_OPTION", "--rate", ["--rate", "7", "--samples-per-second", "1"]],
    ["PLAN_OPTION", "--rate", ["--rate", "0Mbit", "--samples-per-second", "1"]],
    ["PLAN_OPTION", "--samples-per-second", ["--rate", "7Mbit", "--samples-per-second", "many"]],
    ["PLAN_OPTION", "--samples-per-second", ["--rate", "7Mbit", "--samples-per-second", ""]],
    ["PLAN_OPTION", "--loss", ["--rate", "7Mbit", "--samples-per-second", "1", "--loss", "101%"]],
    ["PLAN_OPTION", "--burst-clock", ["--rate", "7Mbit", "--samples-per-second", "1", "--burst-clock", "s"]],
    [
      "PLAN_OPTION",
      "--burst-length",
      ["--rate", "7Mbit", "--samples-per-second", "1", "--burst-clock", "datagrams", "--burst-length", "5ms"],
    ],
    [
      "PLAN_OPTION",
      undefined,
      ["--rate", "7Mbit", "--samples-per-second", "1", "--burst-share", "99%", "--burst-length", "2"],
    ],
    ["PLAN_OPTION", undefined, ["--rate", "7Mbit", "--samples-per-second", "1", "--burst-share", "100%"]],
    ["PLAN_OPTION", undefined, ["--rate", "7Mbit", "--samples-per-second", "1", "--symbol-bytes", "1400"]],
  ])("%s %s", async (code, where, options) => {
    const refused = await refusalOf(...options);
    expect(refused.code).toBe(code);
    expect(refused.where).toBe(where);
    expect(refused.action).not.toBe("");
    expect(exitCodeOf(refused)).toBe(2);
  });
});
