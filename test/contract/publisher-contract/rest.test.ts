import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { parseIsoMicros } from "../../../packages/it-receiver/src/publishers/iso-micros.ts";
import { restConfig } from "../../../packages/it-receiver/src/publishers/rest/config.ts";
import { restFactory } from "../../../packages/it-receiver/src/publishers/rest/index.ts";
import { jsonOf } from "../../../packages/it-receiver/src/publishers/sample-json.ts";
import { surroundings } from "../../../packages/it-receiver/test/publishers/support/surroundings.ts";
import { freeTcpPort } from "../../support/free-port.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { describePublisher } from "./publisher-contract.ts";

const TOKEN = "0123456789abcdef0123456789abcdef";

describePublisher("REST", async () => {
  const port = await freeTcpPort();
  const folder = temporaryFolder();
  const tokenFile = join(folder, "token");
  writeFileSync(tokenFile, `${TOKEN}\n`, { mode: 0o600 });
  const make = () => {
    const config = restConfig.parse({
      type: "rest",
      listen: `127.0.0.1:${port}`,
      tokens: [{ name: "contract", tokenFile }],
    });
    const publisher = restFactory.create(config, surroundings("rest", { dataFolder: folder }));
    onTestFinished(() => publisher.close());
    return publisher;
  };
  return {
    publisher: make(),
    async held(path) {
      const answer = await fetch(`http://127.0.0.1:${port}/v1/latest?${new URLSearchParams({ path })}`, {
        headers: { authorization: `Bearer ${TOKEN}` },
      });
      const { latest } = (await answer.json()) as {
        latest: { sample: { value: unknown; qualityCode: number; timestamp: string } }[];
      };
      return latest.map(({ sample }) => ({
        value: sample.value,
        statusCode: sample.qualityCode,
        sourceTimestamp: parseIsoMicros(sample.timestamp)!,
      }));
    },
    shown: (value) => JSON.parse(jsonOf(value)) as unknown,
    shows: "only newest",
    repeats: "at least once",
    poison: { never: "values are kept in a table of this process, whatever they are, and shown when somebody asks" },
    async breakFarSide() {
      await make().connect(new AbortController().signal);
      return make();
    },
  };
});
