/** A client in another process with 10,000 items in one subscription, all of which change again and again: nothing missing, nothing wrong. */
import { SampleColumnsBuilder, StatusCode, type TagDefinition } from "@nonreturn/wire-format";
import { expect, it, onTestFinished } from "vitest";
import { opcuaConfig } from "../../packages/it-receiver/src/publishers/opcua/config.ts";
import { opcuaFactory } from "../../packages/it-receiver/src/publishers/opcua/index.ts";
import { progressStep } from "../../packages/it-receiver/src/publishers/progress.ts";
import { surroundings } from "../../packages/it-receiver/test/publishers/support/surroundings.ts";
import { startProgram } from "../support/child-program.ts";
import { freeTcpPort } from "../support/free-port.ts";
import { BEGIN, ROUND, type WatcherResult, type WatcherSettings } from "../support/opcua-watcher.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const ITEMS = 10_000;
const ROUNDS = 20;
const { signal } = new AbortController();
const TAGS = Array.from(
  { length: ITEMS },
  (_, tagId): TagDefinition => ({
    ...{ tagId, path: `plant/${tagId}`, dataType: "FLOAT64", unit: "", description: "", device: "d" },
    ...{ maximumSilenceMs: 0, retired: false },
  }),
);

/** @param published  what is published; undefined: nothing. */
async function watched(published: (item: number, round: number) => number | undefined): Promise<WatcherResult> {
  const port = await freeTcpPort();
  const config = opcuaConfig.parse({
    ...{ type: "opcua", listen: `127.0.0.1:${port}`, hostname: "127.0.0.1", security: ["None"], anonymous: true },
  });
  const publisher = opcuaFactory.create(config, surroundings("opcua", { dataFolder: temporaryFolder() }));
  onTestFinished(() => publisher.close());
  await publisher.connect(signal);
  await publisher.tagsChanged!(TAGS, signal);
  const settings: WatcherSettings = { url: `opc.tcp://127.0.0.1:${port}/nonreturn`, items: ITEMS, rounds: ROUNDS };
  const path = new URL("../support/opcua-watcher.ts", import.meta.url).pathname;
  const watcher = startProgram([path, JSON.stringify(settings)]);
  await watcher.seen(/subscribed \d+/);
  for (let round = 1; round <= ROUNDS; round++) {
    const builder = new SampleColumnsBuilder(ITEMS);
    for (const { tagId } of TAGS) {
      const value = published(tagId, round);
      if (value !== undefined) builder.push(tagId, value, StatusCode.Good, BEGIN + round * 1_000_000);
    }
    const common = { origin: "journal", stream: 1, journalEpoch: 1, lane: "live", position: round } as const;
    const identity = { stream: 1, sealingEpoch: 1, sequence: round };
    const entry = { ...common, identity, samples: builder.take(), tagOf: (tagId: number) => TAGS[tagId] };
    await publisher.publish([entry], signal, progressStep({ live: round }));
    await new Promise((resolve) => setImmediate(resolve)); // the runner lets others have their turn as well
  }
  const [, result] = await watcher.seen(/result (.*)\n/);
  return JSON.parse(result!) as WatcherResult;
}

it("10,000 items in one subscription: every change of every item, once, in order, at its time", async () => {
  expect(await watched((item, round) => round * ROUND + item)).toEqual({
    notifications: ITEMS * ROUNDS,
    wrong: 0,
    missing: 0,
  });
});

it("and the check would find one sample that is missing and one that is its neighbour's", async () => {
  const doctored = (item: number, round: number): number | undefined => {
    if (item === 4711 && round === 7) return undefined;
    return round * ROUND + (item === 815 && round === 9 ? item + 1 : item);
  };
  expect(await watched(doctored)).toEqual({ notifications: ITEMS * ROUNDS - 1, wrong: 1, missing: 2 });
});
