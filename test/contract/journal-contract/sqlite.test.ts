/** The journal contract, kept on disk. A full disk is SQLite's own: the file may get no more pages. */
import { join } from "node:path";
import { type Database, openDatabase } from "@nonreturn/station";
import { onTestFinished } from "vitest";
import { journalOn } from "../../../packages/ot-sender/src/journal/sqlite-journal.ts";
import { seededBytes, testKeys } from "../../support/station-keys.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { journalContract } from "./journal-contract.ts";

journalContract("SQLite", () => {
  const path = join(temporaryFolder(), "journal.db");
  const random = seededBytes(7);
  let database: Database | undefined;
  onTestFinished(() => void database?.close());
  return {
    open(options, clock) {
      database = openDatabase(path, { durability: "full", integrity: "quick-check" });
      return journalOn(database, { path, stream: 1, ...options }, { ...testKeys(), clock, random });
    },
    fillDisk: () => {
      const pages = Number(database!.pragma("page_count", { simple: true }));
      database!.pragma(`max_page_count = ${pages}`);
    },
    freeDisk: () => void database!.pragma("max_page_count = 1000000"),
  };
});
