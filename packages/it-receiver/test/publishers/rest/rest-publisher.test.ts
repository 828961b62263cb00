/** What clients of the REST API see, over a real connection, with history from a real historian. */
import { chmodSync, copyFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { StatusCode } from "@nonreturn/wire-format";
import { tableFromIPC } from "apache-arrow";
import { readParquet } from "parquet-wasm";
import { describe, expect, it } from "vitest";
import { startProgram } from "../../../../../test/support/child-program.ts";
import { freeTcpPort } from "../../../../../test/support/free-port.ts";
import { temporaryFolder } from "../../../../../test/support/temporary-folder.ts";
import type { GapList } from "../../../src/publishers/publisher.ts";
import { openHistory } from "../../../src/publishers/registry.ts";
import { ENDPOINTS } from "../../../src/publishers/rest/endpoints.ts";
import { keyOf } from "../../../src/publishers/rest/tag-table.ts";
import { historianBench } from "../historian/historian-bench.ts";
import { columns, entry, sample, T0, tag } from "../support/samples.ts";
import { restBench, TOKEN } from "./rest-bench.ts";

const HOSTILE = [
  "a&b=c?d#e",
  "=cmd()",
  "../../etc",
  'quote"\\',
  "nul\u0000\r\nx: y",
  "\u202eabc",
  "\ud800",
  "",
  "%2F%",
];
const at = (ms: number): string => new Date(T0 / 1000 + ms).toISOString();

/** A history of two tags: `a` is its own second for 100 s, `b` changes twice and is Bad once. */
async function withHistory() {
  const historian = await historianBench();
  const tags = [tag(1, "a"), tag(2, "b"), ...HOSTILE.map((path, index) => tag(10 + index, path))];
  const seconds = Array.from({ length: 100 }, (_, second) => sample(1, second, second * 1000));
  await historian.publish([entry(1, columns(...seconds.slice(0, 60)), tags)]);
  historian.publisher.compactAll();
  await historian.publish([
    entry(2, columns(...seconds.slice(60)), tags),
    entry(3, columns(sample(2, 1, 0), sample(2, 3, 50_000), sample(2, null, 60_000, StatusCode.BadTimeout)), tags),
    entry(4, columns(...HOSTILE.map((path, index) => sample(10 + index, path, index))), tags),
  ]);
  const rest = await restBench({ openHistory: () => openHistory(historian.folder) });
  await rest.tags(tags);
  return { ...rest, tags };
}

describe("REST publisher", () => {
  it("shows the tags and their newest values, page by page, by prefix, path and key", async () => {
    const rest = await restBench();
    const tags = Array.from({ length: 25 }, (_, index) => tag(index, `p/${String(index).padStart(2, "0")}`));
    await rest.tags([tag(99, "other", { rangeLow: 0, rangeHigh: 16 }), ...tags]);
    await rest.publish(entry(1, columns(sample(3, 7.5, 1), sample(4, 9n, 1)), tags));
    const paths: string[] = [];
    let cursor: string | undefined;
    do {
      const query = { prefix: "p/", limit: "10", ...(cursor === undefined ? {} : { cursor }) };
      const page = (await rest.json("/v1/tags", query)) as unknown as { tags: { path: string }[]; next?: string };
      expect(page.tags.length).toBeLessThanOrEqual(10);
      paths.push(...page.tags.map(({ path }) => path));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    expect(paths).toEqual(tags.map(({ path }) => path));
    expect((await rest.json("/v1/tags", { prefix: "o" })).tags).toEqual([
      {
        path: "other",
        key: keyOf("other"),
        dataType: "FLOAT64",
        unit: "°C",
        description: "",
        device: "plc",
        rangeLow: 0,
        rangeHigh: 16,
      },
    ]);
    const shown = {
      path: "p/03",
      key: keyOf("p/03"),
      unit: "°C",
      stale: false,
      sample: { timestamp: "2026-11-23T08:00:00.001000Z", value: 7.5, quality: "good", qualityCode: 0 },
    };
    expect((await rest.json("/v1/latest", { path: "p/03" })).latest).toEqual([shown]);
    expect((await rest.json("/v1/latest", { key: keyOf("p/03") })).latest).toEqual([shown]);
    const all = (await rest.json("/v1/latest", { prefix: "p/" })).latest as unknown as { sample: unknown }[];
    expect(all.filter((one) => one.sample !== null)).toHaveLength(2);
    await rest.tags(tags.slice(0, 3));
    expect((await rest.ask("/v1/latest", { path: "p/03" })).status).toBe(404);
    // What comes of it afterwards does not bring it back.
    const retired = [tag(3, "p/03", { retired: true })];
    await rest.publish({ ...entry(0, columns(sample(3, 7.5)), retired), origin: "stale" });
    expect((await rest.ask("/v1/latest", { path: "p/03" })).status).toBe(404);
    expect((await rest.json("/v1/status")).tags).toMatchObject({ inAll: 3, stale: 0 });
  });

  it("marks values stale when the station says so, and tells the link", async () => {
    const rest = await restBench();
    const tags = [tag(1, "a")];
    await rest.tags(tags);
    await rest.publish(entry(1, columns(sample(1, 5)), tags));
    const silent = entry(0, columns(sample(1, 5, 0, StatusCode.UncertainLastUsableValue)), tags);
    await rest.publish({ ...silent, origin: "stale" });
    await rest.publisher.linkChanged!({ state: "silent", since: T0 }, new AbortController().signal);
    expect((await rest.json("/v1/latest", { path: "a" })).latest).toMatchObject([
      { stale: true, sample: { value: 5, quality: "uncertain" } },
    ]);
    expect(await rest.json("/v1/status")).toMatchObject({
      publisher: "rest",
      link: { state: "silent", since: "2026-11-23T08:00:00.000000Z" },
      tags: { inAll: 1, uncertain: 1, stale: 1, good: 0 },
    });
  });

  it("reads raw history across pages without losing or repeating a sample, also among equal times", async () => {
    const historian = await historianBench();
    const tags = [tag(1, "a")];
    const samples = Array.from({ length: 100 }, (_, index) => sample(1, index, Math.floor(index / 7)));
    await historian.publish([entry(1, columns(...samples), tags)]);
    const rest = await restBench({ openHistory: () => openHistory(historian.folder) });
    for (const limit of [1, 3, 7, 10, 99, 100, 1000]) {
      const values: unknown[] = [];
      let cursor: string | undefined;
      do {
        const query = { path: "a", from: at(0), to: at(1000), limit: String(limit) };
        const page = (await rest.json("/v1/history", cursor === undefined ? query : { ...query, cursor })) as never as {
          samples: { value: unknown }[];
          next: string | null;
        };
        values.push(...page.samples.map(({ value }) => value));
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
      expect(values).toEqual(samples.map(({ value }) => value));
    }
  });

  it("answers intervals with the value before the range held into it", async () => {
    const rest = await withHistory();
    const query = { path: "a", from: at(10_500), to: at(30_500), interval: "10s" };
    expect((await rest.json("/v1/history/intervals", query)).intervals).toEqual([
      {
        start: "2026-11-23T08:00:10.500000Z",
        ...{ min: 11, max: 20, avg: 15.5, samples: 10, unusable: 0, coverage: 1, gap: false },
        timeWeighted: expect.closeTo((0.5 * 10 + 11 + 12 + 13 + 14 + 15 + 16 + 17 + 18 + 19 + 0.5 * 20) / 10, 9),
      },
      expect.objectContaining({ start: "2026-11-23T08:00:20.500000Z", samples: 10 }),
    ]);
    const held = await rest.json("/v1/history/intervals", {
      ...{ path: "b", from: at(40_000), to: at(70_000), interval: "30s", aggregates: "timeWeighted" },
    });
    expect(held.intervals).toEqual([
      {
        start: "2026-11-23T08:00:40.000000Z",
        timeWeighted: expect.closeTo((10 * 1 + 10 * 3) / 20, 9),
        samples: 1,
        unusable: 1,
        coverage: expect.closeTo(2 / 3, 9),
        gap: false,
      },
    ]);
  });

  it("streams CSV with every sample once, hostile names in their cells", async () => {
    const rest = await withHistory();
    const csv = await rest.ask("/v1/history.csv", { path: "a", from: at(0) });
    expect(csv.headers.get("content-type")).toContain("text/csv");
    const lines = (await csv.text()).split("\r\n");
    expect(lines).toHaveLength(102);
    expect(lines[0]).toBe("path,key,timestamp,value,kind,quality,quality_code,unit");
    expect(lines[100]).toBe(`a,${keyOf("a")},2026-11-23T08:01:39.000000Z,99,number,good,0,°C`);
    const formula = await rest.ask("/v1/history.csv", { path: "=cmd()", from: at(0) });
    expect((await formula.text()).split("\r\n")[1]).toMatch(/^'=cmd\(\),[0-9a-f]{32},.*,'=cmd\(\),string,good,0,°C$/);
    const kept = await rest.ask("/v1/history.csv", { path: "=cmd()", from: at(0), formulas: "keep" });
    expect((await kept.text()).split("\r\n")[1]).toMatch(/^=cmd\(\),/);
  });

  it("streams Parquet that another implementation reads: exact values, microseconds, every sample once over many row groups", async () => {
    const historian = await historianBench();
    const tags = [tag(1, "a"), ...HOSTILE.map((path, index) => tag(10 + index, path))];
    const values = [
      1.5,
      -0,
      Number.NaN,
      null,
      true,
      2n ** 63n,
      -5n,
      "text\u0000\u{1f600}",
      Uint8Array.of(1, 255),
      [1, 2],
    ];
    await historian.publish([
      entry(1, columns(...values.map((value, index) => sample(1, value, index, index === 3 ? 0x80050000 : 0))), tags),
      entry(2, columns(...Array.from({ length: 45_000 }, (_, index) => sample(1, index / 8, 1000 + index))), tags),
      entry(3, columns(...HOSTILE.map((path, index) => sample(10 + index, path, index))), tags),
    ]);
    const rest = await restBench({ openHistory: () => openHistory(historian.folder) });
    await rest.tags(tags);
    const rowsOf = async (query: Record<string, string>) => {
      const answer = await rest.ask("/v1/history.parquet", query);
      expect(answer.headers.get("content-type")).toBe("application/vnd.apache.parquet");
      const table = tableFromIPC(readParquet(new Uint8Array(await answer.arrayBuffer())).intoIPCStream());
      return { schema: table.schema.fields.map(({ name, type }) => `${name} ${type}`), rows: table.toArray() };
    };
    const { schema, rows } = await rowsOf({ path: "a", from: at(0) });
    expect(schema).toEqual([
      "path Utf8",
      "time Timestamp<MICROSECOND, UTC>",
      "value Float64",
      "value_text Utf8",
      "kind Utf8",
      "quality Utf8",
      "quality_code Uint32",
      "unit Utf8",
    ]);
    expect(rows).toHaveLength(45_010);
    expect(rows.slice(0, 10).map(({ value, value_text, kind }) => [value, value_text, kind])).toEqual([
      [1.5, null, "number"],
      [-0, null, "number"],
      [Number.NaN, null, "number"],
      [null, null, "none"],
      [1, null, "boolean"],
      [2 ** 63, "9223372036854775808", "bigint"],
      [-5, "-5", "bigint"],
      [null, "text\u0000\u{1f600}", "string"],
      [null, "01ff", "bytes"],
      [null, "[1,2]", "array"],
    ]);
    expect(rows[3]).toMatchObject({ path: "a", quality: "bad", quality_code: 0x80050000, unit: "°C" });
    expect(rows.slice(10).map(({ value }) => value)).toEqual(Array.from({ length: 45_000 }, (_, index) => index / 8));
    expect(rows.map(({ time }) => Number(time) * 1000)).toEqual(
      [...values.keys(), ...Array.from({ length: 45_000 }, (_, index) => 1000 + index)].map((ms) => T0 + ms * 1000),
    );
    for (const path of HOSTILE) {
      const named = (await rowsOf({ key: keyOf(path), from: at(0) })).rows;
      expect(named.map((row) => [row.path, row.value_text])).toEqual([[path.toWellFormed(), path.toWellFormed()]]);
    }
    const none = await rest.ask("/v1/history.parquet", { path: "a", from: at(-2000), to: at(-1000) });
    expect(none.status).toBe(404);
  });

  it("finds every hostile path by its key, exact in JSON", async () => {
    const rest = await withHistory();
    for (const path of HOSTILE) {
      const { samples, ...shown } = await rest.json("/v1/history", { key: keyOf(path), from: at(0) });
      expect(shown.path).toBe(path);
      expect(samples).toMatchObject([{ value: path.toWellFormed() }]); // values are UTF-8 at rest
    }
  });

  it("shows the gaps of the store", async () => {
    const gap = { stream: 1, journalEpoch: 2, first: 5, last: 9, openedAt: T0, timeFrom: T0 } as const;
    const list: GapList = {
      gaps: [
        { ...gap, timeTo: undefined, closedAt: undefined, state: "open", gapCode: "NRG1-X" },
        { ...gap, timeTo: T0 + 1, closedAt: T0, state: "healed", gapCode: "NRG1-Y" },
      ],
      losses: [{ reason: "disk full", samples: 3, tags: 1, timeFrom: T0, timeTo: T0, sequence: 7 }],
      forks: [],
    };
    const rest = await restBench({ readGaps: () => list });
    const open = await rest.json("/v1/gaps", { state: "open" });
    expect(open).toMatchObject({
      gapsInAll: 1,
      gaps: [{ state: "open", gapCode: "NRG1-X", firstSequence: 5, to: null }],
    });
    expect((await rest.json("/v1/gaps")).gaps).toHaveLength(2);
    expect(open.losses).toMatchObject([{ reason: "disk full", samples: 3, from: "2026-11-23T08:00:00.000000Z" }]);
  });

  it.each([
    ["/v1/history", { path: "a" }, "from", 400],
    ["/v1/history", { from: "2026-11-23" }, "path", 400],
    ["/v1/history", { path: "a", key: keyOf("a"), from: "2026-11-23" }, "path", 400],
    ["/v1/history", { path: "a", from: "yesterday" }, "from", 400],
    ["/v1/history", { path: "a", from: "2026-11-23", to: "2026-11-22" }, "to", 400],
    ["/v1/history", { path: "a", from: "2026-11-23", limit: "10001" }, "limit", 400],
    ["/v1/history", { path: "a", from: "2026-11-23", limit: "-1" }, "limit", 400],
    ["/v1/history", { path: "a", from: "2026-11-23", cursor: "AAAA" }, "cursor", 400],
    ["/v1/history", { path: "a", from: "2026-11-23", order: "desc" }, "order", 400],
    ["/v1/history", { path: "no such", from: "2026-11-23" }, undefined, 404],
    ["/v1/history", { key: "0".repeat(32), from: "2026-11-23" }, undefined, 404],
    ["/v1/history/intervals", { path: "a", from: "2020-01-01", interval: "1s" }, "interval", 400],
    ["/v1/history/intervals", { path: "a", from: "2026-11-23", interval: "1" }, "interval", 400],
    ["/v1/history/intervals", { path: "a", from: "2026-11-23", aggregates: "sum" }, "aggregates", 400],
    ["/v1/latest", { path: "a", prefix: "b" }, "path", 400],
    ["/v1/tags", { cursor: "gone" }, "cursor", 400],
    ["/v1/gaps", { state: "lots" }, "state", 400],
    ["/v1/gaps", {}, undefined, 503],
    ["/v1/nothing", {}, undefined, 404],
  ] as const)("refuses %s %j: problem details name %s", async (path, query, parameter, status) => {
    const rest = await withHistory();
    const answer = await rest.ask(path, query as never);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([status, "application/problem+json"]);
    const problem = (await answer.json()) as { detail: string; parameter?: string };
    expect(problem.parameter).toBe(parameter);
    expect(problem.detail.length).toBeGreaterThan(10);
  });

  it.each([
    ["interval", "1 hour", "a number and one of ms, s, min, h, d, as in 10min; from 1ms to 366d"],
    ["interval", "2y", "a number and one of ms, s, min, h, d, as in 10min; from 1ms to 366d"],
    ["from", "yesterday", "a time, as in 2026-11-23T08:00:00Z, or microseconds since 1970"],
    ["points", "0", "a whole number from 1 to 10000"],
    ["key", "A", "the 32 digits 0-9 and a-f that /v1/tags shows as key"],
    ["aggregates", "sum", "one or several of min, max, avg, timeWeighted, separated by commas"],
  ])("says in words what to write for %s=%s", async (parameter, given, write) => {
    const rest = await restBench();
    const answer = await rest.ask("/v1/history/intervals", { [parameter]: given });
    expect(await answer.json()).toMatchObject({ parameter, detail: `"${given}" is no ${parameter}; write ${write}` });
  });

  it("refuses a parameter given twice, a request without history, and every way of writing", async () => {
    const rest = await restBench();
    expect((await rest.ask("/v1/tags", "limit=1&limit=2")).status).toBe(400);
    await rest.tags([tag(1, "a")]);
    expect((await rest.ask("/v1/history", { path: "a", from: at(0) })).status).toBe(503);
    for (const method of ["POST", "PUT", "PATCH", "DELETE"])
      for (const { path } of ENDPOINTS)
        expect((await fetch(rest.base + path, { method, headers: { authorization: `Bearer ${TOKEN}` } })).status).toBe(
          405,
        );
  });

  it("needs a token everywhere but for the description, which matches the endpoints and loads nothing", async () => {
    const rest = await restBench();
    for (const { path } of ENDPOINTS) expect((await fetch(rest.base + path)).status).toBe(401);
    const document = (await (await fetch(`${rest.base}/openapi.json`)).json()) as {
      openapi: string;
      paths: Record<string, { get: { parameters: { name: string }[] } }>;
      components: Record<string, Record<string, unknown>>;
    };
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(Object.keys(document.paths)).toEqual(ENDPOINTS.map(({ path }) => path));
    for (const { path, parameters } of ENDPOINTS)
      expect(document.paths[path]?.get.parameters.map(({ name }) => name)).toEqual(Object.keys(parameters));
    for (const [, kind, name] of JSON.stringify(document).matchAll(/"#\/components\/(\w+)\/(\w+)"/g))
      expect(document.components[kind!]).toHaveProperty(name!);
    const page = await fetch(`${rest.base}/`);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    const html = await page.text();
    expect(html).not.toMatch(/<script|<link|<img|https?:/);
    for (const { path } of ENDPOINTS) expect(html).toContain(`GET ${path}<`);
  });

  it("speaks TLS with the certificate it is given", async () => {
    const certificates = new URL("../mqtt/certificates/", import.meta.url);
    const file = (name: string) => fileURLToPath(new URL(name, certificates));
    const rest = await restBench({}, tlsWith(file("server.pem"), file("server-key.pem")));
    const body = await new Promise<string>((resolve, reject) => {
      const sent = request(
        `https://127.0.0.1:${rest.port}/v1/status`,
        { rejectUnauthorized: false, headers: { authorization: `Bearer ${TOKEN}` } },
        (response) => {
          let text = "";
          response.on("data", (part: Buffer) => {
            text += part.toString();
          });
          response.on("end", () => resolve(text));
        },
      );
      sent.on("error", reject);
      sent.end();
    });
    expect(JSON.parse(body)).toMatchObject({ link: { state: "unknown" } });
    await expect(fetch(`${rest.base}/v1/status`)).rejects.toThrow(); // plain HTTP is not answered
  });

  it("serves with code generation from strings switched off (decision 0005)", async () => {
    const flag = "--disallow-code-generation-from-strings";
    const ours = startProgram([
      flag,
      fileURLToPath(new URL("./fixtures/serve-once.ts", import.meta.url)),
      String(await freeTcpPort()),
    ]);
    expect(await ours.ended, ours.stderr()).toMatchObject({ code: 0 });
    expect(ours.stdout()).toContain('"latest":[{"path":"a"');
    expect(ours.stdout()).toContain("path,key,timestamp");
    expect(ours.stdout()).toContain("PAR1");
  });
});

function tlsWith(certificateFile: string, source: string): object {
  const keyFile = join(temporaryFolder(), "key.pem");
  copyFileSync(source, keyFile);
  chmodSync(keyFile, 0o600);
  return { certificateFile, keyFile };
}
