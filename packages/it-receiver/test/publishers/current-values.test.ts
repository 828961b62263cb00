import { StatusCode, sampleAt } from "@nonreturn/wire-format";
import { describe, expect, it, onTestFinished } from "vitest";
import { manualClock } from "../../../../test/support/manual-clock.ts";
import { BlockFeed } from "../../src/publishers/block-feed.ts";
import type { CurrentEntry } from "../../src/publishers/current-queue.ts";
import { CurrentValues } from "../../src/publishers/current-values.ts";
import { TagDirectory } from "../../src/tag/directory.ts";
import { FakeStore, JOURNAL_EPOCH } from "./support/fake-store.ts";
import { columns, sample, T0, tag } from "./support/samples.ts";

function bench(store = new FakeStore()) {
  const clock = manualClock(T0);
  const feed = new BlockFeed(store, store.open, new TagDirectory());
  feed.loadDirectory();
  const offered: CurrentEntry[] = [];
  const links: string[] = [];
  const current = new CurrentValues(
    feed,
    clock,
    { stream: 1, silentAfterMs: 5000 },
    {
      offer: (entry) => offered.push(entry),
      linkChanged: ({ state }) => links.push(state),
    },
  );
  onTestFinished(() => current.close());
  const recorded = (): void => current.recorded(store.lastPosition("live"), store.lastPosition("late"));
  const shown = () =>
    offered.splice(0).flatMap(({ afterPosition, entry: { origin, samples, tagOf, journalEpoch } }) =>
      Array.from({ length: samples.count }, (_, row) => {
        const { tagId, value, statusCode } = sampleAt(samples, row);
        return [origin, afterPosition, journalEpoch, tagOf(tagId)?.path, value, statusCode];
      }),
    );
  return { clock, store, feed, current, offered, links, recorded, shown };
}

const { UncertainNoCommunicationLastUsableValue: UNCERTAIN, BadNoCommunication: BAD } = StatusCode;

