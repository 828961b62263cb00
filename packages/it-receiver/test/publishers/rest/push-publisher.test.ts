import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@nonreturn/station";
import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../../../../../test/support/temporary-folder.ts";
import type { StoredEntry } from "../../../src/publishers/publisher.ts";
import { restPushConfig } from "../../../src/publishers/rest/push-config.ts";
import { PushPublisher } from "../../../src/publishers/rest/push-publisher.ts";
import { alarm, columns, entry, eventEntry, sample, T0, tag } from "../support/samples.ts";
import { startErp } from "./erp.ts";

const { signal } = new AbortController();
const TAGS = [tag(1, "a/one"), tag(2, "a/two"), tag(3, "b")];

async function push(more: object = {}, prepare: (erp: Awaited<ReturnType<typeof startErp>>) => void = () => undefined) {
  const erp = await startErp();
  prepare(erp);
  const make = () => {
    const made = new PushPublisher(
      restPushConfig.parse({ type: "rest-push", url: erp.url, ...more }),
      "erp",
      systemClock,
    );
    onTestFinished(() => made.close());
    return made;
  };
  const publisher = make();
  await publisher.connect(signal);
  const publish = (...entries: StoredEntry[]) => publisher.publish(entries, signal);
  return { erp, publisher, publish, make, bodies: () => erp.held.map(({ body }) => body) };
}

