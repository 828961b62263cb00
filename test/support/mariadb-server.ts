/** A MariaDB server of its own for the tests: Debian's program, a fresh data folder, a free port of 127.0.0.1.
 *  test/setup-debian.sh → [MariaDB server] → SQL publisher's tests */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createConnection } from "mysql2/promise";
import { freeTcpPort } from "./free-port.ts";

const USER = "nonreturn";
const PASSWORD = "a password of the tests";
const START_MS = 60_000;

export interface MariadbServer {
  readonly host: "127.0.0.1";
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly database: "plant";
  /** As a power failure of the server. */
  kill(): Promise<void>;
  /** Again on the same port and data, after {@link kill}. */
  start(): Promise<void>;
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
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
  let child: ReturnType<typeof spawn> | undefined;
  const query = async <Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> => {
    const connection = await createConnection({ ...login, supportBigNumbers: true, timezone: "Z", dateStrings: true });
    connection.on("error", () => undefined);
    try {
      return (await connection.query(text, [...values]))[0] as Row[];
    } finally {
      connection.destroy();
    }
  };
  const start = async (): Promise<void> => {
    const settings = [`--datadir=${data}`, `--socket=${join(folder, "socket")}`, `--pid-file=${join(folder, "pid")}`];
    const network = [`--port=${port}`, "--bind-address=127.0.0.1", "--skip-name-resolve", `--init-file=${init}`];
    child = spawn("mariadbd", ["--no-defaults", ...account, ...settings, ...network], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let told = "";
    child.on("error", (error) => {
      told += String(error);
    });
    child.stderr!.on("data", (text) => {
      told = (told + String(text)).slice(-4000);
    });
    const giveUp = performance.now() + START_MS;
    for (;;) {
      const ready = await query("SELECT 1").then(
        () => true,
        () => false,
      );
      if (ready) return;
      if (child.pid === undefined || child.exitCode !== null || performance.now() > giveUp)
        throw new Error(`MariaDB does not start (is it installed? test/setup-debian.sh): ${told}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const end = async (signal: "SIGKILL" | "SIGTERM"): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  };
  await start();
  return {
    host: login.host,
    port,
    username: USER,
    password: PASSWORD,
    database: login.database,
    kill: () => end("SIGKILL"),
    start,
    query,
    async stop() {
      await end("SIGTERM");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
