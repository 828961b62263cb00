import { tableFromIPC } from "apache-arrow";
import { readParquet } from "parquet-wasm";
import { describe, expect, it } from "vitest";
import type { ReadMissingTimes } from "../../../src/gaps/missing-times.ts";
import type { PublisherSurroundings } from "../../../src/publishers/publisher.ts";
import { openHistory } from "../../../src/publishers/registry.ts";
import { historianBench } from "../historian/historian-bench.ts";
import { columns, entry, sample, T0, tag } from "../support/samples.ts";
import { restBench } from "./rest-bench.ts";

const HOUR_MS = 3_600_000;
const TAGS = [tag(1, "a"), tag(2, "=b")];
const at = (ms: number): string => new Date(T0 / 1000 + ms).toISOString();

interface Row {
  readonly start: string;
  readonly min: number | null;
  readonly samples: number;
  readonly unusable: number;
  readonly coverage: number;
  readonly timeWeighted: number | null;
}

/** A day at 10 s of which samples, and perhaps minutes, are gone. */
async function aged(left: "minutes" | "hours", around: Partial<PublisherSurroundings> = {}) {
  const keep = { samplesMs: HOUR_MS, minutesMs: left === "hours" ? HOUR_MS : undefined };
  const historian = await historianBench({ keep });
  const rows = TAGS.flatMap(({ tagId }) =>
    Array.from({ length: 8640 }, (_, row) => sample(tagId, row % 100 === 0 ? null : row, row * 10_000)),
  );
  await historian.publish([entry(1, columns(...rows), TAGS)]);
  historian.publisher.compactAll();
  historian.clock.stepWall(72 * HOUR_MS);
  for (let minute = 0; minute < 6; minute++) historian.clock.advance(61_000);
  expect([...historian.read({ path: "a" })]).toEqual([]);
  const rest = await restBench({ openHistory: () => openHistory(historian.folder), ...around });
  await rest.tags(TAGS);
  return rest;
}

describe("intervals of a time whose samples are gone", () => {
  it.each(["minutes", "hours"] as const)("are answered from %s, in every form", async (left) => {
    const rest = await aged(left);
    const query = { path: "=b", from: at(0), to: at(24 * HOUR_MS), interval: "1h" };
    const answer = (await rest.json("/v1/history/intervals", query)) as unknown as {
      resolution: string;
      intervals: Row[];
    };
    expect(answer.resolution).toBe("exact");
    expect(answer.intervals).toHaveLength(24);
    expect(answer.intervals[1]).toMatchObject({ min: 360, max: 719, samples: 356, unusable: 4 });
    expect(answer.intervals[1]!.coverage).toBeCloseTo(1 - 40 / 3600, 6); // four samples without a value, ten seconds each

    const lines = (await (await rest.ask("/v1/history/intervals.csv", query)).text()).split("\r\n");
    expect(lines[0]).toBe("path,key,start,min,max,avg,time_weighted,samples,unusable,coverage,unit,gap");
    expect(lines).toHaveLength(26);
    expect(lines[2]).toMatch(/^'=b,[\w-]+,2026-11-23T09:00:00\.000000Z,360,719,/);
    expect(lines.slice(1, -1).map((line) => Number(line.split(",")[6]))).toEqual(
      answer.intervals.map(({ timeWeighted }) => timeWeighted),
    );

    const file = await rest.ask("/v1/history/intervals.parquet", query);
    const table = tableFromIPC(readParquet(new Uint8Array(await file.arrayBuffer())).intoIPCStream());
    expect(table.schema.fields.map(({ name, type }) => `${name} ${type}`)).toEqual([
      ...["path Utf8", "start Timestamp<MICROSECOND, UTC>", "min Float64", "max Float64", "avg Float64"],
      ...["time_weighted Float64", "samples Int64", "unusable Int64", "coverage Float64", "unit Utf8", "gap Bool"],
    ]);
    expect(
      table.toArray().map((row) => ({ min: row.min, samples: Number(row.samples), timeWeighted: row.time_weighted })),
    ).toEqual(answer.intervals.map(({ min, samples, timeWeighted }) => ({ min, samples, timeWeighted })));
  });

  it("say so where only figures longer than the interval are left, and count every sample once", async () => {
    for (const left of ["minutes", "hours"] as const) {
      const rest = await aged(left);
      const query = { path: "a", from: at(HOUR_MS), to: at(3 * HOUR_MS), interval: "10min" };
      const answer = (await rest.json("/v1/history/intervals", query)) as unknown as {
        resolution: string;
        intervals: Row[];
      };
      expect(answer.resolution).toBe(left === "minutes" ? "exact" : "coarser");
      const sum = (of: (row: Row) => number): number => answer.intervals.reduce((total, row) => total + of(row), 0);
      expect(sum(({ samples }) => samples)).toBe(2 * 360 - 7);
      expect(sum(({ unusable }) => unusable)).toBe(7);
      expect(Math.max(...answer.intervals.map(({ coverage }) => coverage))).toBeLessThanOrEqual(1);
      expect(sum(({ coverage }) => coverage)).toBeCloseTo(12 - 70 / 600, 6);
      const means = answer.intervals.map(({ timeWeighted }) => timeWeighted!);
      expect(means).toEqual([...means].sort((a, b) => a - b)); // the tag rises
    }
  });

  it("say in every form over which of them something is missing, and what", async () => {
    const [from, to] = [T0 + HOUR_MS * 1500, T0 + HOUR_MS * 3500]; // half past nine, half past eleven
    const read: ReadMissingTimes = (begin, _, each) => {
      const touched = Uint8Array.from({ length: 5 }, (_, row) =>
        Number(begin + row * each < to && begin + (row + 1) * each > from),
      );
      return {
        list: [{ id: 2, state: "open", from, to, reason: "not-received", stream: 1, blocks: 7, samples: null }],
        inAll: 130,
        share: new Float64Array(5),
        touched,
      };
    };
    const rest = await aged("hours", { readMissingTimes: read });
    const query = { path: "a", from: at(0), to: at(5 * HOUR_MS), interval: "1h" };
    const answer = (await rest.json("/v1/history/intervals", query)) as unknown as { intervals: { gap: boolean }[] };
    const flags = [false, true, true, true, false];
    expect(answer).toMatchObject({
      gaps: [
        {
          state: "open",
          from: "2026-11-23T09:30:00.000000Z",
          to: "2026-11-23T11:30:00.000000Z",
          reason: "not-received",
          blocks: 7,
          samples: null,
        },
      ],
      gapsInAll: 130,
    });
    expect(answer.intervals.map(({ gap }) => gap)).toEqual(flags);
    const lines = (await (await rest.ask("/v1/history/intervals.csv", query)).text()).split("\r\n");
    expect(lines.slice(1, -1).map((line) => line.split(",").at(-1) === "true")).toEqual(flags);
    const file = await rest.ask("/v1/history/intervals.parquet", query);
    const table = tableFromIPC(readParquet(new Uint8Array(await file.arrayBuffer())).intoIPCStream());
    expect(table.toArray().map(({ gap }) => gap)).toEqual(flags);
  });

  it("bounds what is asked for", async () => {
    const rest = await aged("hours");
    for (const [path, interval] of [
      ["/v1/history/intervals", "1s"],
      ["/v1/history/intervals.csv", "1ms"],
      ["/v1/history/intervals.parquet", "1ms"],
    ] as const) {
      const answer = await rest.ask(path, { path: "a", from: at(0), to: at(24 * HOUR_MS), interval });
      expect(answer.status).toBe(400);
    }
  });
});
