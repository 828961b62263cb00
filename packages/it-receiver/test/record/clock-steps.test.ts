/** Either station's wall clock is set while the line runs: silence is told by the monotonic clock, and gaps keep sensible times. */
import { join } from "node:path";
import { ANNOUNCE_BIT, type HeartbeatBatch, openBlock } from "@nonreturn/wire-format";
import { describe, expect, it } from "vitest";
import { soundBlock } from "../../../../test/support/hostile/crafted-blocks.ts";
import { manualClock } from "../../../../test/support/manual-clock.ts";
import { testKeys } from "../../../../test/support/station-keys.ts";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { GapLedger } from "../../src/record/gap-ledger.ts";
import { LinkWatch } from "../../src/record/link-watch.ts";
import { SqliteStore } from "../../src/record/sqlite-store.ts";

const { keys, opening } = testKeys();
const EPOCH = 100;
const HOUR_MS = 3_600_000;
const TEN_YEARS_MS = 10 * 365.25 * 24 * HOUR_MS;
const STEPS = [HOUR_MS, -HOUR_MS, TEN_YEARS_MS, -TEN_YEARS_MS];

function start() {
  const clock = manualClock();
  const store = new SqliteStore(
    { path: join(temporaryFolder(), "store.db"), retentionMs: 1e15, maximumBytes: 1e9 },
    clock,
  );
  const gaps = new GapLedger(store, 1, clock);
  const watch = new LinkWatch(store.database, 1 | ANNOUNCE_BIT, 3000, clock);
  let counter = 0;
  const record = (sequence: number): void => {
    const { bytes, header, hash } = soundBlock(keys, { sealingEpoch: EPOCH, sequence });
    store.record([{ block: { bytes, header, hash, batch: openBlock(bytes, opening).batch }, lane: "live" }]);
  };
  const hear = (headSequence: number): boolean => {
    const heartbeat: HeartbeatBatch = {
      kind: "heartbeat",
      counter: ++counter,
      senderTime: clock.nowUtcMicros(),
      headSequence,
      headSealingEpoch: EPOCH,
      headHash: new Uint8Array(32),
      oldestSequence: 1,
      spreadMs: 40,
      secondPassAfterMs: 0,
      directoryRevision: 1,
    };
    gaps.announce(EPOCH, heartbeat);
    return watch.hear(1 | ANNOUNCE_BIT, EPOCH, heartbeat);
  };
  const namedGaps = () =>
    store.database.prepare("SELECT first, last, time_from, time_to FROM gaps ORDER BY first").all() as {
      first: number;
      last: number;
      time_from: number | null;
      time_to: number;
    }[];
  return { clock, store, gaps, watch, record, hear, namedGaps };
}

describe("a wall clock that is set", () => {
  it.each(STEPS)("by %i ms does not make a living link silent, nor a silent one live", (step) => {
    const { clock, store, watch, hear } = start();
    expect(hear(0)).toBe(true);
    clock.stepWall(step);
    clock.advance(2900);
    expect(watch.look().state).toBe("up");
    clock.stepWall(-step);
    clock.advance(200);
    expect(watch.look().state).toBe("silent"); // after 3.1 s that passed, whatever the clock on the wall says
    clock.stepWall(step);
    expect(watch.look().state).toBe("silent");
    expect(hear(0)).toBe(true);
    expect(watch.look().state).toBe("up");
    store.close();
  });

  it.each(STEPS)("by %i ms leaves a gap named on time, with an end that is not before its begin", (step) => {
    const { clock, store, gaps, record, hear, namedGaps } = start();
    record(1);
    record(2);
    record(5);
    clock.stepWall(step);
    hear(7); // 3 … 4 lie between blocks, 6 … 7 at the end, where only this station's clock bounds them
    clock.advance(200);
    expect(gaps.look()).toEqual([]);
    clock.advance(200); // W + hold + margin
    expect(gaps.look()).toHaveLength(2);
    const [between, end] = namedGaps();
    const sealedAt = (sequence: number): number => soundBlock(keys, { sealingEpoch: EPOCH, sequence }).header.sealedAt;
    expect(between).toEqual({ first: 3, last: 4, time_from: sealedAt(2), time_to: sealedAt(5) });
    expect(end).toMatchObject({ first: 6, last: 7, time_from: sealedAt(5) });
    expect(end!.time_to).toBeGreaterThanOrEqual(end!.time_from!);
    store.close();
  });
});
