import { openDatabase } from "@nonreturn/station";
import { expect, it } from "vitest";
import { startProgram } from "../../../../../test/support/child-program.ts";
import { temporaryFolder } from "../../../../../test/support/temporary-folder.ts";
import { openHistoryReader } from "../../../src/publishers/historian/read-history.ts";
import { historianPath, readCompaction } from "../../../src/publishers/historian/schema.ts";
import { CRASH_TAGS, crashValues } from "./crash-blocks.ts";

it("killed while it publishes and compacts, the historian misses nothing below its cursor and holds nothing twice", async () => {
  const folder = temporaryFolder();
  const child = new URL("./crash-child.ts", import.meta.url).pathname;
  let last = 0;
  let interruptedRounds = 0;
  // Until at least one kill has hit a round of compaction: otherwise this would show too little.
  for (let kill = 0; kill < 6 || (interruptedRounds === 0 && kill < 40); kill++) {
    const blocks = [7, 40, 23, 61, 5, 30][kill % 6]!;
    const program = startProgram([child, folder]);
    await program.seen(new RegExp(`published ${last + blocks}\n`));
    program.signal("SIGKILL");
    await program.ended;
    expect(program.stderr()).toBe("");

    const database = openDatabase(historianPath(folder), { durability: "normal", integrity: "quick-check" });
    const cursor = database.prepare("SELECT live FROM progress").pluck().get() as number;
    const counted = database.prepare("SELECT samples FROM progress").pluck().get() as number;
    if (readCompaction(database).roundThrough > 0) interruptedRounds++;
    database.close();
    expect(cursor).toBeGreaterThanOrEqual(last + blocks); // what it said was published survived
    expect(counted).toBe(cursor * CRASH_TAGS.length * 5);
    const reader = openHistoryReader(folder);
    for (const { tagId, path } of CRASH_TAGS) {
      const values = [...reader.readHistory({ path })].map(({ value }) => value);
      expect(values).toEqual(crashValues(tagId, cursor));
    }
    reader.close();
    last = cursor;
  }
  expect(interruptedRounds).toBeGreaterThan(0);
});
