import { createLog, StationError } from "@nonreturn/station";
import { expect, test } from "vitest";
import type { PipelineChange } from "../../src/pipeline.ts";
import type { DifferenceCounts } from "../../src/reload/difference-lines.ts";
import type { ReloadPlan } from "../../src/reload/reload-plan.ts";
import { Reloader } from "../../src/reload/reloader.ts";

const FILE = "/etc/nonreturn/ot.yaml";
const NOTHING: DifferenceCounts = {
  devicesAdded: 0,
  devicesRemoved: 0,
  devicesChanged: 0,
  devicesUnchanged: 3,
  tagsAdded: 0,
  tagsRemoved: 0,
  tagsChanged: 0,
  tagsUnchanged: 9,
  connectionsOpened: 0,
  connectionsKept: 3,
};

function planned(text: number, counts: Partial<DifferenceCounts>, restartKeys: readonly string[] = []): ReloadPlan {
  return {
    lines: [`to ${text}`],
    counts: { ...NOTHING, ...counts },
    restartKeys,
    text: Uint8Array.of(text),
    tags: new Uint8Array(0),
    tagCount: 9,
    keptChannels: new Set(),
    channels: [],
    removedDevices: [],
    otherDevices: [],
    report: {
      at: new Uint32Array(0),
      deadbands: new Float64Array(0),
      maximumSilenceMs: new Float64Array(0),
      carried: new Uint8Array(0),
    },
    calculated: [],
    alarmed: [],
  };
}

/** The station runs with text 0. */
function station(plan: (running: number) => Promise<ReloadPlan>) {
  const applied: PipelineChange[] = [];
  const logged: Record<string, unknown>[] = [];
  const work = { apply: async (change: PipelineChange): Promise<void> => void applied.push(change) };
  const destination = { write: (line: string) => void logged.push(JSON.parse(line) as Record<string, unknown>) };
  const log = createLog({ name: "test", level: "info", destination });
  const reloader = new Reloader(FILE, Uint8Array.of(0), {
    log,
    plan: (running) => plan(running[0]!),
    apply: (change) => work.apply(change),
  });
  return { reloader, applied, logged, work, ask: (dryRun = false) => reloader.ask({ path: FILE, dryRun }) };
}

test("applies, and compares the next file with what it applied", async () => {
  const seen: number[] = [];
  const { ask, applied, logged } = station(async (running) => {
    seen.push(running);
    return planned(running + 1, { tagsAdded: 1 });
  });
  expect(await ask(true)).toEqual({ outcome: "planned", lines: ["to 1"], restartKeys: [] });
  expect(await ask()).toMatchObject({ outcome: "applied", lines: ["to 1"] });
  expect(await ask()).toMatchObject({ outcome: "applied", lines: ["to 2"] });
  expect(seen).toEqual([0, 0, 1]);
  expect(applied).toHaveLength(2);
  expect(logged).toContainEqual(
    expect.objectContaining({
      askedBy: "nonreturn-ot reload",
      tagsAdded: 1,
      file: FILE,
      msg: "reload: a new configuration is taken over",
    }),
  );
});

test("does nothing where nothing differs, or a start is needed", async () => {
  const plans = [planned(1, {}), planned(2, { devicesAdded: 1 }, ["link.rate"])];
  const { ask, applied, logged } = station(async () => plans.shift()!);
  expect(await ask()).toMatchObject({ outcome: "unchanged" });
  expect(await ask()).toMatchObject({ outcome: "needs-restart", restartKeys: ["link.rate"] });
  expect(applied).toEqual([]);
  expect(logged).toContainEqual(expect.objectContaining({ code: "RELOAD_RESTART", restartKeys: ["link.rate"] }));
});

test("a failure halfway is refused with its reason, and the next comparison is with what still runs", async () => {
  const seen: number[] = [];
  const { ask, work, logged } = station(async (running) => {
    seen.push(running);
    return planned(1, { tagsAdded: 1 });
  });
  const { apply } = work;
  work.apply = () =>
    Promise.reject(new StationError({ code: "RELOAD_JOURNAL", what: "the disk is full", action: "Make room." }));
  await expect(ask()).rejects.toMatchObject({ code: "RELOAD_JOURNAL", what: "the disk is full" });
  work.apply = () => Promise.reject(new TypeError("a defect"));
  await expect(ask()).rejects.toMatchObject({ code: "RELOAD_FAILED", where: FILE });
  work.apply = apply;
  expect(await ask()).toMatchObject({ outcome: "applied" });
  expect(seen).toEqual([0, 0, 0]);
  expect(logged.filter(({ msg }) => msg === "reload refused; nothing has changed").map(({ code }) => code)).toEqual([
    "RELOAD_JOURNAL",
    "RELOAD_FAILED",
  ]);
});

test("mistakes of the file are its own, told to a station that goes on", async () => {
  const { ask } = station(() =>
    Promise.reject(
      new StationError({ code: "CONFIG_INVALID", what: "one mistake", where: FILE, action: "nothing was started" }),
    ),
  );
  await expect(ask()).rejects.toMatchObject({ code: "CONFIG_INVALID", what: "one mistake", action: /goes on/ });
});

test("one at a time; a SIGHUP meanwhile is one more reload, and a request for another file none", async () => {
  const waiting: (() => void)[] = [];
  const { ask, reloader, applied } = station(async (running) => {
    await new Promise<void>((resolve) => void waiting.push(resolve));
    return planned(running + 1, { tagsAdded: 1 });
  });
  const first = ask();
  await expect(ask()).rejects.toMatchObject({ code: "RELOAD_BUSY" });
  await expect(reloader.ask({ path: "/etc/other.yaml" })).rejects.toMatchObject({ code: "RELOAD_OTHER_FILE" });
  await expect(reloader.ask(undefined)).rejects.toMatchObject({ code: "RELOAD_OTHER_FILE" });
  reloader.hangUp();
  reloader.hangUp();
  expect(waiting).toHaveLength(1);
  waiting[0]!();
  await first;
  await expect.poll(() => waiting.length).toBe(2);
  waiting[1]!();
  await expect.poll(() => applied.length).toBe(2);
  const third = ask(); // nothing else is under way
  await expect.poll(() => waiting.length).toBe(3);
  waiting[2]!();
  expect(await third).toMatchObject({ outcome: "applied" });
});

test("a second reload while the first is applied waits, or is told to; one that a stop has cut short says so", async () => {
  const { ask, reloader, work, applied, logged } = station(async (running) => planned(running + 1, { tagsAdded: 1 }));
  const { apply } = work;
  const applying: (() => void)[] = [];
  work.apply = async (change) => {
    await new Promise<void>((resolve) => void applying.push(resolve));
    await apply(change);
  };
  const first = ask();
  await expect.poll(() => applying.length).toBe(1);
  await expect(ask()).rejects.toMatchObject({ code: "RELOAD_BUSY" });
  reloader.hangUp();
  expect(applying).toHaveLength(1);
  applying[0]!();
  expect(await first).toMatchObject({ outcome: "applied", lines: ["to 1"] });
  await expect.poll(() => applying.length).toBe(2);
  applying[1]!();
  await expect.poll(() => applied.length).toBe(2);
  const stopping = new StationError({
    code: "STATION_NOT_RUNNING",
    what: "the station is stopping",
    action: "Start it",
  });
  work.apply = () => Promise.reject(stopping);
  await expect(ask()).rejects.toMatchObject({ code: "STATION_NOT_RUNNING" });
  expect(logged.at(-1)).toMatchObject({
    code: "STATION_NOT_RUNNING",
    msg: "reload given up: the station is stopping; a start reads the file",
  });
});
