import { join } from "node:path";
import { createProgram } from "@nonreturn/station";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { progressStep, type QuarantinedRows, unreadableBlock } from "../../src/publishers/progress.ts";
import { PROGRESS_FILE } from "../../src/publishers/quarantine-table.ts";
import { openProgressDatabase, SqliteProgress } from "../../src/publishers/sqlite-progress.ts";
import { addQuarantineCommand } from "../../src/quarantine/quarantine-command.ts";
import { historianBench } from "../publishers/historian/historian-bench.ts";
import { columns, entry, sample, T0, tag } from "../publishers/support/samples.ts";

async function list(folder: string, ...more: string[]): Promise<string[]> {
  const lines: string[] = [];
  const program = createProgram("nonreturn-it", "", "0");
  addQuarantineCommand(program, { print: (line) => void lines.push(line), dataFolderOf: () => folder });
  await program.parseAsync(["quarantine", "--config", "it.yaml", ...more], { from: "user" });
  return lines;
}

const rows = (at: number, more: Partial<QuarantinedRows> = {}): QuarantinedRows => ({
  ...{ position: at, lane: "live", firstRow: 3, rows: 1, path: "plant/oil", sourceTime: T0, value: "71.5" },
  ...{ reason: "the site does not want it", at: T0 + at, ...more },
});

it("lists what was set aside, newest first, by publisher, as a table, JSON or CSV, with nothing that commands a terminal", async () => {
  const folder = temporaryFolder();
  await expect(list(folder)).rejects.toMatchObject({ code: "STORE_MISSING" });
  const database = openProgressDatabase(join(folder, PROGRESS_FILE));
  const sql = new SqliteProgress(database, "sql");
  expect(await list(folder)).toEqual(["Nothing is set aside."]);
  sql.save(progressStep({ quarantine: [rows(1), unreadableBlock(2, "late", "BLOCK_DECRYPT: no", T0 + 2)] }));
  new SqliteProgress(database, "broker").save(
    progressStep({ quarantine: [rows(3, { path: "\u001b[2J", reason: "too large" })] }),
  );
  database.close(); // the station may run or not
  const lines = await list(folder);
  expect(lines).toHaveLength(2 + 3);
  expect(lines.at(-1)).toMatch(
    /^sql +2026-11-23T08:00:00\.000001Z +plant\/oil +2026-11-23T08:00:00\.000000Z +71\.5 +the site/,
  );
  expect(lines.join("")).not.toContain("\u001b");
  const objects = (await list(folder, "--json", "--publisher", "sql")).map((line) => JSON.parse(line));
  expect(objects).toMatchObject([
    { publisher: "sql", path: null, rows: 0, reason: "BLOCK_DECRYPT: no", position: 2 },
    { publisher: "sql", path: "plant/oil", time: "2026-11-23T08:00:00.000000Z", value: "71.5", rows: 1, first_row: 3 },
  ]);
  expect((await list(folder, "--csv"))[0]).toBe(
    "publisher,set_aside,path,time,value,reason,rows,lane,position,first_row",
  );
});

it("lists what the historian refused, which keeps its own list", async () => {
  const { folder, publisher, publish } = await historianBench();
  openProgressDatabase(join(folder, PROGRESS_FILE)).close();
  await publish([entry(1, columns(sample(1, 1)), [tag(1)])]);
  publisher.progress?.save(progressStep({ quarantine: [rows(9)] }));
  expect(await list(folder)).toHaveLength(2 + 1);
});

it("shows what older software set aside: whole blocks, before and after the file is brought up to date", async () => {
  const folder = temporaryFolder();
  const path = join(folder, PROGRESS_FILE);
  const database = openProgressDatabase(path);
  database.exec("DROP TABLE quarantined_rows");
  database.exec("CREATE TABLE quarantined (publisher TEXT, position INTEGER, lane TEXT, reason TEXT, at INTEGER)");
  database.exec(`INSERT INTO quarantined VALUES ('sql', 7, 'live', 'no', ${T0})`);
  database.pragma("user_version = 4");
  database.close();
  const before = await list(folder, "--json");
  openProgressDatabase(path).close();
  expect(before).toHaveLength(1);
  expect(await list(folder, "--json")).toEqual(before);
});

it("marks what is to be offered again, of all, of a publisher or of a block, and says how many", async () => {
  const folder = temporaryFolder();
  const database = openProgressDatabase(join(folder, PROGRESS_FILE));
  const [sql, broker] = ["sql", "broker"].map((name) => new SqliteProgress(database, name));
  expect(await list(folder, "retry")).toEqual(["Nothing is set aside."]);
  sql!.save(progressStep({ quarantine: [rows(1), rows(1, { firstRow: 4 }), rows(2)] }));
  broker!.save(progressStep({ quarantine: [rows(3)] }));
  const asked = () =>
    [sql!, broker!].map((one) => one.toRetry(9).map(({ position, firstRow }) => [position, firstRow]));
  expect(asked()).toEqual([[], []]);
  const words = "records are offered again, by the running station or at its next start.";
  expect(await list(folder, "retry", "--publisher", "sql", "--position", "1")).toEqual([`2 ${words}`]);
  expect(asked()).toEqual([
    [
      [1, 3],
      [1, 4],
    ],
    [],
  ]);
  expect(await list(folder, "retry")).toEqual([`4 ${words}`]);
  expect(asked().flat()).toHaveLength(4);
  // Set aside again: it is not offered until somebody asks once more.
  sql!.save(progressStep({ release: [rows(1)], quarantine: [rows(1, { reason: "still not" })] }));
  expect(sql!.load()).toMatchObject({ quarantined: 2, quarantinedRows: 3 });
  expect(sql!.toRetry(9)).toHaveLength(2);
  expect(await list(folder, "retry", "--publisher", "sql", "--position", "2")).toEqual([
    "1 record is offered again, by the running station or at its next start.",
  ]);
  sql!.save(progressStep({ release: [rows(2)] }));
  expect(sql!.load()).toMatchObject({ quarantined: 1, quarantinedRows: 2 });
  const exported = (await list(folder, "export")).map((line) => JSON.parse(line) as { reason: string });
  expect(exported.map(({ reason }) => reason)).toContain("still not");
  expect((await list(folder, "export", "--csv")).length).toBe(exported.length + 1);
  await expect(list(folder, "retry", "--position", "x")).rejects.toMatchObject({ code: "USAGE" });
  await expect(list(folder, "delete")).rejects.toMatchObject({ code: "USAGE" });
  database.close();
});
