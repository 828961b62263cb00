import { type Value, ValueKind } from "@nonreturn/wire-format";
import { afterAll, beforeAll, describe, onTestFinished } from "vitest";
import { postgresqlConfig } from "../../../packages/it-receiver/src/publishers/sql/config.ts";
import { postgresqlFactory } from "../../../packages/it-receiver/src/publishers/sql/index.ts";
import { original, storable } from "../../../packages/it-receiver/src/publishers/sql/postgresql/array-literal.ts";
import { textOf } from "../../../packages/it-receiver/src/publishers/value-text.ts";
import { surroundings } from "../../../packages/it-receiver/test/publishers/support/surroundings.ts";
import { type EmbeddedPostgres, startPostgres } from "../../support/embedded-postgres.ts";
import { freeTcpPort } from "../../support/free-port.ts";
import { describePublisher, type Held } from "./publisher-contract.ts";
import { POISON_PATH } from "./refused-rows.ts";
import { describeSuspectedRows, type SuspectedBench } from "./suspected-rows.ts";

let server: EmbeddedPostgres;
let schemas = 0;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop(), 60_000);

interface Row {
  time: string;
  status: string;
  kind: ValueKind;
  value: number | null;
  integer_value: string | null;
  text_value: string | null;
  bytes_value: Buffer | null;
  historical: boolean;
}

interface EventRow {
  condition: string;
  state: "active" | "inactive";
  severity: number;
  message: string;
  time: string;
  historical: boolean;
}

function make(schema: string, port: number, { username, password }: { username: string; password: string } = server) {
  const { host, database } = server;
  const config = { type: "postgresql", host, port, username, password, database, schema, tls: "off" };
  const publisher = postgresqlFactory.create(postgresqlConfig.parse(config), surroundings("postgresql"));
  onTestFinished(() => publisher.close());
  return publisher;
}

async function heldIn(schema: string, path: string): Promise<Held[]> {
  const rows = await server.query<Row>(
    `SELECT (extract(epoch FROM s.time) * 1000000)::bigint AS time, s.status, s.kind, s.value, s.integer_value, s.text_value, s.bytes_value, s.historical
     FROM ${schema}.sample s JOIN ${schema}.tag t ON t.id = s.tag WHERE t.path = $1 ORDER BY s.time`,
    [storable(path)],
  );
  return rows.map((row) => ({
    value: shownBy(row),
    statusCode: Number(row.status),
    sourceTimestamp: Number(row.time),
    historical: row.historical,
  }));
}

describePublisher(
  "PostgreSQL",
  async () => {
    const schema = `contract_${schemas++}`;
    return {
      publisher: make(schema, server.port),
      held: (path) => heldIn(schema, path),
      shown: (value: Value | null) => (Array.isArray(value) ? textOf(value) : value),
      repeats: "exactly once",
      poison: {
        arrange: async () => {
          await server.query(
            `CREATE FUNCTION ${schema}.site_rule() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
               IF (SELECT path FROM ${schema}.tag WHERE id = NEW.tag) = '${POISON_PATH}' THEN
                 RAISE EXCEPTION 'the site does not want this tag';
               END IF;
               RETURN NEW;
             END $$`,
          );
          await server.query(
            `CREATE TRIGGER site_rule BEFORE INSERT ON ${schema}.sample FOR EACH ROW EXECUTE FUNCTION ${schema}.site_rule()`,
          );
        },
        lift: async () => void (await server.query(`DROP TRIGGER site_rule ON ${schema}.sample`)),
        reason: /the site does not want this tag/,
      },
      events: {
        held: async (path) =>
          (
            await server.query<EventRow>(
              `SELECT condition, state, severity, message, (extract(epoch FROM time) * 1000000)::bigint AS time, historical
             FROM ${schema}.alarm_events WHERE path = $1 ORDER BY event_sequence`,
              [storable(path)],
            )
          ).map(({ condition, message, time, ...row }) => ({
            ...row,
            condition: original(condition),
            text: original(message),
            time: Number(time),
          })),
        active: async (path) =>
          (
            await server.query<EventRow>(`SELECT condition FROM ${schema}.active_alarms WHERE path = $1`, [
              storable(path),
            ])
          ).map(({ condition }) => original(condition)),
      },
      breakFarSide: async () => make(schema, await freeTcpPort()),
    };
  },
  "alarm events",
);

