/** PostgreSQL 13 or later, with TimescaleDB where it is installed.
 *  SQL publisher → [PostgreSQL] → tables and views for business systems */
import { Socket } from "node:net";
import { type Log, readTlsFiles, StationError } from "@nonreturn/station/thread";
import type { SequenceRange, TagDefinition } from "@nonreturn/wire-format";
import { Client, type ClientConfig, DatabaseError } from "pg";
import { passwordOf } from "../../password.ts";
import { CutOff, type LinkState, refusedEntry, Suspicion } from "../../publisher.ts";
import type { PostgresqlConfig } from "../config.ts";
import { type EventRow, newestOf } from "../map-event.ts";
import type { CurrentRows, OtherRows, PlainRows, SampleRows } from "../map-sample.ts";
import type { HeldTag, SqlDatabase, SqlTransaction } from "../sql-database.ts";
import { booleanArray, bytesArray, numberArray, textArray } from "./array-literal.ts";
import { CopyIn } from "./copy-in.ts";
import { OTHER_COLUMNS, otherFrames, PLAIN_COLUMNS, plainFrames } from "./copy-rows.ts";
import { DROP_VIEWS, MIGRATIONS, viewsOf } from "./postgresql-schema.ts";
import { useTimescale } from "./timescale.ts";

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
const MICROS = "TIMESTAMPTZ 'epoch' +"; // times INTERVAL '1 microsecond': exact, unlike to_timestamp of seconds

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
      await migrate(client, this.#config);
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

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    const socket = this.#socket;
    this.#socket = undefined;
    if (client === undefined) return;
    // A client whose socket is gone never answers end().
    if (socket !== undefined && !socket.destroyed)
      await Promise.race([client.end().catch(() => undefined), closed(socket)]);
    socket?.destroy();
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
      if (STATE_CLASSES.has(told.slice(0, 2)) || CORRUPTED.has(told)) throw explained;
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
            action:
              "Check address, TLS, account, and that the account may create the schema. It is tried again by itself; nothing is lost meanwhile.",
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

function isRefusing(code = ""): boolean {
  return code === RAISED || REFUSING_CLASSES.has(code.slice(0, 2));
}

/** insert: COPY is not for tables whose rows a policy of the site checks (manual, COPY, Notes). */
type SamplesBy = "copy" | "insert";

class PostgresqlTransaction implements SqlTransaction {
  readonly #client: Client;
  readonly #samplesBy: SamplesBy;

  constructor(client: Client, samplesBy: SamplesBy) {
    this.#client = client;
    this.#samplesBy = samplesBy;
  }

  async blockRanges(stream: number, sealingEpoch: number, first: number, last: number): Promise<SequenceRange[]> {
    const { rows } = await this.#client.query<{ first: string; last: string }>({
      name: "block-ranges",
      text: "SELECT first, last FROM block_range WHERE stream = $1 AND sealing_epoch = $2 AND last >= $3 AND first <= $4 ORDER BY first",
      values: [stream, sealingEpoch, first - 1, last + 1],
    });
    return rows.map((row) => ({ first: Number(row.first), last: Number(row.last) }));
  }

  async replaceBlockRanges(
    stream: number,
    sealingEpoch: number,
    before: readonly SequenceRange[],
    after: readonly SequenceRange[],
  ): Promise<void> {
    if (before.length > 0)
      await this.#client.query({
        name: "remove-block-ranges",
        text: "DELETE FROM block_range WHERE stream = $1 AND sealing_epoch = $2 AND first = ANY($3::bigint[])",
        values: [stream, sealingEpoch, numberArray(before.map(({ first }) => first))],
      });
    await this.#client.query({
      name: "add-block-ranges",
      text: "INSERT INTO block_range SELECT $1::integer, $2::bigint, f, l FROM unnest($3::bigint[], $4::bigint[]) AS r(f, l)",
      values: [
        stream,
        sealingEpoch,
        numberArray(after.map(({ first }) => first)),
        numberArray(after.map(({ last }) => last)),
      ],
    });
  }

  async tags(stream: number, journalEpoch: number): Promise<HeldTag[]> {
    const { rows } = await this.#client.query<{ id: number; tag_id: string; digest: string }>(
      "SELECT id, tag_id, digest FROM tag WHERE stream = $1 AND journal_epoch = $2",
      [stream, journalEpoch],
    );
    return rows.map(({ id, tag_id, digest }) => ({ number: id, tagId: Number(tag_id), digest }));
  }

  async writeTags(
    stream: number,
    journalEpoch: number,
    tags: readonly (readonly [TagDefinition, string])[],
  ): Promise<void> {
    const known = await this.tags(stream, journalEpoch);
    const numbers = new Map(known.map(({ tagId, number }) => [tagId, number]));
    const columns = (rows: typeof tags): string[] => [
      textArray(rows.map(([{ path }]) => path)),
      textArray(rows.map(([{ dataType }]) => dataType)),
      textArray(rows.map(([{ unit }]) => unit)),
      textArray(rows.map(([{ description }]) => description)),
      textArray(rows.map(([{ device }]) => device)),
      numberArray(rows.map(([{ rangeLow }]) => rangeLow ?? null)),
      numberArray(rows.map(([{ rangeHigh }]) => rangeHigh ?? null)),
      booleanArray(rows.map(([{ retired }]) => retired)),
      textArray(rows.map(([, digest]) => digest)),
    ];
    const unnest =
      "unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::float8[], $8::float8[], $9::boolean[], $10::text[])";
    const names = "path, data_type, unit, description, device, range_low, range_high, retired, digest";
    const added = tags.filter(([{ tagId }]) => !numbers.has(tagId));
    if (added.length > 0)
      await this.#client.query(
        `INSERT INTO tag (stream, journal_epoch, tag_id, ${names}) SELECT $11::integer, $12::bigint, n.* FROM ${unnest} AS n`,
        [numberArray(added.map(([{ tagId }]) => tagId)), ...columns(added), stream, journalEpoch],
      );
    const changed = tags.filter(([{ tagId }]) => numbers.has(tagId));
    if (changed.length > 0)
      await this.#client.query(
        `UPDATE tag SET (${names}) = (n.path, n.data_type, n.unit, n.description, n.device, n.range_low, n.range_high, n.retired, n.digest)
         FROM ${unnest} AS n(id, ${names}) WHERE tag.id = n.id`,
        [numberArray(changed.map(([{ tagId }]) => numbers.get(tagId)!)), ...columns(changed)],
      );
  }

  async addSamples({ plain, others }: SampleRows, historical: boolean): Promise<void> {
    if (this.#samplesBy === "insert") return this.#insertSamples({ plain, others }, historical);
    if (plain.tags.length > 0) await this.#copy(PLAIN_COLUMNS, plainFrames(plain, historical));
    if (others.tags.length > 0) await this.#copy(OTHER_COLUMNS, otherFrames(others, historical));
  }

  async addEvents(rows: readonly EventRow[]): Promise<void> {
    await this.#client.query({
      name: "add-events",
      text: `INSERT INTO alarm_event
        SELECT stream, journal_epoch, event_sequence, tag, ${MICROS} time * INTERVAL '1 microsecond', condition, state, severity, message, value, value_text, historical
        FROM unnest($1::integer[], $2::bigint[], $3::bigint[], $4::integer[], $5::bigint[], $6::text[], $7::text[], $8::smallint[], $9::text[], $10::float8[], $11::text[], $12::boolean[])
          AS n(stream, journal_epoch, event_sequence, tag, time, condition, state, severity, message, value, value_text, historical)
        ON CONFLICT DO NOTHING`,
      values: [
        ...eventKeys(rows),
        numberArray(rows.map(({ tag }) => tag)),
        numberArray(rows.map(({ time }) => time)),
        textArray(rows.map(({ condition }) => condition)),
        textArray(rows.map(({ state }) => state)),
        numberArray(rows.map(({ severity }) => severity)),
        textArray(rows.map(({ text }) => text)),
        numberArray(rows.map(({ value }) => value)),
        textArray(rows.map(({ valueText }) => valueText)),
        booleanArray(rows.map(({ historical }) => historical)),
      ],
    });
    const newest = newestOf(rows);
    await this.#client.query({
      name: "set-alarm-states",
      text: `INSERT INTO alarm_state AS held (stream, journal_epoch, event_sequence, tag, condition_key)
        SELECT * FROM unnest($1::integer[], $2::bigint[], $3::bigint[], $4::integer[], $5::text[])
        ON CONFLICT (tag, condition_key) DO UPDATE SET event_sequence = excluded.event_sequence WHERE excluded.event_sequence > held.event_sequence`,
      values: [
        ...eventKeys(newest),
        numberArray(newest.map(({ tag }) => tag)),
        textArray(newest.map(({ conditionKey }) => conditionKey)),
      ],
    });
  }

  /** Nearly always there is a row: an UPDATE costs the server less than an INSERT that finds a conflict. */
  async setCurrent(rows: CurrentRows, replace: "any" | "earlier"): Promise<void> {
    const columns = "time, status, kind, value, integer_value, text_value, bytes_value, stale";
    const time = `${MICROS} n.time * INTERVAL '1 microsecond'`;
    const values = `${time}, n.status, n.kind, n.value, n.integer_value, n.text_value, n.bytes_value, false`;
    const parameters = otherColumns(rows);
    const { rowCount } = await this.#client.query({
      name: `set-current-${replace}`,
      text: `UPDATE current_value AS held SET (${columns}) = ROW(${values}) FROM ${OTHER_ROWS}
        WHERE held.tag = n.tag ${replace === "any" ? "" : `AND ${time} >= held.time`}`,
      values: parameters,
    });
    if (rowCount === rows.tags.length) return;
    await this.#client.query({
      name: "add-current",
      text: `INSERT INTO current_value (tag, ${columns}) SELECT n.tag, ${values} FROM ${OTHER_ROWS} ON CONFLICT DO NOTHING`,
      values: parameters,
    });
  }

  async setStale({ tags, statusCodes }: { tags: readonly number[]; statusCodes: readonly number[] }): Promise<void> {
    await this.#client.query({
      name: "set-stale",
      text: `UPDATE current_value SET stale = true, status = n.status
        FROM unnest($1::integer[], $2::bigint[]) AS n(tag, status) WHERE current_value.tag = n.tag`,
      values: [numberArray(tags), numberArray(statusCodes)],
    });
  }

  async #insertSamples({ plain, others }: SampleRows, historical: boolean): Promise<void> {
    const time = `${MICROS} n.time * INTERVAL '1 microsecond'`;
    if (plain.tags.length > 0)
      await this.#client.query({
        name: "insert-plain-samples",
        text: `INSERT INTO sample (tag, time, status, kind, value, historical)
          SELECT n.tag, ${time}, n.status, n.kind, n.value, $6::boolean
          FROM unnest($1::integer[], $2::bigint[], $3::bigint[], $4::smallint[], $5::float8[]) AS n(tag, time, status, kind, value)`,
        values: [...plainColumns(plain), historical],
      });
    if (others.tags.length > 0)
      await this.#client.query({
        name: "insert-other-samples",
        text: `INSERT INTO sample (tag, time, status, kind, value, integer_value, text_value, bytes_value, historical)
          SELECT n.tag, ${time}, n.status, n.kind, n.value, n.integer_value, n.text_value, n.bytes_value, $9::boolean FROM ${OTHER_ROWS}`,
        values: [...otherColumns(others), historical],
      });
  }

  async #copy(columns: string, frames: Iterable<Uint8Array, void>): Promise<void> {
    await this.#client.query(new CopyIn(`COPY sample (${columns}) FROM STDIN (FORMAT binary)`, frames)).ended;
  }
}

