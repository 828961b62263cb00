/** PostgreSQL 13 or later, with TimescaleDB where it is installed.
 *  SQL publisher → [PostgreSQL] → tables and views for business systems */
import { Socket } from "node:net";
import { type Log, readTlsFiles, StationError } from "@nonreturn/station/thread";
import { Client, type ClientConfig, DatabaseError } from "pg";
import { passwordOf } from "../../password.ts";
import { CutOff, type LinkState, type MissingTime, refusedEntry, Suspicion } from "../../publisher.ts";
import type { PostgresqlConfig } from "../config.ts";
import type { SqlDatabase, SqlTransaction } from "../sql-database.ts";
import { migrate } from "./migrate.ts";
import { MICROS } from "./postgresql-schema.ts";
import { PostgresqlTransaction, type SamplesBy } from "./postgresql-transaction.ts";
import { useTimescale } from "./timescale.ts";
import { writeGaps } from "./write-gaps.ts";

/**
 * "Data exception", "integrity constraint violation", "with check option violation", "program limit exceeded" (manual, Appendix A): the same values
 * will fail the same way.
 */
const REFUSING_CLASSES = new Set(["22", "23", "44", "54"]);
/** raise_exception: a trigger of the site says no. */
const RAISED = "P0001";
/**
 * Of the connection, the login, the server's resources and its state: "connection exception", "invalid transaction state" (a server that only reads),
 * "invalid SQL statement name" (a pooler in between), "invalid authorization", "invalid catalog name", "transaction rollback", "insufficient resources",
 * "object not in prerequisite state" (locks), "operator intervention", "system error", "snapshot too old", "configuration file", "foreign data
 * wrapper". Anything else may be a rule of the site for some rows (row-level security, its own SQLSTATE), or a right that was lost.
 */
const STATE_CLASSES = new Set(["08", "25", "26", "28", "3D", "40", "53", "55", "57", "58", "72", "F0", "HV"]);
/** Of class "internal error", which extensions use for anything: "data corrupted" and "index corrupted". */
const CORRUPTED = new Set(["XX001", "XX002"]);

export class PostgresqlDatabase implements SqlDatabase {
  readonly #config: PostgresqlConfig;
  readonly #publisher: string;
  readonly #log: Log;
  #client: Client | undefined;
  #socket: Socket | undefined;
  #samplesBy: SamplesBy = "copy";

  constructor(config: PostgresqlConfig, publisher: string, log: Log) {
    this.#config = config;
    this.#publisher = publisher;
    this.#log = log;
  }

