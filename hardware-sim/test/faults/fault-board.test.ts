import { describe, expect, test } from "vitest";
import { manualClock } from "../../../test/support/manual-clock.ts";
import { openFaultBoard } from "../../src/faults/fault-board.ts";
import {
  type Fault,
  type FrontFault,
  faultEvent,
  faultSection,
  type ServerFault,
} from "../../src/scenario/fault-section.ts";

const fault = (settings: object): Fault => faultSection.parse(settings);
const event = (settings: object) => faultEvent.parse({ device: "plc", ...settings });

function board(events: object[] = []) {
  const clock = manualClock();
  const now: { front: FrontFault | undefined; unit: readonly ServerFault[] } = { front: undefined, unit: [] };
  const target = {
    async setFrontFault(front: FrontFault | undefined) {
      now.front = front;
    },
    setServerFaults(unit: readonly ServerFault[]) {
      now.unit = unit;
    },
  };
  return { clock, now, board: openFaultBoard(target, events.map(event), clock) };
}

describe("fault board", () => {
  test("the timeline begins, ends and repeats", () => {
    const { clock, now } = board([{ at: "10s", for: "5s", every: "30s", fault: { kind: "silent" } }]);
    const seen: string[] = [];
    for (let second = 0; second <= 75; second++) {
      seen.push(now.front === undefined ? "-" : "s");
      clock.advance(1000);
    }
    const expected = Array.from({ length: 76 }, (_, second) => (second >= 10 && (second - 10) % 30 < 5 ? "s" : "-"));
    expect(seen.join("")).toBe(expected.join(""));
  });

  test("of two faults of the connection the later counts, and the earlier again after it", async () => {
    const { clock, now, board: faults } = board();
    await faults.begin(fault({ kind: "silent" }));
    await faults.begin(fault({ kind: "slow", delay: "1s" }), 2000);
    expect(now.front?.kind).toBe("slow");
    clock.advance(2000);
    expect(now.front?.kind).toBe("silent");
  });

  test("faults of units add up and leave the connection alone", async () => {
    const { now, board: faults } = board();
    const end = await faults.begin(fault({ kind: "unit-silent", unit: 1 }));
    await faults.begin(fault({ kind: "exception", exception: "busy" }));
    expect([now.front, now.unit.map(({ kind }) => kind)]).toEqual([undefined, ["unit-silent", "exception"]]);
    end();
    expect(now.unit.map(({ kind }) => kind)).toEqual(["exception"]);
  });

  test("ending all leaves the timeline in force; an end that comes later harms nothing", async () => {
    const { clock, now, board: faults } = board([{ at: "5s", fault: { kind: "garbage" } }]);
    await faults.begin(fault({ kind: "silent" }), 1000);
    await faults.endAll();
    expect(now.front).toBeUndefined();
    await faults.begin(fault({ kind: "half-open" }));
    clock.advance(1000);
    expect(now.front?.kind).toBe("half-open");
    clock.advance(4000);
    expect(now.front?.kind).toBe("garbage");
  });

  test("after close nothing begins any more", async () => {
    const { clock, now, board: faults } = board([{ at: "5s", fault: { kind: "silent" } }]);
    faults.close();
    clock.advance(10_000);
    await faults.begin(fault({ kind: "silent" }));
    expect(now.front).toBeUndefined();
  });
});
