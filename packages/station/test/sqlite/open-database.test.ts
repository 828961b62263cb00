import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import {
  assertReadable,
  explainDatabaseError,
  isCorrupt,
  isDiskFull,
  migrate,
  openDatabase,
  quickCheck,
  StationError,
} from "../../src/index.ts";

function thrownBy(action: () => unknown): StationError {
  try {
    action();
  } catch (error) {
    if (error instanceof StationError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** A database of some pages, closed. */
function filled(path: string): void {
  const database = openDatabase(path, { durability: "full" });
  database.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT); CREATE INDEX byText ON t (text)");
  const insert = database.prepare("INSERT INTO t (text) VALUES (?)");
  database.transaction(() => {
    for (let i = 0; i < 2000; i++) insert.run(`row ${i} ${"x".repeat(100)}`);
  })();
  database.close();
}

describe("openDatabase", () => {
  test.each([
    ["full", 2],
    ["normal", 1],
  ] as const)("%s means WAL with synchronous = %d", (durability, synchronous) => {
    const database = openDatabase(join(temporaryFolder(), "a.db"), { durability });
    expect(database.pragma("journal_mode", { simple: true })).toBe("wal");
    expect(database.pragma("synchronous", { simple: true })).toBe(synchronous);
    database.close();
  });

  test("a file shorter than a page is no new database: it is refused, and left as it is", () => {
    const path = join(temporaryFolder(), "a.db");
    for (const bytes of [1, 100, 511]) {
      writeFileSync(path, Buffer.alloc(bytes, "SQLite format 3"));
      expect(thrownBy(() => openDatabase(path, { durability: "full" })).code).toBe("DATABASE_CORRUPT");
      expect(readFileSync(path)).toEqual(Buffer.alloc(bytes, "SQLite format 3"));
    }
    writeFileSync(path, ""); // control: what creating one leaves behind when it is killed
    openDatabase(path, { durability: "full" }).close();
  });

  test("better-sqlite3 alone gives NORMAL when a WAL file is opened again: the reason for the check", () => {
    const path = join(temporaryFolder(), "a.db");
    filled(path);
    const database = new Sqlite(path);
    database.prepare("SELECT count(*) FROM t").get();
    expect(database.pragma("synchronous", { simple: true })).toBe(1);
    database.close();
    const ours = openDatabase(path, { durability: "full" });
    ours.exec("INSERT INTO t (text) VALUES ('x')");
    expect(ours.pragma("synchronous", { simple: true })).toBe(2);
    ours.close();
  });

  test("a database that cannot be in WAL mode is refused: the promise would not hold", () => {
    expect(thrownBy(() => openDatabase(":memory:", { durability: "full" })).code).toBe("DATABASE_DURABILITY");
    expect(existsSync(":memory:")).toBe(false);
  });

  test("the file and its companions belong to the owner alone", () => {
    const path = join(temporaryFolder(), "a.db");
    const database = openDatabase(path, { durability: "full" });
    database.exec("CREATE TABLE t (x)");
    for (const file of [path, `${path}-wal`, `${path}-shm`]) expect(statSync(file).mode & 0o777).toBe(0o600);
    database.close();
  });

  test("read-only: sees what is committed, changes nothing, needs the file", () => {
    const path = join(temporaryFolder(), "a.db");
    filled(path);
    const writer = openDatabase(path, { durability: "normal" });
    const reader = openDatabase(path, { durability: "normal", readOnly: true });
    writer.exec("INSERT INTO t (text) VALUES ('new')");
    expect(reader.prepare("SELECT count(*) FROM t").pluck().get()).toBe(2001);
    expect(() => reader.exec("DELETE FROM t")).toThrow(/readonly/);
    reader.close();
    writer.close();
    expect(thrownBy(() => openDatabase(`${path}.none`, { durability: "normal", readOnly: true })).code).toBe(
      "DATABASE_OPEN",
    );
  });

  test("a missing folder is an error that names the path", () => {
    const error = thrownBy(() => openDatabase("/nonexistent/folder/a.db", { durability: "full" }));
    expect([error.code, error.where]).toEqual(["DATABASE_OPEN", "/nonexistent/folder/a.db"]);
  });

  test("a file that is no database is DATABASE_CORRUPT and stays as it was", () => {
    const path = join(temporaryFolder(), "a.db");
    const bytes = Buffer.from(
      "this is a text file, and it is longer than the sixteen bytes of SQLite's magic\n".repeat(20),
    );
    writeFileSync(path, bytes);
    const error = thrownBy(() => openDatabase(path, { durability: "full" }));
    expect([error.code, error.where]).toEqual(["DATABASE_CORRUPT", path]);
    expect(error.action).toContain("move the file");
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  test("quick-check finds a damaged page that opening alone does not", () => {
    const path = join(temporaryFolder(), "a.db");
    filled(path);
    const bytes = readFileSync(path);
    bytes.fill(0xa5, 4096 * 5, 4096 * 6);
    writeFileSync(path, bytes);
    openDatabase(path, { durability: "full" }).close();
    const error = thrownBy(() => openDatabase(path, { durability: "full", integrity: "quick-check" }));
    expect(error.code).toBe("DATABASE_CORRUPT");
    expect(isCorrupt(error)).toBe(true);
  });

  test("quick-check passes an intact file", () => {
    const path = join(temporaryFolder(), "a.db");
    filled(path);
    const database = openDatabase(path, { durability: "full", integrity: "quick-check" });
    expect(() => quickCheck(database, path)).not.toThrow();
    database.close();
  });

  test("a truncated file is corrupt, not empty", () => {
    const path = join(temporaryFolder(), "a.db");
    filled(path);
    writeFileSync(path, readFileSync(path).subarray(0, 4096 * 3 + 100));
    expect(thrownBy(() => openDatabase(path, { durability: "full", integrity: "quick-check" })).code).toBe(
      "DATABASE_CORRUPT",
    );
  });

  test("another writer's lock is DATABASE_BUSY", () => {
    const path = join(temporaryFolder(), "a.db");
    filled(path);
    const holder = openDatabase(path, { durability: "full" });
    holder.exec("BEGIN EXCLUSIVE");
    const second = openDatabase(path, { durability: "full", busyTimeoutMs: 1 });
    const error = explainDatabaseError(
      (() => {
        try {
          second.exec("DELETE FROM t");
          return undefined;
        } catch (caught) {
          return caught;
        }
      })(),
      path,
    );
    expect(error.code).toBe("DATABASE_BUSY");
    second.close();
    holder.exec("ROLLBACK");
    holder.close();
  });

  test("a full disk is recognisable, by SQLite and by the file system, also as a cause", () => {
    const path = join(temporaryFolder(), "a.db");
    const database = openDatabase(path, { durability: "full" });
    database.exec("CREATE TABLE t (x)");
    database.pragma("max_page_count = 4");
    let caught: unknown;
    try {
      for (let i = 0; i < 100; i++) database.prepare("INSERT INTO t VALUES (zeroblob(4000))").run();
    } catch (error) {
      caught = error;
    }
    expect(isDiskFull(caught)).toBe(true);
    expect(isDiskFull(explainDatabaseError(caught, path))).toBe(true);
    expect(explainDatabaseError(caught, path).code).toBe("DISK_FULL");
    expect(isDiskFull(Object.assign(new Error("no space"), { code: "ENOSPC" }))).toBe(true);
    expect(isDiskFull(new Error("other"))).toBe(false);
    expect(isDiskFull(undefined)).toBe(false);
    database.close();
  });

  test("explaining an explained error changes nothing", () => {
    const error = new StationError({ code: "DATABASE_BUSY", what: "x", action: "y" });
    expect(explainDatabaseError(error, "p")).toBe(error);
  });
});

describe("migrate", () => {
  const first = "CREATE TABLE a (x)";
  const second = "CREATE TABLE b (x)";

  test("applies what is missing, once", () => {
    const path = join(temporaryFolder(), "a.db");
    const database = openDatabase(path, { durability: "full" });
    migrate(database, [first]);
    migrate(database, [first]);
    migrate(database, [first, second, (db) => void db.prepare("INSERT INTO b VALUES (1)").run()]);
    expect(database.pragma("user_version", { simple: true })).toBe(3);
    expect(database.prepare("SELECT count(*) FROM b").pluck().get()).toBe(1);
    database.close();
  });

  test("all or nothing: a failing step leaves the file at the old version", () => {
    const database = openDatabase(join(temporaryFolder(), "a.db"), { durability: "full" });
    migrate(database, [first]);
    expect(() => migrate(database, [first, second, "THIS IS NOT SQL"])).toThrow(/syntax error/);
    expect(database.pragma("user_version", { simple: true })).toBe(1);
    expect(database.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'b'").pluck().get()).toBe(0);
    database.close();
  });

  test("a file of newer software is refused", () => {
    const database = openDatabase(join(temporaryFolder(), "a.db"), { durability: "full" });
    migrate(database, [first, second]);
    const error = thrownBy(() => migrate(database, [first]));
    expect([error.code, error.where]).toEqual(["DATABASE_NEWER", database.name]);
    database.close();
  });

  test("who only reads is told of a file that lacks what it reads, of a newer one, and of another program's", () => {
    const path = join(temporaryFolder(), "a.db");
    const database = openDatabase(path, { durability: "full" });
    migrate(database, [first]);
    assertReadable(database, [first, second], 1);
    const older = thrownBy(() => assertReadable(database, [first, second], 2));
    expect([older.code, older.where]).toEqual(["DATABASE_OLDER", path]);
    migrate(database, [first, second]);
    assertReadable(database, [first, second], 2);
    expect(thrownBy(() => assertReadable(database, [first], 1)).code).toBe("DATABASE_NEWER");
    database.pragma("user_version = 0");
    expect(thrownBy(() => assertReadable(database, [first, second], 1)).code).toBe("DATABASE_SCHEMA");
    database.close();
  });
});