describe("REST push", () => {
  it("posts alarm events by their own template, of the tags that are wanted, under the same key again", async () => {
    const text = 'hostile "}{{path}}\u0000';
    const { erp, publisher, publish } = await push({
      what: "events",
      tags: ["a/*"],
      event: {
        Point: "{{path}}",
        At: "{{odataDate}}",
        Says: "{{condition}} {{state}} ({{severity}}): {{text}}",
        N: "{{eventSequence}}",
      },
      samplesPerRequest: 1,
      body: "{{event}}",
    });
    expect(publisher.events).toBe("wanted");
    const events = [alarm(1, 1, { text }), alarm(2, 3), alarm(3, 2, { state: "inactive", condition: "Low" })];
    await publish(entry(6, columns(sample(1, 1.5)), TAGS), eventEntry(7, events, TAGS));
    await publish(eventEntry(7, events, TAGS));
    expect(erp.held.map(({ body }) => body)).toEqual([
      { Point: "a/one", At: `/Date(${T0 / 1000 + 1})/`, Says: `High active (500): ${text}`, N: 1 },
      { Point: "a/two", At: `/Date(${T0 / 1000 + 3})/`, Says: "Low inactive (500): too high", N: 3 },
    ]);
    for (const wrong of [{ body: "{{samples}}" }, { body: "{{event}}" }, { when: "interval", interval: "1h" }])
      expect(restPushConfig.safeParse({ type: "rest-push", url: erp.url, what: "events", ...wrong }).success).toBe(
        false,
      );
  });

  it("posts as SAP OData 2 wants it: one entity per request, CSRF token and cookies, fetched anew when they end", async () => {
    const passwordFile = join(temporaryFolder(), "password");
    writeFileSync(passwordFile, "pä55\n", { mode: 0o600 });
    const { erp, publish } = await push(
      {
        csrf: "fetch",
        username: "NONRETURN",
        passwordFile,
        headers: { "sap-language": "EN" },
        samplesPerRequest: 1,
        sample: {
          Point: "{{path}}",
          At: "{{odataDate}}",
          Value: "{{valueText}}",
          Text: "of {{device}} in {{unit}}",
          N: 1,
        },
        body: "{{sample}}",
      },
      (made) => {
        made.csrf = "first";
      },
    );
    await publish(entry(7, columns(sample(1, 1.5), sample(2, 2n ** 63n)), TAGS));
    erp.csrf = "second";
    await publish(entry(8, columns(sample(3, true, 1)), TAGS));
    expect(erp.held.map(({ body }) => body)).toEqual([
      { Point: "a/one", At: `/Date(${T0 / 1000})/`, Value: "1.5", Text: "of plc in °C", N: 1 },
      { Point: "a/two", At: `/Date(${T0 / 1000})/`, Value: "9223372036854775808", Text: "of plc in °C", N: 1 },
      { Point: "b", At: `/Date(${T0 / 1000 + 1})/`, Value: "true", Text: "of plc in °C", N: 1 },
    ]);
    expect(erp.posts).toBe(4); // one was told that its token had ended
    expect(erp.held[0]).toMatchObject({
      path: "/odata/MeasurementSet?sap-client=100",
      headers: {
        authorization: `Basic ${Buffer.from("NONRETURN:pä55").toString("base64")}`,
        "sap-language": "EN",
        "content-type": "application/json",
        "idempotency-key": "erp-1-101-7-0",
      },
    });
  });

  it("gives the same samples the same key, whatever they are offered with", async () => {
    const { erp, publish, bodies } = await push({ samplesPerRequest: 2 });
    const one = entry(1, columns(sample(1, 1), sample(2, 2), sample(3, 3)), TAGS);
    const two = entry(2, columns(sample(1, 4, 1)), TAGS);
    erp.answers = [201, 503];
    await expect(publish(one, two)).rejects.toMatchObject({ code: "PUSH_PUBLISH" });
    await publish(one);
    await publish(one, two);
    const values = bodies().map((body) => (body as { samples: { value: number }[] }).samples.map(({ value }) => value));
    expect(values).toEqual([[1, 2], [3], [4]]);
    expect(erp.held.map(({ headers }) => headers["idempotency-key"])).toEqual(
      ["1-0", "1-1", "2-0"].map((key) => `erp-1-101-${key}`),
    );
  });

  it("posts nothing again that was answered before another request failed: an endpoint that takes a few at a time gets everything", async () => {
    const { erp, publisher } = await push({ samplesPerRequest: 1 });
    const entries = [1, 2, 3].map((position) => entry(position, columns(sample(1, 1), sample(2, 2)), TAGS));
    const moves: string[] = [];
    const offer = () => publisher.publish(entries, signal, undefined, (held) => void moves.push(held));
    erp.answers = [201, 201, 201, 429, 201, 503];
    for (const failure of ["429", "503"]) await expect(offer()).rejects.toThrow(failure);
    await offer();
    expect([erp.posts, erp.held.length, moves.length]).toEqual([6 + 2, 6, 6]);
    expect(new Set(moves)).toEqual(new Set(["for good"]));
    await offer(); // a call that was held wholly is forgotten
    expect([erp.posts, erp.held.length]).toEqual([8 + 6, 6]);
  });

  it("by interval posts the first sample of each tag in each interval, and none twice after a failure", async () => {
    const { erp, publish, bodies } = await push({
      ...{ when: "interval", interval: "10s", tags: ["a/*"], sample: ["{{path}}", "{{value}}"], body: "{{samples}}" },
    });
    const at = (second: number, tagId = 1) => sample(tagId, second, second * 1000);
    await publish(entry(1, columns(at(1), at(2), at(1, 2), at(9), at(3, 3)), TAGS));
    erp.answers = [500];
    const next = entry(2, columns(at(9.5), at(10), at(11)), TAGS);
    await expect(publish(next)).rejects.toThrow();
    await publish(next);
    await publish(entry(3, columns(at(19, 1)), TAGS)); // nothing to post
    await publish(entry(4, columns(at(5)), TAGS, "late")); // an interval of its own lane
    expect(bodies()).toEqual([
      [
        ["a/one", 1],
        ["a/two", 1],
      ],
      [["a/one", 10]],
      [["a/one", 5]],
    ]);
  });

  it("tells refusals from failures", async () => {
    const { erp, publish } = await push();
    const one = entry(1, columns(sample(1, 1)), TAGS);
    for (const [status, code] of [
      [400, "PUBLISH_REFUSED_ENTRY"],
      [413, "PUBLISH_REFUSED_ENTRY"],
      [422, "PUBLISH_REFUSED_ENTRY"],
      [302, "PUSH_PUBLISH"],
      [401, "PUSH_PUBLISH"],
      [403, "PUSH_PUBLISH"],
      [404, "PUSH_PUBLISH"],
      [409, "PUSH_PUBLISH"],
      [429, "PUSH_PUBLISH"],
      [503, "PUSH_PUBLISH"],
    ] as const) {
      erp.answers = [status];
      await expect(publish(one)).rejects.toMatchObject({ code });
    }
    await publish(one);
    expect(erp.held).toHaveLength(1);
  });

  it("tells how long the endpoint asks to be left alone, at a POST and before it", async () => {
    const { erp, publish, make } = await push();
    const one = entry(1, columns(sample(1, 1)), TAGS);
    erp.retryAfter = "120";
    for (const [status, waitMs] of [
      [429, 120_000],
      [503, 120_000],
      [502, undefined],
    ] as const) {
      erp.answers = [status];
      const error = await publish(one).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "PUSH_PUBLISH" });
      expect((error as { waitMs?: number }).waitMs).toBe(waitMs);
    }
    erp.headAnswer = 503;
    await expect(make().connect(signal)).rejects.toMatchObject({
      code: "PUSH_CONNECT",
      waitMs: 120_000,
      what: expect.stringMatching(/503.*it asks to be left alone for 120 s/) as string,
    });
  });

  it("keeps hostile names within their strings", async () => {
    const names = ['"}],"admin":true,"x":[{"y":"', "{{value}}", "a\nb\u0000\u2028", "\\", "__proto__"];
    const tags = names.map((path, index) => tag(index, path, { unit: path }));
    const { publish, bodies } = await push({ sample: { whole: "{{path}}", within: "<{{unit}}>{{value}}" } });
    await publish(entry(1, columns(...names.map((name, index) => sample(index, name))), tags));
    expect(bodies()).toEqual([{ samples: names.map((name) => ({ whole: name, within: `<${name}>${name}` })) }]);
  });
});
