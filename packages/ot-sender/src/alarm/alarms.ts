/** Watches the alarms of all tags of the station, whichever device they come from.
 *  tag, calculations → [alarms] → event outbox → journal */
import { isDeepStrictEqual } from "node:util";
import { qualityOf, type Sample, StatusCode, type UtcMicros, type Value } from "@nonreturn/wire-format";
import type { AlarmChange, AlarmedTag, AlarmSettings, CarriedAlarm } from "./alarm-settings.ts";
import { WatchedAlarm } from "./watched-alarm.ts";

/** What an operator sees of an alarm that is active. */
export interface ActiveAlarm extends Pick<AlarmSettings, "severity" | "text"> {
  readonly tagId: number;
  readonly condition: string;
  readonly since: UtcMicros;
  /** As read last: an alarm stays active while its tag is Bad, and then has no value. */
  readonly value: Value | null;
  readonly statusCode: number;
}

interface WatchedTag {
  alarms: readonly WatchedAlarm[];
  last: Sample | undefined;
  lastMs: number; // monotonic
}

/**
 * Sees every sample as it is after scaling and clamping, before the deadband of report by exception. Bad samples change no state: an alarm
 * that is active stays so until a value says otherwise, and a delay does not end meanwhile. Every change is reported once.
 *
 * Cost: one look into a map per sample of a tag without alarms; about 120 bytes per alarm.
 */
export class Alarms {
  readonly #tags = new Map<number, WatchedTag>();
  /** Alarms that may change without another sample. */
  readonly #waiting = new Map<WatchedAlarm, WatchedTag>();
  #changes: AlarmChange[] = [];
  #changesTaken = 0;
  #configured = 0;
  #active = 0;

  /** @param before  active so far, by the journal: those that are configured stay so until a value ends them, the others end now. */
  constructor(tags: readonly AlarmedTag[], before: readonly CarriedAlarm[], now: UtcMicros) {
    const carried = new Map(before.map((alarm) => [keyOf(alarm), alarm]));
    for (const { tagId, alarms } of tags) {
      if (alarms.length === 0) continue;
      const watched = alarms.map((settings) => {
        const key = keyOf({ tagId, condition: settings.condition });
        const since = carried.get(key)?.since;
        carried.delete(key);
        if (since !== undefined) this.#active++;
        return new WatchedAlarm(tagId, settings, since);
      });
      this.#configured += watched.length;
      this.#tags.set(tagId, { alarms: watched, last: undefined, lastMs: 0 });
    }
    for (const { tagId, condition, severity, text } of carried.values())
      this.#changes.push({ tagId, condition, state: "inactive", severity, text, value: null, time: now });
  }

  /**
   * Other alarms of a tag from now on. One with the same settings goes on, its delay too; one with others keeps its state and is judged anew; one
   * that is gone ends if it was active.
   *
   * @param last  what is known of the tag; undefined once a value means something else than before.
   */
  change(
    { tagId, alarms }: AlarmedTag,
    last: Sample | undefined,
    now: { readonly utc: UtcMicros; readonly monotonicMs: number },
  ): void {
    const known = this.#tags.get(tagId);
    if (known === undefined && alarms.length === 0) return;
    const before = new Map(known?.alarms.map((alarm) => [alarm.settings.condition, alarm]));
    for (const alarm of before.values()) this.#waiting.delete(alarm);
    const watched: WatchedTag = { alarms: [], last, lastMs: known?.lastMs ?? now.monotonicMs };
    const value = last === undefined ? undefined : knownValue(last);
    watched.alarms = alarms.map((settings) => {
      const old = before.get(settings.condition);
      before.delete(settings.condition);
      const isSame = old !== undefined && isDeepStrictEqual(old.settings, settings);
      const alarm = isSame ? old : new WatchedAlarm(tagId, settings, old?.activeSince);
      if (value === undefined) alarm.lose();
      else if (!isSame) this.#keep(alarm.note(value, last!.sourceTimestamp, now.monotonicMs));
      this.#watch(alarm, watched);
      return alarm;
    });
    this.#configured += alarms.length - (known?.alarms.length ?? 0);
    if (alarms.length === 0) this.#tags.delete(tagId);
    else this.#tags.set(tagId, watched);
    for (const { settings, activeSince } of before.values()) {
      if (activeSince === undefined) continue;
      const { condition, severity, text } = settings;
      this.#keep({ tagId, condition, state: "inactive", severity, text, value: null, time: now.utc });
    }
  }

