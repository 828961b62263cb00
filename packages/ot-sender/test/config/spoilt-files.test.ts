import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "@nonreturn/station";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { parseOtConfig } from "../../src/config/ot-station-config.ts";

const FILE = parse(readFileSync(join(import.meta.dirname, "../../../../config/ot-station.yaml"), "utf8")) as Record<
  string,
  unknown
>;
const JUNK = [null, [], {}, [null], "x", "", -1, 1e300, true, [[]], { a: 1 }, "5s", ["a", "b"]];

type Node = Record<string, unknown> | unknown[];
const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null;

/** @param way  which key at each level, as shares of those there are. */
function spoil(root: Node, way: readonly number[], junk: unknown): void {
  let node = root;
  for (const [depth, share] of way.entries()) {
    const keys = Object.keys(node);
    const key = keys[Math.floor(share * keys.length)];
    if (key === undefined) return;
    const inner = (node as Record<string, unknown>)[key];
    if (depth === way.length - 1 || !isNode(inner)) {
      (node as Record<string, unknown>)[key] = structuredClone(junk);
      return;
    }
    node = inner;
  }
}

test("whatever stands at any place of a file: it is a mistake with a place, or it is right", () => {
  const share = fc.double({ min: 0, max: 0.999, noNaN: true });
  const places = fc.array(fc.tuple(fc.array(share, { minLength: 1, maxLength: 6 }), fc.constantFrom(...JUNK)), {
    minLength: 1,
    maxLength: 4,
  });
  let refused = 0;
  fc.assert(
    fc.property(places, (changes) => {
      const file = structuredClone({ ...FILE, calculatedTags: [] });
      for (const [way, junk] of changes) spoil(file, way, junk);
      try {
        parseOtConfig(stringify(file), "ot.yaml");
      } catch (error) {
        refused++;
        if (!(error instanceof ConfigError)) throw error;
        if (error.mistakes.some(({ line, text }) => line < 1 || text === ""))
          throw new Error("a mistake without a place");
      }
    }),
    { seed: 4, numRuns: 60 },
  );
  expect(refused).toBeGreaterThan(20);
});
