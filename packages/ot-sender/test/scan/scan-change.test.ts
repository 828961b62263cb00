import { Figures } from "@nonreturn/station";
import { StatusCode } from "@nonreturn/wire-format";
import { describe, expect, test } from "vitest";
import type { CarriedTag } from "../../src/report/report-by-exception.ts";
import { channelNameOf } from "../../src/scan/build-channels.ts";
import type { DeviceSettings } from "../../src/scan/device-settings.ts";
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
    devices: opened,
    removedDevices: [],
    otherDevices: opened,
    report: tags.map(({ path }) => ({
      tagId: tagIdOf(path),
      deadband: 0,
      maximumSilenceMs: 0,
      carried: carried[path] ?? "all",
    })),
    calculated: [],
    alarmed: [],
    tagIdOf,
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
        .map(({ atMs }) => Math.round(atMs));
    expect(
      made
        .script("a")
        .reads.filter(({ tagIds }) => tagIds[0] === 1)
        .map(({ atMs }) => atMs),
    ).toEqual(Array.from({ length: 41 }, (_, index) => index * 100));
    expect(made.script("a")).toMatchObject({ connects: 1, closes: 0 });
    expect(made.script("b")).toMatchObject({ connects: 2, open: 1 });
    expect(at("b", 1)).toEqual([0, 618, 1618, 2050, 2854, 3854]);
    expect(at("c", 1)).toEqual([0, 236, 1236]);
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

  test("a change that cannot be built changes nothing", async () => {
    const { made, a, b, c } = world();
    await made.clock.advanceAsync(1500);
    const broken = { ...made.device("new", "four", []), driver: { ...b.driver, createChannel: () => [] } };
    await expect(made.scan.change(change([a, broken], [broken]))).rejects.toThrow(RangeError);
    await made.clock.advanceAsync(1000);
    expect([a, b, c].map(({ name }) => made.script(name).connects)).toEqual([1, 1, 1]);
    expect(made.script("c").reads.at(-1)?.atMs).toBeCloseTo(2236, 0);
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
    expect(made.script("c").reads.map(({ atMs }) => Math.round(atMs))).toEqual([0, 236, 1236, 2236, 3236]);
  });
});
