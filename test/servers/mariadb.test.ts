/** The publisher contract against a real MariaDB, and what its users see there. */
import { StationError } from "@nonreturn/station";
import { SampleColumnsBuilder, StatusCode, type TagDefinition, type Value, ValueKind } from "@nonreturn/wire-format";
import { createConnection } from "mysql2/promise";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { parseIsoMicros } from "../../packages/it-receiver/src/publishers/iso-micros.ts";
import { progressStep } from "../../packages/it-receiver/src/publishers/progress.ts";
import type { MissingTime, Publisher, StoredEntry } from "../../packages/it-receiver/src/publishers/publisher.ts";
import { mariadbConfig } from "../../packages/it-receiver/src/publishers/sql/config.ts";
import { mariadbFactory } from "../../packages/it-receiver/src/publishers/sql/index.ts";
import { textOf } from "../../packages/it-receiver/src/publishers/value-text.ts";
import { surroundings } from "../../packages/it-receiver/test/publishers/support/surroundings.ts";
import { describePublisher, type Held } from "../contract/publisher-contract/publisher-contract.ts";
import { POISON_PATH } from "../contract/publisher-contract/refused-rows.ts";
import { describeSuspectedRows, type SuspectedBench } from "../contract/publisher-contract/suspected-rows.ts";
import { freeTcpPort } from "../support/free-port.ts";
import { type MariadbServer, startMariadb } from "../support/mariadb-server.ts";

const T0 = 1_795_420_800_000_001;
const { signal } = new AbortController();
let server: MariadbServer;
let prefixes = 0;

beforeAll(async () => {
  server = await startMariadb();
});
afterAll(() => server?.stop(), 60_000);

function make(prefix: string, more: object = {}, station = "it"): Publisher {
  const { host, port, username, password, database } = server;
  const config = mariadbConfig.parse({
    ...{ type: "mariadb", host, port, username, password, database, prefix, tls: "off" },
    ...more,
  });
  const publisher = mariadbFactory.create(config, surroundings("mariadb", { station }));
  onTestFinished(() => publisher.close());
  return publisher;
}

interface Row {
  time: string;
  status: number;
  kind: ValueKind;
  value: number | null;
  integer_value: string | null;
  text_value: string | null;
  bytes_value: Buffer | null;
  historical: number;
}

interface EventRow {
  condition: string;
  state: "active" | "inactive";
  severity: number;
  message: string;
  time: string;
  historical: number;
}

async function heldIn(prefix: string, path: string): Promise<Held[]> {
  const rows = await server.query<Row>(
    `SELECT s.* FROM ${prefix}sample s JOIN ${prefix}tag t ON t.id = s.tag WHERE t.path = ? ORDER BY s.time`,
    [path],
  );
  return rows.map((row) => ({
    value: shownBy(row),
    statusCode: row.status,
    sourceTimestamp: parseIsoMicros(row.time) ?? Number.NaN,
    historical: row.historical === 1,
  }));
}

describePublisher(
  "MariaDB",
  async () => {
    const prefix = `contract_${prefixes++}_`;
    return {
      publisher: make(prefix),
      held: (path) => heldIn(prefix, path),
      shown: (value: Value | null) => (Array.isArray(value) ? textOf(value) : value),
      repeats: "exactly once",
      poison: {
        arrange: async () => {
          await server.query(
            `CREATE TRIGGER ${prefix}site_rule BEFORE INSERT ON ${prefix}sample FOR EACH ROW
             IF (SELECT path FROM ${prefix}tag WHERE id = NEW.tag) = '${POISON_PATH}' THEN
               SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the site does not want this tag';
             END IF`,
          );
        },
        lift: async () => void (await server.query(`DROP TRIGGER ${prefix}site_rule`)),
        reason: /the site does not want this tag/,
      },
      events: {
        held: async (path) =>
          (
            await server.query<EventRow>(`SELECT * FROM ${prefix}alarm_events WHERE path = ? ORDER BY event_sequence`, [
              path,
            ])
          ).map(({ condition, state, severity, message, time, historical }) => ({
            ...{ condition, state, severity, text: message },
            time: parseIsoMicros(time) ?? Number.NaN,
            historical: historical === 1,
          })),
        active: async (path) =>
          (await server.query<EventRow>(`SELECT * FROM ${prefix}active_alarms WHERE path = ?`, [path])).map(
            ({ condition }) => condition,
          ),
      },
      breakFarSide: async () => make(prefix, { port: await freeTcpPort() }),
    };
  },
  "alarm events",
);

