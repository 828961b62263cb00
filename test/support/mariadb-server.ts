/** A MariaDB server of its own for the tests: Debian's program, a fresh data folder, a free port of 127.0.0.1.
 *  test/setup-debian.sh → [MariaDB server] → SQL publisher's tests */
import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createConnection } from "mysql2/promise";
import { freeTcpPort } from "./free-port.ts";
import { type RunningServer, startServer } from "./server-program.ts";

const USER = "nonreturn";
const PASSWORD = "a password of the tests";

export interface MariadbServer extends RunningServer {
  readonly host: "127.0.0.1";
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly database: "plant";
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

export async function startMariadb(): Promise<MariadbServer> {
  const folder = mkdtempSync(join(tmpdir(), "nonreturn-mariadb-"));
  const data = join(folder, "data");
  const account = process.getuid?.() === 0 ? ["--user=root"] : [];
  const install = ["--no-defaults", `--datadir=${data}`, "--auth-root-authentication-method=normal", ...account];
  execFileSync("mariadb-install-db", install, { stdio: "pipe" });
  const init = join(folder, "init.sql");
  writeFileSync(
    init,
    `CREATE DATABASE IF NOT EXISTS plant;\nCREATE USER IF NOT EXISTS '${USER}'@'127.0.0.1' IDENTIFIED BY '${PASSWORD}';\nGRANT ALL ON plant.* TO '${USER}'@'127.0.0.1';\n`,
  );
  const port = await freeTcpPort();
  const login = { host: "127.0.0.1", port, user: USER, password: PASSWORD, database: "plant" } as const;
  const query = async <Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> => {
    const connection = await createConnection({ ...login, supportBigNumbers: true, timezone: "Z", dateStrings: true });
    connection.on("error", () => undefined);
    try {
      return (await connection.query(text, [...values]))[0] as Row[];
    } finally {
      connection.destroy();
    }
  };
  const settings = [`--datadir=${data}`, `--socket=${join(folder, "socket")}`, `--pid-file=${join(folder, "pid")}`];
  const network = [`--port=${port}`, "--bind-address=127.0.0.1", "--skip-name-resolve", `--init-file=${init}`];
  const server = await startServer({
    name: "MariaDB",
    command: "mariadbd",
    args: ["--no-defaults", ...account, ...settings, ...network],
    folder,
    ask: () => query("SELECT 1"),
  });
  return { ...server, host: login.host, port, username: USER, password: PASSWORD, database: login.database, query };
}