  get configured(): number {
    return this.#configured;
  }

  get activeCount(): number {
    return this.#active;
  }

  /** Changes handed out since the start. */
  get reported(): number {
    return this.#changesTaken;
  }

  watches(tagId: number): boolean {
    return this.#tags.has(tagId);
  }

  /** A sample as it goes to report. @param nowMs  monotonic. */
  note(sample: Sample, nowMs: number): void {
    const tag = this.#tags.get(sample.tagId);
    if (tag === undefined) return;
    tag.last = sample;
    tag.lastMs = nowMs;
    const value = knownValue(sample);
    for (const alarm of tag.alarms) {
      if (value === undefined) alarm.lose();
      else this.#keep(alarm.note(value, sample.sourceTimestamp, nowMs));
      this.#watch(alarm, tag);
    }
  }

  /** Delays that ended without another sample. Call it several times a second. */
  expire(nowMs: number): void {
    for (const [alarm, tag] of this.#waiting) {
      const { last, lastMs } = tag;
      const value = last === undefined ? undefined : knownValue(last);
      if (last === undefined || value === undefined) continue;
      this.#keep(alarm.expire({ value, time: last.sourceTimestamp, atMs: lastMs }, nowMs));
      this.#watch(alarm, tag);
    }
  }

  /** Events that said what the state of these tags' alarms is are lost: they are said again. */
  restate(tagIds: ReadonlySet<number> | "all", now: UtcMicros): void {
    for (const [tagId, { alarms, last }] of this.#tags)
      if (tagIds === "all" || tagIds.has(tagId))
        for (const alarm of alarms) this.#changes.push(alarm.restated(last?.value ?? null, now));
  }

  /** What changed since the last call, in order. */
  take(): AlarmChange[] {
    if (this.#changes.length === 0) return [];
    const changes = this.#changes;
    this.#changes = [];
    this.#changesTaken += changes.length;
    return changes;
  }

  /** Most severe first, then the latest. */
  active(): ActiveAlarm[] {
    const active: ActiveAlarm[] = [];
    for (const [tagId, { alarms, last }] of this.#tags)
      for (const { activeSince: since, settings } of alarms) {
        if (since === undefined) continue;
        const { condition, severity, text } = settings;
        const statusCode = last?.statusCode ?? StatusCode.BadWaitingForInitialData;
        active.push({ tagId, condition, severity, text, since, value: last?.value ?? null, statusCode });
      }
    return active.sort((a, b) => b.severity - a.severity || b.since - a.since);
  }

  #keep(change: AlarmChange | undefined): void {
    if (change === undefined) return;
    this.#active += change.state === "active" ? 1 : -1;
    this.#changes.push(change);
  }

  #watch(alarm: WatchedAlarm, tag: WatchedTag): void {
    if (alarm.mayExpire) this.#waiting.set(alarm, tag);
    else if (this.#waiting.size > 0) this.#waiting.delete(alarm);
  }
}

/** Undefined if it says nothing: a Bad sample, or one without a value. */
function knownValue({ value, statusCode }: Sample): Value | undefined {
  return value === null || qualityOf(statusCode) === "bad" ? undefined : value;
}

function keyOf({ tagId, condition }: { readonly tagId: number; readonly condition: string }): string {
  return `${tagId} ${condition}`;
}