describe("current values", () => {
  it("turn stale behind the last live block when the link falls silent, and fresh with what comes next", () => {
    const { clock, store, current, links, recorded, shown } = bench();
    store.addDirectory("live", [tag(1, "a"), tag(2, "b"), tag(3, "c", { retired: true })]);
    store.addData("live", columns(sample(1, 7)));
    recorded();
    current.linkIs("up");
    clock.advance(5000);
    expect(links).toEqual(["up", "silent"]);
    expect(shown()).toEqual([
      ["stale", 2, JOURNAL_EPOCH, "a", 7, UNCERTAIN],
      ["stale", 2, JOURNAL_EPOCH, "b", null, BAD],
    ]);
    expect(current.valueOf(1)?.freshness).toBe("stale");
    current.linkIs("up");
    expect(current.valueOf(1)?.freshness).toBe("stale"); // a heartbeat says nothing about a tag
    store.addData("live", columns(sample(1, 8, 6000)));
    recorded();
    expect(links).toEqual(["up", "silent", "up"]);
    current.refresh({
      journalEpoch: JOURNAL_EPOCH,
      directoryRevision: 1,
      samples: columns(sample(1, 8, 6000), sample(2, 5, 1)),
    });
    expect(shown()).toEqual([["refresh", 3, JOURNAL_EPOCH, "b", 5, 0]]);
    expect([1, 2].map((id) => current.valueOf(id)?.freshness)).toEqual(["fresh", "fresh"]);
    expect(current.staleTags).toBe(0);
  });

  it("of stragglers and replays on a silent link do not make it look good", () => {
    const { store, current, recorded, shown, links } = bench();
    store.addDirectory("live", [tag(1, "a")]);
    recorded();
    current.linkIs("silent");
    shown();
    store.addData("live", columns(sample(1, 7)));
    recorded();
    expect(shown()).toEqual([["stale", 2, JOURNAL_EPOCH, "a", 7, UNCERTAIN]]);
    current.refresh({ journalEpoch: JOURNAL_EPOCH, directoryRevision: 1, samples: columns(sample(1, 8, 9)) });
    expect(shown()).toEqual([]);
    expect(current.valueOf(1)).toMatchObject({ freshness: "stale", sample: { value: 7 } });
    expect(links).toEqual(["silent"]);
  });

  it("are stale after a start on a dead link, with the values read back from the store", () => {
    const store = new FakeStore();
    store.addDirectory("live", [tag(1, "a"), tag(2, "b")]);
    store.addData("live", columns(sample(1, 7)));
    const { clock, shown, links } = bench(store);
    expect(links).toEqual([]);
    clock.advance(5000);
    expect(links).toEqual(["silent"]);
    expect(shown()).toEqual([
      ["stale", 2, JOURNAL_EPOCH, "a", 7, UNCERTAIN],
      ["stale", 2, JOURNAL_EPOCH, "b", null, BAD],
    ]);
  });

  it("are never taken from late blocks", () => {
    const { store, current, recorded } = bench();
    store.addDirectory("live", [tag(1, "a")]);
    store.addData("live", columns(sample(1, 7, 100)));
    store.addData("late", columns(sample(1, 6, 200)));
    recorded();
    expect(current.valueOf(1)?.sample.value).toBe(7);
  });

  it("of tags that become known while the link is silent are stale from the start", () => {
    const { clock, store, recorded, current, shown } = bench();
    store.addDirectory("live", [tag(1, "a")]);
    store.addData("live", columns(sample(1, 7)));
    recorded();
    clock.advance(5000);
    shown();
    store.addDirectory("late", [tag(1, "a"), tag(2, "b")], 2);
    recorded();
    expect(shown()).toEqual([["stale", 2, JOURNAL_EPOCH, "b", null, BAD]]);
    expect(current.link.state).toBe("silent"); // healed blocks are no sign of life
  });

  it("of a tag that is no longer configured do not go on looking good", () => {
    const { store, recorded, shown } = bench();
    store.addDirectory("live", [tag(1, "a"), tag(2, "b")]);
    store.addData("live", columns(sample(1, 7), sample(2, 8)));
    recorded();
    store.addDirectory("live", [tag(1, "a"), tag(2, "b", { retired: true })], 2);
    recorded();
    expect(shown()).toEqual([["stale", 3, JOURNAL_EPOCH, "b", 8, UNCERTAIN]]);
  });

  it("of an old journal turn stale when a new one begins, just before its first block", () => {
    const { store, recorded, shown, current } = bench();
    store.addDirectory("live", [tag(1, "a"), tag(2, "gone")]);
    store.addData("live", columns(sample(1, 7), sample(2, 8)));
    recorded();
    store.addDirectory("live", [tag(1, "a")], 1, 200);
    store.addData("live", columns(sample(1, 70, 10)), 1, 200);
    recorded();
    expect(shown()).toEqual([
      ["stale", 3, JOURNAL_EPOCH, "a", 7, UNCERTAIN],
      ["stale", 3, JOURNAL_EPOCH, "gone", 8, UNCERTAIN],
    ]);
    expect(current.valueOf(1)?.sample.value).toBe(70);
    expect(current.valueOf(2)).toBeUndefined();
    store.addData("live", columns(sample(1, 0, 20)), 1, JOURNAL_EPOCH); // a straggler of the old journal
    recorded();
    expect(current.valueOf(1)?.sample.value).toBe(70);
  });

  it("ignore a refresh that cannot be named yet, and tags that nobody knows", () => {
    const { store, recorded, current, shown } = bench();
    store.addDirectory("live", [tag(1, "a")]);
    recorded();
    current.refresh({ journalEpoch: JOURNAL_EPOCH, directoryRevision: 2, samples: columns(sample(1, 1)) });
    current.refresh({ journalEpoch: JOURNAL_EPOCH - 1, directoryRevision: 1, samples: columns(sample(1, 1)) });
    expect(shown()).toEqual([]);
    current.refresh({
      journalEpoch: JOURNAL_EPOCH,
      directoryRevision: 1,
      samples: columns(sample(1, 1), sample(99, 1)),
    });
    expect(shown()).toEqual([["refresh", 1, JOURNAL_EPOCH, "a", 1, 0]]);
  });

  it("come in entries of bounded size, and all again for a publisher that lost track", () => {
    const { store, clock, recorded, offered, current } = bench();
    store.addDirectory(
      "live",
      Array.from({ length: 10_000 }, (_, id) => tag(id, `t/${id}`)),
    );
    recorded();
    clock.advance(5000);
    const counts = (entries: readonly CurrentEntry[]) => entries.map(({ entry }) => entry.samples.count);
    expect(counts(offered)).toEqual([4096, 4096, 1808]);
    expect(counts(current.staleNow())).toEqual([4096, 4096, 1808]);
    const ids = offered.flatMap(({ entry: { samples } }) => [...samples.tagIds.subarray(0, samples.count)]);
    expect(ids).toEqual(Array.from({ length: 10_000 }, (_, id) => id));
  });
});
