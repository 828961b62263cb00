import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { z } from "zod";
import { SAMPLE_COLUMNS } from "../../src/publishers/historian/index.ts";
import { publisherConfig, publisherConfigs } from "../../src/publishers/known-configs.ts";
import { alarmTopicOf, topicOf } from "../../src/publishers/mqtt/topic.ts";
import { commonFields } from "../../src/publishers/publisher-config.ts";
import { ENDPOINTS } from "../../src/publishers/rest/endpoints.ts";
import { eventPayloadOf, payloadOf } from "../../src/publishers/sample-json.ts";
import { alarm, tag } from "./support/samples.ts";

const page = readFileSync(new URL("../../../../docs/publishers.md", import.meta.url), "utf8");
const sections = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf("\n")), text]),
);
const section = (title: string): string => sections.get(title) ?? expect.fail(`docs/publishers.md has no ${title}`);

/** Words in backticks at the beginning of a table's rows. */
function keysIn(text: string): string[] {
  return [...text.matchAll(/^\| ((?:`[^`]+`(?:, )?)+) \|/gm)].flatMap(([, cell]) =>
    [...(cell ?? "").matchAll(/`([^`]+)`/g)].map(([, word]) => word!),
  );
}

describe("docs/publishers.md", () => {
  it("names every type of publisher there is, and no other", () => {
    const types = publisherConfig.options.map(({ shape }) => (shape.type as z.ZodLiteral<string>).value);
    const [beforeSections] = page.split(/^## /m);
    expect(keysIn(beforeSections!).sort()).toEqual([...types].sort());
  });

  it("explains every key, and no other", () => {
    const common = Object.keys(commonFields);
    expect(keysIn(section("What every publisher has")).sort()).toEqual([...common, "type"].sort());
    const sectionOf: Readonly<Record<string, string>> = {
      historian: "SQLite historian",
      mqtt: "MQTT",
      sparkplug: "Sparkplug B",
      opcua: "OPC UA server",
      postgresql: "PostgreSQL and MariaDB",
      mariadb: "PostgreSQL and MariaDB",
      influx: "InfluxDB",
      nats: "NATS JetStream",
      rest: "REST",
      "rest-push": "REST push",
    };
    for (const { shape } of publisherConfig.options) {
      const text = section(sectionOf[(shape.type as z.ZodLiteral<string>).value]!);
      for (const key of Object.keys(shape)) {
        if (common.includes(key) || key === "type") continue;
        // `password` is explained beside the better passwordFile.
        if (key === "password") expect(text).toContain("`password`");
        else expect(keysIn(text)).toContain(key);
      }
    }
    const known = new Set(publisherConfig.options.flatMap(({ shape }) => Object.keys(shape)));
    expect(
      keysIn(section("MQTT")).filter((key) => /^[a-z]+(?:File|Alive|Flight)$/.test(key) && !known.has(key)),
    ).toEqual([]);
  });

  it("names every path of the REST API with its scope, and no other", () => {
    const rows = section("REST").matchAll(/^\| `(\/v1[^`]*)` \| `(\w+)` \|/gm);
    expect([...rows].map(([, path, scope]) => [path, scope])).toEqual(
      ENDPOINTS.map(({ path, scope }) => [path, scope]),
    );
  });

  it("explains every column of samples", () => {
    const words = keysIn(section("SQLite historian"));
    for (const column of SAMPLE_COLUMNS) expect(words).toContain(column);
  });

  it("shows configurations that are valid, and topics and a payload as they are made", () => {
    const examples = [...page.matchAll(/^```yaml\n(.*?)^```/gms)].map(
      ([, yaml]) => parse(yaml!) as { publishers: unknown },
    );
    expect(examples.length).toBeGreaterThanOrEqual(2);
    for (const { publishers } of examples) publisherConfigs.parse(publishers);
    const at = Date.UTC(2026, 10, 25, 13, 6, 31) * 1000 + 366_845;
    expect(page).toContain(`\n${payloadOf(182.4, 0, at, tag(1), "live")}\n`);
    const group = `"part":0,"samples":[${payloadOf(182.4, 0, at, tag(1), "live", tag(1).path)}]}`;
    expect(page).toContain(`\n{"stream":1,"sealingEpoch":29923680,"sequence":4711,${group}\n`);
    const { topic } = topicOf("p", "a+b/#");
    expect(page).toContain(`\`a+b/#\` becomes \`${topic.slice("p/".length)}\``);
    const event = { condition: "HighHigh", severity: 900, text: "level too high", value: 98.5, time: at };
    const shown = eventPayloadOf(alarm(17, 1, event), tag(1, "hamburg/line-1/press/level", { unit: "%" }), "live");
    expect(page).toContain(`\n${shown}\n`);
    const alarmTopic = alarmTopicOf("plant", "hamburg/line-1/press/level", "HighHigh").topic;
    expect(page).toContain(`\`${alarmTopic}\``);
    expect(topicOf("p", "Kühlung/Süd").topic).toBe("p/Kühlung/Süd");
  });
});
