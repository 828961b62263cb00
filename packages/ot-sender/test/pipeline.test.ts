import { Figures, type WorkerThread } from "@nonreturn/station";
import { expect, onTestFinished, test } from "vitest";
import type { DriverFactory } from "../src/drivers/driver.ts";
import type { FromLink, ToLink } from "../src/egress/link-port.ts";
import type { FromJournal, ToJournal } from "../src/journal/journal-port.ts";
import { type PipelineSettings, startPipeline } from "../src/pipeline.ts";
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

test("what drivers have to load is loaded before anything is scanned, and before a change closes a channel", async () => {
  const world = new ScriptedWorld();
  let release: () => void = () => undefined;
  const slow: DriverFactory = {
    ...(world.factory as DriverFactory),
    name: "slow",
    prepare: () =>
      new Promise<void>((resolve) => {
        release = resolve;
      }),
  };
  const plc = world.device("plc", "a", [tag("t", "u/1")]);
  const late = world.device("late", "b", [tag("u", "u/1")], { driver: slow });
  const journal = thread<ToJournal, FromJournal>("journal", (message, say) => {
    if (message.type === "directory")
      say({ type: "directory", id: message.id, outcome: { revision: 2, tagIds: Uint32Array.of(1, 2) } });
  });
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
  await world.clock.advanceAsync(5000);
  const connects = () => ["plc", "late"].map((name) => world.script(name).connects);
  expect(connects()).toEqual([0, 0]);
  release();
  const pipeline = await starting;
  onTestFinished(() => pipeline.stop());
  await world.clock.advanceAsync(1000);
  expect(connects()).toEqual([1, 1]);

  const changing = pipeline.change({
    tags: new Uint8Array(1),
    tagCount: 2,
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
  });
  await world.clock.advanceAsync(3000);
  expect(world.script("late")).toMatchObject({ connects: 1, closes: 0, open: 1 });
  release();
  await changing;
  await world.clock.advanceAsync(1000);
  expect(connects()).toEqual([1, 2]);
});
