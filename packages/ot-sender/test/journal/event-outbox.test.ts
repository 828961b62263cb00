import type { Port } from "@nonreturn/station";
import { describe, expect, it } from "vitest";
import type { AlarmChange } from "../../src/alarm/alarm-settings.ts";
import { EventOutbox } from "../../src/journal/event-outbox.ts";
import type { FromJournal, ToJournal } from "../../src/journal/journal-port.ts";

function start(maximumWaiting: number) {
  const posted: ToJournal[] = [];
  const port: Port<ToJournal, FromJournal> = {
    post: (message) => void posted.push(structuredClone(message)),
    onMessage: () => undefined,
    close: () => undefined,
  };
  const outbox = new EventOutbox(port, maximumWaiting);
  const events = () => posted.flatMap((message) => (message.type === "events" ? message.events : []));
  const lost = () =>
    posted.flatMap((message) => (message.type === "loss" ? message.records : [])).map(({ eventCount }) => eventCount);
  return { outbox, posted, events, lost };
}

const change = (tagId: number, time: number, state: AlarmChange["state"] = "active"): AlarmChange => ({
  tagId,
  condition: "High",
  state,
  severity: 500,
  text: "",
  value: null,
  time,
});

describe("event outbox", () => {
  it("has one message on its way; the rest follows, in order, when that is settled", () => {
    const { outbox, posted, events } = start(100);
    outbox.accept([change(1, 1), change(2, 2)]);
    outbox.accept([change(3, 3)]);
    outbox.accept([change(4, 4)]);
    expect(posted).toHaveLength(1);
    expect(outbox.unsettled).toBe(4);
    outbox.settled(1);
    expect(posted).toHaveLength(1); // not yet all of it
    outbox.settled(1);
    expect(events().map(({ tagId }) => tagId)).toEqual([1, 2, 3, 4]);
    expect(posted).toHaveLength(2);
    outbox.settled(2);
    expect(outbox.unsettled).toBe(0);
  });

  it("drops what a later event has overtaken, oldest first, names it before what follows, and keeps every alarm's newest", () => {
    const { outbox, posted, events, lost } = start(8);
    outbox.accept([change(1, 0)]);
    outbox.accept([change(99, 1)]); // never again
    for (let time = 2; time < 20; time++) outbox.accept([change(time % 2, time, time % 4 < 2 ? "active" : "inactive")]);
    expect(outbox.unsettled).toBeLessThanOrEqual(1 + 8);
    expect(outbox.dropped).toBe(20 - outbox.unsettled);
    outbox.settled(1);
    expect(posted.map(({ type }) => type)).toEqual(["events", "loss", "events"]);
    expect(lost()).toEqual([outbox.dropped]);
    const [, ...later] = events();
    expect(later.map(({ time }) => time)).toEqual([1, ...later.slice(1).map((_, at) => 20 - (later.length - 1) + at)]);
  });

  it("keeps more than its bound rather than the newest event of an alarm", () => {
    const { outbox, events, lost } = start(8);
    for (let tagId = 0; tagId < 1000; tagId++) outbox.accept([change(tagId, tagId)]);
    expect([outbox.unsettled, outbox.dropped]).toEqual([1000, 0]);
    outbox.flush();
    expect(events().map(({ tagId }) => tagId)).toEqual(Array.from({ length: 1000 }, (_, at) => at));
    expect(lost()).toEqual([]);
  });

  it("flushes without waiting, the loss record too", () => {
    const { outbox, posted, lost } = start(4);
    for (let time = 0; time < 3000; time++) outbox.accept([change(1, time)]);
    outbox.flush();
    expect(outbox.dropped).toBeGreaterThan(2900);
    expect(lost()).toEqual([outbox.dropped]);
    expect(posted.at(-1)!.type).toBe("events");
    expect(outbox.unsettled + outbox.dropped).toBe(3000);
  });
});
