import { expect, test } from "vitest";
import { closestWord } from "../../src/config/did-you-mean.ts";

const known = ["pollInterval", "redundancy", "rate", "host", "unit", "publishers"];

test.each([
  ["poll_interval", "pollInterval"],
  ["redundnacy", "redundancy"],
  ["rte", "rate"],
  ["hots", "host"],
  ["PUBLISHER", "publishers"],
  ["colour", undefined],
  ["x", undefined],
  ["a".repeat(100_000), undefined],
])("%.20s → %s", (word, meant) => {
  expect(closestWord(word, known)).toBe(meant);
});
