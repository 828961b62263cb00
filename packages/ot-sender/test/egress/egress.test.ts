/** Blocks through protection, schedule, lanes and pacer, with a real journal, in simulated time. */
import { join } from "node:path";
import { deriveMacKey, recoverBlock, SampleColumnsBuilder, verifyMac } from "@nonreturn/wire-format";
import { describe, expect, it } from "vitest";
import { manualClock } from "../../../../test/support/manual-clock.ts";
import { seededBytes, testKeys } from "../../../../test/support/station-keys.ts";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { Egress } from "../../src/egress/egress.ts";
import type { JournaledBlock } from "../../src/journal/journal.ts";
import { openJournal } from "../../src/journal/sqlite-journal.ts";

function set(overrides: { linkRate?: number; secondPassAfterMs?: number } = {}) {
  const folder = temporaryFolder();
  const clock = manualClock();
  const { keys, opening } = testKeys();
  const journal = openJournal(
    {
      path: join(folder, "journal.db"),
      stream: 1,
      sealingEpoch: 10,
      retentionMs: 3_600_000,
      maximumBytes: 1e9,
      maximumBlockBytes: 200 * 1408,
    },
    { keys, opening, clock, random: seededBytes(2) },
  );
  const datagrams: { atMs: number; bytes: Uint8Array }[] = [];
  const macKey = deriveMacKey(keys.root, 1);
  const egress = new Egress(
    {
      stream: 1,
      generation: 1,
      runEpoch: 10,
      session: new Uint8Array(8),
      linkRate: overrides.linkRate ?? 100e6,
      limits: { maxSymbolBytes: 1408, redundancyPercent: 25 },
      spreadMs: 40,
      secondPass: { afterMs: overrides.secondPassAfterMs ?? 60_000, rate: 20e6 },
    },
    {
      macKeys: new Map([[1, macKey]]),
      journal,
      sink: {
        send: (bytes: Uint8Array) => void datagrams.push({ atMs: clock.monotonicMs(), bytes: Uint8Array.from(bytes) }),
        flush: () => undefined,
        close: async () => undefined,
      },
      clock,
      soon: (callback) => void clock.after(0, callback),
    },
    journal.head(),
  );
  const append = (samples: number): JournaledBlock => {
    const builder = new SampleColumnsBuilder();
    for (let tag = 1; tag <= samples; tag++) builder.push(tag, Math.fround(tag * 1.37), 0, clock.nowUtcMicros());
    const [block] = journal.append([{ kind: "data", directoryRevision: 1, samples: builder.take() }]);
    return block!;
  };
  const sendLive = (block: JournaledBlock) => egress.acceptLive({ stream: 1, ...block }, block.hash);
  return { clock, journal, egress, datagrams, macKey, append, sendLive };
}

const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const sequenceOf = (bytes: Uint8Array) => Number(view(bytes).getBigUint64(32));
const numberOf = (bytes: Uint8Array) => Number(view(bytes).getBigUint64(24));
const indexOf = (bytes: Uint8Array) => bytes[46]!;

