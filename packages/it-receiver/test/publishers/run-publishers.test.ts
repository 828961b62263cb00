import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createLog, inProcessPair, migrate, openDatabase, systemClock } from "@nonreturn/station";
import { describe, expect, it, onTestFinished } from "vitest";
import { startBroker, subscribeAll } from "../../../../test/contract/publisher-contract/mqtt-broker.ts";
import { freeTcpPort } from "../../../../test/support/free-port.ts";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { openHistoryReader } from "../../src/publishers/historian/read-history.ts";
import { historianPath } from "../../src/publishers/historian/schema.ts";
import { type PublisherConfig, publisherConfigs } from "../../src/publishers/known-configs.ts";
import type { CursorsMessage, FromPublishers, ToPublishers } from "../../src/publishers/publishers-port.ts";
import { runPublishers } from "../../src/publishers/run-publishers.ts";
import type { RecordToPublishers } from "../../src/record/record-port.ts";
import { STORE_FILE, STORE_MIGRATIONS } from "../../src/record/store-schema.ts";
import { FakeStore, JOURNAL_EPOCH } from "./support/fake-store.ts";
import { alarm, columns, sample, T0, tag } from "./support/samples.ts";

const TAGS = [tag(1, "a/1"), tag(2, "b+2")];

/** The whole line of publishers in this thread, on the machine's clock. */
function start(store: FakeStore, dataFolder: string, publishers: readonly PublisherConfig[], silentAfterMs = 60_000) {
  const [main, mainOfPublishers] = inProcessPair<ToPublishers, FromPublishers>();
  const [record, recordOfPublishers] = inProcessPair<RecordToPublishers, CursorsMessage>();
  const messages: FromPublishers[] = [];
  const watchers = new Set<() => void>();
  main.onMessage((message) => {
    messages.push(message);
    for (const watcher of watchers) watcher();
  });
  const cursors: CursorsMessage[] = [];
  record.onMessage((message) => cursors.push(message));
  const ended = runPublishers(
    { station: "it", dataFolder, stream: 1, silentAfterMs, publishers },
    {
      clock: systemClock,
      log: createLog({ name: "test", level: "silent" }),
      random: () => 0.5,
      soon: setImmediate,
      busyMs: () => systemClock.monotonicMs(),
      store,
      open: store.open,
      main: mainOfPublishers,
      record: recordOfPublishers,
    },
  );
  const seen = (
    type: FromPublishers["type"],
    after = 0,
    holds: (message: never) => boolean = () => true,
  ): Promise<never> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = messages.slice(after).find((message) => message.type === type && holds(message as never));
        if (found === undefined) return;
        watchers.delete(look);
        resolve(found as never);
      };
      watchers.add(look);
      look();
    });
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (!stopped) main.post({ type: "stop" });
    stopped = true;
    await ended;
  };
  onTestFinished(stop);
  return {
    record,
    cursors,
    messages,
    seen,
    stop,
    recorded: () =>
      record.post({ type: "recorded", live: store.lastPosition("live"), late: store.lastPosition("late") }),
    async drain(timeoutMs = 10_000): Promise<string> {
      const from = messages.length;
      main.post({ type: "drain", timeoutMs });
      return ((await seen("drained", from)) as { outcome: string }).outcome;
    },
  };
}

const config = (...list: unknown[]): PublisherConfig[] => publisherConfigs.parse(list);

function historyOf(dataFolder: string, path: string): unknown[] {
  const reader = openHistoryReader(dataFolder);
  try {
    return [...reader.readHistory({ path })].map(({ value }) => value);
  } finally {
    reader.close();
  }
}

