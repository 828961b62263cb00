/** MariaDB 10.6 or later.
 *  SQL publisher → [MariaDB] → tables and views for business systems */
import { readTlsFiles, StationError } from "@nonreturn/station/thread";
import type { SequenceRange, TagDefinition } from "@nonreturn/wire-format";
import {
  type Connection,
  type ConnectionOptions,
  createConnection,
  type QueryError,
  type RowDataPacket,
} from "mysql2/promise";
import { passwordOf } from "../../password.ts";
import { CutOff, type LinkState, refusedEntry, Suspicion } from "../../publisher.ts";
import type { MariadbConfig } from "../config.ts";
import { type EventRow, newestOf } from "../map-event.ts";
import type { CurrentRows, SampleRows } from "../map-sample.ts";
import type { HeldTag, SqlDatabase, SqlTransaction } from "../sql-database.ts";
import { MIGRATIONS, viewsOf } from "./mariadb-schema.ts";
import { dateTime, double, eventRows, otherRows, plainRows, quoted, stateRows } from "./row-list.ts";

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
/** Of a row that is there already. (INSERT IGNORE would also ignore what is wrong with the new one.) */
const UNCHANGED = "ON DUPLICATE KEY UPDATE historical = historical";
const VALUE_COLUMNS = "tag, time, status, kind, value, text_value";
const OTHER_COLUMNS = `${VALUE_COLUMNS}, integer_value, bytes_value`;

/** Runs one statement; `{}` in it becomes the prefix of all names, `{rows}` the row list, which may be megabytes and is not searched. */
type Run = <Row>(statement: string, values?: readonly (string | number)[], rows?: string) => Promise<Row[]>;

export class MariadbDatabase implements SqlDatabase {
  readonly #config: MariadbConfig;
  readonly #publisher: string;
  #connection: Connection | undefined;

  constructor(config: MariadbConfig, publisher: string) {
    this.#config = config;
    this.#publisher = publisher;
  }

  async connect(signal: AbortSignal): Promise<void> {
    await this.#until(signal, "MARIADB_CONNECT", async () => {
      const connection = await createConnection(optionsOf(this.#config));
      this.#connection = connection;
      connection.on("error", () => undefined); // a connection that ends while idle: the next statement says so
      if (signal.aborted) connection.destroy();
      await migrate(this.#run, this.#config);
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

  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.destroy(); // the server rolls back what was open
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
      if (STATE_CLASSES.has(sqlState.slice(0, 2)) || STATE_ERRORS.has(errno)) throw explained;
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
            action:
              "Check address, TLS, account, and that the account may create tables and views. It is tried again by itself; nothing is lost meanwhile.",
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

class MariadbTransaction implements SqlTransaction {
  readonly #run: Run;

  constructor(run: Run) {
    this.#run = run;
  }

  blockRanges(stream: number, sealingEpoch: number, first: number, last: number): Promise<SequenceRange[]> {
    return this.#run<SequenceRange>(
      "SELECT first, last FROM {}block_range WHERE stream = ? AND sealing_epoch = ? AND last >= ? AND first <= ? ORDER BY first",
      [stream, sealingEpoch, first - 1, last + 1],
    );
  }

  async replaceBlockRanges(
    stream: number,
    sealingEpoch: number,
    before: readonly SequenceRange[],
    after: readonly SequenceRange[],
  ): Promise<void> {
    if (before.length > 0) {
      const firsts = before.map(({ first }) => first).join(",");
      await this.#run(`DELETE FROM {}block_range WHERE stream = ? AND sealing_epoch = ? AND first IN (${firsts})`, [
        stream,
        sealingEpoch,
      ]);
    }
    const rows = after.map(({ first, last }) => `(${stream},${sealingEpoch},${first},${last})`);
    await this.#run(`INSERT INTO {}block_range VALUES ${rows.join(",")}`);
  }

  async tags(stream: number, journalEpoch: number): Promise<HeldTag[]> {
    const rows = await this.#run<{ id: number; tag_id: number; digest: string }>(
      "SELECT id, tag_id, digest FROM {}tag WHERE stream = ? AND journal_epoch = ?",
      [stream, journalEpoch],
    );
    return rows.map(({ id, tag_id, digest }) => ({ number: id, tagId: tag_id, digest }));
  }

  async writeTags(
    stream: number,
    journalEpoch: number,
    tags: readonly (readonly [TagDefinition, string])[],
  ): Promise<void> {
    const columns = "path, data_type, unit, description, device, range_low, range_high, retired, digest";
    const updates = columns.split(", ").map((column) => `${column} = VALUES(${column})`);
    // One by one: texts may be long, and definitions change seldom.
    for (const [tag, digest] of tags) {
      const texts = [tag.path, tag.dataType, tag.unit, tag.description, tag.device].map(quoted).join(",");
      const range = `${double(tag.rangeLow ?? null)},${double(tag.rangeHigh ?? null)}`;
      await this.#run(
        `INSERT INTO {}tag (stream, journal_epoch, tag_id, ${columns})
         VALUES (${stream},${journalEpoch},${tag.tagId},${texts},${range},${tag.retired},${quoted(digest)})
         ON DUPLICATE KEY UPDATE ${updates.join(", ")}`,
      );
    }
  }

