import { systemClock } from "@nonreturn/station";
import { describe, onTestFinished } from "vitest";
import { parseIsoMicros } from "../../../packages/it-receiver/src/publishers/iso-micros.ts";
import { restPushConfig } from "../../../packages/it-receiver/src/publishers/rest/push-config.ts";
import { PushPublisher } from "../../../packages/it-receiver/src/publishers/rest/push-publisher.ts";
import { jsonOf } from "../../../packages/it-receiver/src/publishers/sample-json.ts";
import { startErp } from "../../../packages/it-receiver/test/publishers/rest/erp.ts";
import { freeTcpPort } from "../../support/free-port.ts";
import { describePublisher, type Held } from "./publisher-contract.ts";
import { POISON_PATH } from "./refused-rows.ts";
import { describeSuspectedRows, type SuspectedBench } from "./suspected-rows.ts";

interface PostedSample {
  readonly path: string;
  readonly value: unknown;
  readonly code: number;
  readonly at: string;
  readonly historical: boolean;
}

function make(url: string): PushPublisher {
  const sample = { path: "{{path}}", value: "{{value}}", code: "{{qualityCode}}", at: "{{timestamp}}" };
  const config = restPushConfig.parse({
    type: "rest-push",
    url,
    sample: { ...sample, historical: "{{historical}}" },
  });
  const publisher = new PushPublisher(config, "erp", systemClock);
  onTestFinished(() => publisher.close());
  return publisher;
}

function heldBy(erp: Awaited<ReturnType<typeof startErp>>, path: string): Held[] {
  return erp.held
    .flatMap(({ body }) => (body as { samples: PostedSample[] }).samples)
    .filter((one) => one.path === path)
    .map(({ value, code, at, historical }) => ({
      value,
      statusCode: code,
      sourceTimestamp: parseIsoMicros(at)!,
      historical,
    }));
}

describePublisher("REST push", async () => {
  const erp = await startErp();
  return {
    publisher: make(erp.url),
    held: async (path) => heldBy(erp, path),
    shown: (value) => JSON.parse(jsonOf(value)) as unknown,
    // The endpoint remembers the keys.
    repeats: "exactly once",
    poison: {
      arrange: async () => {
        erp.refuses = (text) => text.includes(POISON_PATH);
      },
      lift: async () => {
        erp.refuses = () => false;
      },
      reason: /the endpoint refuses it: 422: no/,
    },
    breakFarSide: async () => make(`http://127.0.0.1:${await freeTcpPort()}/`),
  };
});

const RULES = ["answered 500", "answered 403"];
const RIGHTS = ["everything is answered 500", "everything is answered 403"];

async function suspectedBench(): Promise<SuspectedBench> {
  const erp = await startErp();
  const refuse = (status: number, what: RegExp) => async (): Promise<void> => {
    erp.refusesWith = status;
    erp.refuses = (text) => what.test(text);
  };
  const statuses = [500, 403];
  return {
    publisher: make(erp.url),
    held: async (path) => heldBy(erp, path),
    repeats: "at least once", // single samples are posted first, under keys of their own
    rules: statuses.map((status, at) => ({
      name: RULES[at]!,
      arrange: refuse(status, new RegExp(`${POISON_PATH}.*666`)),
      lift: refuse(status, /^$/),
      reason: new RegExp(`${status}: no`),
    })),
    rights: statuses.map((status, at) => ({
      name: RIGHTS[at]!,
      lose: refuse(status, /./),
      restore: refuse(status, /^$/),
      reason: new RegExp(`${status}: no`),
    })),
  };
}

describe("REST push", () => describeSuspectedRows(suspectedBench, RULES, RIGHTS));
