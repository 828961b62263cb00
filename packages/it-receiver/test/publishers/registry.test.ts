import { parseConfig } from "@nonreturn/station";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { publisherConfig, publisherConfigs } from "../../src/publishers/known-configs.ts";
import { loadPublisherFactory } from "../../src/publishers/registry.ts";

const schema = z.strictObject({ publishers: publisherConfigs });
const parse = (yaml: string) => parseConfig(yaml, "it.yaml", schema).publishers;
const refusal = (yaml: string): string => {
  try {
    parse(yaml);
    return "accepted";
  } catch (error) {
    return (error as Error).message;
  }
};

describe("publisher configuration", () => {
  it("has a default for everything but the broker", () => {
    expect(parse("publishers:\n  - type: historian\n  - type: mqtt\n    url: mqtt://broker:1883\n")).toMatchObject([
      { type: "historian", name: "historian", startFrom: "oldest", deadline: 30_000, batchBytes: 4 * 1024 * 1024 },
      {
        type: "mqtt",
        name: "mqtt",
        protocol: "3.1.1",
        prefix: "nonreturn",
        retain: false,
        inFlight: 512,
        keepAlive: 15_000,
      },
    ]);
  });

  it.each([
    ["type: mqtt\n    url: broker:1883", "mqtt://host:1883"],
    ["type: mqtt\n    url: mqtt://user:pw@broker", "mqtt://host:1883"],
    ["type: mqtt", "url"],
    ["type: mqtt\n    url: mqtt://b\n    prefix: plant/#", "levels separated by /"],
    ["type: mqtt\n    url: mqtt://b\n    prefix: $SYS", "levels separated by /"],
    ["type: mqtt\n    url: mqtt://b\n    prefix: /a", "levels separated by /"],
    ["type: mqtt\n    url: mqtt://b\n    password: x", "a password needs a username"],
    ["type: mqtt\n    url: mqtt://b\n    username: u\n    password: x\n    passwordFile: y", "not both"],
    ["type: mqtt\n    url: mqtts://b\n    keyFile: y", "both certificateFile and keyFile"],
    ["type: mqtt\n    url: mqtt://b\n    caFile: y", "no effect without TLS"],
    ["type: mqtt\n    url: mqtt://b\n    qos: 0", "qos"],
    ["type: rest\n    listen: 127.0.0.1:1\n    tokens: []", "tokens"],
    ["type: rest\n    listen: 127.0.0.1:1\n    tokens: [{ name: a }]", "either tokenFile or sha256"],
    ["type: rest\n    listen: 0.0.0.0:1\n    tokens: [{ name: a, tokenFile: f }]", "in the clear"],
    ["type: rest\n    listen: 0.0.0.0:1\n    keyFile: k\n    tokens: [{ name: a, tokenFile: f }]", "belong together"],
    ["type: rest\n    listen: 127.0.0.1:1\n    tokens: [{ name: a, tokenFile: f, scopes: [write] }]", "scopes"],
    ["type: rest-push\n    url: https://u:p@e/", "own fields"],
    ["type: rest-push\n    url: https://e/\n    sample: { a: ['{{vlaue}}'] }", "there is no {{vlaue}} here"],
    ["type: rest-push\n    url: https://e/\n    body: '{{sample}}'", "samplesPerRequest: 1"],
    ["type: rest-push\n    url: https://e/\n    when: interval", "belong together"],
    ["type: rest-push\n    url: https://e/\n    headers: { Host: x }", "the station itself"],
    ["type: rest-push\n    url: http://e/\n    caFile: x", "no effect without TLS"],
    ["type: kafka", "kafka"],
    ["type: historian\n    keepFor: 5", "keepFor"],
    ["type: historian\n    keepFiguresFor: 10d", "keepFiguresFor: is gone: figures by minute"],
    ["type: historian\n    keepFiguresFor: 10d", "write keepMinutesFor and keepHoursFor"],
    ["type: historian\n    keepFiguresFor: 10d\n    keepFo: 1d", "did you mean keepFor?"],
    ["type: historian\n    name: A B", "lower-case letters"],
    ["type: historian\n  - type: historian\n    name: two", "there is a historian already"],
    ["type: mqtt\n    url: mqtt://a\n  - type: mqtt\n    url: mqtt://b", "another publisher is called mqtt"],
  ])("refuses %j and says what to write", (yaml, message) => {
    expect(refusal(`publishers:\n  - ${yaml}\n`)).toContain(message);
  });

  it("has the code of every type, under its own name", async () => {
    const types = publisherConfig.options.map(({ shape }) => shape.type.value);
    const names = await Promise.all(types.map(async (type) => (await loadPublisherFactory(type)).name));
    expect(types).toContain("historian");
    expect(names).toEqual(types);
  });
});
