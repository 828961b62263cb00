/** An InfluxDB 1 server of its own: Debian's program, a fresh data folder, free ports of 127.0.0.1.
 *  test/setup-debian.sh → [InfluxDB server] → InfluxDB publisher's tests, bench */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freeTcpPort } from "./free-port.ts";
import { type RunningServer, startServer } from "./server-program.ts";

export interface InfluxServer extends RunningServer {
  readonly url: string;
  /** InfluxQL. Rows as objects; times in microseconds. */
  query(database: string, text: string, method?: "GET" | "POST"): Promise<unknown[]>;
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
  const server = await startServer({
    name: "InfluxDB",
    command: "influxd",
    args: ["-config", config],
    folder,
    async ask() {
      const { ok, status } = await fetch(`${url}/ping`);
      if (!ok) throw new Error(`/ping answers ${status}`);
    },
  });
  return {
    ...server,
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
  };
}
