/** The historian's file under the sqlite3 command: what other programs see of it, and how they get at the values. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { StatusCode } from "@nonreturn/wire-format";
import { describe, expect, it } from "vitest";
import { historianPath } from "../../packages/it-receiver/src/publishers/historian/index.ts";
import { printQuery } from "../../packages/it-receiver/src/sql/sql-command.ts";
import { historianBench } from "../../packages/it-receiver/test/publishers/historian/historian-bench.ts";
import { columns, entry, sample, tag } from "../../packages/it-receiver/test/publishers/support/samples.ts";
import { runDebian } from "../support/debian-program.ts";

const TAGS = [tag(1, "Kühlung/Druck", { unit: "bar" }), tag(2, "充填/カウンター", { dataType: "UINT64", unit: "" })];

/** Ten samples of each tag, the first five in chunks, the others still in a segment; the historian stays open. */
async function filled() {
  const bench = await historianBench();
  const rows = (from: number) =>
    columns(
      ...[0, 1, 2, 3, 4].flatMap((step) => [
        from + step === 7 ? sample(1, null, 7, StatusCode.BadTimeout) : sample(1, (from + step) / 10, from + step),
        sample(2, 2n ** 63n + BigInt(from + step), from + step),
      ]),
    );
  await bench.publish([entry(1, rows(0), TAGS)]);
  bench.publisher.compactAll();
  await bench.publish([entry(2, rows(5), TAGS)]);
  return bench;
}

async function sqlite3(file: string, ...commands: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await runDebian("sqlite3", ["-bail", file, ...commands]);
  expect([code, stderr]).toEqual([0, ""]);
  return stdout.trimEnd().split("\n");
}

describe("sqlite3", () => {
  it("reads the historian while the station writes it: tags, and how many samples lie where", async () => {
    const { folder } = await filled();
    const file = historianPath(folder);
    expect(
      await sqlite3(file, "PRAGMA query_only = ON", "SELECT path, data_type, unit FROM tag ORDER BY tag_id"),
    ).toEqual(["Kühlung/Druck|FLOAT64|bar", "充填/カウンター|UINT64|"]);
    const counts = "SELECT path, sum(samples) FROM chunk JOIN tag ON tag.id = chunk.tag GROUP BY path ORDER BY tag.id";
    expect(await sqlite3(file, counts)).toEqual(["Kühlung/Druck|5", "充填/カウンター|5"]);
    expect(await sqlite3(file, "SELECT sum(samples) FROM segment")).toEqual(["10"]);
    expect(await sqlite3(file, "PRAGMA integrity_check")).toEqual(["ok"]);
  });

  it("imports what nonreturn-it sql writes as CSV, every value to the last digit", async () => {
    const { folder } = await filled();
    const lines: string[] = [];
    await printQuery(
      folder,
      "SELECT * FROM samples ORDER BY tag_id, timestamp",
      "csv",
      (line) => void lines.push(line),
    );
    const csv = join(folder, "samples.csv");
    writeFileSync(csv, `${lines.join("\n")}\n`);
    const report = join(folder, "report.db");
    const rows = await sqlite3(
      report,
      `.import --csv ${csv} samples`,
      "SELECT path, value_text, quality FROM samples ORDER BY rowid",
    );
    expect(rows).toEqual([
      ...Array.from({ length: 10 }, (_, at) => `Kühlung/Druck|${at === 7 ? "|bad" : `${at / 10}|good`}`),
      ...Array.from({ length: 10 }, (_, at) => `充填/カウンター|${2n ** 63n + BigInt(at)}|good`),
    ]);
    expect(await sqlite3(report, "SELECT max(CAST(value AS REAL)) FROM samples WHERE path LIKE 'Kühlung%'")).toEqual([
      "0.9",
    ]);
  });
});
