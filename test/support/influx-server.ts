/** An InfluxDB 1 server of its own: Debian's program, a fresh data folder, free ports of 127.0.0.1.
 *  test/setup-debian.sh → [InfluxDB server] → InfluxDB publisher's tests, bench */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freeTcpPort } from "./free-port.ts";

const START_MS = 60_000;

export interface InfluxServer {
  readonly url: string;
  /** InfluxQL. Rows as objects; times in microseconds. */
  query(database: string, text: string, method?: "GET" | "POST"): Promise<unknown[]>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

export async function startInflux(): Promise<InfluxServer> {
  const folder = mkdtempSync(join(tmpdir(), "nonreturn-influx-"));
  const [port, rpcPort] = [await freeTcpPort(), await freeTcpPort()];
  const url = `http://127.0.0.1:${port}`;
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
  const server = spawn("influxd", ["-config", config], { stdio: ["ignore", "ignore", "pipe"] });
  let told = "";
  server.on("error", (error) => {
    told += String(error);
  });
  server.stderr.on("data", (text) => {
    told = (told + String(text)).slice(-4000);
  });
  const giveUp = performance.now() + START_MS;
  const answers = (): Promise<boolean> =>
    fetch(`${url}/ping`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await answers())) {
    if (server.pid === undefined || server.exitCode !== null || performance.now() > giveUp)
      throw new Error(`InfluxDB does not start (is it installed? test/setup-debian.sh): ${told}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    url,
    async query(database, text, method = "GET") {
      const parameters = new URLSearchParams({ db: database, q: text, epoch: "u" });
      const response = await fetch(`${url}/query?${parameters}`, { method });
      const { results } = (await response.json()) as {
        results: { error?: string; series?: { columns: string[]; values: unknown[][] }[] }[];
      };
      if (results[0]?.error !== undefined) throw new Error(results[0].error);
      const { columns = [], values = [] } = results[0]?.series?.[0] ?? {};
      return values.map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at]])));
    },
    async stop() {
      if (server.pid !== undefined && server.exitCode === null) {
        const exited = once(server, "exit");
        server.kill("SIGTERM");
        await exited;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
