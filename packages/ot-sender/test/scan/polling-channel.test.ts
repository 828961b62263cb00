import { Figures, StationError } from "@nonreturn/station";
import { StatusCode } from "@nonreturn/wire-format";
import { describe, expect, test } from "vitest";
import { SCAN_FIGURES } from "../../src/scan/scan-figures.ts";
import { ScriptedWorld, tag } from "./scan-fixture.ts";

const lost = () => new StationError({ code: "CONNECTION_LOST", what: "the cable is out", action: "Plug it in." });

describe("scan classes", () => {
  test("each tag in its own period, one scan per class, tags disabled or of disabled devices never", async () => {
    const world = new ScriptedWorld();
    world.start([
      world.device("plc", "a", [
        tag("fast/1", "u/1", { scanPeriodMs: 100 }),
        tag("fast/2", "u/2", { scanPeriodMs: 100 }),
        tag("slow", "u/3"),
        tag("off", "u/4", { enabled: false }),
      ]),
      world.device("spare", "b", [tag("spare", "u/1")], { enabled: false }),
    ]);
    await world.clock.advanceAsync(2050);
    const { reads } = world.script("plc");
    expect(reads.filter(({ tagIds }) => tagIds.length === 2).map(({ atMs }) => atMs)).toEqual(
      Array.from({ length: 21 }, (_, index) => index * 100),
    );
    expect(reads.filter(({ tagIds }) => tagIds.length === 1).map(({ atMs }) => atMs)).toEqual([0, 1000, 2000]);
    expect(new Set(reads.flatMap(({ tagIds }) => tagIds))).toEqual(new Set([1, 2, 3]));
    expect(world.script("spare").connects).toBe(0);
    expect(world.scan.deviceStatuses().map(({ device, state }) => [device, state])).toEqual([
      ["plc", "connected"],
      ["spare", "disabled"],
    ]);
  });

  test("a scan that takes too long leaves scans out, counts them, and keeps to the grid", async () => {
    const world = new ScriptedWorld();
    const script = world.script("plc");
    script.read = (plan) => world.later(script.reads.length === 1 ? 2500 : 10, world.good(plan, 1));
    world.start([world.device("plc", "a", [tag("t", "u/1")])]);
    await world.clock.advanceAsync(6100);
    expect(script.reads.map(({ atMs }) => atMs)).toEqual([0, 2500, 3000, 4000, 5000, 6000]);
    const figures = new Figures("ot", SCAN_FIGURES);
    world.scan.writeFigures(figures);
    const channel = { channel: "scripted a" };
    // Due at 1000 and 2000: the first was begun 1500 ms late, the second left out.
    expect(figures.get("scans_missed_total", channel)).toBe(1);
    expect(figures.get("scans_total", channel)).toBe(6);
    expect(figures.get("scans_late_total", { ...channel, le: "0.001" })).toBe(5);
    expect(figures.get("scans_late_total", { ...channel, le: "1" })).toBe(5);
    expect(figures.get("scans_late_total", { ...channel, le: "2" })).toBe(6);
    expect(figures.get("samples_read_total")).toBe(6);
    expect(figures.get("device_connected", { device: "plc" })).toBe(1);
  });

  test("samples go through tag and report", async () => {
    const world = new ScriptedWorld();
    world.script("plc").read = async (plan) => world.good(plan, 234);
    world.start([world.device("plc", "a", [tag("t", "u/1", { scaling: { kind: "linear", scale: 0.1, offset: 0 } })])]);
    await world.clock.advanceAsync(3000);
    expect(world.takeReported()).toMatchObject([{ tagId: 1, value: 23.4, channel: "scripted a" }]);
  });
});

