/** The publishers of the examples in config/, as a test starts them: every key as it stands there, but for where the far side is and its secrets.
 *  config/it-station*.yaml → [IT examples] → contract, servers */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createLog, systemClock } from "@nonreturn/station";
import { SampleColumnsBuilder, StatusCode, type TagDefinition } from "@nonreturn/wire-format";
import { onTestFinished } from "vitest";
import { loadItConfig } from "../../packages/it-receiver/src/config/it-station-config.ts";
import type { PublisherConfig } from "../../packages/it-receiver/src/publishers/known-configs.ts";
import { progressStep } from "../../packages/it-receiver/src/publishers/progress.ts";
import type { StoredEntry } from "../../packages/it-receiver/src/publishers/publisher.ts";
import { loadPublisherFactory, openHistory } from "../../packages/it-receiver/src/publishers/registry.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const CONFIG = new URL("../../config/", import.meta.url).pathname;
const T0 = 1_795_420_800_000_000; // 2026-11-23T08:00:00Z
const { signal } = new AbortController();

/** "it-station-databases.yaml postgresql": the file and the publisher's name. */
export function itExamples(): ReadonlyMap<string, PublisherConfig> {
  const files = readdirSync(CONFIG).filter((name) => /^it-station.*\.yaml$/.test(name));
  return new Map(
    files.flatMap((file) =>
      loadItConfig(join(CONFIG, file)).publishers.map((config) => [`${file} ${config.name}`, config] as const),
    ),
  );
}

/** @returns a file of mode 0600 that holds a secret. */
export function secretFile(secret: string): string {
  const path = join(temporaryFolder(), "secret");
  writeFileSync(path, secret, { mode: 0o600 });
  return path;
}

/** Connects, publishes one sample of one tag (and an alarm event where events are wanted), and stays until the test's end. */
export async function startExample(example: string, changes: object): Promise<void> {
  const config = { ...itExamples().get(example)!, ...changes } as PublisherConfig;
  const dataFolder = temporaryFolder();
  const factory = await loadPublisherFactory(config.type);
  const publisher = factory.create(config as never, {
    clock: systemClock,
    log: createLog({ name: "test", level: "silent" }),
    publisher: config.name,
    station: "it",
    dataFolder,
    openHistory: () => openHistory(dataFolder),
  });
  onTestFinished(() => publisher.close());
  await publisher.connect(signal);
  const tag: TagDefinition = {
    ...{ tagId: 1, path: "hamburg/energy/meter-1/power", dataType: "FLOAT64", unit: "kW", description: "" },
    ...{ device: "meter-1", maximumSilenceMs: 0, retired: false },
  };
  const builder = new SampleColumnsBuilder();
  builder.push(1, 182.4, StatusCode.Good, T0);
  const common = { origin: "journal", stream: 1, journalEpoch: 1, lane: "live", tagOf: () => tag } as const;
  const identity = (sequence: number) => ({ stream: 1, sealingEpoch: 1, sequence });
  const entries: StoredEntry[] = [{ ...common, position: 1, identity: identity(1), samples: builder.take() }];
  if (publisher.events === "wanted") {
    const alarm = {
      condition: "High",
      state: "active",
      severity: 500,
      text: "too high",
      value: 182.4,
      time: T0,
    } as const;
    const events = [{ eventSequence: 1, tagId: 1, ...alarm }];
    entries.push({
      ...common,
      position: 2,
      identity: identity(2),
      samples: new SampleColumnsBuilder(1).take(),
      events,
    });
  }
  await publisher.tagsChanged?.([tag], signal);
  await publisher.publish(entries, signal, progressStep({ live: entries.length, samples: 1, batches: 1 }));
}