  async connect(signal: AbortSignal): Promise<void> {
    const socket = new Socket();
    const client = new Client({ ...optionsOf(this.#config), stream: () => socket });
    client.on("error", () => undefined); // a connection that ends while idle: the next statement says so
    this.#client = client;
    this.#socket = socket;
    await this.#until(signal, "POSTGRESQL_CONNECT", async () => {
      await client.connect();
      await this.#migrate(client);
      if (this.#config.timescale === "auto") await useTimescale(client, this.#config.schema, this.#log);
      const { rows } = await client.query<{ active: boolean }>("SELECT row_security_active('sample') AS active");
      this.#samplesBy = rows[0]?.active ? "insert" : "copy";
    });
  }

  async transaction(
    work: (transaction: SqlTransaction) => Promise<void>,
    signal: AbortSignal,
    end: "commit" | "roll back",
  ): Promise<void> {
    const client = this.#client!;
    await this.#until(signal, "POSTGRESQL_PUBLISH", async () => {
      try {
        await client.query("BEGIN; SELECT one FROM writer FOR UPDATE");
        await work(new PostgresqlTransaction(client, this.#samplesBy));
        if (end === "roll back") await client.query("SET CONSTRAINTS ALL IMMEDIATE"); // deferred ones speak now
        await client.query(end === "commit" ? "COMMIT" : "ROLLBACK");
      } catch (error) {
        await client.query("ROLLBACK").catch(() => undefined);
        throw error;
      }
    });
  }

  async setLink({ state, since }: LinkState, signal: AbortSignal): Promise<void> {
    await this.#until(signal, "POSTGRESQL_PUBLISH", async () => {
      await this.#client!.query(
        `INSERT INTO link VALUES (1, $1, ${MICROS} $2::bigint * INTERVAL '1 microsecond')
         ON CONFLICT (one) DO UPDATE SET state = excluded.state, since = excluded.since`,
        [state, since],
      );
    });
  }

  async setGaps(station: string, gaps: readonly MissingTime[], is: "all" | "more", signal: AbortSignal): Promise<void> {
    await this.#until(signal, "POSTGRESQL_PUBLISH", () => writeGaps(this.#client!, station, gaps, is));
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    const socket = this.#socket;
    // A client whose socket is gone never answers end(). A frozen server lets it wait for ever: the next close cuts the connection.
    if (client !== undefined && socket !== undefined && !socket.destroyed)
      await Promise.race([client.end().catch(() => undefined), closed(socket)]);
    socket?.destroy();
  }

  async #migrate(client: Client): Promise<void> {
    const { host, port, database, schema } = this.#config;
    const where = `${host}:${port}/${database}, schema ${schema}`;
    try {
      for (const { name, because } of await migrate(client, this.#config)) {
        const err = new StationError({
          code: "POSTGRESQL_VIEW_KEPT",
          what: `the view ${schema}.${name} has other columns in this release, and stays as it was, for others stand on it (${because})`,
          where,
          action:
            "Samples are published as ever. For the new columns save the definitions of what stands on it (pg_get_viewdef), drop that, restart the station, and make it again.",
        });
        this.#log.warn({ err, publisher: this.#publisher }, "a view of an earlier release stays");
      }
    } catch (cause) {
      if (!(cause instanceof DatabaseError) || isOfState(cause.code)) throw cause;
      const detail = cause.detail === undefined ? "" : `: ${cause.detail}`;
      throw new StationError(
        {
          code: "POSTGRESQL_SCHEMA",
          what: `tables and views cannot be brought up to date (${cause.message}${detail})`,
          where,
          action:
            "See what the server says: the account must be allowed to create the schema, must own what is in it, and nothing else may have one of its names. It is tried again by itself; nothing is lost meanwhile.",
        },
        { cause },
      );
    }
  }

  /** Run statements; when the signal aborts the connection is cut, which ends them. */
  async #until(
    signal: AbortSignal,
    code: "POSTGRESQL_CONNECT" | "POSTGRESQL_PUBLISH",
    statements: () => Promise<void>,
  ): Promise<void> {
    signal.throwIfAborted();
    const cut = (): void => void this.#socket?.destroy();
    signal.addEventListener("abort", cut, { once: true });
    try {
      await statements();
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof StationError || !(error instanceof Error)) throw error;
      if (error instanceof DatabaseError && isRefusing(error.code))
        throw refusedEntry(this.#publisher, error.message, { cause: error });
      const explained = this.#explain(code, error);
      if (code === "POSTGRESQL_CONNECT") throw explained;
      if (!(error instanceof DatabaseError)) throw new CutOff(explained, 0, 0); // the server never answered
      const { code: told = "" } = error;
      if (isOfState(told)) throw explained;
      throw new Suspicion(explained, told);
    } finally {
      signal.removeEventListener("abort", cut);
    }
  }

  #explain(code: "POSTGRESQL_CONNECT" | "POSTGRESQL_PUBLISH", cause: Error): StationError {
    const { host, port, database } = this.#config;
    const where = `${host}:${port}/${database}`;
    const told = cause.message || (cause as { code?: string }).code || "it was closed";
    return code === "POSTGRESQL_CONNECT"
      ? new StationError(
          {
            code: "POSTGRESQL_CONNECT",
            what: `no usable connection to the database (${told})`,
            where,
            action: "Check address, TLS and account. It is tried again by itself; nothing is lost meanwhile.",
          },
          { cause },
        )
      : new StationError(
          {
            code: "POSTGRESQL_PUBLISH",
            what: `the database did not take the samples (${told})`,
            where,
            action:
              "Check the account's rights, the server's disk and its log. It is tried again by itself; nothing is lost meanwhile.",
          },
          { cause },
        );
  }
}

function isOfState(code = ""): boolean {
  return STATE_CLASSES.has(code.slice(0, 2)) || CORRUPTED.has(code);
}

function isRefusing(code = ""): boolean {
  return code === RAISED || REFUSING_CLASSES.has(code.slice(0, 2));
}

function optionsOf(config: PostgresqlConfig): ClientConfig {
  const { host, port, database, username, tls } = config;
  const password = passwordOf(config);
  return {
    host,
    port,
    database,
    user: username,
    ...(password === undefined ? {} : { password }),
    application_name: "nonreturn-it",
    keepAlive: true,
    ssl:
      tls === "off"
        ? false
        : {
            rejectUnauthorized: true,
            ...readTlsFiles(config),
          },
  };
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once("close", () => resolve()));
}
