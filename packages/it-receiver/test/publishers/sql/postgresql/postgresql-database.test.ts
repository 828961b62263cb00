/** Against a real server: what business systems see, and what a server that dies leaves behind. */
import { readFileSync } from "node:fs";
import { createLog, StationError } from "@nonreturn/station";
import { type Sample, SampleColumnsBuilder, StatusCode, type TagDefinition } from "@nonreturn/wire-format";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type EmbeddedPostgres, startPostgres } from "../../../../../../test/support/embedded-postgres.ts";
import { progressStep } from "../../../../src/publishers/progress.ts";
import type {
  MissingTime,
  Publisher,
  PublisherSurroundings,
  StoredEntry,
} from "../../../../src/publishers/publisher.ts";
import { postgresqlConfig } from "../../../../src/publishers/sql/config.ts";
import { postgresqlFactory } from "../../../../src/publishers/sql/index.ts";
import { MIGRATIONS } from "../../../../src/publishers/sql/postgresql/postgresql-schema.ts";
import { surroundings } from "../../support/surroundings.ts";

/** 2026-11-23T08:00:00.000001Z */
const T0 = 1_795_420_800_000_001;
const { signal } = new AbortController();

let server: EmbeddedPostgres;
let schemas = 0;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop(), 60_000);

function make(schema: string, more: object = {}, around: Partial<PublisherSurroundings> = {}): Publisher {
  const { host, port, username, password, database } = server;
  const config = postgresqlConfig.parse({
    ...{ type: "postgresql", host, port, username, password, database, schema, tls: "off" },
    ...more,
  });
  const publisher = postgresqlFactory.create(config, surroundings("pg", around));
  onTestFinished(() => publisher.close());
  return publisher;
}

function tag(tagId: number, path: string, more: Partial<TagDefinition> = {}): TagDefinition {
  const common = {
    dataType: "FLOAT64",
    unit: "bar",
    description: "",
    device: "d",
    maximumSilenceMs: 0,
    retired: false,
  };
  return { tagId, path, ...common, ...more } as TagDefinition;
}

function entry(sequence: number, samples: readonly Sample[], tags: readonly TagDefinition[], more = {}): StoredEntry {
  const builder = new SampleColumnsBuilder();
  for (const sample of samples) builder.pushSample(sample);
  const byId = new Map(tags.map((each) => [each.tagId, each]));
  return {
    origin: "journal",
    position: sequence,
    identity: { stream: 1, sealingEpoch: 1, sequence },
    stream: 1,
    journalEpoch: 1,
    lane: "live",
    samples: builder.take(),
    tagOf: (id) => byId.get(id),
    ...more,
  };
}

const sample = (tagId: number, value: Sample["value"], at: number, statusCode: number = StatusCode.Good): Sample => ({
  tagId,
  value,
  statusCode,
  sourceTimestamp: T0 + at,
});
const publish = (publisher: Publisher, ...entries: StoredEntry[]) =>
  publisher.publish(entries, signal, progressStep({}));

