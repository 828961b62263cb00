import { Figures } from "@nonreturn/station";
import { StatusCode } from "@nonreturn/wire-format";
import { describe, expect, test } from "vitest";
import type { AlarmSettings } from "../../src/alarm/alarm-settings.ts";
import type { DriverFactory, TagAddress } from "../../src/drivers/driver.ts";
import type { CarriedTag } from "../../src/report/report-by-exception.ts";
import { channelNameOf, channelsOf } from "../../src/scan/build-channels.ts";
import type { DeviceSettings } from "../../src/scan/device-settings.ts";
import { TAGS_PER_TURN, type Turns } from "../../src/scan/in-turns.ts";
import type { ScanChange } from "../../src/scan/scan-change.ts";
import { SCAN_FIGURES } from "../../src/scan/scan-figures.ts";
import { ScriptedWorld, tag } from "./scan-fixture.ts";

/** Tag ids by path: those of the start first. */
const IDS = ["a/1", "a/2", "b/1", "c/1", "new/1", "sum"];
const tagIdOf = (path: string): number => IDS.indexOf(path) + 1;

function change(
  devices: readonly DeviceSettings[],
  opened: readonly DeviceSettings[],
  more: Partial<ScanChange> & { carried?: Readonly<Record<string, CarriedTag["carried"]>> } = {},
): ScanChange {
  const { carried = {}, ...others } = more;
  const tags = devices.flatMap((device) => device.tags);
  return {
    keptChannels: new Set(devices.filter((device) => !opened.includes(device)).map(channelNameOf)),
    channels: [...channelsOf(opened)].map(([name, sharing]) => ({
      name,
      driver: sharing[0]!.driver,
      devices: sharing.map((device) => device.name),
      *load() {
        yield 1;
        return { devices: sharing, tagIdOf };
      },
    })),
    removedDevices: [],
    otherDevices: opened,
    report: tags.map(({ path }) => ({
      tagId: tagIdOf(path),
      deadband: 0,
      maximumSilenceMs: 0,
      carried: carried[path] ?? "all",
    })),
    tagCount: tags.length,
    calculated: [],
    alarmed: [],
    ...others,
  };
}

/** Values never change: what is reported a second time was not carried over. */
function world() {
  const made = new ScriptedWorld();
  for (const name of ["a", "b", "c", "new"])
    made.script(name).read = async (plan) =>
      plan.tagIds.flatMap((tagId) => made.good({ ...plan, tagIds: [tagId] }, tagId));
  const a = made.device("a", "one", [tag("a/1", "u/1", { scanPeriodMs: 100 }), tag("a/2", "u/2")]);
  const b = made.device("b", "two", [tag("b/1", "u/1")]);
  const c = made.device("c", "three", [tag("c/1", "u/1")]);
  made.start([a, b, c]);
  return { made, a, b, c };
}

