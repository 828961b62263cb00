import { migrate, openDatabase } from "@nonreturn/station";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { Ledger } from "../../src/record/ledger.ts";
import { STORE_MIGRATIONS } from "../../src/record/store-schema.ts";

function place() {
  const database = openDatabase(`${temporaryFolder()}/store.db`, { durability: "full" });
  migrate(database, STORE_MIGRATIONS);
  const ledger = new Ledger(database);
  const record = (...sequences: number[]): void => {
    for (const sequence of sequences) ledger.add(1, 10, 20, sequence);
    ledger.save();
    ledger.settle();
  };
  /** As a start reads it. */
  const kept = () => new Ledger(database).ranges().map(({ first, last }) => [first, last]);
  return { database, ledger, record, kept };
}

test("neighbours melt into one row, whatever the order they came in", () => {
  const { database, record, kept } = place();
  record(1, 2, 5, 9);
  expect(kept()).toEqual([
    [1, 2],
    [5, 5],
    [9, 9],
  ]);
  record(4, 3, 6);
  expect(kept()).toEqual([
    [1, 6],
    [9, 9],
  ]);
  database.close();
});

test("what is held already stays with the sealing epoch it came in", () => {
  const { database, ledger, record, kept } = place();
  record(1);
  ledger.add(1, 10, 21, 1);
  ledger.save();
  ledger.settle();
  expect(kept()).toEqual([[1, 1]]);
  expect(ledger.ranges()[0]).toMatchObject({ sealingEpoch: 20 });
  database.close();
});

test("a failed transaction leaves memory and rows as they were, and the next one starts from there", () => {
  const { database, ledger, record, kept } = place();
  record(1, 2);
  const failing = database.transaction(() => {
    ledger.add(1, 10, 20, 3);
    ledger.save();
    throw new Error("the disk is full");
  });
  expect(() => failing.immediate()).toThrow("the disk is full");
  expect(ledger.held(1, 10).has(3)).toBe(true);
  ledger.undo();
  expect(ledger.held(1, 10).has(3)).toBe(false);
  expect(kept()).toEqual([[1, 2]]);
  record(3);
  expect(kept()).toEqual([[1, 3]]);
  database.close();
});
