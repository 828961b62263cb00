/** The publisher contract against a real InfluxDB 1. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLog, systemClock } from "@nonreturn/station";
import type { Value } from "@nonreturn/wire-format";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { influxConfig } from "../../packages/it-receiver/src/publishers/influx/config.ts";
import { influxFactory } from "../../packages/it-receiver/src/publishers/influx/index.ts";
import { seriesOf } from "../../packages/it-receiver/src/publishers/influx/map-sample.ts";
import { textOf } from "../../packages/it-receiver/src/publishers/value-text.ts";
import { describePublisher, type Held } from "../contract/publisher-contract/publisher-contract.ts";
import { freeTcpPort } from "../support/free-port.ts";

const folder = mkdtempSync(join(tmpdir(), "nonreturn-influx-"));
let url = "";
let server: ChildProcess | undefined;
let databases = 0;

beforeAll(async () => {
  const [port, rpcPort] = [await freeTcpPort(), await freeTcpPort()];
  url = `http://127.0.0.1:${port}`;
  const config = join(folder, "influxdb.conf");
  writeFileSync(
    config,
    `reporting-disabled = true
bind-address = "127.0.0.1:${rpcPort}"
[meta]
dir = "${folder}/meta"
[data]
dir = "${folder}/data"
wal-dir = "${folder}/wal"
[http]
bind-address = "127.0.0.1:${port}"
`,
  );
  server = spawn("influxd", ["-config", config], { stdio: ["ignore", "ignore", "pipe"] });
  let told = "";
  server.on("error", (error) => {
    told += String(error);
  });
  server.stderr!.on("data", (text) => {
    told = (told + String(text)).slice(-4000);
  });
  const giveUp = performance.now() + 60_000;
  while (
    !(await fetch(`${url}/ping`)
      .then(({ ok }) => ok)
      .catch(() => false))
  ) {
    if (server.pid === undefined || server.exitCode !== null || performance.now() > giveUp)
      throw new Error(`InfluxDB does not start (is it installed? test/setup-debian.sh): ${told}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}, 120_000);

afterAll(async () => {
  if (server?.pid !== undefined && server.exitCode === null) {
    const exited = once(server, "exit");
    server.kill("SIGTERM");
    await exited;
  }
  rmSync(folder, { recursive: true, force: true });
});

async function query(database: string, text: string, method: "GET" | "POST" = "GET"): Promise<unknown[]> {
  const parameters = new URLSearchParams({ db: database, q: text, epoch: "u" });
  const response = await fetch(`${url}/query?${parameters}`, { method });
  const { results } = (await response.json()) as {
    results: { error?: string; series?: { columns: string[]; values: unknown[][] }[] }[];
  };
  if (results[0]?.error !== undefined) throw new Error(results[0].error);
  const { columns = [], values = [] } = results[0]?.series?.[0] ?? {};
  return values.map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at]])));
}

interface Row {
  time: number;
  status: number;
  kind: string;
  value: number | null;
  text: string | null;
  historical: boolean | null;
}

describePublisher("InfluxDB", async () => {
  const database = `contract_${databases++}`;
  await query("", `CREATE DATABASE ${database}`, "POST");
  const make = (at: string) => {
    const publisher = influxFactory.create(influxConfig.parse({ type: "influx", url: at, database }), {
      clock: systemClock,
      log: createLog({ name: "test", level: "silent" }),
      publisher: "influx",
      dataFolder: "",
      openHistory: () => undefined,
    });
    onTestFinished(() => publisher.close());
    return publisher;
  };
  return {
    publisher: make(url),
    async held(path): Promise<Held[]> {
      const tag = { tagId: 1, path, dataType: "FLOAT64", unit: "bar", description: "", device: "d" } as const;
      const { key } = seriesOf("nonreturn", { ...tag, maximumSilenceMs: 0, retired: false });
      const name = key.slice(key.indexOf(",path=") + 6, key.lastIndexOf(",unit=")).replace(/\\([,= ])/g, "$1");
      const rows = await query(database, `SELECT * FROM nonreturn WHERE path = '${name.replace(/'/g, "\\'")}'`);
      return (rows as Row[]).map((row) => ({
        value: shownBy(row),
        statusCode: row.status,
        sourceTimestamp: row.time,
        historical: row.historical === true,
      }));
    },
    shown: (value: Value | null) => (Array.isArray(value) ? textOf(value) : value),
    repeats: "exactly once",
    breakFarSide: async () => make(`http://127.0.0.1:${await freeTcpPort()}`),
  };
});

function shownBy({ kind, value, text }: Row): unknown {
  if (kind === "none") return null;
  if (kind === "boolean") return value === 1;
  if (kind === "number") return text === null || text === undefined ? value : Number(text);
  if (kind === "bigint") return BigInt(text!);
  return kind === "bytes" ? new Uint8Array(Buffer.from(text!, "hex")) : text;
}
