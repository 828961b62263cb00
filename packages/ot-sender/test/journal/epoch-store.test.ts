import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StationError } from "@nonreturn/station";
import { describe, expect, it } from "vitest";
import { manualClock } from "../../../../test/support/manual-clock.ts";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { openNextEpoch, StepWatch } from "../../src/journal/epoch-store.ts";

const START = 1_795_420_800_000_000;
const MINUTES = Math.floor(START / 60_000_000);

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof StationError) return error.code;
    throw error;
  }
  return "nothing thrown";
}

describe("epoch store", () => {
  const newPath = () => join(temporaryFolder(), "sealing-epoch");

  it("starts with the unix minute, on disk before it is returned, readable by nobody else", () => {
    const path = newPath();
    expect(openNextEpoch(path, manualClock(START), 0)).toBe(MINUTES);
    expect(readFileSync(path, "utf8")).toBe(`${MINUTES}\n`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it("rises at every start, also within a minute and when the clock went back", () => {
    const path = newPath();
    const clock = manualClock(START);
    const epochs = [0, 1, 2].map(() => openNextEpoch(path, clock, 0));
    clock.stepWall(-86_400_000);
    epochs.push(openNextEpoch(path, clock, 0));
    expect(epochs).toEqual([MINUTES, MINUTES + 1, MINUTES + 2, MINUTES + 3]);
    clock.stepWall(2 * 86_400_000);
    expect(openNextEpoch(path, clock, 0)).toBe(MINUTES + 1440);
  });

  it("is never below the pairing's floor", () => {
    expect(openNextEpoch(newPath(), manualClock(START), MINUTES + 500)).toBe(MINUTES + 500);
  });

  it.each(["", "-1", "12x", "1e9", "99999999999", "4294967296"])("refuses a damaged file: %j", (text) => {
    const path = newPath();
    writeFileSync(path, text);
    expect(codeOf(() => openNextEpoch(path, manualClock(START), 0))).toBe("EPOCH_FILE");
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  it("refuses to run out of 32 bits", () => {
    const path = newPath();
    writeFileSync(path, "4294967295\n");
    expect(codeOf(() => openNextEpoch(path, manualClock(START), 0))).toBe("EPOCH_FILE");
  });

  it("refuses to go on when it cannot be written", () => {
    const path = join(temporaryFolder(), "missing", "sealing-epoch");
    expect(codeOf(() => openNextEpoch(path, manualClock(START), 0))).toBe("EPOCH_FILE");
    mkdirSync(join(path, ".."));
    chmodSync(join(path, ".."), 0o700);
    expect(openNextEpoch(path, manualClock(START), 0)).toBe(MINUTES);
  });
});

describe("step watch", () => {
  it("hears steps of more than two seconds in either direction, and no slewing", () => {
    const clock = manualClock();
    const steps = new StepWatch(clock);
    clock.advance(60_000);
    expect(steps.look()).toBe(0);
    clock.stepWall(1999);
    expect(steps.look()).toBe(0);
    clock.stepWall(2500);
    expect(steps.look()).toBeCloseTo(2500);
    expect(steps.look()).toBe(0);
    clock.stepWall(-3_600_000);
    expect(steps.look()).toBeCloseTo(-3_600_000);
    for (let second = 0; second < 100; second++) {
      clock.advance(1000);
      clock.stepWall(0.5);
      expect(steps.look()).toBe(0);
    }
  });
});
