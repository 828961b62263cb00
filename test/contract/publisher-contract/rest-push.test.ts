import { onTestFinished } from "vitest";
import { parseIsoMicros } from "../../../packages/it-receiver/src/publishers/iso-micros.ts";
import { restPushConfig } from "../../../packages/it-receiver/src/publishers/rest/push-config.ts";
import { PushPublisher } from "../../../packages/it-receiver/src/publishers/rest/push-publisher.ts";
import { jsonOf } from "../../../packages/it-receiver/src/publishers/sample-json.ts";
import { startErp } from "../../../packages/it-receiver/test/publishers/rest/erp.ts";
import { freeTcpPort } from "../../support/free-port.ts";
import { describePublisher } from "./publisher-contract.ts";
import { POISON_PATH } from "./refused-rows.ts";

interface PostedSample {
  readonly path: string;
  readonly value: unknown;
  readonly code: number;
  readonly at: string;
  readonly historical: boolean;
}

describePublisher("REST push", async () => {
  const erp = await startErp();
  const make = (url: string) => {
    const sample = { path: "{{path}}", value: "{{value}}", code: "{{qualityCode}}", at: "{{timestamp}}" };
    const config = restPushConfig.parse({
      type: "rest-push",
      url,
      sample: { ...sample, historical: "{{historical}}" },
    });
    const publisher = new PushPublisher(config, "erp");
    onTestFinished(() => publisher.close());
    return publisher;
  };
  return {
    publisher: make(erp.url),
    held: async (path) =>
      erp.held
        .flatMap(({ body }) => (body as { samples: PostedSample[] }).samples)
        .filter((one) => one.path === path)
        .map(({ value, code, at, historical }) => ({
          value,
          statusCode: code,
          sourceTimestamp: parseIsoMicros(at)!,
          historical,
        })),
    shown: (value) => JSON.parse(jsonOf(value)) as unknown,
    // The endpoint remembers the keys.
    repeats: "exactly once",
    poison: {
      arrange: async () => {
        erp.refuses = (text) => text.includes(POISON_PATH);
      },
      reason: /the endpoint refuses it: 422: no/,
    },
    breakFarSide: async () => make(`http://127.0.0.1:${await freeTcpPort()}/`),
  };
});
