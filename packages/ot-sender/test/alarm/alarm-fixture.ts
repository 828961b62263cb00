/** Alarms of one or two tags, and a clock that both sides of them see. */
import { type Sample, StatusCode, type Value } from "@nonreturn/wire-format";
import type { AlarmSettings, CarriedAlarm } from "../../src/alarm/alarm-settings.ts";
import { Alarms } from "../../src/alarm/alarms.ts";

export const T = 1_795_420_800_000_000;

export function alarm(test: AlarmSettings["test"], more: Partial<AlarmSettings> = {}): AlarmSettings {
  const condition = { above: "High", below: "Low", equals: "Discrete", rate: "RateOfChange" } as const;
  const common = { severity: 500, text: "text", onDelayMs: 0, offDelayMs: 0 };
  return { condition: condition[test.kind], test, ...common, ...more };
}

export const high = (limit: number, more: Partial<AlarmSettings> = {}, deadband = 0): AlarmSettings =>
  alarm({ kind: "above", limit, deadband }, more);

/** Alarms of tag 1. */
export function watch(alarms: readonly AlarmSettings[], before: readonly CarriedAlarm[] = []) {
  const watched = new Alarms([{ tagId: 1, alarms }], before, T);
  const sample = (atMs: number, value: Value | null, statusCode: number = StatusCode.Good): Sample => ({
    tagId: 1,
    value,
    statusCode,
    sourceTimestamp: T + atMs * 1000,
  });
  /** `condition state value @ms` of each change. */
  const changes = () =>
    watched
      .take()
      .map(({ condition, state, value, time }) => `${condition} ${state} ${String(value)} @${(time - T) / 1000}`);
  return {
    watched,
    changes,
    /** A sample whose timestamp is the station's time too. */
    at(atMs: number, value: Value | null, statusCode?: number): string[] {
      watched.note(sample(atMs, value, statusCode), atMs);
      return changes();
    },
    /** A device with a clock of its own. */
    stamped(nowMs: number, sourceMs: number, value: Value | null): string[] {
      watched.note(sample(sourceMs, value), nowMs);
      return changes();
    },
    expire(nowMs: number): string[] {
      watched.expire(nowMs);
      return changes();
    },
  };
}
