import { describe, expect, test } from "vitest";
import { manualClock } from "../../../../test/support/manual-clock.ts";
import { DirectoryRepeats } from "../../src/announce/directory-repeats.ts";
import type { Egress } from "../../src/egress/egress.ts";
import type { JournalReader } from "../../src/journal/journal.ts";

const MINUTE_MS = 60_000;

/** A directory of blocks of 50 kB each, on a link of so many bit/s; when each of them left. */
function repeats(blocks: number, linkRate: number) {
  const clock = manualClock();
  const sent: { readonly sequence: number; readonly atMs: number }[] = [];
  const journal = {
    read: (sequence: number) => [{ sealingEpoch: 1, sequence, bytes: new Uint8Array(50_000) }],
  } as unknown as JournalReader;
  const egress = {
    acceptAnnounce({ sequence, bytes }: { readonly sequence: number; readonly bytes: Uint8Array }) {
      sent.push({ sequence, atMs: clock.monotonicMs() });
      return bytes.length;
    },
  } as unknown as Egress;
  const directory = new DirectoryRepeats(1, linkRate, journal, egress, clock);
  const sequences = Array.from({ length: blocks }, (_, index) => index + 1);
  directory.announce(sequences);
  return { clock, sent, directory, bytes: () => sent.length * 50_000 };
}

describe("a receiver that starts at any time", () => {
  test("is told every part within ten seconds, where the link has room", async () => {
    const { clock, sent } = repeats(60, 100_000_000); // about 100,000 tags
    await clock.advanceAsync(MINUTE_MS);
    for (let startMs = 0; startMs < MINUTE_MS - 10_000; startMs += 500) {
      const told = new Set(
        sent.filter(({ atMs }) => atMs >= startMs && atMs < startMs + 10_000).map((one) => one.sequence),
      );
      expect(told.size, `from ${startMs} ms`).toBe(60);
    }
  });

  test.each([
    [1, 100_000_000],
    [60, 100_000_000],
    [60, 10_000_000],
    [600, 1_000_000],
  ])("%i blocks on %i bit/s never take more than a twentieth of the link, a burst aside", async (blocks, linkRate) => {
    const { clock, bytes, sent } = repeats(blocks, linkRate);
    await clock.advanceAsync(10 * MINUTE_MS);
    const burstBytes = 100_000;
    expect(bytes() * 8).toBeLessThanOrEqual(linkRate * 0.05 * 600 + burstBytes * 8);
    expect(sent.length).toBeGreaterThan(blocks === 600 ? 60 : blocks); // control: it does send, also where it is not through in ten minutes
  });
});

test("a new revision goes at once; nothing after the end", async () => {
  const { clock, sent, directory } = repeats(2, 100_000_000);
  await clock.advanceAsync(1000);
  sent.length = 0;
  directory.announce([7, 8]);
  expect(sent.map(({ sequence }) => sequence)).toEqual([7, 8]);
  directory.close();
  await clock.advanceAsync(MINUTE_MS);
  expect(sent).toHaveLength(2);
});
