import type { Sample } from "@nonreturn/wire-format";
import { expect, test } from "vitest";
import type { AlarmedTag } from "../../src/alarm/alarm-settings.ts";
import { Alarms } from "../../src/alarm/alarms.ts";
import { high, T } from "./alarm-fixture.ts";

/** One second per call; what is read last is known to a change, as report by exception knows it. */
function watching(tags: readonly AlarmedTag[]) {
  const alarms = new Alarms(tags, [], T);
  const last = new Map<number, Sample>();
  let watched = tags;
  let nowMs = 0;
  const taken = () =>
    alarms.take().map(({ tagId, condition, state, value }) => `${tagId} ${condition} ${state} ${value}`);
  return {
    alarms,
    forget: (tagId: number) => last.delete(tagId),
    note(tagId: number, value: number): string[] {
      nowMs += 1000;
      const sample = { tagId, value, statusCode: 0, sourceTimestamp: T + nowMs * 1000 };
      last.set(tagId, sample);
      alarms.note(sample, nowMs);
      return taken();
    },
    change(after: readonly AlarmedTag[]): string[] {
      nowMs += 1000;
      const gone = watched.filter(({ tagId }) => !after.some((tag) => tag.tagId === tagId));
      watched = after;
      for (const tag of [...after, ...gone.map(({ tagId }) => ({ tagId, alarms: [] }))])
        alarms.change(tag, last.get(tag.tagId), { utc: T + nowMs * 1000, monotonicMs: nowMs });
      return taken();
    },
    expire(afterMs: number): string[] {
      nowMs += afterMs;
      alarms.expire(nowMs);
      return taken();
    },
  };
}

const one = (alarms: AlarmedTag["alarms"]): AlarmedTag => ({ tagId: 1, alarms });
const two = (alarms: AlarmedTag["alarms"]): AlarmedTag => ({ tagId: 2, alarms });

test("an alarm that did not change goes on: active, or with its delay half over", () => {
  const delayed = high(90, { onDelayMs: 4000 });
  const { note, change, expire, alarms } = watching([one([high(90)]), two([delayed])]);
  expect(note(1, 95)).toEqual(["1 High active 95"]);
  expect(note(2, 95)).toEqual([]);
  expect(change([two([structuredClone(delayed)]), one([structuredClone(high(90))])])).toEqual([]);
  expect(alarms).toMatchObject({ configured: 2, activeCount: 1 });
  expect(note(1, 96)).toEqual([]);
  expect(expire(2000)).toEqual(["2 High active 95"]); // 4 s after its sample, not after the change
  expect(note(1, 0)).toEqual(["1 High inactive 0"]);
});

test("one that is gone ends, whether its tag is still there or not", () => {
  const { note, change, alarms } = watching([one([high(90), high(95, { condition: "HighHigh" })]), two([high(90)])]);
  note(1, 99);
  note(2, 99);
  expect(change([one([high(90)])])).toEqual(["1 HighHigh inactive null", "2 High inactive null"]);
  expect(alarms).toMatchObject({ configured: 1, activeCount: 1 });
  expect(note(2, 99)).toEqual([]);
});

test("a new one, and one with another limit, are judged by what is known; its state is kept where that says nothing", () => {
  const { note, change, forget, alarms } = watching([one([high(90)])]);
  note(1, 93);
  note(2, 50);
  expect(change([one([high(96)]), two([high(40)])])).toEqual(["1 High inactive 93", "2 High active 50"]);
  expect(change([one([high(90)]), two([high(40)])])).toEqual(["1 High active 93"]);
  forget(1); // another address
  expect(change([one([high(96)]), two([high(40)])])).toEqual([]);
  expect(alarms.activeCount).toBe(2);
  expect(note(1, 20)).toEqual(["1 High inactive 20"]);
});