describe("PostgreSQL", () => {
  it("brings the tables of an earlier release up to date, and keeps what they hold", async () => {
    const schema = `older_${schemas++}`;
    await server.query(`CREATE SCHEMA ${schema}`);
    await server.query(`SET search_path TO ${schema}; ${MIGRATIONS[0]} RESET search_path`);
    await server.query(`CREATE TABLE ${schema}.migration (version integer PRIMARY KEY)`);
    await server.query(`INSERT INTO ${schema}.migration VALUES (1)`);
    await server.query(`INSERT INTO ${schema}.sample VALUES (1, now(), 7, 0, 2, false)`);
    const publisher = make(schema);
    await publisher.connect(signal);
    expect(await server.query(`SELECT value FROM ${schema}.sample`)).toEqual([{ value: 7 }]);
    expect(await server.query(`SELECT * FROM ${schema}.active_alarms`)).toEqual([]);
  });

  it("shows of each stream the tags of its newest journal, once each; history has them all", async () => {
    const schema = `journals_${schemas++}`;
    const publisher = make(schema);
    await publisher.connect(signal);
    const rows = () => server.query(`SELECT path, value FROM ${schema}.latest ORDER BY path, value`);
    const older = [tag(1, "a/speed"), tag(2, "a/removed")];
    await publish(publisher, entry(1, [sample(1, 1, 0), sample(2, 2, 0)], older));
    const otherStream = { stream: 2, identity: { stream: 2, sealingEpoch: 1, sequence: 1 } };
    await publish(publisher, entry(1, [sample(1, 9, 0)], [tag(1, "b/speed")], otherStream));
    expect(await rows()).toHaveLength(3);
    const newer = { journalEpoch: 2, identity: { stream: 1, sealingEpoch: 2, sequence: 1 } };
    await publish(publisher, entry(1, [sample(7, 3, 10)], [tag(7, "a/speed")], newer));
    await publish(publisher, entry(2, [sample(1, 4, 5)], older, { lane: "late" })); // of the older journal, healed
    const current = [
      { path: "a/speed", value: 3 },
      { path: "b/speed", value: 9 },
    ];
    expect(await rows()).toEqual(current);
    expect(await server.query(`SELECT path, value FROM ${schema}.line_latest ORDER BY path`)).toEqual(current);
    expect(await server.query(`SELECT value FROM ${schema}.history WHERE path LIKE 'a/%' ORDER BY value`)).toEqual(
      [1, 2, 3, 4].map((value) => ({ value })),
    );
  });

  it("shows a device's value again after a failure, though the device's own time of it lies before the failure", async () => {
    const schema = `again_${schemas++}`;
    const publisher = make(schema);
    await publisher.connect(signal);
    const tags = [tag(1, "a"), tag(2, "b")];
    const show = async () =>
      (await server.query<{ value: number }>(`SELECT value FROM ${schema}.latest ORDER BY path`)).map(
        (row) => row.value,
      );
    const failed = [sample(1, null, 1000, StatusCode.BadNoCommunication), sample(2, null, 1000, StatusCode.BadTimeout)];
    await publish(publisher, entry(1, failed, tags));
    await publish(publisher, entry(2, [sample(1, 7, 10)], tags));
    expect(await show()).toEqual([7, null]);
    // In one call, beside a value from the refresh that is older than what the journal says.
    const refreshed = entry(0, [sample(1, 6, 5), sample(2, 8, 20)], tags, { origin: "refresh", identity: undefined });
    await publish(
      publisher,
      entry(3, [...failed, sample(2, 9, 30)], tags),
      entry(4, [sample(1, 8, 40)], tags),
      refreshed,
    );
    expect(await show()).toEqual([8, 9]);
    await publish(publisher, entry(5, [sample(1, 1, 5)], tags, { lane: "late" })); // healed: history
    expect(await show()).toEqual([8, 9]);
  });

  it("shows the latest value of every tag, its line, and never a stale one as good", async () => {
    const schema = `latest_${schemas++}`;
    const publisher = make(schema);
    await publisher.connect(signal);
    const tags = [tag(1, "hamburg/filling/line-1/valve/temperature"), tag(2, "short")];
    await publish(publisher, entry(1, [sample(1, 20.5, 0), sample(2, "läuft", 0), sample(1, 21.5, 10)], tags));
    await publish(publisher, entry(2, [sample(1, 1, 5)], tags, { lane: "late" })); // older than what is shown
    const show = () =>
      server.query(
        `SELECT path, line, name, value, value_text, quality, link_state FROM ${schema}.line_latest ORDER BY path`,
      );
    const temperature = {
      path: "hamburg/filling/line-1/valve/temperature",
      line: "hamburg/filling/line-1",
      name: "valve/temperature",
      value: 21.5,
      value_text: "21.5",
      quality: "good",
      link_state: "unknown",
    };
    const short = { path: "short", line: "short", name: "", value: null, value_text: "läuft", quality: "good" };
    expect(await show()).toEqual([temperature, { ...short, link_state: "unknown" }]);

    await publisher.linkChanged!({ state: "silent", since: T0 }, signal);
    const stale = [sample(1, null, 999, StatusCode.UncertainLastUsableValue)];
    await publish(publisher, entry(0, stale, tags, { origin: "stale", identity: undefined }));
    expect(await show()).toEqual([
      { ...temperature, quality: "stale", link_state: "silent" },
      { ...short, link_state: "silent" },
    ]);

    const refreshed = [sample(1, 22, 20)];
    await publish(publisher, entry(0, refreshed, tags, { origin: "refresh", identity: undefined }));
    expect((await show())[0]).toMatchObject({ value: 22, quality: "good" });
    const history = await server.query(
      `SELECT time, value, historical FROM ${schema}.line_history WHERE line = 'hamburg/filling/line-1' ORDER BY time`,
    );
    // Current values are no history.
    expect(history.map((row) => (row as { value: number }).value)).toEqual([20.5, 1, 21.5]);
    expect(history.map((row) => (row as { historical: boolean }).historical)).toEqual([false, true, false]);
  });

  it("keeps a renamed tag's history under its new name, and a tag of another journal apart", async () => {
    const schema = `renamed_${schemas++}`;
    const publisher = make(schema);
    await publisher.connect(signal);
    await publish(publisher, entry(1, [sample(1, 1, 0)], [tag(1, "old")]));
    await publish(publisher, entry(2, [sample(1, 2, 1)], [tag(1, "new", { unit: "°C" })]));
    await publish(publisher, entry(3, [sample(1, 3, 2)], [tag(1, "other")], { journalEpoch: 2 }));
    const rows = await server.query(`SELECT path, unit, value FROM ${schema}.history ORDER BY time`);
    expect(rows).toEqual([
      { path: "new", unit: "°C", value: 1 },
      { path: "new", unit: "°C", value: 2 },
      { path: "other", unit: "bar", value: 3 },
    ]);
  });

  it("holds every block once, though the server dies again and again and another station publishes the same", async () => {
    const schema = `killed_${schemas++}`;
    const tags = [tag(1, "a"), tag(2, "b")];
    const blocks = Array.from({ length: 120 }, (_, at) =>
      entry(at + 1, [sample(1, at, at), sample(2, BigInt(at), at)], tags),
    );
    const killed = new Set<number>();
    const restarts: Promise<void>[] = [];
    const work = async (publisher: Publisher, killBefore: readonly number[]): Promise<number> => {
      let failures = 0;
      for (let at = 0; at < blocks.length; ) {
        try {
          await publisher.connect(signal);
          while (at < blocks.length) {
            if (killBefore.includes(at) && !killed.has(at)) {
              killed.add(at);
              await server.kill();
              restarts.push(server.start());
            }
            await publish(publisher, ...blocks.slice(at, at + 3));
            at += 3;
          }
        } catch (error) {
          expect(error).toBeInstanceOf(StationError);
          failures++;
          await publisher.close();
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
      return failures;
    };
    const failures = await Promise.all([work(make(schema), [30, 60, 90]), work(make(schema), [])]);
    await Promise.all(restarts);
    expect(failures[0]).toBeGreaterThanOrEqual(3);
    const rows = await server.query<{ path: string; samples: string; distinct_times: string }>(
      `SELECT path, count(*) AS samples, count(DISTINCT time) AS distinct_times FROM ${schema}.history GROUP BY path ORDER BY path`,
    );
    expect(rows).toEqual(["a", "b"].map((path) => ({ path, samples: "120", distinct_times: "120" })));
    const ranges = await server.query(`SELECT first, last FROM ${schema}.block_range`);
    expect(ranges).toEqual([{ first: "1", last: "120" }]);
  });

  it.each([
    "sample",
    "current_value",
    "block_range",
  ])("holds every block once, though the server dies in the middle of a transaction, at its statement on %s", async (table) => {
    const schema = `middle_${schemas++}`;
    const publisher = make(schema);
    const tags = [tag(1, "a"), tag(2, "b")];
    const block = (sequence: number) =>
      entry(
        sequence,
        Array.from({ length: 10_000 }, (_, at) => sample((at % 2) + 1, at, sequence * 10_000 + at)),
        tags,
      );
    await publisher.connect(signal);
    await publish(publisher, block(1));
    // Whoever holds this lock makes the transaction wait where it comes to the table. It dies with the server.
    const holding = server.query(`BEGIN; LOCK TABLE ${schema}.${table}; SELECT pg_sleep(60)`).catch(() => undefined);
    const waiting = (kind: string) =>
      server.query(
        `SELECT 1 FROM pg_stat_activity WHERE application_name = 'nonreturn-it' AND wait_event_type = 'Lock' AND query ${kind}`,
      );
    await expect
      .poll(() => server.query("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"), { timeout: 30_000 })
      .toHaveLength(1);
    const failed = publish(publisher, block(1), block(2), block(3)).catch((error: unknown) => error);
    await expect.poll(() => waiting(`LIKE '%${table}%'`), { timeout: 30_000 }).toHaveLength(1);
    await server.kill();
    expect(await failed).toMatchObject({ code: "POSTGRESQL_PUBLISH" });
    await holding;
    await server.start();
    await publisher.close();
    await publisher.connect(signal);
    await publish(publisher, block(1), block(2), block(3));
    const rows = await server.query(
      `SELECT path, count(*)::int, count(DISTINCT time)::int AS times FROM ${schema}.history GROUP BY path ORDER BY path`,
    );
    expect(rows).toEqual(["a", "b"].map((path) => ({ path, count: 15_000, times: 15_000 })));
    const latest = await server.query(`SELECT path, value FROM ${schema}.latest ORDER BY path`);
    expect(latest).toEqual([
      { path: "a", value: 9998 },
      { path: "b", value: 9999 },
    ]);
    expect(await server.query(`SELECT first, last FROM ${schema}.block_range`)).toEqual([{ first: "1", last: "3" }]);
  });

  it("tells an error in the middle of many rows, takes nothing of them, and can go on with the same connection", async () => {
    const schema = `copying_${schemas++}`;
    const publisher = make(schema);
    await publisher.connect(signal);
    const block = entry(
      1,
      Array.from({ length: 50_000 }, (_, at) => sample(1, at, at)),
      [tag(1, "a")],
    );
    const count = async () => (await server.query(`SELECT count(*)::int FROM ${schema}.history`))[0];
    await server.query(`ALTER TABLE ${schema}.sample ADD CONSTRAINT small CHECK (value < 20000)`);
    await expect(publish(publisher, block)).rejects.toMatchObject({ code: "PUBLISH_REFUSED_ENTRY" });
    await server.query(`ALTER TABLE ${schema}.sample DROP CONSTRAINT small`);
    // No such function: what is wrong is not the row.
    await server.query(
      `CREATE FUNCTION ${schema}.broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.value = 20000 THEN PERFORM no_such(); END IF; RETURN NEW; END $$`,
    );
    await server.query(
      `CREATE TRIGGER broken BEFORE INSERT ON ${schema}.sample FOR EACH ROW EXECUTE FUNCTION ${schema}.broken()`,
    );
    await expect(publish(publisher, block)).rejects.toMatchObject({ code: "POSTGRESQL_PUBLISH" });
    await server.query(`DROP TRIGGER broken ON ${schema}.sample`);
    // Division by zero, a data exception.
    await server.query(`ALTER TABLE ${schema}.sample ADD CONSTRAINT sound CHECK (1 / (value - 20000) IS NOT NULL)`);
    await expect(publish(publisher, block)).rejects.toMatchObject({ code: "PUBLISH_REFUSED_ENTRY" });
    await server.query(`ALTER TABLE ${schema}.sample DROP CONSTRAINT sound`);
    expect(await count()).toEqual({ count: 0 });
    await publish(publisher, block);
    expect(await count()).toEqual({ count: 50_000 });
  });

  it("says so when a newer release has written the schema", async () => {
    const schema = `newer_${schemas++}`;
    const publisher = make(schema);
    await publisher.connect(signal);
    await server.query(`INSERT INTO ${schema}.migration VALUES (99)`);
    await publisher.close();
    await expect(publisher.connect(signal)).rejects.toMatchObject({ code: "POSTGRESQL_NEWER" });
  });

  it("refuses a server without TLS unless told otherwise, and a wrong password", async () => {
    await expect(make("secure", { tls: "verify" }).connect(signal)).rejects.toMatchObject({
      code: "POSTGRESQL_CONNECT",
    });
    await expect(make("secure", { password: "wrong" }).connect(signal)).rejects.toMatchObject({
      code: "POSTGRESQL_CONNECT",
      what: expect.stringContaining("password") as string,
    });
  });
});

describe("PostgreSQL gaps", () => {
  const gap = (id: number, from: number, to: number, more: Partial<MissingTime> = {}): MissingTime => ({
    ...{ id, state: "open", from: T0 + from, to: T0 + to, reason: "not-received", stream: 1, blocks: 3, samples: null },
    ...more,
  });
  const shown = (schema: string) =>
    server.query(
      `SELECT station, state, extract(epoch FROM since)::numeric(20,6)::text AS since, extract(epoch FROM until)::numeric(20,6)::text AS until,
         reason, blocks::int, samples::int, stream FROM ${schema}.gaps ORDER BY station, since`,
    );
  const row = (station: string, from: number, to: number, more: object = {}) => ({
    ...{ station, state: "open", reason: "not-received", blocks: 3, samples: null, stream: 1 },
    ...{ since: ((T0 + from) / 1e6).toFixed(6), until: ((T0 + to) / 1e6).toFixed(6) },
    ...more,
  });

  it("are what the station says is missing, exact to the microsecond; more adds, all takes away, another station's stay", async () => {
    const schema = `gaps_${++schemas}`;
    const publisher = make(schema, {}, { station: "hamburg ␛\0'\"" });
    const name = "hamburg ␛␛␛0'\"";
    await publisher.connect(signal);
    const other = make(schema, {}, { station: "other" });
    await other.connect(signal);
    const lost = { state: "unrecorded", reason: "journal-full", blocks: null, samples: 7 } as const;
    await other.missingChanged!([gap(2, 1, 9)], "all", signal);
    await publisher.missingChanged!([gap(2, 0, 5), gap(3, 6, 7, lost)], "all", signal);
    const others = row("other", 1, 9);
    expect(await shown(schema)).toEqual([row(name, 0, 5), row(name, 6, 7, lost), others]);
    // Its blocks 0 … 2 are lost by now, and nobody knows yet whether those behind them are held here.
    await publisher.missingChanged!([gap(4, 0, 5, { state: "lost", blocks: 2 })], "more", signal);
    expect(await shown(schema)).toHaveLength(4);
    await publisher.missingChanged!([gap(4, 0, 5, { state: "lost", blocks: 2 })], "all", signal);
    expect(await shown(schema)).toEqual([row(name, 0, 5, { state: "lost", blocks: 2 }), others]);
    // A store that was replaced counts anew.
    await publisher.missingChanged!([gap(4, 3, 4)], "all", signal);
    expect(await shown(schema)).toEqual([row(name, 3, 4), others]);
    await publisher.missingChanged!([], "all", signal);
    expect(await shown(schema)).toEqual([others]);
  });

  it("that a rule of the site refuses are refused as a whole, and samples go on by the same connection", async () => {
    const schema = `gaps_${++schemas}`;
    const publisher = make(schema);
    await publisher.connect(signal);
    await publisher.missingChanged!([gap(2, 0, 5)], "all", signal);
    await server.query(`
      CREATE FUNCTION ${schema}.no_gaps() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no gaps here'; END $$;
      CREATE TRIGGER site_rule BEFORE INSERT ON ${schema}.gap FOR EACH ROW EXECUTE FUNCTION ${schema}.no_gaps()`);
    await expect(publisher.missingChanged!([gap(3, 6, 7)], "all", signal)).rejects.toMatchObject({
      code: "PUBLISH_REFUSED_ENTRY",
      what: "no gaps here",
    });
    await publish(publisher, entry(1, [sample(1, 5, 0)], [tag(1, "a")]));
    expect(await server.query(`SELECT path, value FROM ${schema}.history`)).toEqual([{ path: "a", value: 5 }]);
    expect(await shown(schema)).toEqual([row("it", 0, 5)]);
  });

  it("are as many as there are", async () => {
    const schema = `gaps_${++schemas}`;
    const publisher = make(schema);
    await publisher.connect(signal);
    const many = Array.from({ length: 100_000 }, (_, at) => gap(at, at, at + 1));
    await publisher.missingChanged!(many, "all", signal);
    await publisher.missingChanged!(many.slice(50_000), "all", signal);
    expect(await server.query(`SELECT count(*)::int AS n, min(id)::int AS first FROM ${schema}.gap`)).toEqual([
      { n: 50_000, first: 50_000 },
    ]);
  });

  it("flag the hours of a report, by the query of docs/publishers.md", async () => {
    const schema = `gaps_${++schemas}`;
    const publisher = make(schema);
    await publisher.connect(signal);
    const HOUR = 3_600_000_000;
    const samples = [0, 1, 2].map((hour) => sample(1, hour, hour * HOUR));
    await publish(publisher, entry(1, samples, [tag(1, "hamburg/energy/meter-1/power")]));
    await publisher.missingChanged!([gap(2, HOUR + 5, HOUR + 6)], "all", signal);
    const page = readFileSync(new URL("../../../../../../docs/publishers.md", import.meta.url), "utf8");
    const [query] = /SELECT h\.hour[^;]+;/.exec(page)!;
    const rows = await server.query<{ average: number; gap: boolean }>(query.replaceAll("nonreturn.", `${schema}.`));
    expect(rows.map(({ average, gap: has }) => [average, has])).toEqual([
      [0, false],
      [1, true],
      [2, false],
    ]);
  });
});

describe("PostgreSQL views", () => {
  it("keep what was granted on them over a restart, also under views of others", async () => {
    const schema = `views_${++schemas}`;
    const start = async (more: object = {}): Promise<void> => {
      const publisher = make(schema, more);
      await publisher.connect(signal);
      await publisher.close();
    };
    const granted = async (): Promise<boolean> => {
      const question = `SELECT has_table_privilege('reader_${schema}', '${schema}.history', 'SELECT') AS granted`;
      return (await server.query<{ granted: boolean }>(question))[0]!.granted;
    };
    await start();
    await server.query(`CREATE ROLE reader_${schema}; GRANT SELECT ON ${schema}.history TO reader_${schema}`);
    await server.query(`CREATE VIEW ${schema}.report AS SELECT max(value) FROM ${schema}.history`);
    await start();
    await start({ lineLevels: 2 });
    expect(await granted()).toBe(true);
  });

  it("of a release that had other columns are made anew under the same grants, the others stay as they are", async () => {
    const schema = `views_${++schemas}`;
    const start = async (): Promise<void> => {
      const publisher = make(schema);
      await publisher.connect(signal);
      await publisher.close();
    };
    await start();
    const [reader, editor, columns] = ["Reader é", "editor", "columns"].map((name) => `"${name} ${schema}"`);
    await server.query(`
      DROP VIEW ${schema}.latest;
      CREATE VIEW ${schema}.latest AS SELECT path, 1 AS another FROM ${schema}.tag;
      CREATE ROLE ${reader}; CREATE ROLE ${editor}; CREATE ROLE ${columns};
      GRANT SELECT ON ${schema}.latest TO ${reader}, PUBLIC;
      GRANT SELECT, UPDATE ON ${schema}.latest TO ${editor} WITH GRANT OPTION;
      GRANT SELECT (path), UPDATE (another) ON ${schema}.latest TO ${columns};
      CREATE VIEW ${schema}.report AS SELECT max(value) FROM ${schema}.history`);
    const granted = async (): Promise<string[]> => {
      const rows = await server.query<{ item: string }>(
        `SELECT a::text AS item FROM pg_class, unnest(relacl) AS a WHERE oid = '${schema}.latest'::regclass
         UNION ALL SELECT attname || ' ' || unnest(attacl)::text FROM pg_attribute WHERE attrelid = '${schema}.latest'::regclass`,
      );
      return rows.map(({ item }) => item).sort();
    };
    const before = await granted();
    expect(before).toHaveLength(6); // the owner's own, three, and two of columns
    await start();
    expect(await server.query(`SELECT path, value FROM ${schema}.latest`)).toEqual([]);
    expect(await granted()).toEqual(before.filter((item) => !item.startsWith("another ")));
    await start();
    expect(await granted()).toHaveLength(5);
  });

  it("that others stand on and that had fewer columns are replaced", async () => {
    const schema = `views_${++schemas}`;
    const first = make(schema);
    await first.connect(signal);
    await first.close();
    const [row] = await server.query<{ text: string }>(`SELECT pg_get_viewdef('${schema}.history') AS text`);
    const shorter = row!.text.replace(/,\s*t\.device(?=\s+FROM)/, "");
    expect(shorter).not.toBe(row!.text);
    await server.query(`
      DROP VIEW ${schema}.history; SET search_path TO ${schema};
      CREATE VIEW ${schema}.history AS ${shorter.replace(/;\s*$/, "")};
      CREATE VIEW ${schema}.report AS SELECT max(value) FROM ${schema}.history`);
    const second = make(schema);
    await second.connect(signal);
    expect(await server.query(`SELECT device FROM ${schema}.history`)).toEqual([]);
    expect(await server.query(`SELECT * FROM ${schema}.report`)).toEqual([{ max: null }]);
  });

  it("of a release that had other columns are made anew, whatever they were", async () => {
    const schema = `views_${++schemas}`;
    const first = make(schema);
    await first.connect(signal);
    await first.close();
    await server.query(`DROP VIEW ${schema}.latest; CREATE VIEW ${schema}.latest AS SELECT 1 AS another`);
    const second = make(schema);
    await second.connect(signal);
    expect(await server.query(`SELECT path, value FROM ${schema}.latest`)).toEqual([]);
  });

  it("that cannot be made anew for what others have on them stay, a warning says so, and publishing goes on", async () => {
    const schema = `views_${++schemas}`;
    const first = make(schema);
    await first.connect(signal);
    await first.close();
    await server.query(`
      DROP VIEW ${schema}.latest; CREATE VIEW ${schema}.latest AS SELECT path, 1 AS another FROM ${schema}.tag;
      CREATE SCHEMA site_${schema};
      CREATE VIEW site_${schema}.report AS SELECT another FROM ${schema}.latest;
      CREATE VIEW site_${schema}.upon AS SELECT another FROM site_${schema}.report`);
    const lines: string[] = [];
    const log = createLog({ name: "test", level: "warn", destination: { write: (line) => void lines.push(line) } });
    const second = make(schema, {}, { log });
    await second.connect(signal);
    await publish(second, entry(1, [sample(1, 5, 0)], [tag(1, "a")]));
    expect(await server.query(`SELECT another FROM site_${schema}.upon`)).toEqual([{ another: 1 }]);
    expect(await server.query(`SELECT path, value FROM ${schema}.history`)).toEqual([{ path: "a", value: 5 }]);
    const { err } = JSON.parse(lines[0]!) as { err: Record<string, string> };
    expect([lines.length, err.code]).toEqual([1, "POSTGRESQL_VIEW_KEPT"]);
    expect(err.what).toContain(`view site_${schema}.report depends on view`);
    expect(err.what).toContain(`${schema}.latest`);
    expect(err.where).toBe(`127.0.0.1:${server.port}/postgres, schema ${schema}`);
    expect(err.action).toContain("pg_get_viewdef");
    // Once they are out of the way the view is made, and nothing is said.
    await second.close();
    await server.query(`DROP VIEW site_${schema}.upon, site_${schema}.report`);
    await second.connect(signal);
    expect(await server.query(`SELECT path, value FROM ${schema}.latest`)).toEqual([{ path: "a", value: 5 }]);
    expect(lines).toHaveLength(1);
  });

  it("and tables that cannot be made are no lost connection: the server's own reason is told", async () => {
    const schema = `views_${++schemas}`;
    await server.query(`CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.latest (x integer)`);
    await server.query("CREATE ROLE only_reads LOGIN PASSWORD 'of the tests'");
    const account = { username: "only_reads", password: "of the tests" };
    const [taken, denied] = [make(schema), make(`none_${schema}`, account)];
    await expect(taken.connect(signal)).rejects.toMatchObject({
      code: "POSTGRESQL_SCHEMA",
      what: expect.stringContaining('"latest" is not a view') as string,
    });
    await expect(denied.connect(signal)).rejects.toMatchObject({
      code: "POSTGRESQL_SCHEMA",
      what: expect.stringContaining("permission denied") as string,
    });
    // Both go on by themselves once the cause is gone.
    for (const publisher of [taken, denied]) await publisher.close();
    await server.query(`DROP TABLE ${schema}.latest; GRANT CREATE ON DATABASE postgres TO only_reads`);
    for (const publisher of [taken, denied]) await publisher.connect(signal);
    expect(await server.query(`SELECT * FROM ${schema}.latest`)).toEqual([]);
  });
});
