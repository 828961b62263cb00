/** Everything that can be sent to the link's port beside valid traffic. The same with ten million datagrams: test/soak. */
import { describe, expect, it } from "vitest";
import { sendHostileBesideValid } from "../../../../test/support/hostile/beside-valid.ts";
import { HostileTraffic, KEYED_KINDS, KEYLESS_KINDS } from "../../../../test/support/hostile/hostile-traffic.ts";
import { ReceivingEnd } from "../../../../test/support/hostile/receiving-end.ts";

const SEED = 1123;
const COUNT = 200_000;

describe("hostile datagrams", () => {
  it("are refused, each for its own reason, and cost no valid block", () => {
    const books = sendHostileBesideValid(SEED, COUNT, () => undefined);
    expect(books.surprises).toEqual([]);
    expect(books.counted).toEqual(books.expected);
    expect(books.validOpened).toBe(books.validBlocks);
    expect(books.validBlocks).toBeGreaterThan(COUNT / 200);
    expect(books.openBlocksAtMost).toBeLessThan(50);
    expect(Object.values(books.expected).reduce((sum, times) => sum + times, 0)).toBe(COUNT);
    expect(Object.keys(books.expected).length).toBe(21); // control: every reason that a datagram can have came up
  });

  it.each([...KEYLESS_KINDS, ...KEYED_KINDS])("%s: the valid one beside it is accepted", (kind) => {
    const traffic = new HostileTraffic(SEED);
    const end = new ReceivingEnd(traffic.keys);
    for (const datagram of traffic.validBlock().datagrams) end.accept(datagram);
    expect(end.opened).toEqual([1]);
    const { datagram, expected } = traffic.hostile(kind);
    const before = structuredClone(end.admission.counts);
    const verdict = end.accept(datagram);
    if ("verdict" in expected) {
      expect(verdict).toBe(expected.verdict);
      expect(end.admission.counts).toEqual({ ...before, [expected.verdict]: before[expected.verdict] + 1 });
    } else {
      expect(end.lastRefusal).toBe(expected.refusal);
      expect(end.refusals()).toEqual({ [expected.refusal]: 1 });
    }
    for (const next of traffic.validBlock().datagrams) end.accept(next);
    expect(end.opened).toEqual([1, 2]);
  });
});
