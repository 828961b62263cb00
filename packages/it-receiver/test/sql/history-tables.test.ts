import { createProgram } from "@nonreturn/station";
import { StatusCode, type Value } from "@nonreturn/wire-format";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { historianPath } from "../../src/publishers/historian/index.ts";
import { openHistory } from "../../src/publishers/registry.ts";
import { openHistoryTables } from "../../src/sql/history-tables.ts";
import type { RowFormat } from "../../src/sql/print-rows.ts";
import { addSqlCommand, printQuery } from "../../src/sql/sql-command.ts";
import { storeWithGaps } from "../gaps/store-with-gaps.ts";
import { makeFileOfBefore } from "../publishers/historian/file-of-before.ts";
import { historianBench } from "../publishers/historian/historian-bench.ts";
import { columns, entry, sample, tag } from "../publishers/support/samples.ts";

const TAGS = [
  tag(1, "plant/level", { dataType: "FLOAT32", unit: "m" }),
  tag(2, "plant/counter", { dataType: "UINT64", unit: "" }),
  tag(3, "plant/state", { dataType: "STRING", unit: "" }),
  tag(4, "plant/position", { dataType: "INT16", unit: "mm" }),
  tag(5, "other/any", { dataType: "FLOAT64", unit: "" }),
];

async function filled() {
  const bench = await historianBench();
  await bench.publish([
    entry(1, columns(sample(1, 1.5, 1), sample(2, 2n ** 64n - 1n, 1), sample(3, "ein", 1), sample(4, -7, 1)), TAGS),
  ]);
  bench.publisher.compactAll();
  await bench.publish([
    entry(
      2,
      columns(sample(1, 2.5, 2), sample(2, 7n, 2), sample(3, "aus", 2), sample(1, null, 3, StatusCode.BadTimeout)),
      TAGS,
    ),
  ]);
  return bench;
}

async function query(folder: string, statement: string, format: RowFormat = "json"): Promise<string[]> {
  const lines: string[] = [];
  await printQuery(folder, statement, format, (line) => void lines.push(line));
  return lines;
}

