import { expect, test } from "vitest";
import { manualClock } from "../../../../test/support/manual-clock.ts";
import { createLog } from "../../src/log/log.ts";
import { type StoppableThread, stopThreads } from "../../src/threads/stop-threads.ts";

test("threads end one after the other; one that was ended by force is named in the log", async () => {
  const lines: string[] = [];
  const log = createLog({ name: "ot", level: "info", destination: { write: (line) => void lines.push(line) } });
  const steps: string[] = [];
  const thread = (name: string, outcome: "finished" | "terminated"): StoppableThread => ({
    name,
    async finish({ type }) {
      steps.push(`${name} ${type}`);
      await Promise.resolve();
      steps.push(`${name} ${outcome}`);
      return outcome;
    },
  });
  await stopThreads([thread("journal", "terminated"), thread("link", "finished")], manualClock(), log);
  expect(steps).toEqual(["journal stop", "journal terminated", "link stop", "link finished"]);
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { level: "error", code: "THREAD_STOP", thread: "journal" },
  ]);
});
