/** A REST server on a free port of this machine, with a token for everything, and a client for it.
 *  test → [REST bench] → REST publisher */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { freeTcpPort } from "../../../../../test/support/free-port.ts";
import { temporaryFolder } from "../../../../../test/support/temporary-folder.ts";
import { progressStep } from "../../../src/publishers/progress.ts";
import type { PublisherSurroundings, StoredEntry } from "../../../src/publishers/publisher.ts";
import { restConfig } from "../../../src/publishers/rest/config.ts";
import { restFactory } from "../../../src/publishers/rest/index.ts";
import { surroundings } from "../support/surroundings.ts";

export const TOKEN = "token-of-the-tests-0123456789";
const { signal } = new AbortController();

export async function restBench(around: Partial<PublisherSurroundings> = {}, more: object = {}) {
  const port = await freeTcpPort();
  const folder = temporaryFolder();
  const tokenFile = join(folder, "token");
  writeFileSync(tokenFile, `${TOKEN}\n`, { mode: 0o600 });
  const config = restConfig.parse({
    type: "rest",
    listen: `127.0.0.1:${port}`,
    tokens: [{ name: "all", tokenFile }],
    ...more,
  });
  const publisher = restFactory.create(config, surroundings("rest", { dataFolder: folder, ...around }));
  onTestFinished(() => publisher.close());
  await publisher.connect(signal);
  const base = `http://127.0.0.1:${port}`;
  const ask = (path: string, query: Record<string, string> | string = {}, token: string | undefined = TOKEN) =>
    fetch(`${base}${path}?${new URLSearchParams(query)}`, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
  return {
    publisher,
    base,
    port,
    ask,
    publish: (...entries: readonly StoredEntry[]) => publisher.publish(entries, signal, progressStep({})),
    tags: (tags: Parameters<NonNullable<typeof publisher.tagsChanged>>[0]) => publisher.tagsChanged!(tags, signal),
    async json(path: string, query: Record<string, string> = {}): Promise<Record<string, never>> {
      const answer = await ask(path, query);
      const body = (await answer.json()) as Record<string, never>;
      if (answer.status !== 200) throw new Error(`${answer.status} ${JSON.stringify(body)}`);
      return body;
    },
  };
}
