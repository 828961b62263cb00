/** MariaDB 10.6 or later.
 *  SQL publisher → [MariaDB] → tables and views for business systems */
import { connect, type Socket } from "node:net";
import { readTlsFiles, StationError } from "@nonreturn/station/thread";
import {
  type Connection,
  type ConnectionOptions,
  createConnection,
  type QueryError,
  type RowDataPacket,
} from "mysql2/promise";
import { passwordOf } from "../../password.ts";
import { CutOff, type LinkState, type MissingTime, refusedEntry, Suspicion } from "../../publisher.ts";
import type { MariadbConfig } from "../config.ts";
import type { SqlDatabase, SqlTransaction } from "../sql-database.ts";
import { MariadbTransaction, type Run } from "./mariadb-transaction.ts";
import { migrate } from "./migrate.ts";
import { dateTime } from "./row-list.ts";
import { writeGaps } from "./write-gaps.ts";

/**
 * The same values will fail the same way: SQLSTATE classes "data exception", "integrity constraint violation", "with check option violation", and
 * 45, which is for a site's own SIGNAL.
 */
const REFUSING_CLASSES = new Set(["22", "23", "44", "45"]);
/** Those that MariaDB has no such class for. */
const REFUSING = new Set([
  "ER_DATA_TOO_LONG",
  "ER_WARN_DATA_OUT_OF_RANGE",
  "ER_TRUNCATED_WRONG_VALUE",
  "ER_TRUNCATED_WRONG_VALUE_FOR_FIELD",
  "ER_NET_PACKET_TOO_LARGE",
]);
/** "Connection exception", "invalid transaction state" (a server that only reads), "invalid authorization", "transaction rollback", "query canceled". */
const STATE_CLASSES = new Set(["08", "25", "28", "40", "70"]);
/**
 * Resources and state that have no class of their own. Anything else that the server answers may be a rule of the site for some rows (SIGNAL with its own
 * SQLSTATE, a view's check), or a right that was lost.
 * Source: MariaDB knowledge base, MariaDB Error Codes.
 */
const STATE_ERRORS = new Set([
  ...[1021, 1114, 1030, 1034, 1194, 1195], // disk full, table full, storage engine, index or table crashed
  ...[1037, 1038, 1041, 1135, 1206], // memory, threads, lock table
  ...[1049, 1203, 1226], // no such database, too many connections of the account, its limits
  ...[1053], // shutdown
  ...[1180, 1181, 1205, 1213, 1223, 1412, 1969, 1927], // commit, rollback, lock wait, deadlock, read lock, changed table, time limit, killed
  ...[1290, 1836], // read only
]);
export class MariadbDatabase implements SqlDatabase {
  readonly #config: MariadbConfig;
  readonly #publisher: string;
  #connection: Connection | undefined;
  /** Ours, so that it can be ended while the driver still waits for the server's greeting. */
  #socket: Socket | undefined;

  constructor(config: MariadbConfig, publisher: string) {
    this.#config = config;
    this.#publisher = publisher;
  }

