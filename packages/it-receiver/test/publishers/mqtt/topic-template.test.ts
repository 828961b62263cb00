import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAXIMUM_TOPIC_BYTES, topicOf } from "../../../src/publishers/mqtt/topic.ts";
import { parseTemplate, topicByTemplate } from "../../../src/publishers/mqtt/topic-template.ts";
import { tag } from "../support/samples.ts";

const LIMITS = { bytes: MAXIMUM_TOPIC_BYTES, levels: Number.POSITIVE_INFINITY };
const AWS = { bytes: 256, levels: 8 };

const topic = (template: string, path: string, device = "press", limits = LIMITS) =>
  topicByTemplate("p/q", parseTemplate(template)!, { ...tag(1, path), device }, limits).topic;

/** Levels that hurt: separators, wildcards, escapes, controls, lone surrogates. */
const hostile = fc.string({
  unit: fc.oneof(
    fc.constantFrom("/", "+", "#", "%", "$", ".", "..", "%2", "%~", "{", "}", "\0", "\u0085", "\ufffe", "\ud800"),
    fc.string({ unit: "binary", maxLength: 2 }),
  ),
});

describe("MQTT topic templates", () => {
  it.each([
    ["{path}", "a/b/c", "p/q/a/b/c"],
    ["{parent}", "a/b/c", "p/q/a/b"],
    ["{parent}", "alone", "p/q/%"],
    ["{last}/of/{device}", "a/b/c", "p/q/c/of/press"],
    ["site 7/{level2}/{level1}", "a/b/c", "p/q/site 7/b/a"],
    ["{level9}", "a/b/c", "p/q/%"],
    ["{level1}", "$SYS/x", "p/q/%24SYS"],
    ["{last}", "a/#", "p/q/%23"],
    ["{last}", "a/..", "p/q/%2E%2E"],
  ])("%s of %s is %s", (template, path, expected) => expect(topic(template, path)).toBe(expected));

  it("keeps a device's name within one level", () => {
    expect(topic("{device}/x", "a", "../../etc")).toBe("p/q/..%2F..%2Fetc/x");
    expect(topic("{device}", "a", "+")).toBe("p/q/%2B");
    expect(topic("{device}", "a", "")).toBe("p/q/%");
  });

  it.each([
    "",
    "/a",
    "a/",
    "a//b",
    "{nothing}",
    "{path",
    "a{path}",
    "+",
    "a/#",
    "50%",
    "$SYS",
    "a/..",
    "\0",
    "{level33}",
    "\ud800",
  ])("refuses %j as a template", (template) => expect(parseTemplate(template)).toBeUndefined());

  it("of the whole path is the topic of the path (property)", () => {
    fc.assert(
      fc.property(hostile, (path) => {
        expect(topic("{path}", path)).toBe(topicOf("p/q", path).topic);
      }),
    );
  });

  it("never leaves the prefix and the limits, and has no wildcard and no empty level (property)", () => {
    const template = fc.constantFrom("{path}", "{parent}", "{last}", "{device}/{level1}/{last}", "x/{level2}/{path}");
    fc.assert(
      fc.property(template, hostile, hostile, fc.constantFrom(LIMITS, AWS), (text, path, device, limits) => {
        const made = topic(text, path, device, limits);
        expect(made.startsWith("p/q/")).toBe(true);
        expect(made).not.toMatch(/[+#]|\p{Surrogate}|\p{Control}/u);
        const levels = made.split("/");
        for (const level of levels.slice(2)) expect(["", ".", ".."]).not.toContain(level);
        for (const level of levels.slice(2)) expect(level.startsWith("$")).toBe(false);
        expect(levels.length).toBeLessThanOrEqual(limits.levels);
        expect(Buffer.byteLength(made)).toBeLessThanOrEqual(limits.bytes);
      }),
    );
  });

  it("shortens what is too long or too deep, and keeps different topics apart", () => {
    const deep = "1/2/3/4/5/6/7/8/9";
    expect(topic("{path}", deep, "d", AWS)).toMatch(/^p\/q\/1\/2\/3\/4\/5\/%~[0-9a-f]{64}$/);
    expect(topic("{path}", `${deep}/a`, "d", AWS)).not.toBe(topic("{path}", `${deep}/b`, "d", AWS));
    expect(topic("{path}", "1/2/3/4/5/6", "d", AWS)).toBe("p/q/1/2/3/4/5/6");
    const long = topic("{last}", "ü".repeat(200), "d", AWS);
    expect(long).toMatch(/^p\/q\/%~[0-9a-f]{64}$/);
  });
});
