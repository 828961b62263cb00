import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { REPLAY_WINDOW_NUMBERS, type ReplayVerdict, ReplayWindow } from "../../src/datagram/replay-window.ts";

/** The definition: remembers everything. */
class PlainWindow {
  readonly #seen = new Set<number>();
  #highest = -1;

  accept(number: number): ReplayVerdict {
    if (number <= this.#highest - REPLAY_WINDOW_NUMBERS) return "old";
    if (this.#seen.has(number)) return "duplicate";
    this.#seen.add(number);
    this.#highest = Math.max(this.#highest, number);
    return "new";
  }
}

/** Steps from one number to the next: small, about a window, about the ring, and far; forwards and back. */
const steps = fc.array(
  fc.oneof(
    fc.integer({ min: -3, max: 3 }),
    fc.integer({ min: -40, max: 40 }),
    fc.integer({ min: -300, max: 300 }).map((near) => REPLAY_WINDOW_NUMBERS + near),
    fc.integer({ min: -300, max: 300 }).map((near) => -REPLAY_WINDOW_NUMBERS + near),
    fc.integer({ min: -300, max: 300 }).map((near) => 2 * REPLAY_WINDOW_NUMBERS + near),
    fc.integer({ min: 0, max: 2 ** 40 }),
  ),
  { minLength: 1, maxLength: 200, size: "max" },
);

describe("replay window", () => {
  test("says what a window that remembers everything says", () => {
    const verdicts = new Map<ReplayVerdict, number>();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 45 }), steps, (start, changes) => {
        const [window, plain] = [new ReplayWindow(), new PlainWindow()];
        let number = start;
        for (const change of changes) {
          number = Math.max(0, number + change);
          const expected = plain.accept(number);
          expect(window.check(number)).toBe(expected);
          expect(window.accept(number)).toBe(expected);
          verdicts.set(expected, (verdicts.get(expected) ?? 0) + 1);
        }
      }),
      { seed: 41, numRuns: 300 },
    );
    for (const verdict of ["new", "duplicate", "old"] as const) expect(verdicts.get(verdict)).toBeGreaterThan(300);
  });

  test("every number of a full window is told apart", () => {
    const window = new ReplayWindow();
    const base = 2 ** 33;
    for (let at = 0; at < REPLAY_WINDOW_NUMBERS; at += 2) window.accept(base + at);
    window.accept(base + REPLAY_WINDOW_NUMBERS - 1);
    for (let at = 0; at < REPLAY_WINDOW_NUMBERS - 1; at++) {
      const expected = at % 2 === 0 ? "duplicate" : "new";
      if (window.check(base + at) !== expected) expect.fail(`number ${at} is not ${expected}`);
    }
    expect(window.check(base - 1)).toBe("old");
    expect(window.check(base)).toBe("duplicate");
  });

  test("neighbours swapped, several times around the ring: none is taken for one of a lap before", () => {
    const window = new ReplayWindow();
    for (let pair = 0; pair < 5 * REPLAY_WINDOW_NUMBERS; pair += 2) {
      const verdicts = [window.accept(pair + 1), window.accept(pair)];
      if (verdicts[0] !== "new" || verdicts[1] !== "new") expect.fail(`numbers ${pair + 1}, ${pair}: ${verdicts}`);
    }
  });

  test("the ends of the number range", () => {
    const window = new ReplayWindow();
    expect(window.highest).toBe(-1);
    expect(window.accept(0)).toBe("new");
    expect(window.accept(0)).toBe("duplicate");
    expect(window.accept(Number.MAX_SAFE_INTEGER)).toBe("new"); // one jump over everything
    expect(window.accept(Number.MAX_SAFE_INTEGER)).toBe("duplicate");
    expect(window.accept(Number.MAX_SAFE_INTEGER - REPLAY_WINDOW_NUMBERS + 1)).toBe("new");
    expect(window.accept(Number.MAX_SAFE_INTEGER - REPLAY_WINDOW_NUMBERS)).toBe("old");
    expect(window.accept(2 ** 53)).toBe("old");
    expect(window.accept(-1)).toBe("old");
    expect(window.accept(Number.NaN)).toBe("old");
    expect(window.highest).toBe(Number.MAX_SAFE_INTEGER);
  });
});
