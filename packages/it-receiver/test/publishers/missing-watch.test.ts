import { createLog } from "@nonreturn/station";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { MissingWatch } from "../../src/publishers/missing-watch.ts";
import { storeWithGaps } from "../gaps/store-with-gaps.ts";

const positions = { lastPosition: (lane: string) => (lane === "live" ? 7 : 3) };

function watchOf(path: string) {
  const lines: string[] = [];
  const log = createLog({ name: "test", level: "warn", destination: { write: (line) => void lines.push(line) } });
  return { lines, watch: new MissingWatch(path, positions, log) };
}

it("tells what is missing whenever something was named, changed or healed, and nothing in between", () => {
  const { path, gap, loss, database } = storeWithGaps();
  const { watch, lines } = watchOf(path);
  const states = () => watch.look()?.list.map(({ state }) => state);
  expect(watch.look()).toEqual({ list: [], through: { live: 7, late: 3 } });
  expect(states()).toBeUndefined();
  gap("open", 1, 2);
  expect(states()).toEqual(["open"]);
  expect(states()).toBeUndefined();
  loss(0, 1);
  expect(states()).toEqual(["unrecorded", "open"]);
  // As the gap ledger closes a gap: the row goes, and one with the new state comes.
  database.exec("DELETE FROM gaps");
  gap("healed", 1, 2);
  expect(states()).toEqual(["unrecorded"]);
  expect(states()).toBeUndefined();
  expect(lines).toEqual([]);
});

it("waits for a store that is not there, and says once that one cannot be read", () => {
  const folder = temporaryFolder();
  expect(watchOf(`${folder}/store.db`).watch.look()).toBeUndefined();
  const { watch, lines } = watchOf(folder); // a folder is no database
  for (let turn = 0; turn < 3; turn++) expect(watch.look()).toBeUndefined();
  expect(lines).toHaveLength(1);
});

it("lists the newest hundred thousand, and says how many it leaves out", () => {
  const { path, database } = storeWithGaps();
  const add = database.prepare("INSERT INTO gaps VALUES (NULL, 1, 1, ?, ?, ?, ?, ?, NULL, 'lost')");
  database.transaction(() => {
    for (let at = 1; at <= 100_020; at++) add.run(at, at, at, at, at);
  })();
  const { watch, lines } = watchOf(path);
  const { list } = watch.look()!;
  expect([list.length, list[0]!.from, list.at(-1)!.from]).toEqual([100_000, 21, 100_020]);
  expect(JSON.parse(lines[0]!)).toMatchObject({ gaps: 20 });
});
