import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LANES, Lanes, laneNumber } from "../../src/egress/lanes.ts";
import type { OutgoingSymbol } from "../../src/egress/protect-block.ts";

const symbol = (index: number): OutgoingSymbol => ({
  block: { stream: 1, sealingEpoch: 1, sequence: 1, bytes: new Uint8Array(1) },
  protection: { sourceSymbols: 1, totalSymbols: 4, symbolBytes: 16 },
  totalSymbols: 4,
  index,
  symbol: new Uint8Array(16),
  flags: 0,
});

describe("lanes", () => {
  it("has the heartbeat first and replay last", () => {
    expect(laneNumber("heartbeat")).toBe(0);
    expect(LANES.map(laneNumber)).toEqual([...LANES.keys()]);
    expect(["live", "repair", "backlog", "second-pass", "replay"].map((lane) => laneNumber(lane as never))).toEqual(
      ["live", "repair", "backlog", "second-pass", "replay"].map((lane) => laneNumber(lane as never)).sort(),
    );
  });

  it("always takes the oldest of the highest lane that is not empty", () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.nat(LANES.length - 1) },
      { weight: 2, arbitrary: fc.constant("take" as const) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const lanes = new Lanes();
        const model: number[][] = LANES.map(() => []);
        steps.forEach((each, index) => {
          if (each === "take") {
            const lane = model.findIndex((queue) => queue.length > 0);
            const taken = lanes.take();
            expect([taken?.lane ?? -1, taken?.symbol.index]).toEqual([lane, model[lane]?.shift()]);
          } else {
            lanes.add(symbol(index), each);
            model[each]!.push(index);
          }
          expect(lanes.count).toBe(model.flat().length);
          expect(lanes.bytes).toBe(model.flat().length * 16);
          for (const lane of LANES) expect(lanes.countOf(laneNumber(lane))).toBe(model[laneNumber(lane)]!.length);
        });
      }),
      { seed: 8 },
    );
  });

  it("keeps the order of a long queue", () => {
    const lanes = new Lanes();
    for (let index = 0; index < 10_000; index++) lanes.add(symbol(index), 3);
    for (let index = 0; index < 10_000; index++) expect(lanes.take()!.symbol.index).toBe(index);
    expect(lanes.take()).toBeUndefined();
  });
});
