/** Main's end of the way of alarm events to the journal: bounded, and the newest state of every alarm always stays.
 *  alarms → [event outbox] → journal thread */
import type { Port } from "@nonreturn/station";
import type { AlarmChange } from "../alarm/alarm-settings.ts";
import type { FromJournal, ToJournal } from "./journal-port.ts";
import { LossAccumulator } from "./loss-accumulator.ts";

/** Per message: one commit carries it. */
const EVENTS_PER_MESSAGE = 1024;

/**
 * One message is on its way at a time; what comes meanwhile waits here. Where more than `maximumWaiting` wait, the oldest of those go into
 * a loss record that a later event of the same tag and condition has overtaken. What remains is at most one event per alarm.
 */
export class EventOutbox {
  readonly #port: Port<ToJournal, FromJournal>;
  readonly #maximumWaiting: number;
  readonly #losses = new LossAccumulator();
  #waiting: AlarmChange[] = [];
  #inFlight = 0;
  #dropped = 0;
  /** Beyond this it is worth looking for overtaken events. */
  #crowded: number;

  constructor(port: Port<ToJournal, FromJournal>, maximumWaiting: number) {
    this.#port = port;
    this.#maximumWaiting = maximumWaiting;
    this.#crowded = maximumWaiting;
  }

  /** Events that are not settled yet. */
  get unsettled(): number {
    return this.#waiting.length + this.#inFlight;
  }

  /** Events that went into loss records. */
  get dropped(): number {
    return this.#dropped;
  }

  accept(events: readonly AlarmChange[]): void {
    for (const event of events) this.#waiting.push(event);
    if (this.#inFlight === 0) this.#postNext();
    if (this.#waiting.length > this.#crowded) this.#dropOvertaken();
  }

  /** The journal thread accounted for so many. */
  settled(events: number): void {
    this.#inFlight -= events;
    if (this.#inFlight <= 0) this.#postNext();
  }

  /** Post everything without waiting: before a drain or a stop. */
  flush(): void {
    while (this.#waiting.length > 0 || !this.#losses.isEmpty) this.#postNext();
  }

  #postNext(): void {
    if (!this.#losses.isEmpty) this.#port.post({ type: "loss", records: this.#losses.take() }); // it is older
    if (this.#waiting.length === 0) return;
    const events = this.#waiting.slice(0, EVENTS_PER_MESSAGE);
    this.#waiting = this.#waiting.slice(events.length);
    this.#inFlight += events.length;
    this.#port.post({ type: "events", events });
  }

  /** Down to three quarters, so that not every further event costs a look at all of them. */
  #dropOvertaken(): void {
    const newest = new Map(this.#waiting.map((event) => [`${event.tagId} ${event.condition}`, event]));
    let excess = this.#waiting.length - Math.floor(this.#maximumWaiting * 0.75);
    const dropped: AlarmChange[] = [];
    this.#waiting = this.#waiting.filter((event) => {
      const isOvertaken = newest.get(`${event.tagId} ${event.condition}`) !== event;
      if (!isOvertaken || excess <= 0) return true;
      excess--;
      dropped.push(event);
      return false;
    });
    this.#losses.addEvents("journal-slow", dropped);
    this.#dropped += dropped.length;
    this.#crowded = Math.max(this.#maximumWaiting, Math.ceil(this.#waiting.length * 1.25));
  }
}