describe("egress", () => {
  it("sends a block so that any k of its symbols give the sealed bytes back", async () => {
    const { clock, egress, datagrams, macKey, append, sendLive } = set();
    const block = append(4000);
    sendLive(block);
    await clock.advanceAsync(100);
    const k = datagrams[0]!.bytes[44]!;
    const n = datagrams[0]!.bytes[45]!;
    expect(k).toBeGreaterThan(2);
    expect(datagrams.map(({ bytes }) => indexOf(bytes)).sort((a, b) => a - b)).toEqual([...Array(n).keys()]);
    for (const { bytes } of datagrams) expect(verifyMac(bytes, macKey)).toBe(true);
    // The last k: some source symbols are missing.
    const symbols = new Map(datagrams.slice(-k).map(({ bytes }) => [indexOf(bytes), bytes.subarray(48, -16)]));
    const recovered = recoverBlock(symbols, k, datagrams[0]!.bytes.length - 64, block.bytes.length);
    expect(Buffer.from(recovered!).equals(block.bytes)).toBe(true);
    expect(egress.head.sequence).toBe(block.sequence);
    expect(egress.isDrained).toBe(true);
  });

  it("spreads all symbols of a large block over the spread, and sends a small block's source symbol at once", async () => {
    const { clock, datagrams, append, sendLive } = set();
    const small = append(10);
    const startMs = clock.monotonicMs();
    sendLive(small);
    expect(datagrams).toHaveLength(1);
    await clock.advanceAsync(60);
    expect(datagrams).toHaveLength(4);
    expect(datagrams.at(-1)!.atMs - startMs).toBeGreaterThan(30);
    datagrams.length = 0;
    const beganMs = clock.monotonicMs();
    sendLive(append(8000));
    await clock.advanceAsync(100);
    const n = datagrams[0]!.bytes[45]!;
    const times = datagrams.map(({ atMs }) => atMs - beganMs);
    expect(datagrams).toHaveLength(n);
    expect(times.at(-1)).toBeGreaterThan(40 * (1 - 2 / n));
    expect(times.at(-1)).toBeLessThan(45);
  });

  it("on a full link a burst of losses takes no more of any block than its repair symbols make up for", async () => {
    const { clock, egress, datagrams, append, sendLive } = set();
    // As much as keeps the link busy, as in a backlog that is worked off: the schedule is always late.
    for (let blocks = 0; blocks < 150; blocks += 5) {
      for (let more = 0; more < 5; more++) sendLive(append(8000));
      while (egress.liveBytesWaiting > 1_500_000) await clock.advanceAsync(1);
    }
    await clock.advanceAsync(2000);
    expect(egress.isDrained).toBe(true);
    const k = datagrams[0]!.bytes[44]!;
    const repairs = datagrams[0]!.bytes[45]! - k;
    expect(repairs).toBeLessThan(k);
    expect(datagrams).toHaveLength(150 * (k + repairs));
    const BURST = 30;
    const lost = new Set<number>();
    // The last blocks have no neighbours to be interleaved with.
    for (let first = 0; first < datagrams.length * 0.9; first++) {
      const taken = new Map<number, number>();
      for (const { bytes } of datagrams.slice(first, first + BURST))
        taken.set(sequenceOf(bytes), (taken.get(sequenceOf(bytes)) ?? 0) + 1);
      // As if the burst before had hit its neighbours as hard: half of the repair is spent already.
      for (const [sequence, count] of taken) if (count > repairs / 2) lost.add(sequence);
    }
    expect([...lost]).toEqual([]);
  });

  it("never uses a datagram number twice, and counts up", async () => {
    const { clock, datagrams, append, sendLive } = set({ secondPassAfterMs: 500 });
    for (let block = 0; block < 20; block++) {
      sendLive(append(50));
      await clock.advanceAsync(20);
    }
    await clock.advanceAsync(2000);
    expect(datagrams.map(({ bytes }) => numberOf(bytes))).toEqual([...datagrams.keys()]);
  });

  it("sends every block again after the delay, with repair symbols that were not sent before", async () => {
    const { clock, datagrams, append, sendLive } = set({ secondPassAfterMs: 5000 });
    const block = append(20);
    sendLive(block);
    await clock.advanceAsync(4000);
    expect(datagrams.map(({ bytes }) => indexOf(bytes))).toEqual([0, 1, 2, 3]);
    await clock.advanceAsync(3000);
    expect(datagrams.slice(4).map(({ bytes }) => indexOf(bytes))).toEqual([0, 4, 5, 6]);
    expect(datagrams.slice(4).every(({ bytes }) => bytes[47] === 1)).toBe(true);
    await clock.advanceAsync(20_000);
    expect(datagrams).toHaveLength(8);
  });

  it("keeps to the link rate, sends the newest first when the link is slower than the data, and the backlog afterwards", async () => {
    const linkRate = 1e6;
    const { clock, egress, datagrams, append, sendLive } = set({ linkRate, secondPassAfterMs: 3_600_000 });
    const blocks = 120;
    for (let block = 0; block < blocks; block++) {
      sendLive(append(8000));
      await clock.advanceAsync(10);
    }
    expect(egress.counters.overflowed).toBeGreaterThan(0);
    const wireBytes = () => datagrams.reduce((sum, { bytes }) => sum + bytes.length + 66, 0);
    await clock.advanceAsync(5000);
    const atMs = clock.monotonicMs();
    expect((wireBytes() * 8000) / atMs).toBeGreaterThan(linkRate * 0.95);
    expect((wireBytes() * 8000) / atMs).toBeLessThan(linkRate * 1.05);
    await clock.advanceAsync(120_000);
    expect(egress.isDrained).toBe(true);
    expect(new Set(datagrams.map(({ bytes }) => sequenceOf(bytes))).size).toBe(blocks);
    expect(egress.takeSent()).toEqual([{ first: 1, last: blocks }]);
  });

  it("replays a range that an operator asked for", async () => {
    const { clock, egress, datagrams, append, sendLive } = set({ secondPassAfterMs: 3_600_000 });
    for (let block = 0; block < 10; block++) sendLive(append(5));
    await clock.advanceAsync(1000);
    datagrams.length = 0;
    expect(egress.repeats.addReplay(3, 5)).toBe(true);
    egress.wake();
    await clock.advanceAsync(1000);
    expect([...new Set(datagrams.map(({ bytes }) => sequenceOf(bytes)))]).toEqual([3, 4, 5]);
  });
});
