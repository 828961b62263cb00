/** An OT station that is stopped in order, at moments that fall anywhere in its scans: what it had read arrives before it is started again. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkLine, NOTHING_FOUND } from "../support/line/check-line.ts";
import { type Line, startLine } from "../support/line/line.ts";

const STOPS = 10;

let line: Line;
beforeAll(async () => {
  line = await startLine({ seed: 15, secondPassAfter: "2s" });
});
afterAll(() => line?.close());

test("nothing waits for the next start, and no thread is ended by force", async () => {
  for (let stop = 0; stop < STOPS; stop++) {
    if (stop > 0) await line.ot.start();
    await line.sealed(5 + stop);
    expect(await line.ot.stop()).toBe(0);
    expect((await checkLine(line, { mqtt: "once", otStation: "killed" })).findings).toEqual(NOTHING_FOUND);
    expect(line.folder.logs()).not.toContain("THREAD_STOP");
  }
  expect(line.gaps().filter(({ state }) => state !== "healed")).toEqual([]);
});
