import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { type AlarmBounds, AlarmTable } from "../../src/publishers/alarm-table.ts";
import { BlockFeed } from "../../src/publishers/block-feed.ts";
import { CurrentAlarms } from "../../src/publishers/current-alarms.ts";
import { openProgressDatabase } from "../../src/publishers/sqlite-progress.ts";
import { TagDirectory } from "../../src/tag/directory.ts";
import { FakeStore, JOURNAL_EPOCH, STREAM } from "./support/fake-store.ts";
import { alarm, columns, sample, tag } from "./support/samples.ts";

function bench(store = new FakeStore(), folder = temporaryFolder(), bounds?: AlarmBounds) {
  const database = openProgressDatabase(join(folder, "publishers.db"));
  onTestFinished(() => void database.close());
  const feed = new BlockFeed(store, store.open, new TagDirectory());
  feed.loadDirectory();
  const alarms = new CurrentAlarms(feed, new AlarmTable(database, bounds));
  const shown = (): string[] =>
    alarms.active(0, 100).map(({ tag: named, event }) => `${named?.path} ${event.condition} ${event.eventSequence}`);
  /** As in the station: current values follow the directory. */
  const follow = (): void => {
    for (const lane of ["live", "late"] as const) feed.followDirectory(lane, 0, 100, 10_000);
    alarms.follow();
  };
  return { store, folder, follow, alarms, shown };
}

describe("current alarms", () => {
  it("shows the last event of each tag and condition, by its number, whatever lane brings it", () => {
    const { store, alarms, follow, shown } = bench();
    store.addDirectory("live", [tag(1), tag(2)]);
    store.addData("live", columns(sample(1, 1)));
    store.addEvents("live", [alarm(1, 1), alarm(2, 1, { condition: "HighHigh" }), alarm(3, 2)]);
    store.addEvents("live", [alarm(6, 1, { state: "inactive" })]);
    store.addEvents("late", [alarm(4, 1), alarm(5, 2, { state: "inactive" })]);
    follow();
    expect(shown()).toEqual(["plant/tag-1 HighHigh 2"]);
    const journal = { stream: STREAM, journalEpoch: JOURNAL_EPOCH };
    expect(
      [alarm(4, 1), alarm(6, 1), alarm(7, 1), alarm(1, 9)].map((event) => alarms.isPresent(journal, event)),
    ).toEqual([...[false, true, true, true]]);
    expect(alarms.activeCount).toBe(1);
  });

  it("remembers over restarts and the store's retention, and takes up what came meanwhile", () => {
    const first = bench();
    const text = "hostile \u0000 '\" \u202e 🔥";
    first.store.addDirectory("live", [tag(1)]);
    first.store.addEvents("live", [alarm(1, 1, { condition: text, text, value: 2n ** 63n })]);
    first.follow();
    first.store.removeThrough("live", 2);
    first.store.addEvents("late", [alarm(2, 1)]);
    const second = bench(first.store, first.folder);
    expect(second.alarms.active(0, 10)).toMatchObject([
      { event: { eventSequence: 1, condition: text, text, value: 2n ** 63n }, tag: { path: "plant/tag-1" } },
      { event: { eventSequence: 2 } },
    ]);
    expect(second.alarms.active(second.alarms.active(0, 1)[0]!.id, 10)).toHaveLength(1);
  });

  it("begins anew at the beginning of another store", () => {
    const first = bench();
    first.store.addDirectory("live", [tag(1)]);
    first.store.addEvents("live", [alarm(1, 1)]);
    first.follow();
    const store = new FakeStore();
    store.addEvents("live", [alarm(2, 1, { state: "inactive" })]);
    expect(bench(store, first.folder).shown()).toEqual([]);
  });

  it("no longer shows what an older journal's alarms were, nor takes up its events", () => {
    const { store, follow, shown } = bench();
    store.addDirectory("live", [tag(1)]);
    store.addEvents("live", [alarm(7, 1)]);
    follow();
    expect(shown()).toEqual(["plant/tag-1 High 7"]);
    store.addDirectory("live", [tag(1, "new")], 1, JOURNAL_EPOCH + 1);
    follow();
    expect(shown()).toEqual([]);
    store.addEvents("late", [alarm(8, 1)]);
    store.addEvents("live", [alarm(1, 1, { condition: "Low" })], 1, { journalEpoch: JOURNAL_EPOCH + 1 });
    store.addEvents("late", [alarm(9, 1)]);
    follow();
    expect(shown()).toEqual(["new Low 1"]);
  });

  it("forgets the oldest inactive ones first when there are too many, and does not believe an older event afterwards", () => {
    const { store, alarms, follow, shown } = bench(new FakeStore(), temporaryFolder(), { alarms: 3, bytes: 10_000 });
    store.addDirectory(
      "live",
      [1, 2, 3, 4, 5].map((tagId) => tag(tagId)),
    );
    store.addEvents("live", [alarm(1, 1), alarm(3, 2, { state: "inactive" }), alarm(4, 3), alarm(5, 4)]);
    follow();
    expect(shown()).toEqual(["plant/tag-1 High 1", "plant/tag-3 High 4", "plant/tag-4 High 5"]);
    store.addEvents("late", [alarm(2, 2)]); // active, but older than what was forgotten
    follow();
    expect(shown()).toHaveLength(3);
    expect(alarms.forgotten).toBe(0);
    store.addEvents("live", [alarm(6, 5)]);
    follow();
    expect(shown()).toEqual(["plant/tag-3 High 4", "plant/tag-4 High 5", "plant/tag-5 High 6"]);
    expect(alarms.forgotten).toBe(1);
    store.addEvents("live", [alarm(7, 5, { text: "x".repeat(9940) })]);
    follow();
    expect(shown()).toEqual(["plant/tag-5 High 7"]);
  });

  it("leaves out what cannot be read, and names a tag once its directory is there", () => {
    const { store, alarms, follow } = bench();
    store.add("live", new Error("WIRE_DECRYPT"));
    store.addEvents("live", [alarm(1, 1)], 2);
    follow();
    expect(alarms.active(0, 10)[0]?.tag).toBeUndefined();
    store.addDirectory("late", [tag(1)], 2);
    follow();
    expect(alarms.active(0, 10)[0]?.tag?.path).toBe("plant/tag-1");
  });
});
