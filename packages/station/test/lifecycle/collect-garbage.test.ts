import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";

/** Under the flag that the stations run with; what is kept must stay, what is not must go. */
const PROGRAM = `
  import { collectGarbage } from ${JSON.stringify(new URL("../../src/lifecycle/collect-garbage.ts", import.meta.url))};
  const usedMb = () => process.memoryUsage().heapUsed / 1e6;
  const fill = () => Array.from({ length: 400_000 }, (_, at) => ({ at, text: "tag " + at }));
  let dropped = fill();
  const kept = fill();
  const filled = usedMb();
  dropped = undefined;
  collectGarbage();
  console.log(JSON.stringify({ filled, after: usedMb(), last: kept.at(-1) }));
`;

test("collects what nothing holds any more, also where no code may be made of strings", () => {
  const flags = ["--disallow-code-generation-from-strings", "--no-warnings", "--input-type=module", "--eval", PROGRAM];
  const { filled, after, last } = JSON.parse(execFileSync(process.execPath, flags, { encoding: "utf8" }));
  expect(last).toEqual({ at: 399_999, text: "tag 399999" });
  expect(after).toBeLessThan(filled * 0.75);
  expect(after).toBeGreaterThan(filled * 0.25);
});
