import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DepartureQueue } from "../../src/diode/departure-queue.ts";
import { blackout } from "../../src/diode/impairments/blackout.ts";
import type { Impairment } from "../../src/diode/impairments/impairment.ts";
import { buildPipeline, passThrough } from "../../src/diode/pipeline.ts";
import { impairmentsSection } from "../../src/scenario/diode-section.ts";

const everything = impairmentsSection.parse({
  loss: "3%",
  burst: { share: "5%", mean: "10 datagrams" },
  reorder: { share: "5%", window: "10ms" },
  duplicate: { share: "4%", delay: "3ms" },
  corrupt: { share: "2%", bits: 2 },
  truncate: "1%",
  rate: { limit: "10Mbit", queue: "20kB" },
  latency: { fixed: "2ms", jitter: "3ms" },
});

const run = (seed: number) => {
  const pipeline = buildPipeline(everything, seed, blackout([{ atMs: 100, forMs: 20 }], 0));
  return Array.from({ length: 3000 }, (_, n) =>
    passThrough(pipeline, { bytes: new Uint8Array([n, n >> 8, 3]), atMs: n / 2 }),
  );
};

describe("pipeline", () => {
  test("everything at once: a seed reproduces exactly, another seed does not", () => {
    expect(run(1)).toEqual(run(1));
    expect(run(2)).not.toEqual(run(1));
  });

  test("everything at once really happens", () => {
    const results = run(1);
    const causes = new Set(results.flatMap((fate) => ("dropped" in fate ? [fate.dropped] : [])));
    expect([...causes].sort()).toEqual(["blackout", "burst", "loss"]);
    const departures = results.flatMap((fate) => ("departures" in fate ? fate.departures : []));
    expect(departures.some(({ copy }) => copy)).toBe(true);
    expect(departures.some(({ corrupted }) => corrupted)).toBe(true);
    expect(departures.some(({ atMs }, n) => n > 0 && atMs < departures[n - 1]!.atMs)).toBe(true);
  });

  test("switching one impairment on leaves the draws of another alone", () => {
    const lostWith = (settings: object) => {
      const pipeline = buildPipeline(impairmentsSection.parse(settings), 9, blackout([], 0));
      return Array.from(
        { length: 2000 },
        (_, n) => "dropped" in passThrough(pipeline, { bytes: new Uint8Array(5), atMs: n }),
      );
    };
    const loss = { loss: "5%" };
    expect(lostWith({ ...loss, corrupt: { share: "50%" }, duplicate: { share: "50%" } })).toEqual(lostWith(loss));
  });

  test("no impairments: every datagram departs at once and untouched", () => {
    const pipeline = buildPipeline(impairmentsSection.parse({}), 1, blackout([], 0));
    const datagram = { bytes: new Uint8Array([1]), atMs: 5 };
    expect(passThrough(pipeline, datagram)).toEqual({ departures: [datagram] });
  });

  test("a copy that is lost does not take its original with it", () => {
    const twice: Impairment = { name: "twice", pass: (datagram) => [datagram, { ...datagram, copy: true }] };
    const noCopies: Impairment = { name: "no copies", pass: (datagram) => (datagram.copy ? "loss" : datagram) };
    const datagram = { bytes: new Uint8Array([1]), atMs: 5 };
    expect(passThrough([twice, noCopies], datagram)).toEqual({ departures: [datagram] });
  });
});

describe("departure queue", () => {
  test("hands out by time, equal times in order of entry, nothing early", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 200 }), (times) => {
        const queue = new DepartureQueue();
        for (const [arrival, atMs] of times.entries())
          queue.enter({ datagram: { bytes: new Uint8Array(0), atMs }, arrival });
        const expected = times
          .map((atMs, arrival) => ({ atMs, arrival }))
          .sort((a, b) => a.atMs - b.atMs || a.arrival - b.arrival);
        const out: { atMs: number; arrival: number }[] = [];
        for (let nowMs = -1; nowMs <= 20; nowMs++) {
          for (let next = queue.takeDue(nowMs); next !== undefined; next = queue.takeDue(nowMs)) {
            expect(next.datagram.atMs).toBe(nowMs);
            out.push({ atMs: next.datagram.atMs, arrival: next.arrival });
          }
        }
        expect(out).toEqual(expected);
        expect(queue.size).toBe(0);
      }),
      { seed: 8, numRuns: 200 },
    );
  });
});