function shownBy({ kind, value, integer_value, text_value, bytes_value }: Row): unknown {
  if (kind === ValueKind.none) return null;
  if (kind === ValueKind.boolean) return value === 1;
  if (kind === ValueKind.number) return value;
  if (kind === ValueKind.bigint) return BigInt(integer_value!);
  if (kind === ValueKind.string) return original(text_value!);
  return kind === ValueKind.bytes ? new Uint8Array(bytes_value!) : text_value;
}

/** An account of its own: the server's owner is above every right and policy. */
async function suspectedBench(): Promise<SuspectedBench> {
  const schema = `suspected_${schemas++}`;
  const account = { username: schema, password: "of this test" };
  await server.query(`CREATE ROLE ${schema} LOGIN PASSWORD '${account.password}'`);
  await server.query(`GRANT CREATE ON DATABASE postgres TO ${schema}`);
  const poisonTag = `(SELECT id FROM ${schema}.tag WHERE path = '${POISON_PATH}')`;
  const code = `IF NEW.tag = ${poisonTag} AND NEW.value = 666 THEN RAISE EXCEPTION 'not in this site' USING ERRCODE = 'SITE1'; END IF; RETURN NEW;`;
  const trigger = async (body: string, kind: string, when = ""): Promise<void> => {
    await server.query(`CREATE FUNCTION ${schema}.rule() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body} END $$`);
    await server.query(`CREATE ${kind} ON ${schema}.sample ${when} FOR EACH ROW EXECUTE FUNCTION ${schema}.rule()`);
  };
  const policy = async (table: string): Promise<void> => {
    await server.query(`ALTER TABLE ${schema}.${table} ENABLE ROW LEVEL SECURITY`);
    await server.query(`ALTER TABLE ${schema}.${table} FORCE ROW LEVEL SECURITY`);
    await server.query(
      `CREATE POLICY rule ON ${schema}.${table} USING (true) WITH CHECK (NOT (tag = ${poisonTag} AND value = 666))`,
    );
  };
  return {
    publisher: make(schema, server.port, account),
    held: (path) => heldIn(schema, path),
    repeats: "exactly once",
    rules: [
      {
        name: RULES[0],
        arrange: () => trigger(code, "TRIGGER rule BEFORE INSERT"),
        lift: async () => void (await server.query(`DROP TRIGGER rule ON ${schema}.sample`)),
        reason: /not in this site/,
      },
      {
        name: RULES[1],
        arrange: () => trigger(code, "CONSTRAINT TRIGGER rule AFTER INSERT", "DEFERRABLE INITIALLY DEFERRED"),
        reason: /not in this site/,
      },
      { name: RULES[2], arrange: () => policy("sample"), reason: /row-level security policy for table "sample"/ },
      { name: RULES[3], arrange: () => policy("current_value"), reason: /policy for table "current_value"/ },
      {
        name: RULES[4],
        arrange: async () => {
          await server.query(
            `ALTER TABLE ${schema}.sample ADD COLUMN inverse float8 GENERATED ALWAYS AS (1 / (value - 666)) STORED`,
          );
        },
        reason: /division by zero/,
      },
    ],
    rights: ["sample", "current_value"].map((table, at) => ({
      name: RIGHTS[at]!,
      lose: async () => void (await server.query(`REVOKE INSERT, UPDATE ON ${schema}.${table} FROM ${schema}`)),
      restore: async () => void (await server.query(`GRANT INSERT, UPDATE ON ${schema}.${table} TO ${schema}`)),
      reason: new RegExp(`permission denied for table ${table}`),
    })),
  };
}

const RULES = [
  "its own SQLSTATE by a trigger",
  "the same when the transaction commits",
  "row-level security on samples",
  "row-level security on current values",
  "a generated column that cannot be made",
] as const;
const RIGHTS = ["INSERT on samples", "UPDATE on current values"];

describe("PostgreSQL", () => describeSuspectedRows(suspectedBench, RULES, RIGHTS));