function shownBy({ kind, value, integer_value, text_value, bytes_value }: Row): unknown {
  if (kind === ValueKind.none) return null;
  if (kind === ValueKind.boolean) return value === 1;
  if (kind === ValueKind.number) return text_value === null ? value : Number(text_value);
  if (kind === ValueKind.bigint) return BigInt(integer_value!);
  return kind === ValueKind.bytes ? new Uint8Array(bytes_value!) : text_value;
}

const RULES = [
  "its own SQLSTATE by a trigger",
  "its own error number by a trigger",
  "a generated column that cannot be made",
  "larger than max_allowed_packet",
] as const;
const RIGHTS = ["INSERT on samples", "a trigger that refuses whatever comes"] as const;

/** An account of its own, whose rights can be taken away. */
async function suspectedBench(): Promise<SuspectedBench> {
  const prefix = `suspected_${prefixes++}_`;
  const username = `${prefix}account`;
  const account = `'${username}'@'127.0.0.1'`;
  await server.queryAsRoot(`CREATE USER ${account} IDENTIFIED BY 'of this test'`);
  await server.queryAsRoot(`GRANT ALL ON plant.* TO ${account}`);
  onTestFinished(async () => {
    await server.queryAsRoot("SET GLOBAL max_allowed_packet = 16777216");
  });
  const poisoned = `NEW.value = 666 AND NEW.tag = (SELECT id FROM ${prefix}tag WHERE path = '${POISON_PATH}')`;
  const trigger = (condition: string, signal: string) =>
    server.query(`CREATE TRIGGER ${prefix}rule BEFORE INSERT ON ${prefix}sample FOR EACH ROW
      IF ${condition} THEN SIGNAL ${signal}; END IF`);
  /** Rights of a whole database are known to a connection as they were when it was made. */
  const change = async (statement: string): Promise<void> => {
    await server.queryAsRoot(statement);
    await server.queryAsRoot(`KILL CONNECTION USER ${account}`);
  };
  return {
    publisher: make(prefix, { username, password: "of this test" }),
    held: (path) => heldIn(prefix, path),
    repeats: "exactly once",
    rules: [
      {
        name: RULES[0],
        lift: async () => void (await server.query(`DROP TRIGGER ${prefix}rule`)),
        arrange: async () => void (await trigger(poisoned, "SQLSTATE 'SITE1' SET MESSAGE_TEXT = 'not in this site'")),
        reason: /not in this site/,
      },
      {
        name: RULES[1],
        arrange: async () =>
          void (await trigger(poisoned, "SQLSTATE 'HY000' SET MYSQL_ERRNO = 5999, MESSAGE_TEXT = 'not in this site'")),
        reason: /not in this site/,
      },
      {
        name: RULES[2],
        value: -666,
        arrange: async () => {
          await server.query(
            `ALTER TABLE ${prefix}sample ADD COLUMN small SMALLINT UNSIGNED GENERATED ALWAYS AS (value) STORED`,
          );
        },
        reason: /Out of range value for column 'small'/,
      },
      {
        name: RULES[3],
        value: "x".repeat(100_000),
        arrange: () => change("SET GLOBAL max_allowed_packet = 65536"),
        reason: /^Got a packet bigger than 'max_allowed_packet' bytes$/,
      },
    ],
    rights: [
      {
        name: RIGHTS[0],
        lose: () => change(`REVOKE INSERT ON plant.* FROM ${account}`),
        restore: () => change(`GRANT INSERT ON plant.* TO ${account}`),
        reason: /INSERT command denied/,
      },
      {
        name: RIGHTS[1],
        lose: async () => void (await trigger("true", "SQLSTATE 'SITE2' SET MESSAGE_TEXT = 'closed today'")),
        restore: async () => void (await server.query(`DROP TRIGGER ${prefix}rule`)),
        reason: /closed today/,
      },
    ],
  };
}