describe("history tables", () => {
  it("show samples in chunks and segments alike, with every column", async () => {
    const { folder } = await filled();
    expect(await query(folder, "SELECT * FROM samples WHERE path = 'plant/level' ORDER BY timestamp LIMIT 1")).toEqual([
      '{"path":"plant/level","timestamp":1795420800001000,"time":"2026-11-23T08:00:00.001000Z","value":1.5,"value_text":"1.5","value_kind":"number",' +
        '"quality":"good","status_code":0,"unit":"m","data_type":"FLOAT32","tag_id":1,"stream":1,"journal_epoch":100}',
    ]);
    expect(
      await query(folder, "SELECT path, count(*) AS n, max(value) AS most FROM samples GROUP BY path ORDER BY path"),
    ).toEqual([
      '{"path":"plant/counter","n":2,"most":"18446744073709551615"}',
      '{"path":"plant/level","n":3,"most":2.5}',
      '{"path":"plant/position","n":1,"most":-7}',
      '{"path":"plant/state","n":2,"most":"ein"}',
    ]);
    expect(await query(folder, "SELECT value, quality, status_code FROM samples WHERE quality <> 'good'")).toEqual([
      `{"value":null,"quality":"bad","status_code":${StatusCode.BadTimeout}}`,
    ]);
  });

  it("answer history(path, since, until) by microseconds and by ISO time", async () => {
    const { folder } = await filled();
    expect(await query(folder, "SELECT value FROM history('plant/level')")).toEqual([
      '{"value":1.5}',
      '{"value":2.5}',
      '{"value":null}',
    ]);
    expect(
      await query(folder, "SELECT value FROM history('plant/level', 1795420800002000, '2026-11-23T08:00:00.003Z')"),
    ).toEqual(['{"value":2.5}']);
    expect(await query(folder, "SELECT value FROM history('plant/level', '2026-11-24')")).toEqual([]);
    expect(await query(folder, "SELECT h.value FROM tag t, history(t.path) h WHERE t.path LIKE '%counter'")).toEqual([
      '{"value":"18446744073709551615"}',
      '{"value":7}',
    ]);
    await expect(query(folder, "SELECT * FROM history('plant/level', 'yesterday')")).rejects.toThrow(
      "since of history",
    );
    await expect(query(folder, "SELECT * FROM history")).rejects.toThrow("path of history");
  });

  it("read only the tags a condition names", async () => {
    const { folder } = await filled();
    const tables = openHistoryTables(folder);
    const plan = (statement: string) =>
      (tables.database.prepare(`EXPLAIN QUERY PLAN ${statement}`).all() as { detail: string }[]).map(
        ({ detail }) => detail,
      );
    expect(plan("SELECT * FROM samples WHERE path = 'x'")[0]).toContain("tag_by_path (path=?)");
    expect(plan("SELECT * FROM samples")[0]).toContain("SCAN t");
    tables.close();
  });

  it("lose nothing of a value: kind and exact text stand beside what SQLite can hold", async () => {
    const bench = await historianBench();
    const cases: [Value | null, string, unknown, string | null][] = [
      [Number.NaN, "number", null, "NaN"],
      [-0, "number", "-0", "-0"],
      [Number.POSITIVE_INFINITY, "number", '"Infinity"', "Infinity"],
      [5e-324, "number", "5e-324", "5e-324"],
      [true, "boolean", "1", "true"],
      [2n ** 63n - 1n, "bigint", '"9223372036854775807"', "9223372036854775807"],
      [2n ** 63n, "bigint", '"9223372036854775808"', "9223372036854775808"],
      [9_007_199_254_740_993n, "bigint", '"9007199254740993"', "9007199254740993"],
      [Uint8Array.of(1, 255), "bytes", '"Af8="', "01ff"],
      [[1n, 2n ** 64n - 1n], "array", '"[1,18446744073709551615]"', "[1,18446744073709551615]"],
      [[-0, Number.NaN], "array", '"[-0,\\"NaN\\"]"', '[-0,"NaN"]'],
      ["'; DROP TABLE tag; --", "string", '"\'; DROP TABLE tag; --"', "'; DROP TABLE tag; --"],
      [null, "none", null, null],
    ];
    await bench.publish([entry(1, columns(...cases.map(([value], index) => sample(5, value, index))), TAGS)]);
    const lines = await query(bench.folder, "SELECT value, value_kind, value_text FROM history('other/any')");
    expect(lines).toEqual(
      cases.map(
        ([, kind, value, text]) => `{"value":${value},"value_kind":"${kind}","value_text":${JSON.stringify(text)}}`,
      ),
    );
  });

  it("give whole numbers of an integer tag as INTEGER, of another as REAL", async () => {
    const bench = await historianBench();
    await bench.publish([entry(1, columns(sample(4, 5), sample(1, 5)), TAGS)]);
    expect(await query(bench.folder, "SELECT path, typeof(value) AS type FROM samples ORDER BY path")).toEqual([
      '{"path":"plant/level","type":"real"}',
      '{"path":"plant/position","type":"integer"}',
    ]);
  });

  it("work while the station writes and compacts, each query seeing one moment", async () => {
    const bench = await filled();
    const tables = openHistoryTables(bench.folder);
    const count = tables.database.prepare("SELECT count(*) FROM history('plant/level')").pluck();
    expect(count.get()).toBe(3);
    await bench.publish([entry(3, columns(sample(1, 9, 9)), TAGS)]);
    bench.publisher.compactAll();
    expect(count.get()).toBe(3);
    tables.close();
    expect(await query(bench.folder, "SELECT count(*) AS n FROM history('plant/level')")).toEqual(['{"n":4}']);
  });
});

