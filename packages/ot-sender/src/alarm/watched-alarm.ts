/** One alarm of one tag: its state, and the delay that runs before it changes.
 *  verdict → [watched alarm] → alarms */
import type { UtcMicros, Value } from "@nonreturn/wire-format";
import type { AlarmChange, AlarmSettings } from "./alarm-settings.ts";
import { RateOfChange } from "./rate-of-change.ts";
import { type AlarmState, judgeDiscrete, judgeLimit, judgeRate, type Verdict } from "./verdict.ts";

/** A longer text says nothing to whoever reads an alarm list. */
const VALUE_CHARACTERS = 1000;

/** The condition has turned, and its delay runs. Both clocks count: the sample's, and the station's for when no sample comes. */
interface Turning {
  readonly since: UtcMicros;
  readonly sinceMs: number; // monotonic
}

/**
 * ISA-18.2 on-delay and off-delay: the state changes once the condition was met, or was not met, for so long without a break. A sample
 * that decides gives the change its own timestamp; a delay that ends between two samples gives it the instant of that end.
 */
export class WatchedAlarm {
  readonly tagId: number;
  readonly settings: AlarmSettings;
  readonly #rate: RateOfChange | undefined;
  #state: AlarmState = "normal";
  #since: UtcMicros = 0;
  #turning: Turning | undefined;

  /** @param activeSince  where it is known to be active. */
  constructor(tagId: number, settings: AlarmSettings, activeSince?: UtcMicros) {
    this.tagId = tagId;
    this.settings = settings;
    this.#rate = settings.test.kind === "rate" ? new RateOfChange(settings.test.windowMs) : undefined;
    if (activeSince === undefined) return;
    this.#state = "active";
    this.#since = activeSince;
  }

  /** Undefined while it is not active. */
  get activeSince(): UtcMicros | undefined {
    return this.#state === "active" ? this.#since : undefined;
  }

  /** Whether it may change without another sample. */
  get mayExpire(): boolean {
    return this.#turning !== undefined || (this.#rate !== undefined && this.#state === "active");
  }

  /** A sample with a value. @param nowMs  monotonic. */
  note(value: Value, time: UtcMicros, nowMs: number): AlarmChange | undefined {
    const verdict = this.#judge(value, time);
    if (verdict === "unknown") return undefined;
    if ((verdict === "met") === (this.#state === "active")) {
      this.#turning = undefined;
      return undefined;
    }
    this.#turning ??= { since: time, sinceMs: nowMs };
    const { since, sinceMs } = this.#turning;
    const isOver = time - since >= this.#delayMs * 1000 || nowMs - sinceMs >= this.#delayMs;
    return isOver ? this.#change(value, time) : undefined;
  }

  /** No value: neither trips nor ends anything, and says nothing about how fast the value changes. */
  lose(): void {
    this.#rate?.forget();
  }

  /**
   * Time passes without a sample, and the last one still holds.
   *
   * @param last  the value, and when it was noted by the station's clock.
   */
  expire(last: { readonly value: Value; readonly time: UtcMicros; readonly atMs: number }, nowMs: number) {
    const { test } = this.settings;
    // A value that held for a whole window does not change at all.
    if (test.kind === "rate" && nowMs - last.atMs >= test.windowMs)
      return this.note(last.value, last.time + Math.round((nowMs - last.atMs) * 1000), nowMs);
    const turning = this.#turning;
    if (turning === undefined || nowMs - turning.sinceMs < this.#delayMs) return undefined;
    return this.#change(last.value, turning.since + Math.round(this.#delayMs * 1000));
  }

  get #delayMs(): number {
    return this.#state === "normal" ? this.settings.onDelayMs : this.settings.offDelayMs;
  }

  #judge(value: Value, time: UtcMicros): Verdict {
    const { test } = this.settings;
    if (test.kind === "equals") return judgeDiscrete(test, value);
    if (test.kind !== "rate") return judgeLimit(test, value, this.#state);
    const isNumber = typeof value === "number" || typeof value === "bigint";
    return judgeRate(test, isNumber ? this.#rate?.note(Number(value), time) : undefined, this.#state);
  }

  /** An event that says what the state is, not that it changed. @param now  for an alarm that has never changed. */
  restated(value: Value | null, now: UtcMicros): AlarmChange {
    return this.#event(value, this.#since === 0 ? now : this.#since);
  }

  #change(value: Value, time: UtcMicros): AlarmChange {
    this.#turning = undefined;
    this.#state = this.#state === "normal" ? "active" : "normal";
    this.#since = time;
    return this.#event(value, time);
  }

  #event(value: Value | null, time: UtcMicros): AlarmChange {
    const { condition, severity, text } = this.settings;
    const isShown = typeof value !== "object" && !(typeof value === "string" && value.length > VALUE_CHARACTERS);
    return {
      tagId: this.tagId,
      condition,
      state: this.#state === "active" ? "active" : "inactive",
      severity,
      text,
      value: isShown ? value : null,
      time,
    };
  }
}
