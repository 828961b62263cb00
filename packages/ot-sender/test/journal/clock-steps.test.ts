/** The wall clock is set while the station runs: by an hour, by ten years, forth and back. */
import { join } from "node:path";
import { createLog, inProcessPair } from "@nonreturn/station";
import { openBlock } from "@nonreturn/wire-format";
import { describe, expect, it } from "vitest";
import { manualClock } from "../../../../test/support/manual-clock.ts";
import { columnsOf, seededBytes, testKeys } from "../../../../test/support/station-keys.ts";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import type { JournalToLink, LinkToJournal } from "../../src/egress/link-port.ts";
import { openNextEpoch } from "../../src/journal/epoch-store.ts";
import type { FromJournal, ToJournal } from "../../src/journal/journal-port.ts";
import { runJournal } from "../../src/journal/run-journal.ts";
import { openJournal } from "../../src/journal/sqlite-journal.ts";

const { keys, opening } = testKeys();
const HOUR_MS = 3_600_000;
const TEN_YEARS_MS = 10 * 365.25 * 24 * HOUR_MS;

async function start() {
  const folder = temporaryFolder();
  const clock = manualClock();
  const [main, mainEnd] = inProcessPair<ToJournal, FromJournal>();
  const [link, linkEnd] = inProcessPair<LinkToJournal, JournalToLink>();
  const heard: FromJournal[] = [];
  const linkHeard: JournalToLink[] = [];
  main.onMessage((message) => void heard.push(message));
  link.onMessage((message) => void linkHeard.push(message));
  const path = join(folder, "journal.db");
  runJournal(
    { batch: { maxAgeMs: 50, lingerMs: 1, maxSamples: 1000, maxBytes: 64_000 }, tags: [] },
    {
      main: mainEnd,
      link: linkEnd,
      clock,
      log: createLog({ name: "test", level: "silent" }),
      nextEpoch: () => openNextEpoch(join(folder, "epoch"), clock, 1),
      openJournal: (sealingEpoch) =>
        openJournal(
          { path, stream: 1, sealingEpoch, retentionMs: 1e15, maximumBytes: 1e9, maximumBlockBytes: 281_600 },
          { keys, opening, clock, random: seededBytes(3) },
        ),
      journalPath: path,
    },
  );
  const report = async (): Promise<void> => {
    main.post({ type: "columns", columns: columnsOf(5, 1, clock.nowUtcMicros()), channel: "plc", complete: true });
    await clock.advanceAsync(1500);
  };
  const headers = () =>
    linkHeard.filter((message) => message.type === "block").map(({ bytes }) => openBlock(bytes, opening).header);
  const epochs = () => linkHeard.filter((message) => message.type === "epoch").map(({ sealingEpoch }) => sealingEpoch);
  return { clock, main, heard, report, headers, epochs };
}

describe("a wall clock that is set while the station runs", () => {
  it.each([
    ["an hour forth", [HOUR_MS]],
    ["an hour back", [-HOUR_MS]],
    ["ten years forth", [TEN_YEARS_MS]],
    ["ten years back", [-TEN_YEARS_MS]],
    ["ten years forth and back", [TEN_YEARS_MS, -TEN_YEARS_MS]],
    ["forth and back by all of it", [HOUR_MS, -TEN_YEARS_MS, TEN_YEARS_MS, TEN_YEARS_MS, -HOUR_MS, -TEN_YEARS_MS]],
  ])("%s: a new epoch each time, sealed-at never falls, nothing is lost", async (_, steps) => {
    const { clock, main, heard, report, headers, epochs } = await start();
    await report();
    for (const step of steps) {
      clock.stepWall(step);
      await report();
      await report();
    }
    const seen = headers();
    expect(epochs()).toHaveLength(steps.length);
    expect([...epochs()].sort((a, b) => a - b)).toEqual(epochs());
    expect(new Set(epochs()).size).toBe(steps.length);
    const data = seen.filter(({ sampleCount }) => sampleCount > 0);
    expect(data).toHaveLength(1 + 2 * steps.length);
    expect(seen.map(({ sequence }) => sequence)).toEqual(seen.map((_each, at) => at + 1));
    for (let at = 1; at < seen.length; at++) {
      expect(seen[at]!.sealedAt).toBeGreaterThanOrEqual(seen[at - 1]!.sealedAt);
      expect(seen[at]!.sealingEpoch).toBeGreaterThanOrEqual(seen[at - 1]!.sealingEpoch);
    }
    expect(heard.filter(({ type }) => type === "alarm")).toEqual([]);
    main.post({ type: "stop" });
    await clock.advanceAsync(0);
  });

  it("control: no step, no new epoch, however long it runs", async () => {
    const { clock, main, report, epochs } = await start();
    await clock.advanceAsync(HOUR_MS);
    await report();
    expect(epochs()).toEqual([]);
    main.post({ type: "stop" });
    await clock.advanceAsync(0);
  });
});
