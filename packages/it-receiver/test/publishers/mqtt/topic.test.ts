import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAXIMUM_TOPIC_BYTES, pathOf, statusTopicOf, topicOf } from "../../../src/publishers/mqtt/topic.ts";

const topic = (path: string) => topicOf("p/q", path).topic;

/** Paths made of what hurts: separators, wildcards, escapes, controls, lone surrogates, astral characters. */
const hostilePath = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      "/",
      "+",
      "#",
      "%",
      "$",
      ".",
      "..",
      "%2",
      "%25",
      "%u",
      "%uD800",
      "%~",
      "\0",
      "\u0007",
      "\u007f",
      "\u0085",
      "\ufffe",
      "\ufdd0",
      "\ud800",
      "\udfff",
      "\u{1fffe}",
    ),
    fc.string({ unit: "binary", maxLength: 2 }),
    fc.string({ maxLength: 3 }),
  ),
});

describe("MQTT topics", () => {
  it.each([
    ["plant/line 1/temperature", "p/q/plant/line 1/temperature"],
    ["Werk Süd/Öl°/温度/🔥", "p/q/Werk Süd/Öl°/温度/🔥"],
    ["a+b/c#d", "p/q/a%2Bb/c%23d"],
    ["100%/50%25", "p/q/100%25/50%2525"],
    ["$SYS/$share/a$", "p/q/%24SYS/%24share/a$"],
    ["/lead//double/", "p/q/%/lead/%/double/%"],
    ["", "p/q/%"],
    ["../../etc/./x..", "p/q/%2E%2E/%2E%2E/etc/%2E/x.."],
    ["a\0b\nc\u0085", "p/q/a%00b%0Ac%C2%85"],
    ["non\ufffechar\u{10ffff}", "p/q/non%EF%BF%BEchar%F4%8F%BF%BF"],
    ["lone\ud83d", "p/q/lone%uD83D"],
  ])("of %j is %j, and back", (path, expected) => {
    expect(topic(path)).toBe(expected);
    expect(pathOf("p/q", expected)).toBe(path);
  });

  it("are reversible, hence injective, well-formed, without wildcards or empty levels, and below their prefix (property)", () => {
    fc.assert(
      fc.property(hostilePath, (path) => {
        const { topic: made, form } = topicOf("p/q", path);
        expect(form).toBe("whole");
        expect(made.startsWith("p/q/")).toBe(true);
        expect(made.isWellFormed()).toBe(true);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
        expect(made).not.toMatch(/[+#\u0000-\u001f\u007f-\u009f]/);
        expect(made).not.toMatch(/\p{Noncharacter_Code_Point}/u);
        const levels = made.split("/");
        expect(levels).not.toContain("");
        expect(levels.some((level) => level.startsWith("$") || level === "." || level === "..")).toBe(false);
        expect(made).not.toBe(statusTopicOf("p/q"));
        expect(pathOf("p/q", made)).toBe(path);
      }),
      { seed: 11, numRuns: 5000 },
    );
  });

  it("have no other spelling: what topicOf would not make is no path", () => {
    for (const other of [
      "p/q",
      "p/q/",
      "p/x/a",
      "p/q/$status",
      "p/q/%2b",
      "p/q/%41",
      "p/q/%FF",
      "p/q/%u0041",
      "p/q/a%",
      "p/q/.",
      "p/q/%~00",
    ]) {
      expect(pathOf("p/q", other)).toBeUndefined();
    }
  });

  it("beyond the limit are shortened to their first levels and a digest, differently for different paths", () => {
    const long = Array.from({ length: 80 }, (_, index) => `${index}`.repeat(500)).join("/");
    const one = topicOf("p/q", `${long}/a`);
    const other = topicOf("p/q", `${long}/b`);
    expect(one.form).toBe("shortened");
    expect(one.topic).not.toBe(other.topic);
    expect(Buffer.byteLength(one.topic)).toBeLessThanOrEqual(MAXIMUM_TOPIC_BYTES);
    expect(one.topic.startsWith(`p/q/${"0".repeat(500)}/${"1".repeat(500)}/`)).toBe(true);
    expect(one.topic).toMatch(/\/%~[0-9a-f]{64}$/);
    expect(pathOf("p/q", one.topic)).toBeUndefined();
    const single = topicOf("p/q", "ä".repeat(40_000));
    expect(single.topic).toMatch(/^p\/q\/%~[0-9a-f]{64}$/);
  });

  it("up to the limit are whole: 65,535 bytes are, 65,536 are not", () => {
    const room = MAXIMUM_TOPIC_BYTES - "p/q/".length;
    expect(topicOf("p/q", "x".repeat(room))).toMatchObject({ form: "whole" });
    expect(Buffer.byteLength(topicOf("p/q", "x".repeat(room)).topic)).toBe(MAXIMUM_TOPIC_BYTES);
    expect(topicOf("p/q", "x".repeat(room + 1))).toMatchObject({ form: "shortened" });
  });
});
