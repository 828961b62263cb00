import { BatchKind, type BlockHeader, type StatusBatch } from "@nonreturn/wire-format";
import { describe, expect, it } from "vitest";
import { manualClock } from "../../../../test/support/manual-clock.ts";
import { KnownStations } from "../../src/publishers/known-stations.ts";
import type { LinkState } from "../../src/publishers/publisher.ts";
import type { StoredBlock } from "../../src/record/store.ts";
import type { StoredStream } from "../../src/record/stream-list.ts";
import { TagDirectory } from "../../src/tag/directory.ts";
import { T0, tag } from "./support/samples.ts";

const stored = (stream: number, heardAt?: number): StoredStream => ({
  ...{ stream, journalEpoch: 100, head: 9, oldest: 1, journals: 1 },
  lastBlock: { sequence: 9, sealedAt: T0, recordedAt: T0 },
  gaps: { open: 0, openBlocks: 0, healed: 0, lost: 0 },
  announced: heardAt === undefined ? undefined : announcedBlock(stream, heardAt),
});
const announcedBlock = (stream: number, heardAt: number): StoredBlock => ({
  ...{ position: 0, lane: "live", journalEpoch: 100, batchKind: BatchKind.status, sampleCount: 0, recordedAt: heardAt },
  ...{ identity: { stream, sealingEpoch: 100, sequence: 1 }, bytes: new Uint8Array() },
});
const status: StatusBatch = {
  ...{ kind: "status", stationName: "hamburg-ot", softwareVersion: "1.2.3", mode: "production", time: T0 },
  devices: [],
  figures: [],
};

function bench() {
  const clock = manualClock(T0);
  const directory = new TagDirectory();
  let link: LinkState = { state: "unknown", since: T0 };
  let streams: StoredStream[] = [];
  let reads = 0;
  const stations = new KnownStations({
    ...{ clock, stream: 3, directory },
    link: () => link,
    readStreams: () => {
      reads++;
      return streams;
    },
    open: (_, { identity }) => {
      if (identity.stream === 8) throw new Error("sealed for other keys");
      return { header: {} as BlockHeader, batch: { ...status, stationName: `stored-${identity.stream}` } };
    },
  });
  return {
    ...{ clock, directory, stations },
    reads: () => reads,
    linkIs: (state: LinkState["state"]) => {
      link = { state, since: T0 };
    },
    hold: (...held: StoredStream[]) => {
      streams = held;
    },
  };
}

describe("known stations", () => {
  it("names the received stream before anything came of it, and why its link is not up", () => {
    const { stations, linkIs, clock } = bench();
    expect(stations.list()).toEqual([
      {
        ...{ stream: 3, announced: undefined, stored: undefined, tags: 0 },
        link: { state: "unknown", since: T0, reason: "this station has just started; no heartbeat has come yet" },
      },
    ]);
    clock.advance(5000);
    linkIs("silent");
    expect(stations.list()[0]!.link.reason).toBe("no heartbeat for 5 s, none since this station started");
    stations.alive();
    linkIs("up");
    expect(stations.list()[0]!.link).toEqual({ state: "up", since: T0, reason: "" });
    clock.advance(12_000);
    linkIs("silent");
    expect(stations.list()[0]!.link.reason).toBe("no heartbeat for 12 s");
  });

  it("tells several streams apart: what one says of itself, its tags, its link", () => {
    const { stations, directory, hold, linkIs } = bench();
    hold(stored(1), stored(3), stored(8));
    linkIs("up");
    stations.announced(status);
    const add = (stream: number, journalEpoch: number, tags: number, retired = 0) =>
      directory.add(stream, journalEpoch, {
        ...{ kind: "directory", revision: 1, part: 0, parts: 1 },
        tags: Array.from({ length: tags }, (_, id) => tag(id, `s${stream}/${id}`, { retired: id < retired })),
      });
    add(1, 100, 5);
    add(3, 90, 50);
    add(3, 100, 20, 4);
    const list = stations.list();
    expect(list.map(({ stream, tags, announced }) => [stream, tags, announced?.status.stationName])).toEqual([
      [1, 5, undefined],
      [3, 16, "hamburg-ot"],
      [8, 0, undefined],
    ]);
    expect(list.map(({ link }) => link.state)).toEqual(["off", "up", "off"]);
    expect(list[2]!.link.reason).toBe("this station receives stream 3; what it holds of stream 8 came before");
    expect(list.map((one) => one.stored?.stream)).toEqual([1, 3, 8]);
  });

  it("says what was last heard before this station started, and that it is old, until it hears anew; and while the link is silent", () => {
    const { stations, hold, linkIs } = bench();
    hold(stored(1, T0 - 9), stored(3, T0 - 7), stored(8, T0 - 8));
    const shown = () =>
      stations
        .list()
        .map(({ stream, announced }) => [stream, announced?.status.stationName, announced?.heardAt, announced?.is]);
    const unreadable = [8, undefined, undefined, undefined];
    expect(shown()).toEqual([[1, "stored-1", T0 - 9, "old"], [3, "stored-3", T0 - 7, "old"], unreadable]);
    linkIs("up");
    expect(shown()[1]).toEqual([3, "stored-3", T0 - 7, "old"]);
    stations.announced(status);
    expect(shown()).toEqual([[1, "stored-1", T0 - 9, "old"], [3, "hamburg-ot", T0, "current"], unreadable]);
    linkIs("silent");
    expect(shown()[1]).toEqual([3, "hamburg-ot", T0, "old"]);
  });

  it("reads the file once a second, however often it is asked", () => {
    const { stations, clock, reads } = bench();
    for (let times = 0; times < 50; times++) stations.list();
    expect(reads()).toBe(1);
    clock.advance(1000);
    stations.list();
    expect(reads()).toBe(2);
  });
});
