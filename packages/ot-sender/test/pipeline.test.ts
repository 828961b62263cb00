import { Figures, type WorkerThread } from "@nonreturn/station";
import { expect, onTestFinished, test } from "vitest";
import type { DriverFactory } from "../src/drivers/driver.ts";
import type { FromLink, ToLink } from "../src/egress/link-port.ts";
import type { DirectoryOutcome, FromJournal, ToJournal } from "../src/journal/journal-port.ts";
import { type PipelineChange, type PipelineSettings, startPipeline } from "../src/pipeline.ts";
import { channelNameOf } from "../src/scan/build-channels.ts";
import { SCAN_FIGURES } from "../src/scan/scan-figures.ts";
import { log, ScriptedWorld, tag } from "./scan/scan-fixture.ts";

const MAIN_FIGURES = [
  ...SCAN_FIGURES,
  ...["samples_dropped_total", "samples_in_flight", "alarm_events_dropped_total", "alarm_events_in_flight"].map(
    (name) => ({ name, kind: "gauge" as const, help: "" }),
  ),
];

/** Says what it is told to, and is there until it is stopped. */
function thread<Out, In>(name: string, hear: (message: Out, say: (message: In) => void) => void) {
  const exited = Promise.withResolvers<void>();
  let say: (message: In) => void = () => undefined;
  const made: WorkerThread<Out, In> = {
    name,
    exited: exited.promise,
    post: (message) => hear(message, (answer) => queueMicrotask(() => say(answer))),
    onMessage(listener) {
      say = listener;
    },
    close: () => exited.resolve(),
    async finish() {
      exited.resolve();
      return "finished";
    },
    stop: async () => exited.resolve(),
  };
  return { made, say: (message: In) => say(message) };
}

/** A pipeline that reads two scripted devices, each on a channel of its own; `late` has a driver that loads when it is released. */
function pipelineOf(directory: () => DirectoryOutcome) {
  const world = new ScriptedWorld();
  const releases: (() => void)[] = [];
  const slow: DriverFactory = {
    ...(world.factory as DriverFactory),
    name: "slow",
    prepare: () => new Promise<void>((resolve) => releases.push(resolve)),
  };
  const release = (): void => {
    for (const each of releases.splice(0)) each();
  };
  const plc = world.device("plc", "a", [tag("t", "u/1")]);
  const late = world.device("late", "b", [tag("u", "u/1")], { driver: slow });
  /** What the journal thread is told: "directory", or the channel of columns. */
  const told: string[] = [];
  const waiting: (() => void)[] = [];
  const journal = thread<ToJournal, FromJournal>("journal", (message, say) => {
    if (message.type === "columns") told.push(message.channel);
    if (message.type !== "directory") return;
    told.push("directory");
    waiting.push(() => say({ type: "directory", id: message.id, outcome: directory() }));
  });
  /** The journal has written the directory. */
  const written = (): void => {
    for (const each of waiting.splice(0)) each();
  };
  const link = thread<ToLink, FromLink>("link", () => undefined);
  const starting = startPipeline(
    {
      stationName: "test",
      softwareVersion: "0",
      mode: "lab",
      scan: { devices: [plc, late], reconnect: { firstMs: 1000, longestMs: 1000 } },
      journal: { tags: [{ path: "t" }, { path: "u" }] },
      link: { linkRate: 1_000_000 },
      refreshPeriodMs: 600_000,
      statusPeriodMs: 5000,
      maximumInFlight: 1000,
    } as unknown as PipelineSettings,
    {
      clock: world.clock,
      log,
      random: (bytes) => new Uint8Array(bytes),
      turns: world.turns,
      startJournal: () => journal.made,
      startLink: () => link.made,
      figures: {
        scan: new Figures("ot", MAIN_FIGURES),
        journal: new Figures("ot_journal", []),
        link: new Figures("ot_link", []),
      },
    },
    new AbortController().signal,
  );
  journal.say({
    type: "ready",
    journalPath: "",
    journalEpoch: 1,
    sealingEpoch: 1,
    directory: { revision: 1, sequences: [] },
    tagIds: [1, 2],
    activeAlarms: [],
    unsent: [],
    sentHead: { sequence: 0 } as never,
  });
  /** `plc` is kept, `late` opened anew. */
  const change: PipelineChange = {
    tags: new Uint8Array(1),
    tagCount: 2,
    keptChannels: new Set([channelNameOf(plc)]),
    drivers: [slow],
    scanChangeOf: () => ({
      keptChannels: new Set([channelNameOf(plc)]),
      channels: [
        {
          name: channelNameOf(late),
          driver: slow,
          devices: ["late"],
          *load() {
            yield 1;
            return { devices: [late], tagIdOf: () => 2 };
          },
        },
      ],
      removedDevices: [],
      otherDevices: [late],
      report: [1, 2].map((tagId) => ({ tagId, deadband: 0, maximumSilenceMs: 0, carried: "all" as const })),
      tagCount: 2,
      calculated: [],
      alarmed: [],
    }),
  };
  const connects = () => ["plc", "late"].map((name) => world.script(name).connects);
  return { world, starting, release, written, told, change, connects };
}