describe("intervals", () => {
  it("are rows, and what retention removed is counted", async () => {
    const HOUR_MS = 3_600_000;
    const bench = await historianBench({ keep: { samplesMs: HOUR_MS } });
    const rows = Array.from({ length: 2000 }, (_, row) => sample(5, row, row * 10_000));
    await bench.publish([entry(1, columns(...rows), TAGS)]);
    bench.publisher.compactAll();
    const hours = "SELECT time, min, max, avg, samples, unusable, coverage, resolution FROM intervals";
    const range = "'2026-11-23T08:00Z', '2026-11-23T10:00Z'";
    const before = await query(bench.folder, `${hours}('other/any', '1h', ${range})`);
    expect(before).toEqual([
      '{"time":"2026-11-23T08:00:00.000000Z","min":0,"max":359,"avg":179.5,"samples":360,"unusable":0,"coverage":1,"resolution":"exact"}',
      '{"time":"2026-11-23T09:00:00.000000Z","min":360,"max":719,"avg":539.5,"samples":360,"unusable":0,"coverage":1,"resolution":"exact"}',
    ]);
    expect(await query(bench.folder, "SELECT * FROM removals")).toEqual([]);
    bench.clock.stepWall(48 * HOUR_MS);
    for (let minute = 0; minute < 3; minute++) bench.clock.advance(61_000);
    expect(await query(bench.folder, "SELECT count(*) AS n FROM samples")).toEqual(['{"n":0}']);
    expect(await query(bench.folder, `${hours}('other/any', '1h', ${range})`)).toEqual(before);
    expect(await query(bench.folder, "SELECT kind, cause, count, since FROM removals")).toEqual([
      '{"kind":"samples","cause":"age","count":2000,"since":"2026-11-23T08:00:00Z"}',
    ]);
    for (const wrong of ["'other/any'", "'other/any', '1x', 0, 1", "'other/any', '1ms', 0, 1e15", "'other/any', '1h'"])
      await expect(query(bench.folder, `${hours}(${wrong})`)).rejects.toMatchObject({ code: "SQL_STATEMENT" });
  });
});

describe("gaps", () => {
  it("are rows, flag the intervals they touch, and leave out the samples within them where that is asked", async () => {
    const bench = await historianBench();
    const rows = Array.from({ length: 120 }, (_, row) => sample(5, row, row * 60_000));
    await bench.publish([entry(1, columns(...rows), TAGS)]);
    const intervals = "SELECT max, gap FROM intervals('other/any', '30min', '2026-11-23T08:00Z', '2026-11-23T10:00Z')";
    // Without the store nobody knows: neither "none" nor a flag.
    await expect(query(bench.folder, "SELECT * FROM gaps")).rejects.toMatchObject({ code: "STORE_MISSING" });
    expect((await query(bench.folder, intervals))[0]).toBe('{"max":29,"gap":null}');
    const store = storeWithGaps(bench.folder);
    expect(await query(bench.folder, "SELECT * FROM gaps")).toEqual([]);
    store.gap("healed", 1, 119);
    store.gap("open", 29.5, 31);
    store.loss(95.5, 95.75);
    expect(await query(bench.folder, "SELECT * FROM gaps")).toEqual([
      '{"state":"open","since":"2026-11-23T08:29:30.000000Z","until":"2026-11-23T08:31:00.000000Z",' +
        '"since_timestamp":1795422570000000,"until_timestamp":1795422660000000,"reason":"not-received","stream":1,"blocks":5,"samples":null}',
      '{"state":"unrecorded","since":"2026-11-23T09:35:30.000000Z","until":"2026-11-23T09:35:45.000000Z",' +
        '"since_timestamp":1795426530000000,"until_timestamp":1795426545000000,"reason":"journal-full","stream":1,"blocks":null,"samples":7}',
    ]);
    expect(await query(bench.folder, intervals)).toEqual([
      ...['{"max":29,"gap":1}', '{"max":59,"gap":1}', '{"max":89,"gap":0}', '{"max":119,"gap":1}'],
    ]);
    const outside = `SELECT count(*) AS n FROM history('other/any') h
      WHERE NOT EXISTS (SELECT 1 FROM gaps g WHERE h.timestamp BETWEEN g.since_timestamp AND g.until_timestamp)`;
    expect(await query(bench.folder, outside)).toEqual(['{"n":118}']); // minutes 30 and 31 lie within
  });
});

