import { join } from "node:path";
import { migrate, openDatabase } from "@nonreturn/station";
import { SequenceSet } from "@nonreturn/wire-format";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { JOURNAL_MIGRATIONS } from "../../src/journal/journal-schema.ts";
import { SentBlocks } from "../../src/journal/sent-blocks.ts";

describe("sent blocks", () => {
  it("saves interval by interval what a set in memory would hold", () => {
    const database = openDatabase(join(temporaryFolder(), "journal.db"), { durability: "normal" });
    onTestFinished(() => void database.close());
    migrate(database, JOURNAL_MIGRATIONS);
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          do: fc.constant("mark" as const),
          at: fc.integer({ min: 1, max: 60 }),
          more: fc.nat(5),
        }),
      },
      { weight: 3, arbitrary: fc.record({ do: fc.constant("commit" as const) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("fail" as const) }) },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constant("prune" as const), below: fc.integer({ min: 1, max: 60 }) }),
      },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        database.exec("DELETE FROM sent");
        const sent = new SentBlocks(database);
        const model = new SequenceSet();
        const commit = database.transaction(() => sent.save());
        for (const each of steps) {
          if (each.do === "mark") {
            sent.mark(each.at, each.at + each.more);
            model.add(each.at, each.at + each.more);
          } else if (each.do === "prune") {
            sent.prune(each.below);
            commit();
            sent.noteCommitted();
            model.remove(0, each.below - 1);
          } else if (each.do === "commit") {
            commit();
            sent.noteCommitted();
          } else {
            const failing = database.transaction(() => {
              sent.save();
              throw new Error("rolled back");
            });
            expect(failing).toThrow("rolled back");
          }
          expect(sent.ranges()).toEqual(model.ranges());
        }
        commit();
        sent.noteCommitted();
        expect(sent.isSaved).toBe(true);
        expect(new SentBlocks(database).ranges()).toEqual(model.ranges());
      }),
      { seed: 5 },
    );
  });
});
