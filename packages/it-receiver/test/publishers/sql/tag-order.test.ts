import { describe, expect, it } from "vitest";
import { tagOrder } from "../../../src/publishers/sql/tag-order.ts";

describe("tag order", () => {
  it("is by tag, and within a tag as the samples came", () => {
    const tags = [3, 1, 2 ** 31 - 1, 3, 1, 0];
    expect([...tagOrder(tags)]).toEqual([5, 1, 4, 0, 3, 2]);
  });

  it("has every index of a long call once", () => {
    const tags = Array.from({ length: 50_000 }, (_, at) => (at * 7919) % 997);
    const order = [...tagOrder(tags)];
    expect(new Set(order).size).toBe(tags.length);
    const inOrder = (a: number, b: number): boolean => tags[a]! < tags[b]! || (tags[a] === tags[b] && a < b);
    expect(order.every((at, index) => index === 0 || inOrder(order[index - 1]!, at))).toBe(true);
  });

  it("of nothing is nothing", () => {
    expect([...tagOrder([])]).toEqual([]);
  });
});