describe("connections", () => {
  test("a device that cannot be reached: Bad once, with a reason and since when; retried ever more rarely", async () => {
    const world = new ScriptedWorld();
    const script = world.script("plc");
    script.connect = () => Promise.reject(lost());
    const startUtc = world.clock.nowUtcMicros();
    world.start([world.device("plc", "a", [tag("t", "u/1"), tag("s", "u/2")])]);
    await world.clock.advanceAsync(30_000);
    expect(world.takeReported()).toMatchObject([
      { tagId: 1, value: null, statusCode: StatusCode.BadNoCommunication, sourceTimestamp: startUtc },
      { tagId: 2, value: null, statusCode: StatusCode.BadNoCommunication },
    ]);
    // 1 + 2 + 4 + 8 + 8 … seconds between attempts (the whole wait each time, less a 65,536th).
    expect(script.connects).toBe(6);
    expect(world.statuses).toEqual([
      { device: "plc", state: "connecting", reason: "", since: startUtc },
      { device: "plc", state: "failed", reason: "the cable is out", since: startUtc },
    ]);
    expect(script.closes).toBe(6); // also after a failed connect
    expect(script.reads).toHaveLength(0);

    script.connect = async () => undefined;
    script.read = async (plan) => world.good(plan, 1);
    await world.clock.advanceAsync(8000);
    expect(world.takeReported()).toMatchObject([{ statusCode: 0 }, { statusCode: 0 }]);
    expect(world.scan.deviceStatuses()).toMatchObject([{ state: "connected", reason: "" }]);
  });

  test("while it is dead its Bad state is repeated within the maximum silence", async () => {
    const world = new ScriptedWorld();
    world.script("plc").connect = () => Promise.reject(lost());
    world.start([world.device("plc", "a", [tag("t", "u/1", { maximumSilenceMs: 10_000 })])]);
    await world.clock.advanceAsync(31_000);
    const times = world.takeReported().map(({ sourceTimestamp }) => sourceTimestamp / 1e6);
    expect(times).toHaveLength(4);
    for (let index = 1; index < times.length; index++)
      expect(times[index]! - times[index - 1]!).toBeLessThanOrEqual(10);
  });

  test("a connection lost while reading: every tag Bad, then reconnected after a while; nothing stays open", async () => {
    const world = new ScriptedWorld();
    const script = world.script("plc");
    world.start([world.device("plc", "a", [tag("t", "u/1"), tag("other/class", "u/2", { scanPeriodMs: 5000 })])]);
    await world.clock.advanceAsync(1500);
    world.takeReported();
    script.read = () => Promise.reject(lost());
    await world.clock.advanceAsync(600);
    expect(world.takeReported()).toMatchObject([
      { tagId: 1, statusCode: StatusCode.BadNoCommunication },
      { tagId: 2, statusCode: StatusCode.BadNoCommunication },
    ]);
    expect(script.open).toBe(0);
    script.read = async (plan) => world.good(plan, 9);
    await world.clock.advanceAsync(1000);
    expect(script.connects).toBe(2);
    expect(world.takeReported()).toMatchObject([{ value: 9 }, { value: 9 }]);
  });

  test("a driver that returns too little, throws nonsense or hangs is a lost connection, not the end", async () => {
    const world = new ScriptedWorld();
    const script = world.script("plc");
    world.start([world.device("plc", "a", [tag("t", "u/1")])]);
    for (const [read, reason] of [
      [async () => [], "the driver returned 0 samples for 1 tags"],
      [() => Promise.reject("a string"), "a string"],
      [
        () => new Promise<never>(() => undefined),
        "the driver did not return within 300000 ms, nor when told to give up",
      ],
    ] as const) {
      script.read = read;
      await world.clock.advanceAsync(310_000);
      expect(world.statuses.filter(({ state }) => state === "failed").at(-1)?.reason).toBe(reason);
    }
    script.read = async (plan) => world.good(plan, 1);
    await world.clock.advanceAsync(10_000);
    expect(world.scan.deviceStatuses()).toMatchObject([{ state: "connected" }]);
  });

  test("one channel's dead device never delays another channel", async () => {
    const world = new ScriptedWorld();
    world.script("dead").connect = () => new Promise(() => undefined);
    world.script("slow").read = (plan) => world.later(5000, world.good(plan, 1));
    world.start([
      world.device("dead", "a", [tag("dead", "u/1")]),
      world.device("slow", "b", [tag("slow", "u/1")]),
      world.device("good", "c", [tag("good", "u/1", { scanPeriodMs: 100 })]),
    ]);
    await world.clock.advanceAsync(1000);
    expect(world.script("good").reads.map(({ atMs }) => atMs)).toEqual(
      Array.from({ length: 11 }, (_, index) => index * 100),
    );
  });

  test("stopping ends waits and reads at once, closes everything, and reports nothing more", async () => {
    const world = new ScriptedWorld();
    const script = world.script("plc");
    let abortedReads = 0;
    script.read = (_, signal) =>
      new Promise((_, reject) =>
        signal.addEventListener("abort", () => {
          abortedReads++;
          reject(lost());
        }),
      );
    world.script("idle").connect = () => Promise.reject(lost());
    const scan = world.start([
      world.device("plc", "a", [tag("t", "u/1")]),
      world.device("idle", "b", [tag("s", "u/1")]),
    ]);
    await world.clock.advanceAsync(100);
    world.takeReported();
    await scan.stop();
    await scan.stop();
    expect(abortedReads).toBe(1);
    expect(script.open).toBe(0);
    expect(world.takeReported()).toEqual([]);
    await world.clock.advanceAsync(60_000);
    expect(world.takeReported()).toEqual([]);
    expect(world.clock.waiting).toBe(0);
  });
});

