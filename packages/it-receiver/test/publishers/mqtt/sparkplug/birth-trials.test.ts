import { describe, expect, it } from "vitest";
import { BirthTrials } from "../../../../src/publishers/mqtt/sparkplug/birth-trials.ts";

const MINUTE = 60_000;

/** Left out after four connections that ended on its birth alone. */
function leftOut(nowMs = 0): BirthTrials {
  const trials = new BirthTrials();
  for (let cut = 0; cut < 4; cut++) trials.lost(["plc"], true, nowMs);
  return trials;
}

describe("birth trials", () => {
  it("leave a device out whose birth alone ended four connections in a row, and say so once it is known", () => {
    const trials = new BirthTrials();
    expect(trials.isCareful(0)).toBe(false);
    expect(trials.lost(["a", "plc", "b"], false, 0)).toBeUndefined();
    expect(trials.isCareful(0)).toBe(true);
    trials.confirmed("a");
    trials.confirmed("b");
    for (let cut = 1; cut < 4; cut++) expect(trials.lost(["plc"], true, cut)).toBeUndefined();
    expect(trials.refusal("plc", 30_000, 4)).toBeUndefined();
    expect(trials.lost(["plc"], true, 4)).toBe("plc");
    expect(trials.refusal("plc", 30_000, 5)).toMatch(/4 times on the birth of device plc, of about 30000 bytes/);
    expect(trials.refusal("a", 30_000, 5)).toBeUndefined();
    expect(trials.isCareful(5)).toBe(false); // the others need no confirmation each any more
  });

  it("do not take an end for a device's doing where other messages were on their way, or nothing was confirmed before", () => {
    const trials = new BirthTrials();
    for (let cut = 0; cut < 20; cut++) trials.lost(["plc"], false, cut);
    for (let cut = 0; cut < 20; cut++) trials.lost(["plc", "b"], true, cut);
    expect(trials.refusal("plc", 1, 20)).toBeUndefined();
  });

  it("begin to count anew once the birth is confirmed", () => {
    const trials = new BirthTrials();
    for (let cut = 0; cut < 3; cut++) trials.lost(["plc"], true, 0);
    trials.confirmed("plc");
    expect(trials.isCareful(0)).toBe(false);
    for (let cut = 0; cut < 3; cut++) expect(trials.lost(["plc"], true, 0)).toBeUndefined();
  });

  it("try a device again after ten minutes, alone: one more end leaves it out again, a confirmation brings it back", () => {
    const again = leftOut();
    expect(again.refusal("plc", 1, 10 * MINUTE - 1)).toBeDefined();
    expect(again.refusal("plc", 1, 10 * MINUTE)).toBeUndefined();
    expect(again.isCareful(10 * MINUTE)).toBe(true);
    expect(again.lost(["plc"], true, 10 * MINUTE)).toBe("plc");
    expect(again.refusal("plc", 1, 11 * MINUTE)).toMatch(/5 times/);
    const better = leftOut();
    better.confirmed("plc");
    expect(better.isCareful(10 * MINUTE)).toBe(false);
  });

  it("forget who was suspected long ago and is not born any more", () => {
    const trials = leftOut();
    trials.lost(["gone"], false, 0);
    expect(trials.isCareful(20 * MINUTE)).toBe(false);
    expect(trials.refusal("plc", 1, 20 * MINUTE)).toBeUndefined();
  });
});
