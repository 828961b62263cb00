/** Floods by somebody who holds the key of the MAC, but not the signing key: another IT station of the pairing that fell, or a defect. */
import { describe, expect, it } from "vitest";
import { HostileTraffic, RUN_EPOCH } from "../../../../test/support/hostile/hostile-traffic.ts";
import { ReceivingEnd } from "../../../../test/support/hostile/receiving-end.ts";

const COUNT = 20_000;
const LIMITS = { maximumBlocks: 1000, maximumBytes: 8 * 1024 * 1024 };

function start() {
  const traffic = new HostileTraffic(31);
  const end = new ReceivingEnd(traffic.keys, LIMITS);
  let valid = 1;
  for (const datagram of traffic.validBlock().datagrams) end.accept(datagram); // the session is known from here on
  /** COUNT datagrams of the flood, and after every 100 of them one of the valid sender's, whose blocks have many symbols. */
  const flood = (hostile: () => Uint8Array): void => {
    let waiting: Uint8Array[] = [];
    for (let sent = 0; sent < COUNT; sent++) {
      end.accept(hostile());
      if (sent % 100 !== 0) continue;
      if (waiting.length === 0) {
        waiting = [...traffic.validBlock(500).datagrams];
        valid++;
      }
      end.accept(waiting.shift()!);
    }
    for (const datagram of waiting) end.accept(datagram);
    expect(end.opened).toEqual(Array.from({ length: valid }, (_, at) => at + 1));
    expect(valid).toBeGreaterThan(10);
  };
  return { traffic, end, flood };
}

describe("a flood with a valid MAC key", () => {
  it("of new sessions is counted as clones, and stores nothing", () => {
    const { traffic, end, flood } = start();
    flood(() => traffic.withHeader({ session: traffic.chance.bytes(8) }));
    expect(end.admission.counts.clone).toBe(COUNT);
    expect(end.storedEpochs).toEqual([]);
    expect(end.table.openBlocks).toBe(0);
  });

  it("of unknown streams costs no key derivation and no memory", () => {
    const { traffic, end, flood } = start();
    flood(() => traffic.withHeader({ stream: 2 + traffic.chance.below(0x7ffe) }));
    expect(end.admission.counts["unknown-stream"]).toBe(COUNT);
    expect(end.table.openBlocks).toBe(0);
  });

  it("of blocks that never become whole is bounded, and the longest idle make room", () => {
    const { traffic, end, flood } = start();
    let most = 0;
    flood(() => {
      most = Math.max(most, end.table.openBlocks);
      expect(end.table.openBytes).toBeLessThanOrEqual(LIMITS.maximumBytes);
      return traffic.neverWhole();
    });
    expect(most).toBe(LIMITS.maximumBlocks);
    expect(end.table.counters.evicted).toBe(COUNT - end.table.openBlocks);
  });

  it("of whole blocks that are none leaves nothing behind", () => {
    const { traffic, end, flood } = start();
    flood(() => traffic.hostile("block of random bytes").datagram);
    expect(end.refusals()).toEqual({ BLOCK_SUITE: COUNT });
    expect(end.table.openBlocks).toBe(0);
    const [{ datagram }] = [traffic.hostile("block of random bytes")];
    expect(end.accept(datagram)).toBe("admitted"); // none of their names is held
  });

  // Stated in docs/security.md: the MAC tells members of the pairing from strangers, not from one another.
  it("of higher runs ends the present one, until accept-epoch: the signing key is not asked for that", () => {
    const { traffic, end } = start();
    for (let epoch = RUN_EPOCH + 1; epoch <= RUN_EPOCH + 5; epoch++)
      end.accept(traffic.withHeader({ runEpoch: epoch }));
    expect(end.storedEpochs).toEqual([101, 102, 103, 104, 105]);
    const { datagrams } = traffic.validBlock();
    expect(end.accept(datagrams[0]!)).toBe("old-epoch");
    expect(end.opened).toEqual([1]); // denied, and nothing false believed
  });
});