  async addSamples({ plain, others }: SampleRows, historical: boolean): Promise<void> {
    for (const list of plainRows(plain, String(historical)))
      await this.#run(`INSERT INTO {}sample (${VALUE_COLUMNS}, historical) VALUES {rows}`, [], list);
    for (const list of otherRows(others, String(historical)))
      await this.#run(`INSERT INTO {}sample (${OTHER_COLUMNS}, historical) VALUES {rows}`, [], list);
  }

  async addEvents(rows: readonly EventRow[]): Promise<void> {
    for (const list of eventRows(rows))
      await this.#run(`INSERT INTO {}alarm_event VALUES {rows} ${UNCHANGED}`, [], list);
    for (const list of stateRows(newestOf(rows)))
      await this.#run(
        `INSERT INTO {}alarm_state VALUES {rows}
         ON DUPLICATE KEY UPDATE event_sequence = greatest(event_sequence, VALUES(event_sequence))`,
        [],
        list,
      );
  }

  async setCurrent(rows: CurrentRows, replace: "any" | "earlier"): Promise<void> {
    // Assignments take effect from left to right: the time, which decides, comes last.
    const columns = ["status", "kind", "value", "text_value", "integer_value", "bytes_value", "stale", "time"];
    const updates = columns.map((column) =>
      replace === "any"
        ? `${column} = VALUES(${column})`
        : `${column} = IF(VALUES(time) >= time, VALUES(${column}), ${column})`,
    );
    for (const list of otherRows(rows, "false"))
      await this.#run(
        `INSERT INTO {}current_value (${OTHER_COLUMNS}, stale) VALUES {rows}
         ON DUPLICATE KEY UPDATE ${updates.join(", ")}`,
        [],
        list,
      );
  }

  async setStale({ tags, statusCodes }: { tags: readonly number[]; statusCodes: readonly number[] }): Promise<void> {
    const byStatus = Map.groupBy(tags, (_, at) => statusCodes[at]!);
    for (const [status, group] of byStatus)
      await this.#run(`UPDATE {}current_value SET stale = true, status = ? WHERE tag IN (${group.join(",")})`, [
        status,
      ]);
  }
}

async function migrate(run: Run, { prefix, lineLevels }: MariadbConfig): Promise<void> {
  await run("SET SESSION sql_mode = 'STRICT_ALL_TABLES', time_zone = '+00:00'");
  const lock = quoted(`nonreturn migration ${prefix}`);
  await run(`SELECT GET_LOCK(${lock}, 30)`);
  await run("CREATE TABLE IF NOT EXISTS {}migration (version int NOT NULL PRIMARY KEY) ENGINE InnoDB");
  const [row] = await run<{ version: number | null }>("SELECT max(version) AS version FROM {}migration");
  const version = row?.version ?? 0;
  if (version > MIGRATIONS.length)
    throw new StationError({
      code: "MARIADB_NEWER",
      what: `the tables were written by a newer release (version ${version}, this one knows ${MIGRATIONS.length})`,
      where: `tables ${prefix}…`,
      action: "Install that release again, or write another prefix.",
    });
  for (const [at, statements] of MIGRATIONS.entries()) {
    if (at < version) continue;
    for (const statement of statements) await run(statement);
    await run("INSERT INTO {}migration VALUES (?)", [at + 1]);
  }
  for (const view of viewsOf(lineLevels)) await run(view);
  await run(`SELECT RELEASE_LOCK(${lock})`);
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