const OTHER_ROWS = `unnest($1::integer[], $2::bigint[], $3::bigint[], $4::smallint[], $5::float8[], $6::numeric[], $7::text[], $8::bytea[])
  AS n(tag, time, status, kind, value, integer_value, text_value, bytes_value)`;

function eventKeys(rows: readonly EventRow[]): string[] {
  return [
    numberArray(rows.map(({ stream }) => stream)),
    numberArray(rows.map(({ journalEpoch }) => journalEpoch)),
    numberArray(rows.map(({ eventSequence }) => eventSequence)),
  ];
}

function plainColumns({ tags, times, statusCodes, kinds, values }: PlainRows): string[] {
  return [tags, times, statusCodes, kinds, values].map(numberArray);
}

function otherColumns(rows: OtherRows): string[] {
  return [...plainColumns(rows), numberArray(rows.integers), textArray(rows.texts), bytesArray(rows.bytes)];
}

async function migrate(client: Client, { schema, lineLevels }: PostgresqlConfig): Promise<void> {
  // The name is lower-case letters, digits and _ (configuration), hence safe in a statement.
  const held = await client.query("SELECT 1 FROM pg_namespace WHERE nspname = $1", [schema]);
  if (held.rowCount === 0) await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
  await client.query(`SET search_path TO ${schema}, public`);
  await client.query("SET TimeZone TO 'UTC'");
  await client.query("BEGIN");
  await client.query("SELECT pg_advisory_xact_lock(hashtext($1))", [`nonreturn migration ${schema}`]);
  await client.query(`CREATE TABLE IF NOT EXISTS ${schema}.migration (version integer PRIMARY KEY)`);
  const { rows } = await client.query<{ version: number | null }>("SELECT max(version) AS version FROM migration");
  const version = rows[0]?.version ?? 0;
  if (version > MIGRATIONS.length)
    throw new StationError({
      code: "POSTGRESQL_NEWER",
      what: `schema ${schema} was written by a newer release (version ${version}, this one knows ${MIGRATIONS.length})`,
      where: `schema ${schema}`,
      action: "Install that release again, or write another schema name.",
    });
  for (const [at, migration] of MIGRATIONS.entries()) {
    if (at < version) continue;
    await client.query(migration);
    await client.query("INSERT INTO migration VALUES ($1)", [at + 1]);
  }
  await replaceViews(client, viewsOf(lineLevels));
  await client.query("COMMIT");
}

const INVALID_TABLE_DEFINITION = "42P16";

/** In the caller's transaction. A view that another release made may have columns that cannot be replaced. */
async function replaceViews(client: Client, views: string): Promise<void> {
  await client.query("SAVEPOINT views");
  try {
    await client.query(views);
  } catch (error) {
    if (!(error instanceof DatabaseError && error.code === INVALID_TABLE_DEFINITION)) throw error;
    await client.query(`ROLLBACK TO views; ${DROP_VIEWS}`);
    await client.query(views);
  }
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
