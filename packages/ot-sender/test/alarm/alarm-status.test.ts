import { StatusCode } from "@nonreturn/wire-format";
import { describe, expect, it } from "vitest";
import { alarmLine, alarmStatuses } from "../../src/alarm/alarm-status.ts";
import type { ActiveAlarm } from "../../src/alarm/alarms.ts";
import { T } from "./alarm-fixture.ts";

const active = (value: ActiveAlarm["value"], statusCode: number = StatusCode.Good): ActiveAlarm => ({
  tagId: 1,
  condition: "High",
  severity: 500,
  text: "above 90 %",
  since: T,
  value,
  statusCode,
});
const statusOf = (alarm: ActiveAlarm) => alarmStatuses([alarm], (tagId) => `tank-${tagId}/level`)[0]!;

describe("status of an alarm", () => {
  it.each([
    [active(97.2), "tank-1/level: High, above 90 % (97.2), severity 500, since 2026-11-23T08:00:00Z"],
    [
      active(null, StatusCode.BadNoCommunication),
      "tank-1/level: High, above 90 % (BadNoCommunication), severity 500, since 2026-11-23T08:00:00Z",
    ],
    [
      active(97.2, StatusCode.UncertainEngineeringUnitsExceeded),
      "tank-1/level: High, above 90 % (97.2, UncertainEngineeringUnitsExceeded), severity 500, since 2026-11-23T08:00:00Z",
    ],
    [
      active("\u001b[2J\u009b2J"),
      'tank-1/level: High, above 90 % ("\\u001b[2J?2J"), severity 500, since 2026-11-23T08:00:00Z',
    ],
  ])("is a line, case %#", (alarm, line) => {
    expect(alarmLine(statusOf(alarm))).toBe(line);
  });

  it("is plain enough for JSON: 64-bit integers as text, no bytes and arrays", () => {
    expect(statusOf(active(9_007_199_254_740_993n)).value).toBe("9007199254740993");
    expect(statusOf(active(new Uint8Array(2))).value).toBeNull();
    expect(statusOf(active([1, 2])).value).toBeNull();
    expect(() => JSON.stringify(statusOf(active(1n)))).not.toThrow();
  });

  it("names a thousand at most", () => {
    const many = Array.from({ length: 1500 }, () => active(1));
    expect(alarmStatuses(many, () => "")).toHaveLength(1000);
  });
});
