import fc from "fast-check";
import { expect, test } from "vitest";
import { gatherNeighbours } from "../../src/drivers/gather-neighbours.ts";

const members = (...places: readonly (readonly [start: number, quantity: number])[]) =>
  places.map(([start, quantity]) => ({ place: { start, quantity } }));

test("`end` is that of the furthest member, not of the last", () => {
  const [long, inside, after, far] = members([0, 10], [2, 1], [12, 1], [20, 1]);
  const groups = gatherNeighbours([long!, inside!, after!, far!], ({ start }, _, end) => start - end <= 2);
  expect(groups).toEqual([[long, inside, after], [far]]);
});

test("`first` is the group's own: a group grows only as far as it may", () => {
  const all = members([0, 1], [1, 1], [2, 1], [3, 1], [4, 1]);
  const groups = gatherNeighbours(all, ({ start, quantity }, first) => start + quantity - first.start <= 2);
  expect(groups.map((group) => group.map(({ place }) => place.start))).toEqual([[0, 1], [2, 3], [4]]);
});

test("every member is in exactly one group, in its order; none is empty", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(100), fc.integer({ min: 1, max: 9 }))), fc.nat(5), (places, gap) => {
      const all = members(...places.sort(([a], [b]) => a - b));
      const groups = gatherNeighbours(all, ({ start }, _, end) => start - end <= gap);
      expect(groups.flat()).toEqual(all);
      expect(groups.every((group) => group.length > 0)).toBe(true);
    }),
    { seed: 1 },
  );
});
