import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TagRows } from "../../src/index.ts";

describe("tag rows", () => {
  test("numbers tags in the order of adding, and each once", () => {
    const rows = new TagRows();
    expect([rows.add(7), rows.add(1), rows.add(7), rows.add(300)]).toEqual([0, 1, 0, 2]);
    expect(rows.count).toBe(3);
    expect([rows.rowOf(7), rows.rowOf(1), rows.rowOf(300)]).toEqual([0, 1, 2]);
  });

  test("has no row for a tag that was never added, on either side of what the array covers", () => {
    const rows = new TagRows();
    rows.add(5);
    for (const unknown of [0, 4, 6, 255, 256, 2 ** 20 - 1, 2 ** 20, 2 ** 32 - 1]) expect(rows.rowOf(unknown)).toBe(-1);
  });

  test("does as a map does, for ids near 0, around the array's end and up to 2^32 − 1", () => {
    const tagId = fc.oneof(
      fc.integer({ min: 0, max: 600 }),
      fc.integer({ min: 2 ** 20 - 3, max: 2 ** 20 + 3 }),
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(tagId, fc.boolean()), { maxLength: 200 }), (steps) => {
        const rows = new TagRows();
        const expected = new Map<number, number>();
        const everGiven = new Set<number>();
        for (const [id, isAdded] of steps) {
          if (isAdded) {
            const row = rows.add(id);
            expect([...expected].filter(([other, taken]) => taken === row && other !== id)).toEqual([]);
            expected.set(id, row);
            everGiven.add(row);
          } else {
            expect(rows.remove(id)).toBe(expected.get(id) ?? -1);
            expected.delete(id);
          }
          expect(rows.count).toBe(expected.size);
          for (const [other, row] of expected) expect(rows.rowOf(other)).toBe(row);
          expect(rows.rowOf(id)).toBe(expected.get(id) ?? -1);
        }
        expect([...everGiven].toSorted((a, b) => a - b)).toEqual(
          Array.from({ length: everGiven.size }, (_, row) => row),
        );
      }),
    );
    fc.assert(
      fc.property(fc.array(tagId, { maxLength: 200 }), (tagIds) => {
        const rows = new TagRows();
        const expected = new Map<number, number>();
        for (const id of tagIds) {
          if (!expected.has(id)) expected.set(id, expected.size);
          expect(rows.add(id)).toBe(expected.get(id));
        }
        expect(rows.count).toBe(expected.size);
        for (const [id, row] of expected) expect(rows.rowOf(id)).toBe(row);
      }),
    );
  });
});