describe("a change while everything runs", () => {
  test("kept channels keep connection, scan phase and what they have reported; others are closed and opened", async () => {
    const { made, a, b } = world();
    await made.clock.advanceAsync(2050);
    made.takeReported();
    const added = made.device("new", "four", [tag("new/1", "u/1")]);
    const changing = made.scan.change(change([a, b, added], [b, added], { removedDevices: ["c"] }));
    await made.clock.advanceAsync(1950);
    await changing;
    const at = (name: string, tags: number) =>
      made
        .script(name)
        .reads.filter(({ tagIds }) => tagIds.length === tags)
        .map(({ atMs }) => atMs);
    expect(
      made
        .script("a")
        .reads.filter(({ tagIds }) => tagIds[0] === 1)
        .map(({ atMs }) => atMs),
    ).toEqual(Array.from({ length: 41 }, (_, index) => index * 100));
    expect(made.script("a")).toMatchObject({ connects: 1, closes: 0 });
    expect(made.script("b")).toMatchObject({ connects: 2, open: 1 });
    expect(at("b", 1)).toEqual([0, 1000, 2000, 2050, 3050]);
    expect(at("c", 1)).toEqual([0, 1000, 2000]);
    expect(made.script("c")).toMatchObject({ connects: 1, open: 0 });
    expect(made.takeReported().map(({ tagId }) => tagId)).toEqual([tagIdOf("new/1")]); // nothing is repeated
    expect(made.scan.deviceStatuses().map(({ device, state }) => [device, state])).toEqual([
      ["a", "connected"],
      ["b", "connected"],
      ["new", "connected"],
    ]);
    expect(made.scan.report.lastRead(tagIdOf("c/1"))).toBeUndefined();
  });

  test("a tag whose meaning changed is reported anew, one with another unit too, and nothing else", async () => {
    const { made, a, b, c } = world();
    await made.clock.advanceAsync(1500);
    made.takeReported();
    await made.scan.change(change([a, b, c], [], { carried: { "a/2": "read", "c/1": "nothing" } }));
    expect(made.scan.report.lastRead(2)).toMatchObject({ value: 2 });
    expect(made.scan.report.lastRead(4)).toBeUndefined();
    await made.clock.advanceAsync(1500);
    expect(
      made
        .takeReported()
        .map(({ tagId }) => tagId)
        .toSorted(),
    ).toEqual([2, 4]);
    expect(made.script("c").connects).toBe(1);
  });

  test("figures of what is gone disappear, those of what goes on count on", async () => {
    const { made, a, b } = world();
    await made.clock.advanceAsync(1500);
    const figures = new Figures("ot", SCAN_FIGURES);
    made.scan.writeFigures(figures);
    expect(figures.get("device_connected", { device: "c" })).toBe(1);
    await made.scan.change(change([a, b], [], { removedDevices: ["c"] }));
    await made.clock.advanceAsync(1500);
    made.scan.writeFigures(figures);
    expect(Object.keys(figures.snapshot()).filter((key) => /"c"|scripted three/.test(key))).toEqual([]);
    expect(figures.get("scans_total", { channel: "scripted two" })).toBe(4);
    expect(figures.get("connects_total", { channel: "scripted two" })).toBe(1);
  });

  test("a channel that cannot be built, though its plan was checked, fails by itself", async () => {
    const { made, a, b, c } = world();
    await made.clock.advanceAsync(1500);
    const broken = { ...made.device("new", "four", []), driver: { ...b.driver, createChannel: () => [] } };
    await made.scan.change(change([a, b, broken, c], [broken, c]));
    await made.clock.advanceAsync(1000);
    expect([a, b, c].map(({ name }) => made.script(name).connects)).toEqual([1, 1, 2]);
    expect(made.script("b").reads.at(-1)?.atMs).toBe(2000);
    expect(made.scan.deviceStatuses().find(({ device }) => device === "new")).toMatchObject({
      state: "failed",
      reason: "cannot be read: scripted made 0 drivers for 1 devices",
    });
  });

  test("stopped while old channels are closing: no new one is opened", async () => {
    const { made, a, b, c } = world();
    await made.clock.advanceAsync(500);
    made.script("b").read = () => new Promise(() => undefined); // a driver that does not come back
    await made.clock.advanceAsync(1000);
    const changing = made.scan.change(change([a, b, c], [b]));
    const stopped = made.scan.stop();
    await made.clock.advanceAsync(10_000);
    await Promise.all([changing, stopped]);
    expect(made.script("b")).toMatchObject({ connects: 1, open: 0 });
    expect(made.script("a").open).toBe(0);
  });

  test("of a device that cannot be reached any more: the others notice nothing", async () => {
    const { made, a, b, c } = world();
    await made.clock.advanceAsync(1050);
    made.script("b").connect = () => Promise.reject(new Error("no route"));
    await made.scan.change(change([a, b, c], [b]));
    await made.clock.advanceAsync(3000);
    expect(made.scan.deviceStatuses().find(({ device }) => device === "b")?.state).toBe("failed");
    expect(made.scan.report.lastRead(3)?.statusCode).toBe(StatusCode.BadNoCommunication);
    expect(made.script("c").reads.map(({ atMs }) => atMs)).toEqual([0, 1000, 2000, 3000, 4000]);
  });
});