describe("units on a shared channel", () => {
  test("a dead unit costs at most 5 % of the channel's time; its tags are Bad, the others are read", async () => {
    const world = new ScriptedWorld();
    const script = world.script("gateway");
    let busyMs = 0;
    script.read = (plan) => {
      if (!plan.tagIds.includes(2)) return world.later(1, world.good(plan, script.reads.length));
      busyMs += 1000;
      return world.later(1000, world.bad(plan, StatusCode.BadTimeout));
    };
    world.start([
      world.device("gateway", "a", [
        tag("alive", "unit 1/0", { scanPeriodMs: 100 }),
        tag("dead", "unit 2/0", { scanPeriodMs: 100 }),
      ]),
    ]);
    await world.clock.advanceAsync(100_000);
    expect(busyMs).toBeGreaterThanOrEqual(4000); // still tried
    expect(busyMs / 100_000).toBeLessThanOrEqual(0.06); // 5 %, and the first attempt
    const alive = script.reads.filter(({ tagIds }) => tagIds.includes(1)).length;
    expect(alive).toBeGreaterThan(900);
    expect(world.reported.filter(({ tagId }) => tagId === 2)).toMatchObject([{ statusCode: StatusCode.BadTimeout }]);
    expect(world.scan.deviceStatuses()).toMatchObject([{ state: "connected" }]);

    script.read = (plan) => world.later(1, world.good(plan, 7));
    await world.clock.advanceAsync(21_000);
    expect(world.reported.filter(({ tagId }) => tagId === 2).at(-1)).toMatchObject({ value: 7, statusCode: 0 });
  });

  test("a dead device among several is failed by name; a connection on which nobody answers is made anew", async () => {
    const world = new ScriptedWorld();
    for (const name of ["one", "two"]) world.script(name).read = (plan) => world.later(100, world.good(plan, 1));
    world.start([world.device("one", "a", [tag("1", "unit 1/0")]), world.device("two", "a", [tag("2", "unit 2/0")])]);
    await world.clock.advanceAsync(5000);
    world.script("two").read = (plan) => world.later(100, world.bad(plan, StatusCode.BadTimeout));
    await world.clock.advanceAsync(5000);
    expect(world.scan.deviceStatuses().map(({ device, state, reason }) => [device, state, reason])).toEqual([
      ["one", "connected", ""],
      ["two", "failed", "unit 2 does not answer"],
    ]);
    expect(world.script("two").connects).toBe(1);
    world.script("one").read = (plan) => world.later(100, world.bad(plan, StatusCode.BadTimeout));
    await world.clock.advanceAsync(20_000);
    expect(world.script("one").connects).toBeGreaterThan(1);
    expect(world.statuses.some(({ reason }) => reason.includes("nothing answered"))).toBe(true);
  });

  test("a gateway that says nobody is there is alive: no reconnect", async () => {
    const world = new ScriptedWorld();
    const script = world.script("gateway");
    script.read = (plan) => world.later(10, world.bad(plan, StatusCode.BadNoCommunication));
    world.start([world.device("gateway", "a", [tag("1", "unit 1/0"), tag("2", "unit 2/0")])]);
    await world.clock.advanceAsync(60_000);
    expect(script.connects).toBe(1);
    expect(world.scan.deviceStatuses()).toMatchObject([{ state: "failed", reason: "unit 1, unit 2 does not answer" }]);
  });

  test("alone on its channel a silent device is asked with every scan, and reconnected after three", async () => {
    const world = new ScriptedWorld();
    const script = world.script("plc");
    script.read = (plan) => world.later(200, world.bad(plan, StatusCode.BadTimeout));
    world.start([world.device("plc", "a", [tag("t", "u/1"), tag("wrong", "u/refused")])]);
    await world.clock.advanceAsync(2500);
    expect(script.reads.map(({ atMs }) => atMs)).toEqual([0, 1000, 2000]);
    expect(script.connects).toBe(1);
    await world.clock.advanceAsync(1000);
    expect(script.connects).toBe(2);
    // It never answered, so the waits grow although connecting succeeds each time.
    await world.clock.advanceAsync(100_000);
    expect(script.connects).toBeLessThan(15);
  });

  test("tags that were refused beforehand do not make a unit silent", async () => {
    const world = new ScriptedWorld();
    const script = world.script("plc");
    script.read = async (plan) => world.bad(plan, StatusCode.BadConfigurationError);
    world.start([world.device("plc", "a", [tag("wrong", "u/refused")])]);
    await world.clock.advanceAsync(10_000);
    expect(script.connects).toBe(1);
    expect(world.scan.deviceStatuses()).toMatchObject([{ state: "connected" }]);
  });
});