  async connect(signal: AbortSignal): Promise<void> {
    await this.#until(signal, "MARIADB_CONNECT", async () => {
      const { host, port } = this.#config;
      const socket = connect({ host, port, noDelay: true, keepAlive: true });
      this.#socket = socket;
      const connection = await createConnection({ ...optionsOf(this.#config), stream: () => socket });
      this.#connection = connection;
      connection.on("error", () => undefined); // a connection that ends while idle: the next statement says so
      if (signal.aborted) connection.destroy();
      await this.#migrate();
    });
  }

  async transaction(
    work: (transaction: SqlTransaction) => Promise<void>,
    signal: AbortSignal,
    end: "commit" | "roll back",
  ): Promise<void> {
    await this.#until(signal, "MARIADB_PUBLISH", async () => {
      await this.#run("BEGIN");
      try {
        await this.#run("SELECT one FROM {}writer FOR UPDATE");
        await work(new MariadbTransaction(this.#run));
        await this.#run(end === "commit" ? "COMMIT" : "ROLLBACK");
      } catch (error) {
        await this.#run("ROLLBACK").catch(() => undefined);
        throw error;
      }
    });
  }

  async setLink({ state, since }: LinkState, signal: AbortSignal): Promise<void> {
    await this.#until(signal, "MARIADB_PUBLISH", async () => {
      await this.#run(`REPLACE INTO {}link VALUES (1, ?, ${dateTime(since)})`, [state]);
    });
  }

  async setGaps(station: string, gaps: readonly MissingTime[], is: "all" | "more", signal: AbortSignal): Promise<void> {
    await this.#until(signal, "MARIADB_PUBLISH", () => writeGaps(this.#run, station, gaps, is));
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.destroy(); // the server rolls back what was open
    this.#socket?.destroy();
  }

  readonly #run: Run = async <Row>(
    statement: string,
    values: readonly (string | number)[] = [],
    rowList = "",
  ): Promise<Row[]> => {
    if (this.#connection === undefined) throw new Error("it was closed");
    const text = statement.replaceAll("{}", this.#config.prefix).replace("{rows}", () => rowList);
    // Without values the driver does not look for placeholders, which takes a while in megabytes of rows.
    const [rows] = await this.#connection.query<RowDataPacket[]>(text, values.length > 0 ? [...values] : undefined);
    return rows as Row[];
  };

  async #migrate(): Promise<void> {
    try {
      await migrate(this.#run, this.#config);
    } catch (cause) {
      if (cause instanceof StationError || !(cause instanceof Error)) throw cause;
      const { sqlState = "", errno = 0 } = cause as Partial<QueryError>;
      if (sqlState === "" || isOfState(sqlState, errno)) throw cause;
      const { host, port, database, prefix } = this.#config;
      throw new StationError(
        {
          code: "MARIADB_SCHEMA",
          what: `tables and views cannot be brought up to date (${cause.message})`,
          where: `${host}:${port}/${database}, names ${prefix}…`,
          action:
            "See what the server says: the account must be allowed to create and alter tables and views, and nothing else may have one of their names. It is tried again by itself; nothing is lost meanwhile.",
        },
        { cause },
      );
    }
  }

  /** Run statements; when the signal aborts the connection is cut, which ends them. */
  async #until(
    signal: AbortSignal,
    code: "MARIADB_CONNECT" | "MARIADB_PUBLISH",
    statements: () => Promise<void>,
  ): Promise<void> {
    signal.throwIfAborted();
    const cut = Promise.withResolvers<never>();
    const onAbort = (): void => {
      this.#connection?.destroy();
      this.#socket?.destroy();
      cut.reject(signal.reason); // a destroyed connection answers nothing more
    };
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await Promise.race([statements(), cut.promise]);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof StationError || !(error instanceof Error)) throw error;
      const { code: told = "", sqlState = "", errno = 0 } = error as Partial<QueryError>;
      if (REFUSING.has(told) || REFUSING_CLASSES.has(sqlState.slice(0, 2)))
        throw refusedEntry(this.#publisher, error.message, { cause: error });
      const explained = this.#explain(code, error);
      if (code === "MARIADB_CONNECT") throw explained;
      if (sqlState === "") throw new CutOff(explained, 0, 0); // the server never answered
      if (isOfState(sqlState, errno)) throw explained;
      throw new Suspicion(explained, `${errno} ${sqlState}`);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  #explain(code: "MARIADB_CONNECT" | "MARIADB_PUBLISH", cause: Error): StationError {
    const { host, port, database } = this.#config;
    const where = `${host}:${port}/${database}`;
    const told = cause.message || (cause as { code?: string }).code || "it was closed";
    return code === "MARIADB_CONNECT"
      ? new StationError(
          {
            code: "MARIADB_CONNECT",
            what: `no usable connection to the database (${told})`,
            where,
            action: "Check address, TLS and account. It is tried again by itself; nothing is lost meanwhile.",
          },
          { cause },
        )
      : new StationError(
          {
            code: "MARIADB_PUBLISH",
            what: `the database did not take the samples (${told})`,
            where,
            action:
              "Check the account's rights, the server's disk and its log. It is tried again by itself; nothing is lost meanwhile.",
          },
          { cause },
        );
  }
}

function isOfState(sqlState: string, errno: number): boolean {
  return STATE_CLASSES.has(sqlState.slice(0, 2)) || STATE_ERRORS.has(errno);
}

function optionsOf(config: MariadbConfig): ConnectionOptions {
  const { host, port, database, username, tls, deadline } = config;
  const password = passwordOf(config);
  return {
    host,
    port,
    database,
    user: username,
    ...(password === undefined ? {} : { password }),
    connectTimeout: deadline,
    charset: "utf8mb4",
    disableEval: true, // the stations run without code generation from strings
    ...(tls === "off"
      ? {}
      : {
          ssl: {
            rejectUnauthorized: true,
            verifyIdentity: true,
            ...readTlsFiles(config),
          },
        }),
  };
}