describe("sql command", () => {
  it("prints a table for people, JSON and CSV for programs", async () => {
    const { folder } = await filled();
    const statement = "SELECT time, value, quality FROM history('plant/level')";
    expect(await query(folder, statement, "table")).toEqual([
      "time                         value  quality",
      "───────────────────────────  ─────  ───────",
      "2026-11-23T08:00:00.001000Z  1.5    good",
      "2026-11-23T08:00:00.002000Z  2.5    good",
      "2026-11-23T08:00:00.003000Z  NULL   bad",
    ]);
    expect(await query(folder, "SELECT value, 'a,\"b\"' AS text FROM history('plant/level')", "csv")).toEqual([
      "value,text",
      '1.5,"a,""b"""',
      '2.5,"a,""b"""',
      ',"a,""b"""',
    ]);
    expect(await query(folder, "SELECT 1 AS one WHERE 0", "table")).toEqual(["one", "───"]);
  });

  it("keeps the terminal safe from what is in a tag", async () => {
    const bench = await historianBench();
    await bench.publish([entry(1, columns(sample(3, "red\u001b[31m\r\n\u202e")), TAGS)]);
    const lines = await query(bench.folder, "SELECT value FROM samples", "table");
    expect(lines[2]).toBe("red\\u{1b}[31m\\u{d}\\u{a}\\u{202e}");
  });

  it.each([
    ["DELETE FROM tag", "not only read"],
    ["PRAGMA user_version = 7", "not only read"],
    ["ATTACH DATABASE '/tmp/x' AS x", "not only read"],
    ["SELECT 1; SELECT 2", "more than one statement"],
    ["SELECT nowhere", "no such column"],
    ["", "no statement"],
  ])("refuses %j", async (statement, reason) => {
    const { folder } = await filled();
    const error: { code?: string; message?: string } = await query(folder, statement).then(
      () => ({}),
      (thrown: Error) => thrown,
    );
    expect(error.code).toBe("SQL_STATEMENT");
    expect(error.message?.toLowerCase()).toContain(reason === "no statement" ? "statement" : reason);
  });

  it("say of a historian that older software left what to do, and show it once the station ran", async () => {
    const bench = await filled();
    const { folder } = bench;
    const COUNT = "SELECT count(*) AS n FROM samples";
    const shown = await query(folder, COUNT);
    await bench.publisher.close();
    makeFileOfBefore(folder);
    const refused = { code: "DATABASE_OLDER", where: historianPath(folder), action: expect.stringContaining("Start") };
    await expect(query(folder, COUNT)).rejects.toMatchObject(refused);
    expect(() => openHistory(folder)).toThrow(expect.objectContaining({ code: "DATABASE_OLDER" }));
    await bench.reopen();
    expect(await query(folder, COUNT)).toEqual(shown);
  });

  it("says so where there is no historian yet", async () => {
    await expect(query(temporaryFolder(), "SELECT 1")).rejects.toMatchObject({ code: "STORE_MISSING" });
  });

  it("takes its data folder from the configuration", async () => {
    const { folder } = await filled();
    const lines: string[] = [];
    const program = createProgram("nonreturn-it", "", "0");
    addSqlCommand(program, {
      dataFolderOf: (config) => (config === "it.yaml" ? folder : "?"),
      print: (line) => void lines.push(line),
    });
    await program.parseAsync([
      "node",
      "nonreturn-it",
      "sql",
      "SELECT count(*) AS n FROM samples",
      "--config",
      "it.yaml",
      "--json",
    ]);
    expect(lines).toEqual(['{"n":8}']);
  });
});
