import { describe, expect, it } from "vitest";
import { manualClock } from "../../../../test/support/manual-clock.ts";
import { StaleWatch } from "../../src/tag/stale-watch.ts";

function watch() {
  const clock = manualClock();
  const changes: string[] = [];
  return { clock, changes, watch: new StaleWatch(clock, { silentAfterMs: 5000 }, (state) => changes.push(state)) };
}

describe("stale watch", () => {
  it("turns silent when signs of life cease, up with the next one", () => {
    const { clock, changes, watch: link } = watch();
    for (let turn = 0; turn < 40; turn++) {
      link.alive();
      clock.advance(250);
    }
    expect(changes).toEqual(["up"]);
    clock.advance(4700);
    expect(link.freshness).toBe("up");
    clock.advance(51);
    expect(changes).toEqual(["up", "silent"]);
    link.alive();
    expect(changes).toEqual(["up", "silent", "up"]);
  });

  it("turns silent by itself on a link that was dead from the start", () => {
    const { clock, changes } = watch();
    clock.advance(4999);
    expect(changes).toEqual([]);
    clock.advance(1);
    expect(changes).toEqual(["silent"]);
    clock.advance(60_000);
    expect(changes).toEqual(["silent"]);
  });

  it("is not moved by a step of the wall clock", () => {
    const { clock, changes, watch: link } = watch();
    link.alive();
    clock.stepWall(3_600_000);
    clock.advance(4000);
    clock.stepWall(-7_200_000);
    expect(link.freshness).toBe("up");
    clock.advance(1001);
    expect(changes).toEqual(["up", "silent"]);
  });

  it("believes the record step at once, and leaves no timer behind", () => {
    const { clock, changes, watch: link } = watch();
    link.alive();
    link.silent();
    link.silent();
    expect(changes).toEqual(["up", "silent"]);
    link.alive();
    clock.advance(5000);
    expect(changes).toEqual(["up", "silent", "up", "silent"]);
    link.close();
    expect(clock.waiting).toBe(0);
  });
});