describe("subscriptions", () => {
  test("samples as they come, silent ones repeated, Bad when the connection is lost", async () => {
    const world = new ScriptedWorld();
    const script = world.script("server");
    world.start([world.device("server", "a", [tag("t", "u/1", { maximumSilenceMs: 5000 })], { kind: "subscribing" })]);
    script.read = async (plan) => world.good(plan, 42);
    await world.clock.advanceAsync(9500);
    expect(world.takeReported().map(({ value }) => value)).toEqual([42, 42, 42]); // at 0, 4 and 8 s
    expect(world.scan.deviceStatuses()).toMatchObject([{ state: "connected" }]);
  });

  test("a refused subscription is retried", async () => {
    const world = new ScriptedWorld();
    const script = world.script("server");
    script.read = () => Promise.reject(lost());
    world.start([world.device("server", "a", [tag("t", "u/1"), tag("wrong", "u/refused")], { kind: "subscribing" })]);
    await world.clock.advanceAsync(500);
    expect(world.takeReported().map(({ tagId, statusCode }) => [tagId, statusCode])).toEqual([
      [2, StatusCode.BadConfigurationError],
      [1, StatusCode.BadNoCommunication],
      [2, StatusCode.BadNoCommunication],
    ]);
    script.read = async (plan) => world.good(plan, 1);
    await world.clock.advanceAsync(3000);
    expect(script.connects).toBe(2);
    expect(world.scan.deviceStatuses()).toMatchObject([{ state: "connected" }]);
  });
});