const DIRECTORY: DirectoryOutcome = { revision: 2, tagIds: Uint32Array.of(1, 2) };

test("what drivers have to load is loaded before anything is scanned, and before a change closes a channel", async () => {
  const { world, starting, release, written, change, connects } = pipelineOf(() => DIRECTORY);
  await world.clock.advanceAsync(5000);
  expect(connects()).toEqual([0, 0]);
  release();
  const pipeline = await starting;
  onTestFinished(() => pipeline.stop());
  await world.clock.advanceAsync(1000);
  expect(connects()).toEqual([1, 1]);

  const changing = pipeline.change(change);
  await world.clock.advanceAsync(3000);
  expect(world.script("late")).toMatchObject({ connects: 1, closes: 0, open: 1 });
  release();
  await world.clock.advanceAsync(1000);
  written();
  await changing;
  await world.clock.advanceAsync(1000);
  expect(connects()).toEqual([1, 2]);
});

/** From the moment the change is asked for; the directory takes three seconds to write. */
async function changed(outcome: DirectoryOutcome) {
  const made = pipelineOf(() => outcome);
  const { world, starting, release, written, told, change } = made;
  release();
  await world.clock.advanceAsync(0);
  const pipeline = await starting;
  onTestFinished(() => pipeline.stop());
  await world.clock.advanceAsync(3000);
  const before = told.splice(0);
  const changing = pipeline.change(change).then(
    () => "done",
    ({ code }: { code: string }) => code,
  );
  await world.clock.advanceAsync(0);
  release();
  await world.clock.advanceAsync(3000);
  const meanwhile = told.splice(0);
  written();
  const result = await changing;
  await world.clock.advanceAsync(3000);
  return { ...made, before, meanwhile, result, afterwards: told };
}

test("what is read by the old configuration comes before the new directory; kept channels are read meanwhile", async () => {
  const { before, meanwhile, result, afterwards } = await changed(DIRECTORY);
  expect(new Set(before)).toEqual(new Set(["scripted a", "slow b"])); // control
  const behind = meanwhile.slice(meanwhile.indexOf("directory") + 1);
  expect(new Set(behind)).toEqual(new Set(["scripted a"]));
  expect(behind.length).toBeGreaterThan(1);
  expect(result).toBe("done");
  expect(new Set(afterwards)).toEqual(new Set(["scripted a", "slow b"]));
});

test("a directory that cannot be written: what was closed for it is read again as it was", async () => {
  const { result, afterwards, connects, world } = await changed({ revision: undefined, reason: "disk full" });
  expect(result).toBe("RELOAD_JOURNAL");
  expect(new Set(afterwards)).toEqual(new Set(["scripted a", "slow b"]));
  expect(connects()).toEqual([1, 2]);
  expect(world.script("late").open).toBe(1);
});
