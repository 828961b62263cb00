/** One alarm of one tag as the station watches it.
 *  config → [alarm settings] → alarms, journal */
import type { AlarmEvent, UtcMicros } from "@nonreturn/wire-format";

/** Names after OPC UA Part 9 §5.8: each is a condition of its own (non-exclusive limits), so that High stays active beside HighHigh. */
const ALARM_CONDITIONS = ["HighHigh", "High", "Low", "LowLow", "Discrete", "RateOfChange"] as const;
export type AlarmCondition = (typeof ALARM_CONDITIONS)[number];

/** Active beyond the limit; normal again once the value is back by the deadband. */
export interface LimitTest {
  readonly kind: "above" | "below";
  readonly limit: number;
  readonly deadband: number;
}

/** Active while the value is one of these. */
export interface DiscreteTest {
  readonly kind: "equals";
  readonly values: readonly (boolean | number | string)[];
}

/** Active while the value changes faster than the limit. */
export interface RateTest {
  readonly kind: "rate";
  readonly direction: "both" | "rising" | "falling";
  /** Engineering units per second. */
  readonly limit: number;
  readonly deadband: number;
  /** Over which the rate is taken. */
  readonly windowMs: number;
}

export interface AlarmSettings {
  readonly condition: AlarmCondition;
  readonly test: LimitTest | DiscreteTest | RateTest;
  readonly severity: number; // 1 … 1000
  readonly text: string;
  /** The condition must be met, or no longer met, for so long. */
  readonly onDelayMs: number;
  readonly offDelayMs: number;
}

export interface AlarmedTag {
  readonly tagId: number;
  /** At most one per condition. */
  readonly alarms: readonly AlarmSettings[];
}

/** A change of an alarm's state, on its way to the journal, which gives it its number. */
export type AlarmChange = Omit<AlarmEvent, "eventSequence">;

/** An alarm that is active already when watching begins. */
export interface CarriedAlarm extends Pick<AlarmEvent, "tagId" | "condition" | "severity" | "text"> {
  readonly since: UtcMicros;
}

/** As the newest journaled event of its tag and condition says. */
export interface JournaledAlarm extends CarriedAlarm {
  readonly eventSequence: number;
}
