import { StatusCode } from "@nonreturn/wire-format";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AlarmSettings } from "../../src/alarm/alarm-settings.ts";
import { Alarms } from "../../src/alarm/alarms.ts";
import { alarm, high, T, watch } from "./alarm-fixture.ts";

const HIGH_HIGH = high(95, { condition: "HighHigh", severity: 900 });

describe("alarms", () => {
  it("report each change once, with the sample's own time and value", () => {
    const { at } = watch([HIGH_HIGH, high(90, {}, 2)]);
    expect(at(0, 80)).toEqual([]);
    expect(at(100, 91)).toEqual(["High active 91 @100"]);
    expect(at(200, 91)).toEqual([]);
    expect(at(300, 97)).toEqual(["HighHigh active 97 @300"]); // High stays
    expect(at(400, 89)).toEqual(["HighHigh inactive 89 @400"]); // High is held by its deadband
    expect(at(500, 88)).toEqual(["High inactive 88 @500"]);
    expect(at(600, 89)).toEqual([]);
    expect(at(700, 99)).toEqual(["HighHigh active 99 @700", "High active 99 @700"]);
  });

  it("watch the tags they were given, and know nothing of others", () => {
    const alarms = new Alarms(
      [
        { tagId: 1, alarms: [high(90)] },
        { tagId: 2, alarms: [] },
      ],
      [],
      T,
    );
    alarms.note({ tagId: 2, value: 99, statusCode: 0, sourceTimestamp: T }, 0);
    alarms.note({ tagId: 3, value: 99, statusCode: 0, sourceTimestamp: T }, 0);
    expect(alarms.take()).toEqual([]);
    expect(alarms).toMatchObject({ configured: 1, activeCount: 0, reported: 0 });
    alarms.note({ tagId: 1, value: 99, statusCode: 0, sourceTimestamp: T }, 0);
    expect(alarms.take()).toEqual([
      { tagId: 1, condition: "High", state: "active", severity: 500, text: "text", value: 99, time: T },
    ]);
    expect(alarms).toMatchObject({ configured: 1, activeCount: 1, reported: 1 });
  });

  describe("delays", () => {
    const delayed = high(90, { onDelayMs: 5000, offDelayMs: 2000 });

    it("want the condition to last, by the samples' timestamps", () => {
      const { at } = watch([delayed]);
      expect(at(0, 91)).toEqual([]);
      expect(at(4000, 91)).toEqual([]);
      expect(at(4500, 90)).toEqual([]); // a break
      expect(at(4600, 91)).toEqual([]);
      expect(at(9500, 92)).toEqual([]);
      expect(at(9600, 93)).toEqual(["High active 93 @9600"]);
      expect(at(10_000, 80)).toEqual([]);
      expect(at(11_000, 91)).toEqual([]);
      expect(at(11_500, 80)).toEqual([]);
      expect(at(13_499, 80)).toEqual([]);
      expect(at(13_500, 81)).toEqual(["High inactive 81 @13500"]);
    });

    it("end without another sample, by the station's clock, at their own instant", () => {
      const { at, expire } = watch([delayed]);
      at(1000, 91);
      expect(expire(5999)).toEqual([]);
      expect(expire(6040)).toEqual(["High active 91 @6000"]);
      expect(expire(9000)).toEqual([]);
      at(10_000, 70);
      expect(expire(12_010)).toEqual(["High inactive 70 @12000"]);
    });

    it("do not hang on a device whose clock stands still or was set back", () => {
      const frozen = watch([delayed]);
      frozen.stamped(0, 77, 91);
      expect(frozen.stamped(4900, 77, 92)).toEqual([]);
      expect(frozen.stamped(5000, 77, 93)).toEqual(["High active 93 @77"]);
      const setBack = watch([delayed]);
      setBack.stamped(0, 3_600_000, 91);
      expect(setBack.stamped(1000, 1000, 92)).toEqual([]);
      expect(setBack.expire(5000)).toEqual(["High active 92 @3605000"]);
    });

    it("take a device's own seconds, however late its samples come", () => {
      const { stamped } = watch([delayed]);
      expect(stamped(0, 0, 91)).toEqual([]);
      expect(stamped(10, 5000, 92)).toEqual(["High active 92 @5000"]); // a backlog from the device
    });
  });

  describe("Bad samples", () => {
    it("neither trip nor clear", () => {
      const { at, watched } = watch([high(90), alarm({ kind: "below", limit: 10, deadband: 0 })]);
      expect(at(0, null, StatusCode.BadNoCommunication)).toEqual([]);
      expect(at(100, 99)).toEqual(["High active 99 @100"]);
      expect(at(200, null, StatusCode.BadNoCommunication)).toEqual([]);
      expect(watched.active()).toMatchObject([
        { tagId: 1, condition: "High", since: T + 100_000, value: null, statusCode: StatusCode.BadNoCommunication },
      ]);
      expect(at(300, 0, StatusCode.BadSensorFailure)).toEqual([]); // a value that comes with it counts for nothing
      expect(at(400, 50)).toEqual(["High inactive 50 @400"]);
    });

    it("keep a delay from ending, and do not begin it anew", () => {
      const { at, expire } = watch([high(90, { onDelayMs: 1000 })]);
      at(0, 91);
      at(500, null, StatusCode.BadNoCommunication);
      expect(expire(5000)).toEqual([]);
      expect(at(6000, 95)).toEqual(["High active 95 @6000"]);
    });

    it("are no values of rates either", () => {
      const { at } = watch([alarm({ kind: "rate", direction: "both", limit: 5, deadband: 0, windowMs: 1000 })]);
      at(0, 0);
      at(500, null, StatusCode.BadNoCommunication);
      expect(at(1000, 100)).toEqual([]); // how fast it came there is not known
      expect(at(2000, 104)).toEqual([]);
      expect(at(3000, 110)).toEqual(["RateOfChange active 110 @3000"]);
    });
  });

  it("take Uncertain samples for what they say", () => {
    const { at } = watch([high(90)]);
    expect(at(0, 100, StatusCode.UncertainEngineeringUnitsExceeded)).toEqual(["High active 100 @0"]);
  });

  it("report a rate over its window, and end it also where a driver delivers only changes", () => {
    const { at, expire } = watch([alarm({ kind: "rate", direction: "rising", limit: 1, deadband: 0, windowMs: 2000 })]);
    at(0, 10);
    at(2000, 10);
    expect(at(4000, 15)).toEqual(["RateOfChange active 15 @4000"]);
    expect(expire(5999)).toEqual([]);
    expect(expire(6000)).toEqual(["RateOfChange inactive 15 @6000"]);
    expect(expire(9000)).toEqual([]);
  });

  it("show text values where they are short", () => {
    const { at } = watch([alarm({ kind: "equals", values: ["FAULT"] })]);
    expect(at(0, "FAULT")).toEqual(["Discrete active FAULT @0"]);
    expect(at(1, "x".repeat(1001))).toEqual(["Discrete inactive null @1"]);
  });

  describe("after a start", () => {
    const before = (condition: string, tagId = 1) => ({
      tagId,
      condition,
      severity: 7,
      text: "as it was",
      since: T - 60_000_000,
    });

    it("go on where they are still active, without a word", () => {
      const { at, changes, watched } = watch([high(90, {}, 5)], [before("High")]);
      expect(changes()).toEqual([]);
      expect(watched.active()).toMatchObject([
        { since: T - 60_000_000, value: null, statusCode: StatusCode.BadWaitingForInitialData },
      ]);
      expect(at(0, null, StatusCode.BadNoCommunication)).toEqual([]);
      expect(at(100, 88)).toEqual([]); // within the deadband: still active
      expect(at(200, 85)).toEqual(["High inactive 85 @200"]);
    });

    it("end what is no longer configured, with the words it had", () => {
      const { watched } = watch([high(90)], [before("High"), before("HighHigh"), before("High", 9)]);
      expect(watched.take()).toEqual([
        { tagId: 1, condition: "HighHigh", state: "inactive", severity: 7, text: "as it was", value: null, time: T },
        { tagId: 9, condition: "High", state: "inactive", severity: 7, text: "as it was", value: null, time: T },
      ]);
      expect(watched).toMatchObject({ activeCount: 1, configured: 1, reported: 2 });
    });
  });

  it("say their state again where the events that said it are lost, changed or not", () => {
    const { at, watched, changes } = watch([HIGH_HIGH, high(90)]);
    at(100, 91);
    watched.restate(new Set([2, 3]), T + 5_000_000);
    expect(changes()).toEqual([]);
    watched.restate(new Set([1]), T + 5_000_000);
    expect(changes()).toEqual(["HighHigh inactive 91 @5000", "High active 91 @100"]);
    at(200, null, StatusCode.BadNoCommunication);
    watched.restate("all", T + 6_000_000);
    expect(changes()).toEqual(["HighHigh inactive null @6000", "High active null @100"]);
    expect(watched.activeCount).toBe(1);
    expect(at(7000, 50)).toEqual(["High inactive 50 @7000"]);
  });

  it("give events whole microseconds, whatever their delays are", () => {
    const { at, expire, watched } = watch([high(90, { onDelayMs: 0.0003 })]);
    at(0, 91);
    watched.expire(1);
    expect(watched.take().map(({ time }) => time)).toEqual([T]);
    expect(expire(2)).toEqual([]);
  });

  it("show the most severe first", () => {
    const { at, watched } = watch([high(10), HIGH_HIGH, high(20, { condition: "Discrete" })]);
    at(0, 15);
    at(1000, 99);
    expect(watched.active().map(({ condition }) => condition)).toEqual(["HighHigh", "Discrete", "High"]);
  });

  it("alternate, whatever comes: never two events of the same state in a row, and the state fits a plain model", () => {
    const delays: Partial<AlarmSettings>[] = [{}, { onDelayMs: 700 }, { onDelayMs: 300, offDelayMs: 900 }];
    let seen = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...delays),
        fc.array(
          fc.record({
            waitMs: fc.integer({ min: 0, max: 400 }),
            value: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 80, max: 100 }) }, fc.constant(null)),
            look: fc.boolean(),
          }),
          { minLength: 20, maxLength: 120, size: "max" },
        ),
        (more, steps) => {
          const { watched } = watch([high(90, more, 3)]);
          let nowMs = 0;
          let state = "inactive";
          for (const { waitMs, value, look } of steps) {
            nowMs += waitMs;
            if (look) watched.expire(nowMs);
            const statusCode = value === null ? StatusCode.BadTimeout : StatusCode.Good;
            watched.note({ tagId: 1, value, statusCode, sourceTimestamp: T + nowMs * 1000 }, nowMs);
            for (const change of watched.take()) {
              expect(change.state).not.toBe(state);
              state = change.state;
              seen++;
              expect(change.value as number)[state === "active" ? "toBeGreaterThan" : "toBeLessThanOrEqual"](
                state === "active" ? 90 : 87,
              );
            }
            expect(watched.activeCount).toBe(state === "active" ? 1 : 0);
          }
        },
      ),
      { numRuns: 300, seed: 11 },
    );
    expect(seen).toBeGreaterThan(1000); // control
  });
});
