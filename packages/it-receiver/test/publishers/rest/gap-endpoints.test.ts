/** What a reader of raw history sees of a gap, in every form. */
import { StatusCode } from "@nonreturn/wire-format";
import { tableFromIPC } from "apache-arrow";
import { readParquet } from "parquet-wasm";
import { describe, expect, it } from "vitest";
import { openHistory } from "../../../src/publishers/registry.ts";
import { at, storeWithGaps } from "../../gaps/store-with-gaps.ts";
import { historianBench } from "../historian/historian-bench.ts";
import { columns, entry, sample, tag } from "../support/samples.ts";
import { restBench } from "./rest-bench.ts";

const iso = (minutes: number): string => new Date(at(minutes) / 1000).toISOString();
const micros = (minutes: number): string => iso(minutes).replace("Z", "000Z");
const missing = (state: string, from: number, to: number, more: object = {}) => ({
  ...{ state, from: micros(from), to: micros(to), reason: "not-received", blocks: 5, samples: null },
  ...more,
});
const UNRECORDED = { reason: "journal-full", blocks: null, samples: 7 };
const ALL = { path: "a", from: iso(0), to: iso(60) };

interface Page {
  readonly samples: { readonly timestamp: string }[];
  readonly gaps: { readonly from: string }[];
  readonly gapsInAll: number;
  readonly next: string | null;
}

/** A sample each minute of an hour, none from 20 to 30 and from 50 on. */
async function withGaps() {
  const historian = await historianBench();
  const minutes = Array.from({ length: 50 }, (_, minute) => minute).filter((minute) => minute < 20 || minute >= 30);
  const rows = minutes.map((minute) => sample(1, minute, minute * 60_000));
  await historian.publish([entry(1, columns(...rows), [tag(1, "a")])]);
  const store = storeWithGaps();
  store.gap("healed", 2, 4);
  store.gap("open", 19.5, 30);
  store.loss(35.25, 35.5);
  store.gap("lost", 49.5, null, 70);
  const rest = await restBench({ openHistory: () => openHistory(historian.folder), ...store.readers });
  await rest.tags([tag(1, "a")]);
  return { rest, store, samples: minutes.length };
}

async function parquet(answer: Response) {
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const table = tableFromIPC(readParquet(bytes).intoIPCStream());
  return { rows: table.toArray(), schema: table.schema };
}