describe("MariaDB", () => {
  describeSuspectedRows(suspectedBench, RULES, RIGHTS);

  const tag = { tagId: 1, path: "hamburg/filling/line-1/speed", dataType: "FLOAT64", unit: "1/min", description: "" };
  const definition: TagDefinition = { ...tag, dataType: "FLOAT64", device: "d", maximumSilenceMs: 0, retired: false };
  const entry = (sequence: number, value: number, more: object = {}): StoredEntry => {
    const builder = new SampleColumnsBuilder();
    builder.push(1, value, StatusCode.Good, T0 + sequence);
    const identity = { stream: 1, sealingEpoch: 1, sequence };
    const common = {
      origin: "journal",
      position: sequence,
      identity,
      stream: 1,
      journalEpoch: 1,
      lane: "live",
    } as const;
    return { ...common, samples: builder.take(), tagOf: () => definition, ...more };
  };
  const publish = (publisher: Publisher, ...entries: StoredEntry[]) =>
    publisher.publish(entries, signal, progressStep({}));

  it("shows the latest value, its line, and never a stale one as good", async () => {
    const prefix = `latest_${prefixes++}_`;
    const publisher = make(prefix);
    await publisher.connect(signal);
    await publish(publisher, entry(5, 5), entry(7, 7));
    await publish(publisher, entry(6, 6)); // a live value counts by its place in the journal, whatever time its device says
    await publish(publisher, entry(1, 1, { lane: "late" }));
    const show = () =>
      server.query(`SELECT line, name, value, value_text, quality, link_state FROM ${prefix}line_latest`);
    const shown = { line: "hamburg/filling/line-1", name: "speed", value: 6, value_text: "6", quality: "good" };
    expect(await show()).toEqual([{ ...shown, link_state: "unknown" }]);
    await publisher.linkChanged!({ state: "silent", since: T0 }, signal);
    await publish(publisher, entry(0, 6, { origin: "stale", identity: undefined }));
    expect(await show()).toEqual([{ ...shown, quality: "stale", link_state: "silent" }]);
    const history = await server.query(`SELECT value, historical FROM ${prefix}line_history ORDER BY time`);
    expect(history).toEqual([1, 5, 6, 7].map((value) => ({ value, historical: value === 1 ? 1 : 0 })));
  });

  it("shows the tags of the newest journal, once each; history has them all", async () => {
    const prefix = `journals_${prefixes++}_`;
    const publisher = make(prefix);
    await publisher.connect(signal);
    await publish(publisher, entry(1, 1));
    const identity = { stream: 1, sealingEpoch: 2, sequence: 1 };
    await publish(publisher, entry(2, 2, { journalEpoch: 2, identity }));
    await publish(publisher, entry(3, 3, { lane: "late" })); // of the older journal, healed
    for (const view of ["latest", "line_latest"])
      expect(await server.query(`SELECT path, value FROM ${prefix}${view}`)).toEqual([{ path: tag.path, value: 2 }]);
    expect(await server.query(`SELECT value FROM ${prefix}history`)).toHaveLength(3);
  });

  it("holds every block once, though the server dies in between", async () => {
    const prefix = `killed_${prefixes++}_`;
    const publisher = make(prefix);
    const killBefore = new Set([10, 20, 30]);
    let failures = 0;
    for (let at = 0; at < 40; ) {
      try {
        await publisher.connect(signal);
        for (; at < 40; at++) {
          if (killBefore.delete(at)) {
            await server.kill();
            void server.start();
          }
          await publish(publisher, entry(at + 1, at));
        }
      } catch (error) {
        expect(error).toBeInstanceOf(StationError);
        failures++;
        await publisher.close();
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    expect(failures).toBeGreaterThanOrEqual(3);
    const rows = await server.query<{ value: number }>(`SELECT value FROM ${prefix}history ORDER BY time`);
    expect(rows.map(({ value }) => value)).toEqual(Array.from({ length: 40 }, (_, at) => at));
    expect(await server.query(`SELECT first, last FROM ${prefix}block_range`)).toEqual([{ first: 1, last: 40 }]);
  });

  it.each([
    "sample",
    "current_value",
    "block_range",
  ])("holds every block once, though the server dies in the middle of a transaction, at its statement on %s", async (table) => {
    const prefix = `middle_${prefixes++}_`;
    const publisher = make(prefix);
    await publisher.connect(signal);
    await publish(publisher, entry(1, 1));
    // Whoever holds this lock makes the transaction wait where it comes to the table. It dies with the server.
    const { host, port, username: user, password, database } = server;
    const holder = await createConnection({ host, port, user, password, database });
    holder.on("error", () => undefined);
    await holder.query(`LOCK TABLES ${prefix}${table} WRITE`);
    const failed = publish(publisher, entry(1, 1), entry(2, 2), entry(3, 3)).catch((error: unknown) => error);
    const waiting = "SELECT id FROM information_schema.processlist WHERE state LIKE 'Waiting for table%'";
    await expect.poll(() => server.query(waiting), { timeout: 30_000 }).toHaveLength(1);
    await server.kill();
    expect(await failed).toMatchObject({ code: "MARIADB_PUBLISH" });
    holder.destroy();
    await server.start();
    await publisher.close();
    await publisher.connect(signal);
    await publish(publisher, entry(1, 1), entry(2, 2), entry(3, 3));
    const rows = await server.query<{ value: number }>(`SELECT value FROM ${prefix}history ORDER BY time`);
    expect(rows.map(({ value }) => value)).toEqual([1, 2, 3]);
    expect(await server.query(`SELECT value FROM ${prefix}latest`)).toEqual([{ value: 3 }]);
    expect(await server.query(`SELECT first, last FROM ${prefix}block_range`)).toEqual([{ first: 1, last: 3 }]);
  });

  it("refuses a server without TLS unless told otherwise, and a wrong password", async () => {
    await expect(make("x_", { tls: "verify" }).connect(signal)).rejects.toMatchObject({ code: "MARIADB_CONNECT" });
    await expect(make("x_", { password: "wrong" }).connect(signal)).rejects.toMatchObject({ code: "MARIADB_CONNECT" });
  });

  it("shows what the station says is missing: more adds, all takes away, another station's stay", async () => {
    const gap = (id: number, from: number, more: Partial<MissingTime> = {}): MissingTime => ({
      ...{
        id,
        state: "open",
        from: T0 + from,
        to: T0 + from + 1,
        reason: "not-received",
        stream: 1,
        blocks: 3,
        samples: null,
      },
      ...more,
    });
    const shown = async () => {
      const rows = await server.query<Record<string, unknown>>("SELECT * FROM gaps_gaps ORDER BY station, since");
      return rows.map(({ station, state, since, reason, blocks, samples }) =>
        [station, state, (parseIsoMicros(String(since)) ?? Number.NaN) - T0, reason, blocks, samples].join(" "),
      );
    };
    const [publisher, other] = ["it {}\\'", "other"].map((station) => make("gaps_", {}, station));
    await publisher!.connect(signal);
    await other!.connect(signal);
    const lost = { state: "unrecorded", reason: "journal-full", blocks: null, samples: 7 } as const;
    await other!.missingChanged!([gap(2, 1)], "all", signal);
    await publisher!.missingChanged!([gap(2, 0), gap(3, 6, lost)], "all", signal);
    const [first, second] = ["it {}\\' open 0 not-received 3 ", "it {}\\' unrecorded 6 journal-full  7"];
    const others = "other open 1 not-received 3 ";
    expect(await shown()).toEqual([first, second, others]);
    await publisher!.missingChanged!([gap(4, 8)], "more", signal);
    expect(await shown()).toHaveLength(4);
    await publisher!.missingChanged!([gap(2, 0), gap(4, 8, { state: "lost" })], "all", signal);
    expect(await shown()).toEqual([first, "it {}\\' lost 8 not-received 3 ", others]);
    const many = Array.from({ length: 100_000 }, (_, at) => gap(at, at));
    await publisher!.missingChanged!(many, "all", signal);
    await publisher!.missingChanged!(many.slice(50_000), "all", signal);
    expect(await server.query("SELECT count(*) AS n FROM gaps_gaps WHERE station <> 'other'")).toEqual([{ n: 50_000 }]);
    await publisher!.missingChanged!([], "all", signal);
    expect(await shown()).toEqual([others]);
  });

  it("tells the server's own reason where tables or views cannot be made, and goes on once it is gone", async () => {
    await server.query("CREATE TABLE taken_latest (x int)");
    const publisher = make("taken_");
    await expect(publisher.connect(signal)).rejects.toMatchObject({
      code: "MARIADB_SCHEMA",
      what: expect.stringContaining("is not of type 'VIEW'") as string,
      where: expect.stringContaining("plant, names taken_…") as string,
    });
    await publisher.close();
    await server.query("DROP TABLE taken_latest");
    await publisher.connect(signal);
    expect(await server.query("SELECT * FROM taken_latest")).toEqual([]);
  });

  it("replaces views under those that others have on them", async () => {
    const first = make("under_");
    await first.connect(signal);
    await first.close();
    await server.query("CREATE OR REPLACE VIEW under_latest AS SELECT path, 1 AS another FROM under_tag");
    await server.query("CREATE VIEW site_report AS SELECT path FROM under_latest");
    await make("under_").connect(signal);
    expect(await server.query("SELECT path, value FROM under_latest")).toEqual([]);
    expect(await server.query("SELECT path FROM site_report")).toEqual([]);
  });
});
