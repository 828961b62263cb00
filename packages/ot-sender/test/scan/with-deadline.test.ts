import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { manualClock } from "../../../../test/support/manual-clock.ts";
import { Deadline } from "../../src/scan/with-deadline.ts";

function set() {
  const clock = manualClock();
  const stop = new AbortController();
  const deadline = new Deadline(clock, 500, stop.signal);
  const never = (signals: AbortSignal[]) => (signal: AbortSignal) => {
    signals.push(signal);
    return new Promise<number>(() => undefined);
  };
  const untilTold = (signal: AbortSignal): Promise<string> =>
    new Promise((resolve) => {
      if (signal.aborted) resolve("told");
      signal.addEventListener("abort", () => resolve("told"), { once: true });
    });
  return { clock, stop, deadline, never, untilTold };
}

describe("deadline", () => {
  it("gives one signal to all that is run in time, and leaves no timer and no listener behind", async () => {
    const { clock, stop, deadline } = set();
    const signals: AbortSignal[] = [];
    for (let turn = 0; turn < 3; turn++) {
      const run = deadline.run(async (signal) => signals.push(signal));
      clock.advance(499);
      expect(await run).toBe(turn + 1);
    }
    expect(new Set(signals).size).toBe(1);
    expect(signals[0]!.aborted).toBe(false);
    expect(clock.waiting).toBe(0);
    expect(getEventListeners(stop.signal, "abort")).toHaveLength(1);
    deadline.close();
    expect(getEventListeners(stop.signal, "abort")).toHaveLength(0);
  });

  it("tells what is late to give up, and the next one has a signal that says nothing", async () => {
    const { clock, deadline, untilTold } = set();
    const late = deadline.run(untilTold);
    clock.advance(500);
    expect(await late).toBe("told");
    let isTold: boolean | undefined;
    await deadline.run(async ({ aborted }) => {
      isTold = aborted;
    });
    expect(isTold).toBe(false);
    expect(clock.waiting).toBe(0);
  });

  it("ends without what does not give up within a second, once it was late or once all were told", async () => {
    for (const why of ["late", "told"] as const) {
      const { clock, stop, deadline, never } = set();
      const signals: AbortSignal[] = [];
      const run = deadline.run(never(signals));
      const outcome = run.catch((error: { readonly code: string }) => error.code);
      if (why === "told") stop.abort();
      else clock.advance(500);
      expect(signals[0]!.aborted).toBe(true);
      clock.advance(999);
      expect(clock.waiting).toBeGreaterThan(0);
      clock.advance(1);
      expect(await outcome).toBe("DRIVER_STUCK");
      expect(clock.waiting).toBe(0);
    }
  });

  it("what begins after all were told is told at once; what fails at once leaves no timer", async () => {
    const { clock, stop, deadline, untilTold } = set();
    const failing = (): Promise<never> => {
      throw new Error("at once");
    };
    await expect(deadline.run(failing)).rejects.toThrow("at once");
    expect(clock.waiting).toBe(0);
    stop.abort();
    expect(await deadline.run(untilTold)).toBe("told");
    expect(await deadline.run(untilTold)).toBe("told");
    expect(clock.waiting).toBe(0);
  });
});