describe("a change in turns", () => {
  const DEVICES = 6;
  const PER_UNIT = 500;
  const ids = new Map<string, number>();
  for (let device = 0; device < DEVICES; device++)
    for (let index = 0; index < 6 * PER_UNIT; index++) ids.set(`d${device}/${index}`, ids.size + 1);
  const idOf = (path: string): number => ids.get(path)!;

  /** Devices of 3,000 tags each, in units of 500; half of them are opened anew, with an alarm on every tag. */
  function large(turns: Turns) {
    const made = new ScriptedWorld();
    made.turns = turns;
    const devices = Array.from({ length: DEVICES }, (_, device) =>
      made.device(
        `d${device}`,
        `channel ${device}`,
        Array.from({ length: 6 * PER_UNIT }, (_, at) => tag(`d${device}/${at}`, `u${Math.floor(at / PER_UNIT)}/${at}`)),
      ),
    );
    for (const { name } of devices) made.script(name).read = async (plan) => made.good(plan, 1);
    made.start(devices, undefined, [], [], idOf);
    const work = { since: 0, most: 0 };
    const did = (tags: number): void => {
      work.since += tags;
      work.most = Math.max(work.most, work.since);
    };
    const counted = function* <Row>(rows: readonly Row[]): Generator<Row> {
      for (const row of rows) {
        did(1);
        yield row;
      }
    };
    const opened = devices.slice(DEVICES / 2).map((device) => ({
      ...device,
      driver: {
        ...device.driver,
        unitOf(address: TagAddress, config: unknown) {
          did(1);
          return device.driver.unitOf(address, config);
        },
        createChannel: (...args: Parameters<DriverFactory["createChannel"]>) =>
          device.driver.createChannel(...args).map((driver) => ({
            ...driver,
            plan(tags: readonly TagAddress[]) {
              did(tags.length);
              return driver.plan(tags);
            },
          })),
      },
    }));
    const whole = change([...devices.slice(0, DEVICES / 2), ...opened], opened);
    const report = devices.flatMap(({ tags }) =>
      tags.map(({ path }) => ({ tagId: idOf(path), deadband: 0, maximumSilenceMs: 0, carried: "all" as const })),
    );
    const alarm: AlarmSettings = {
      condition: "High",
      test: { kind: "above", limit: 0, deadband: 0 },
      severity: 500,
      text: "above 0",
      onDelayMs: 0,
      offDelayMs: 0,
    };
    const alarmed = opened.flatMap(({ tags }) =>
      tags.map(({ path }) => ({ path, tagId: idOf(path), alarms: [alarm] })),
    );
    const loading = whole.channels.map((channel, index) => ({
      ...channel,
      *load() {
        for (let each = 0; each < 6 * PER_UNIT; each++) {
          did(1);
          yield 1;
        }
        return { devices: [opened[index]!], tagIdOf: idOf };
      },
    }));
    return {
      made,
      work,
      apply: () =>
        made.scan.change({
          ...whole,
          channels: loading,
          report: { [Symbol.iterator]: () => counted(report) },
          tagCount: report.length,
          alarmed: { [Symbol.iterator]: () => counted(alarmed) },
        }),
    };
  }

  /** A turn's work, and its last piece: a unit's scan class is sorted and planned. */
  const MOST = TAGS_PER_TURN + 2 * PER_UNIT;

  test("deals with so many tags at a stretch, however many there are", async () => {
    const counts = { turns: 0 };
    const { made, work, apply } = large({
      tags: TAGS_PER_TURN,
      next: async () => {
        counts.turns++;
        work.since = 0;
      },
    });
    await made.clock.advanceAsync(1500);
    work.most = 0;
    work.since = 0;
    expect(await apply()).toBe("done");
    expect(work.most).toBeLessThanOrEqual(MOST);
    expect(counts.turns).toBeGreaterThan((DEVICES * 6 * PER_UNIT) / TAGS_PER_TURN);
    await made.clock.advanceAsync(1500);
    expect(made.scan.alarms.activeCount).toBe((DEVICES / 2) * 6 * PER_UNIT);
    expect(made.scan.alarmedPath(idOf("d5/7"))).toBe("d5/7");
  });

  test("without turns the same count would be far beyond", async () => {
    const { made, work, apply } = large({ tags: Number.POSITIVE_INFINITY, next: async () => undefined });
    await made.clock.advanceAsync(1500);
    work.most = 0;
    work.since = 0;
    await apply();
    expect(work.most).toBeGreaterThan(10 * MOST);
  });

  test("stopped in any of its turns, it opens no channel after that and reports nothing", async () => {
    let turnsOfAll = Number.POSITIVE_INFINITY;
    for (let last = 1; last <= turnsOfAll; last += 7) {
      let turns = 0;
      let stopped: Promise<void> | undefined;
      const { made, apply } = large({
        tags: TAGS_PER_TURN,
        next: async () => {
          if (++turns === last) stopped = made.scan.stop();
        },
      });
      await made.clock.advanceAsync(500);
      const outcome = await apply();
      if (stopped === undefined) {
        expect(outcome).toBe("done");
        turnsOfAll = turns;
        break;
      }
      expect(outcome).toBe("stopped");
      const connects = (): number[] => [...made.scripts.values()].map((script) => script.connects);
      const connected = connects();
      await made.clock.advanceAsync(10_000);
      await stopped;
      made.takeReported();
      const changes = made.alarmChanges.length;
      await made.clock.advanceAsync(3000);
      expect(connects()).toEqual(connected);
      expect(made.takeReported()).toEqual([]);
      expect(made.alarmChanges).toHaveLength(changes);
      expect([...made.scripts.values()].every(({ open }) => open === 0)).toBe(true);
    }
    expect(turnsOfAll).toBeLessThan(Number.POSITIVE_INFINITY);
  });
});
