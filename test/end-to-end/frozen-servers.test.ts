/** An IT station whose business systems have frozen is stopped: in order, without a connection or a thread left to be ended by force. */
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { checkLine, NOTHING_FOUND } from "../support/line/check-line.ts";
import { type Line, prepareLine } from "../support/line/line.ts";
import { until } from "../support/line/until.ts";
import { startMute } from "../support/mute-server.ts";

const PUBLISHERS: Readonly<Record<string, (port: number) => object>> = {
  mqtt: (port) => ({ url: `mqtt://127.0.0.1:${port}` }),
  sparkplug: (port) => ({ url: `mqtt://127.0.0.1:${port}`, group: "plant" }),
  postgresql: (port) => ({ host: "127.0.0.1", port, username: "it", password: "it", database: "plant", tls: "off" }),
  mariadb: (port) => ({ host: "127.0.0.1", port, username: "it", password: "it", database: "plant", tls: "off" }),
  nats: (port) => ({ servers: [`nats://127.0.0.1:${port}`], stream: "PLANT", subject: "plant" }),
  influx: (port) => ({ url: `http://127.0.0.1:${port}`, database: "plant" }),
  "rest-push": (port) => ({ url: `http://127.0.0.1:${port}/`, sample: { value: "{{value}}" } }),
};

let line: Line;
const mutes: Record<string, Awaited<ReturnType<typeof startMute>>> = {};
beforeAll(async () => {
  line = await prepareLine({ seed: 16, secondPassAfter: "2s" });
  const file = parse(readFileSync(line.folder.itConfig, "utf8")) as { publishers: object[] };
  for (const [type, settings] of Object.entries(PUBLISHERS)) {
    const mute = await startMute();
    mutes[type] = mute;
    const common = { type, name: `frozen-${type}`, deadline: "60s", retryFirst: "100ms" };
    file.publishers.push({ ...common, ...settings(mute.port) });
  }
  writeFileSync(line.folder.itConfig, stringify(file), { mode: 0o600 });
  await line.it.start();
  await line.ot.start();
  await line.sealed(10);
});
afterAll(async () => {
  await line?.close();
  for (const mute of Object.values(mutes)) mute.close();
});

test("every publisher waits for its server, and those whose servers answer go on", async () => {
  for (const [type, mute] of Object.entries(mutes))
    await until(`${type} has a connection to its server`, () => mute.taken() > 0 && mute.open() > 0);
  expect((await checkLine(line, { mqtt: "once", otStation: "never killed" })).findings).toEqual(NOTHING_FOUND);
});

test("the stop is orderly, and ends every connection", async () => {
  expect(await line.it.stop()).toBe(0);
  expect(line.folder.logs()).not.toContain("THREAD_STOP"); // a thread that does not end within 5 s
  await until("every connection has ended", () => Object.values(mutes).every((mute) => mute.open() === 0));
});