describe("raw history and what is missing of it", () => {
  it("names in JSON what touches the range, and nothing of another one", async () => {
    const { rest } = await withGaps();
    const page = await rest.json("/v1/history", ALL);
    expect(page.gaps).toEqual([
      missing("open", 19.5, 30),
      missing("unrecorded", 35.25, 35.5, UNRECORDED),
      missing("lost", 49.5, 70),
    ]);
    expect(page.gapsInAll).toBe(3);
    expect(await rest.json("/v1/history", { ...ALL, to: iso(19) })).toMatchObject({ gaps: [], gapsInAll: 0 });
    expect(await rest.json("/v1/history", { ...ALL, from: iso(36), to: iso(40) })).toMatchObject({ gaps: [] });
    expect(await rest.json("/v1/history", { ...ALL, from: iso(22), to: iso(23) })).toMatchObject({
      ...{ samples: [], gaps: [missing("open", 19.5, 30)] },
    });
  });

  it.each([
    1, 7, 20, 21, 39, 40, 1000,
  ])("names each gap with the page of %s samples in whose time it lies", async (limit) => {
    const { rest, samples } = await withGaps();
    const pages: Page[] = [];
    for (let cursor: string | null | undefined; cursor !== null; cursor = pages.at(-1)!.next) {
      const query = { ...ALL, limit: String(limit), ...(cursor === undefined ? {} : { cursor }) };
      pages.push((await rest.json("/v1/history", query)) as unknown as Page);
    }
    expect(pages.flatMap((page) => page.samples)).toHaveLength(samples);
    const named = pages.flatMap(({ gaps }) => gaps.map(({ from }) => from));
    expect([...new Set(named)]).toEqual([micros(19.5), micros(35.25), micros(49.5)]);
    // Nothing of elsewhere: a page of samples begins with the time behind the last one of the page before, here at most eleven minutes earlier.
    for (const { samples: some, gaps } of pages.slice(1, -1)) {
      const [first, last] = [some[0]!.timestamp, some.at(-1)!.timestamp];
      const before = new Date(Date.parse(first) - 12 * 60_000).toISOString();
      for (const gap of gaps) expect(gap.from > before && gap.from <= last).toBe(true);
    }
  });

  it("is beside the rows of CSV and Parquet: what such files held before is unchanged", async () => {
    const { rest, samples } = await withGaps();
    const csv = await rest.ask("/v1/history.csv", ALL);
    expect(csv.headers.get("nonreturn-gaps")).toBe("3");
    expect((await csv.text()).split("\r\n")).toHaveLength(samples + 2);
    const [, related] = /^<([^>]+)>; rel="related"/.exec(csv.headers.get("link")!)!;
    const listed = await rest.ask(related!.split("?")[0]!, related!.split("?")[1]!);
    expect((await listed.text()).split("\r\n")).toEqual([
      "state,from,to,reason,blocks,samples",
      `open,${micros(19.5)},${micros(30)},not-received,5,`,
      `unrecorded,${micros(35.25)},${micros(35.5)},journal-full,,7`,
      `lost,${micros(49.5)},${micros(70)},not-received,5,`,
      "",
    ]);
    const file = await rest.ask("/v1/history.parquet", ALL);
    expect(file.headers.get("nonreturn-gaps")).toBe("3");
    const { rows, schema } = await parquet(file);
    expect(rows).toHaveLength(samples);
    expect(JSON.parse(schema.metadata.get("nonreturn.gaps")!)).toMatchObject({
      ...{ gaps: [{ state: "open" }, { state: "unrecorded" }, { state: "lost" }], gapsInAll: 3 },
    });
    const none = await rest.ask("/v1/history.csv", { ...ALL, to: iso(19) });
    expect(none.headers.get("nonreturn-gaps")).toBe("0");
  });

  it("is a Bad row without a value in CSV and Parquet where gaps=marked asks for it", async () => {
    const { rest, samples } = await withGaps();
    const lines = (await (await rest.ask("/v1/history.csv", { ...ALL, gaps: "marked" })).text()).split("\r\n");
    expect(lines).toHaveLength(samples + 3 + 2);
    const marks = lines.filter((line) => line.includes(`,none,bad,${StatusCode.BadDataLost},`));
    expect(marks.map((line) => line.split(",")[2])).toEqual([micros(19.5), micros(35.25), micros(49.5)]);
    const times = lines.slice(1, -1).map((line) => line.split(",")[2]!);
    expect(times).toEqual([...times].sort());
    const { rows } = await parquet(await rest.ask("/v1/history.parquet", { ...ALL, gaps: "marked" }));
    expect(rows).toHaveLength(samples + 3);
    expect(
      rows.filter((row) => row.quality_code === StatusCode.BadDataLost).map((row) => Number(row.time) * 1000),
    ).toEqual([19.5, 35.25, 49.5].map(at));
    // Within a gap that began before: the mark is at the beginning of the range, and there is a file.
    const within = { path: "a", from: iso(22), to: iso(23) };
    expect((await rest.ask("/v1/history.parquet", within)).status).toBe(404);
    const only = await parquet(await rest.ask("/v1/history.parquet", { ...within, gaps: "marked" }));
    expect(only.rows.map((row) => Number(row.time) * 1000)).toEqual([at(22)]);
  });

  it("marks every gap once however many pages the file is read in", async () => {
    const historian = await historianBench();
    const rows = Array.from({ length: 12_000 }, (_, row) => sample(1, row, row * 60_000));
    await historian.publish([entry(1, columns(...rows), [tag(1, "a")])]);
    const store = storeWithGaps();
    // Marks that share the time of a sample, one of them where the second page begins.
    for (let minute = 0; minute < 12_000; minute += 10) store.gap("lost", minute, minute + 0.5);
    const rest = await restBench({ openHistory: () => openHistory(historian.folder), ...store.readers });
    await rest.tags([tag(1, "a")]);
    const text = await (await rest.ask("/v1/history.csv", { ...ALL, to: iso(12_000), gaps: "marked" })).text();
    const lines = text.split("\r\n").slice(1, -1);
    expect(lines).toHaveLength(12_000 + 1200);
    expect(new Set(lines).size).toBe(lines.length);
  });

  it("is listed page by page, each once, and a wrong cursor refused", async () => {
    const { rest, store } = await withGaps();
    for (let gap = 0; gap < 150; gap++) store.gap("lost", 60 + gap, 60.5 + gap);
    const page = await rest.json("/v1/history", { path: "a", from: iso(60), to: iso(300) });
    expect([(page.gaps as unknown as object[]).length, page.gapsInAll]).toEqual([100, 151]);
    for (const limit of ["1", "50", "151", "1000"]) {
      const from: string[] = [];
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const query = { from: iso(60), to: iso(300), limit, ...(cursor === undefined ? {} : { cursor }) };
        const answer = (await rest.json("/v1/history/gaps", query)) as unknown as Page;
        from.push(...answer.gaps.map((one) => one.from));
        cursor = answer.next;
      }
      expect(from).toEqual([micros(49.5), ...Array.from({ length: 150 }, (_, gap) => micros(60 + gap))]);
    }
    const refused = await rest.ask("/v1/history/gaps", { from: iso(0), cursor: "AAAA" });
    expect([refused.status, (await refused.json()) as object]).toMatchObject([400, { parameter: "cursor" }]);
  });

  it("is not asked for where there is no store", async () => {
    const historian = await historianBench();
    await historian.publish([entry(1, columns(sample(1, 5)), [tag(1, "a")])]);
    const rest = await restBench({ openHistory: () => openHistory(historian.folder) });
    await rest.tags([tag(1, "a")]);
    expect((await rest.ask("/v1/history/gaps", { from: iso(0) })).status).toBe(503);
    expect((await rest.ask("/v1/history.csv", { path: "a", from: iso(0), gaps: "marked" })).status).toBe(503);
    expect((await rest.ask("/v1/history.csv", { path: "a", from: iso(0), gaps: "none" })).status).toBe(400);
    expect(await rest.json("/v1/history", { path: "a", from: iso(0) })).toMatchObject({ gaps: [] });
  });
});
