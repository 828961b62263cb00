import { expect, it } from "vitest";
import { type KnownMissing, MissingToTell } from "../../src/publishers/missing-to-tell.ts";

const known = (live: number, late: number): KnownMissing => ({ list: [], through: { live, late } });

/** What is told with these cursors; told at once. */
function tell(toTell: MissingToTell, live: number, late: number): string | undefined {
  const news = toTell.next({ live, late });
  if (news !== undefined) toTell.told(news);
  return news?.is;
}

it("new gaps are told at once, healed ones go only when their samples are published, each once", () => {
  const toTell = new MissingToTell();
  expect(tell(toTell, 0, 0)).toBeUndefined(); // nothing is known yet
  toTell.changed(known(10, 4));
  expect(tell(toTell, 10, 3)).toBe("more");
  expect(tell(toTell, 11, 3)).toBeUndefined();
  expect(tell(toTell, 9, 9)).toBeUndefined();
  expect(tell(toTell, 11, 4)).toBe("all");
  expect(tell(toTell, 12, 5)).toBeUndefined();
  toTell.changed(known(12, 5));
  expect(tell(toTell, 12, 5)).toBe("all");
});

it("after a connect everything is told again, and what failed is told until it is held", () => {
  const toTell = new MissingToTell();
  toTell.changed(known(1, 1));
  expect(toTell.next({ live: 1, late: 1 })?.is).toBe("all");
  expect(toTell.next({ live: 1, late: 1 })?.is).toBe("all");
  expect(tell(toTell, 1, 1)).toBe("all");
  toTell.begin();
  expect(tell(toTell, 1, 0)).toBe("more");
  expect(tell(toTell, 1, 1)).toBe("all");
});