describe("run publishers", () => {
  it("brings alarm events to who wants them, passes others by, and knows what is active over a restart", async () => {
    const broker = await startBroker();
    const subscriber = await subscribeAll(broker.url);
    const folder = temporaryFolder();
    const store = new FakeStore();
    const tokenFile = join(folder, "token");
    writeFileSync(tokenFile, "token-of-the-tests-0123456789", { mode: 0o600 });
    const listen = `127.0.0.1:${await freeTcpPort()}`;
    const publishers = config(
      { type: "historian" },
      { type: "mqtt", url: broker.url, prefix: "p" },
      { type: "sparkplug", url: broker.url, group: "g" },
      { type: "rest", listen, tokens: [{ name: "t", tokenFile }] },
    );
    const activeByRest = async (): Promise<unknown> => {
      const headers = { authorization: "Bearer token-of-the-tests-0123456789" };
      const { alarms } = (await (await fetch(`http://${listen}/v1/alarms`, { headers })).json()) as {
        alarms: object[];
      };
      return alarms.map((one) => Object.values(one)[0]);
    };
    const line = start(store, folder, publishers);
    await line.seen("ready");
    store.addDirectory("live", TAGS);
    store.addData("live", columns(sample(1, 1)));
    store.addEvents("live", [alarm(1, 1), alarm(2, 2)]);
    store.addEvents("live", [alarm(4, 1, { state: "inactive" })]);
    store.addEvents("late", [alarm(3, 1)]); // healed: older than the state known
    line.recorded();
    expect(await line.drain()).toBe("complete");
    await subscriber.caughtUp();
    const states = subscriber.payloads("p/$alarms/a/1/High").map((payload) => JSON.parse(payload) as { state: string });
    expect(states.map(({ state }) => state)).toEqual(["active", "inactive", "active"]);
    const { snapshot } = (await line.seen("figures", line.messages.length)) as FromPublishers & { type: "figures" };
    expect(snapshot).toMatchObject({
      alarms_active: 1,
      'publisher_events_published_total{publisher="historian"}': 4,
      'publisher_events_published_total{publisher="mqtt"}': 4,
      'publisher_events_published_total{publisher="sparkplug"}': 0,
      'publisher_samples_published_total{publisher="sparkplug"}': 1,
    });
    expect(await activeByRest()).toEqual(["b+2"]);
    const reader = openHistoryReader(folder);
    const stored = reader.readAlarms({ from: 0, to: Number.MAX_SAFE_INTEGER, limit: 100 });
    reader.close();
    expect(stored.map(({ event, historical }) => [event.eventSequence, historical])).toEqual([
      [1, false],
      [2, false],
      [3, true],
      [4, false],
    ]);
    await line.stop();

    store.removeThrough("live", 4); // retention
    store.addEvents("live", [alarm(5, 1)]);
    const again = start(store, folder, publishers);
    await again.seen("ready");
    expect(await again.drain()).toBe("complete");
    expect(await activeByRest()).toEqual(["a/1", "b+2"]); // in the order in which they became known
  });

  it("brings recorded blocks to the historian and to MQTT, opening each once, and says so in figures", async () => {
    const broker = await startBroker();
    const subscriber = await subscribeAll(broker.url);
    const folder = temporaryFolder();
    const store = new FakeStore();
    const line = start(store, folder, config({ type: "historian" }, { type: "mqtt", url: broker.url, prefix: "p" }));
    await line.seen("ready");
    store.addDirectory("live", TAGS);
    for (let value = 0; value < 20; value++)
      store.addData("live", columns(sample(1, value, value), sample(2, -value, value)));
    store.addData("late", columns(sample(1, 1000, -1000)));
    line.record.post({ type: "link", state: "up" });
    line.recorded();
    expect(await line.drain()).toBe("complete");
    await subscriber.caughtUp();
    const counts = Array.from({ length: 20 }, (_, value) => value);
    expect(historyOf(folder, "a/1")).toEqual([1000, ...counts]);
    expect(subscriber.payloads("p/a/1").map((payload) => (JSON.parse(payload) as { value: number }).value)).toEqual([
      ...counts,
      1000,
    ]);
    expect(subscriber.payloads("p/b%2B2").length).toBe(20);
    expect(store.opened).toBe(22);

    const { snapshot, publishers, link, lowest } = (await line.seen(
      "figures",
      line.messages.length,
    )) as FromPublishers & { type: "figures" };
    expect(snapshot).toMatchObject({
      'publisher_samples_published_total{publisher="historian"}': 41,
      'publisher_samples_published_total{publisher="mqtt"}': 41,
      'publisher_running{publisher="mqtt"}': 1,
      'publisher_cursor_age_seconds{lane="live",publisher="mqtt"}': 0,
      tags_known: 2,
      tags_stale: 0,
    });
    expect(
      snapshot['publisher_latency_ms{from="source",over="start",publisher="historian",quantile="0.5"}'],
    ).toBeGreaterThan(0);
    expect(publishers.map(({ name, state, reason }) => [name, state, reason])).toEqual([
      ["historian", "running", ""],
      ["mqtt", "running", ""],
    ]);
    expect(link.state).toBe("up");
    expect(lowest).toEqual({ live: 21, late: 22 });
    expect(line.cursors.at(-1)).toEqual({ type: "cursors", live: 21, late: 22 });
    await line.stop();
    await subscriber.caughtUp();
    expect(JSON.parse(subscriber.payloads("p/$status").at(-1)!)).toEqual({ station: "offline" });
  });

  it("rebuilds a deleted historian from the store, and leaves the others where they were", async () => {
    const broker = await startBroker();
    const subscriber = await subscribeAll(broker.url);
    const folder = temporaryFolder();
    const store = new FakeStore();
    const publishers = config({ type: "historian" }, { type: "mqtt", url: broker.url, prefix: "p" });
    store.addDirectory("live", TAGS);
    for (let value = 0; value < 50; value++)
      store.addData(value % 5 === 4 ? "late" : "live", columns(sample(1, value, value)));
    const first = start(store, folder, publishers);
    expect(await first.drain()).toBe("complete");
    await first.stop();
    const before = historyOf(folder, "a/1");
    for (const suffix of ["", "-wal", "-shm"]) rmSync(historianPath(folder) + suffix, { force: true });
    const second = start(store, folder, publishers);
    expect(await second.drain()).toBe("complete");
    await second.stop();
    expect(before.length).toBe(50);
    expect(historyOf(folder, "a/1")).toEqual(before);
    await subscriber.caughtUp();
    expect(subscriber.payloads("p/a/1").length).toBe(50);
  });

  it("shows silence at MQTT behind the last values, and life again with the next ones", async () => {
    const broker = await startBroker();
    const subscriber = await subscribeAll(broker.url);
    const store = new FakeStore();
    store.addDirectory("live", TAGS);
    store.addData("live", columns(sample(1, 7)));
    const line = start(store, temporaryFolder(), config({ type: "mqtt", url: broker.url, prefix: "p", retain: true }));
    line.recorded();
    line.record.post({ type: "link", state: "up" });
    line.record.post({ type: "link", state: "silent" });
    await line.seen("figures", 0, ({ snapshot }: { snapshot: Record<string, number> }) => snapshot.tags_stale === 2);
    expect(await line.drain()).toBe("complete");
    line.record.post({ type: "link", state: "up" });
    line.record.post({
      type: "refresh",
      journalEpoch: JOURNAL_EPOCH,
      directoryRevision: 1,
      samples: columns(sample(1, 7), sample(2, 9)),
    });
    await line.seen(
      "figures",
      0,
      ({ snapshot }: { snapshot: Record<string, number> }) => snapshot.tags_known === 2 && snapshot.tags_stale === 0,
    );
    expect(await line.drain()).toBe("complete");
    await line.stop();
    await subscriber.caughtUp();
    const shown = (topic: string) =>
      subscriber.payloads(topic).map((payload) => {
        const { value, quality, stale } = JSON.parse(payload) as Record<string, unknown>;
        return [value, quality, stale];
      });
    expect(shown("p/a/1")).toEqual([
      [7, "good", undefined],
      [7, "uncertain", true],
      [7, "good", undefined],
    ]);
    expect(shown("p/b+2".replace("+", "%2B"))).toEqual([
      [null, "bad", true],
      [9, "good", undefined],
    ]);
    const links = subscriber.payloads("p/$status").map((payload) => (JSON.parse(payload) as { link?: string }).link);
    expect(links.slice(-3)).toEqual(["silent", "up", undefined]);
  });

  it("turns silent by itself when the record thread says nothing any more", async () => {
    const store = new FakeStore();
    store.addDirectory("live", TAGS);
    const line = start(store, temporaryFolder(), config(), 50);
    line.record.post({ type: "link", state: "up" });
    const { link } = (await line.seen(
      "figures",
      0,
      ({ link: { state } }: { link: { state: string } }) => state === "silent",
    )) as {
      link: { state: string };
    };
    expect(link.state).toBe("silent");
  });

  it("gives the REST server values, the historian's past, the store's gaps and the stations", async () => {
    const folder = temporaryFolder();
    const token = "token-of-the-tests-0123456789";
    writeFileSync(join(folder, "token"), token, { mode: 0o600 });
    const database = openDatabase(join(folder, STORE_FILE), { durability: "full" });
    migrate(database, STORE_MIGRATIONS);
    database.exec(
      `INSERT INTO gaps (stream, journal_epoch, first, last, opened_at, state) VALUES (1, ${JOURNAL_EPOCH}, 5, 9, 0, 'open');
       INSERT INTO chains (stream, journal_epoch, origin, head, oldest, row_check) VALUES (1, ${JOURNAL_EPOCH}, 1, 9, 2, 0), (4, 7, 1, 3, 1, 0)`,
    );
    database.close();
    const listen = `127.0.0.1:${await freeTcpPort()}`;
    const tokens = [{ name: "t", tokenFile: join(folder, "token") }];
    const store = new FakeStore();
    store.addDirectory("live", TAGS);
    store.addData("live", columns(sample(1, 1), sample(2, 2)));
    const line = start(store, folder, config({ type: "historian" }, { type: "rest", listen, tokens }));
    line.recorded();
    expect(await line.drain()).toBe("complete");
    const ask = async (path: string): Promise<unknown> =>
      (await fetch(`http://${listen}/v1/${path}`, { headers: { authorization: `Bearer ${token}` } })).json();
    expect(await ask("latest")).toMatchObject({
      latest: [
        { path: "a/1", sample: { value: 1 } },
        { path: "b+2", sample: { value: 2 } },
      ],
    });
    expect(await ask("history?path=b%2B2&from=2026-11-23")).toMatchObject({ samples: [{ value: 2 }], next: null });
    expect(await ask("gaps")).toMatchObject({ gapsInAll: 1, gaps: [{ firstSequence: 5, lastSequence: 9 }] });
    const words = { stationName: "hamburg-ot", softwareVersion: "1", mode: "production", time: T0 } as const;
    line.record.post({ type: "status", status: { kind: "status", ...words, devices: [], figures: [] } });
    line.record.post({ type: "link", state: "up" });
    await expect
      .poll(() => ask("stations"), { timeout: 30_000 })
      .toMatchObject({
        stations: [
          {
            stream: 1,
            name: "hamburg-ot",
            link: { state: "up" },
            journal: { head: 9, oldest: 2 },
            tags: 2,
            gaps: { open: 1 },
          },
          { stream: 4, name: null, link: { state: "off" }, journal: { epoch: 7, head: 3 }, tags: 0, gaps: { open: 0 } },
        ],
      });
  });

  it("does not let a broker that is away hold up the historian, and says that the drain is not complete", async () => {
    const folder = temporaryFolder();
    const store = new FakeStore();
    store.addDirectory("live", TAGS);
    store.addData("live", columns(sample(1, 1)));
    const url = `mqtt://127.0.0.1:${await freeTcpPort()}`;
    const line = start(store, folder, config({ type: "mqtt", url }, { type: "historian" }));
    line.recorded();
    await expect.poll(() => historyOf(folder, "a/1")).toEqual([1]);
    expect(await line.drain(300)).toBe("timeout");
    type Figures = FromPublishers & { type: "figures" };
    const isRefused = ({ publishers }: Figures) => publishers[0]?.reason !== undefined;
    const { publishers, lowest } = (await line.seen("figures", line.messages.length, isRefused)) as Figures;
    expect(publishers.map(({ state }) => state)).toEqual([expect.stringMatching(/waiting|connecting/), "running"]);
    expect(publishers[0]?.reason).toContain("MQTT_CONNECT");
    expect(lowest).toEqual({ live: 0, late: 0 });
  });
});
