/** A stand-in for TimescaleDB, whose packages are not to be had here: an extension of that name with the documented functions, which records
 *  and checks each call; and a proxy that hands it the one statement that no extension in SQL can take, ALTER TABLE … SET (timescaledb.…).
 *  As there, the functions are in the schema that CREATE EXTENSION names, the rest in one of a fixed name.
 *  test → [stand-in TimescaleDB] → embedded PostgreSQL
 *  Source of the signatures: TimescaleDB API reference, create_hypertable, by_range, add_compression_policy, informational views. */
import { writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { EmbeddedPostgres } from "../../../../../../test/support/embedded-postgres.ts";
import { freeTcpPort } from "../../../../../../test/support/free-port.ts";

const CONTROL = "default_version = '2.13.0'\nrelocatable = false\n";
const SCRIPT = `
  CREATE SCHEMA timescaledb_information;
  CREATE TABLE timescaledb_information.stand_in_call (id serial, call text NOT NULL);
  CREATE TABLE timescaledb_information.stand_in_hypertable (relation regclass PRIMARY KEY, compress boolean NOT NULL DEFAULT false);
  CREATE FUNCTION timescaledb_information.stand_in_note(name text, call text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
    IF current_setting('stand_in.refuse', true) = name THEN
      RAISE EXCEPTION 'functionality not supported under the current "apache" license' USING ERRCODE = 'feature_not_supported';
    END IF;
    INSERT INTO timescaledb_information.stand_in_call (call) VALUES (call);
  END $$;
  CREATE TYPE @extschema@.dimension_info AS (column_name name, partition_interval interval);
  CREATE FUNCTION @extschema@.by_range(column_name name, partition_interval anyelement DEFAULT NULL::bigint, partition_func regproc DEFAULT NULL)
    RETURNS @extschema@.dimension_info LANGUAGE sql AS $$ SELECT ROW(column_name, partition_interval)::@extschema@.dimension_info $$;
  CREATE FUNCTION @extschema@.create_hypertable(relation regclass, dimension @extschema@.dimension_info, create_default_indexes boolean DEFAULT true,
    if_not_exists boolean DEFAULT false, migrate_data boolean DEFAULT false) RETURNS TABLE (hypertable_id integer, created boolean)
    LANGUAGE plpgsql AS $$ DECLARE rows_held boolean; BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = relation AND attname = dimension.column_name
                   AND atttypid = 'timestamptz'::regtype AND attnotnull) THEN RAISE EXCEPTION 'no time column %', dimension.column_name; END IF;
    -- "cannot create a unique index without the column … (used in partitioning)"
    IF EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = relation AND i.indisunique) THEN RAISE EXCEPTION 'a unique index'; END IF;
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %s)', relation) INTO rows_held;
    IF rows_held AND NOT migrate_data THEN RAISE EXCEPTION 'table is not empty'; END IF;
    PERFORM timescaledb_information.stand_in_note('create_hypertable', format('create_hypertable %s %s %s', relation, dimension, create_default_indexes));
    INSERT INTO timescaledb_information.stand_in_hypertable VALUES (relation);
    RETURN QUERY SELECT 1, true;
  END $$;
  CREATE FUNCTION timescaledb_information.stand_in_set(relation regclass, segment_by name, order_by text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
    PERFORM timescaledb_information.stand_in_note('compress', format('compress %s %s %s', relation, segment_by, order_by));
    UPDATE timescaledb_information.stand_in_hypertable h SET compress = true WHERE h.relation = stand_in_set.relation
      AND EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = h.relation AND attname = segment_by);
    IF NOT FOUND THEN RAISE EXCEPTION 'no hypertable, or no such column'; END IF;
  END $$;
  CREATE FUNCTION @extschema@.add_compression_policy(hypertable regclass, compress_after anyelement, if_not_exists boolean DEFAULT false,
    schedule_interval interval DEFAULT NULL, initial_start timestamptz DEFAULT NULL, timezone text DEFAULT NULL,
    compress_created_before interval DEFAULT NULL) RETURNS integer LANGUAGE plpgsql AS $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM timescaledb_information.stand_in_hypertable h WHERE h.relation = hypertable AND h.compress) THEN
      RAISE EXCEPTION 'compression not enabled on hypertable %', hypertable; END IF;
    PERFORM timescaledb_information.stand_in_note('add_compression_policy', format('add_compression_policy %s %s', hypertable, compress_after));
    RETURN 1000;
  END $$;
  CREATE VIEW timescaledb_information.hypertables AS
    SELECT n.nspname AS hypertable_schema, c.relname AS hypertable_name, h.compress AS compression_enabled
    FROM timescaledb_information.stand_in_hypertable h JOIN pg_class c ON c.oid = h.relation JOIN pg_namespace n ON n.oid = c.relnamespace;
`;

/** Makes it available to CREATE EXTENSION. */
export async function offerStandIn(server: EmbeddedPostgres): Promise<void> {
  const [row] = await server.query<{ data_directory: string }>("SHOW data_directory");
  const folder = join(dirname(row!.data_directory), "native/share/postgresql/extension");
  writeFileSync(join(folder, "timescaledb.control"), CONTROL);
  writeFileSync(join(folder, "timescaledb--2.13.0.sql"), SCRIPT);
}

/** ALTER TABLE, as the reference writes it: timescaledb.compress, compress_segmentby = '…', compress_orderby = '…'. */
const SET =
  /ALTER TABLE (\w+) SET \(timescaledb\.compress, timescaledb\.compress_segmentby = '(\w+)', timescaledb\.compress_orderby = '(\w+(?: ASC| DESC)?)'\)/;

/** @returns the port at which that statement works too. */
export async function standInProxy(server: EmbeddedPostgres): Promise<number> {
  const port = await freeTcpPort();
  const proxy = createServer((client) => {
    const upstream = connect(server.port, server.host);
    let held = Buffer.alloc(0);
    let started = false;
    client.on("data", (bytes) => {
      held = Buffer.concat([held, bytes]);
      // PostgreSQL manual §54.7: a message is a letter (the first has none), its length from there on, and its content.
      for (let at = started ? 1 : 0; held.length >= at + 4; at = 1) {
        const length = at + held.readUInt32BE(at);
        if (held.length < length) break;
        const message = held.subarray(0, length);
        held = held.subarray(length);
        started = true;
        upstream.write(at === 1 && message[0] === 0x51 ? rewritten(message) : message);
      }
    });
    upstream.on("data", (bytes) => client.write(bytes));
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => proxy.listen(port, "127.0.0.1", resolve));
  onTestFinished(() => void proxy.close());
  return port;
}

/** A simple query (Q): its text, ended by a zero. */
function rewritten(message: Buffer): Buffer {
  const text = message.toString("utf8", 5, message.length - 1);
  const made = text.replace(SET, "SELECT timescaledb_information.stand_in_set('$1', '$2', '$3')");
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(made) + 5);
  return Buffer.concat([Buffer.from("Q"), length, Buffer.from(`${made}\0`)]);
}
