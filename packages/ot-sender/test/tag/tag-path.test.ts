import { describe, expect, test } from "vitest";
import { PATH_BYTES, pathKey, pathMistake } from "../../src/tag/tag-path.ts";

describe("tag paths", () => {
  test.each([
    "a",
    "acme/hamburg/boiler-house/boiler-1/steam/temperature",
    "Werk Süd/Kühlung/Rücklauf °C",
    "工厂/锅炉/温度",
    "공장/보일러",
    "مصنع/غلاية/درجة الحرارة",
    "कारखाना/बॉयलर",
    "🏭/🌡️",
    "a+b/#1/$share",
    "👨‍👩‍👧", // zero-width joiners belong to scripts and signs
    `${"x".repeat(PATH_BYTES)}`,
  ])("%s is allowed", (path) => expect(pathMistake(path)).toBeUndefined());

  test.each([
    ["", /is empty/],
    ["/a", /begins or ends with \//],
    ["a/", /begins or ends with \//],
    ["a//b", /begins or ends with \/ or has \/\//],
    ["a/ b", /space at the beginning or end/],
    ["a\u0000b", /U\+0000/],
    ["a\tb", /U\+0009/],
    ["a\u2028b", /U\+2028/],
    ["a\ud800b", /U\+D800/],
    ["x".repeat(PATH_BYTES + 1), /has 513 bytes; write at most 512/],
    ["温".repeat(171), /has 513 bytes/],
    [Array(17).fill("a").join("/"), /17 segments; write at most 16/],
  ])("%j is not", (path, what) => expect(pathMistake(path)).toMatch(what));

  test("paths that look the same have the same key; case and script count", () => {
    expect(pathKey("Kühlung")).toBe(pathKey("Ku\u0308hlung"));
    expect(pathKey("Pump")).not.toBe(pathKey("pump"));
    expect(pathKey("A")).not.toBe(pathKey("А")); // Latin and Cyrillic
  });
});
