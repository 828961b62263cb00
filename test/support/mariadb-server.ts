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
const ROOT = "owner";
const PASSWORD = "a password of the tests";

export interface MariadbServer extends RunningServer {
  readonly host: "127.0.0.1";
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly database: "plant";
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  queryAsRoot(text: string): Promise<unknown>;
}

export async function startMariadb(): Promise<MariadbServer> {
  const folder = mkdtempSync(join(tmpdir(), "nonreturn-mariadb-"));
  const data = join(folder, "data");
  const runAs = process.getuid?.() === 0 ? ["--user=root"] : [];
  const install = ["--no-defaults", `--datadir=${data}`, "--auth-root-authentication-method=normal", ...runAs];
  execFileSync("mariadb-install-db", install, { stdio: "pipe" });
  const init = join(folder, "init.sql");
  writeFileSync(
    init,
    `CREATE DATABASE IF NOT EXISTS plant;\nCREATE USER IF NOT EXISTS '${USER}'@'127.0.0.1' IDENTIFIED BY '${PASSWORD}';\nGRANT ALL ON plant.* TO '${USER}'@'127.0.0.1';
CREATE USER IF NOT EXISTS '${ROOT}'@'127.0.0.1' IDENTIFIED BY '${PASSWORD}';\nGRANT ALL ON *.* TO '${ROOT}'@'127.0.0.1' WITH GRANT OPTION;\n`,
  );
  const port = await freeTcpPort();
  const login = { host: "127.0.0.1", port, user: USER, password: PASSWORD, database: "plant" } as const;
  const queryAs = async <Row>(user: string, text: string, values: readonly unknown[] = []): Promise<Row[]> => {
    const connection = await createConnection({
      ...login,
      user,
      supportBigNumbers: true,
      timezone: "Z",
      dateStrings: true,
    });
    connection.on("error", () => undefined);
    try {
      return (await connection.query(text, [...values]))[0] as Row[];
    } finally {
      connection.destroy();
    }
  };
  const query = <Row>(text: string, values?: readonly unknown[]): Promise<Row[]> => queryAs(USER, text, values);
  const queryAsRoot = (text: string): Promise<unknown> => queryAs(ROOT, text);
  const settings = [`--datadir=${data}`, `--socket=${join(folder, "socket")}`, `--pid-file=${join(folder, "pid")}`];
  const network = [`--port=${port}`, "--bind-address=127.0.0.1", "--skip-name-resolve", `--init-file=${init}`];
  const server = await startServer({
    name: "MariaDB",
    command: "mariadbd",
    args: ["--no-defaults", ...runAs, ...settings, ...network],
    folder,
    ask: () => query("SELECT 1"),
  });
  const account = { username: USER, password: PASSWORD, database: login.database };
  return { ...server, ...account, host: login.host, port, query, queryAsRoot };
}
