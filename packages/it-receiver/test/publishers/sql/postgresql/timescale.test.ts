/** TimescaleDB as its reference documents it, by a stand-in; and that publishing goes on where it is missing or refuses. */
import { createLog, systemClock } from "@nonreturn/station";
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type EmbeddedPostgres, startPostgres } from "../../../../../../test/support/embedded-postgres.ts";
import { progressStep } from "../../../../src/publishers/progress.ts";
import { postgresqlConfig } from "../../../../src/publishers/sql/config.ts";
import { postgresqlFactory } from "../../../../src/publishers/sql/index.ts";
import { columns, entry, sample, tag } from "../../support/samples.ts";
import { offerStandIn, standInProxy } from "./stand-in-timescale.ts";

const { signal } = new AbortController();
let server: EmbeddedPostgres;
let schemas = 0;
beforeAll(async () => {
  server = await startPostgres();
  await offerStandIn(server);
});
afterAll(() => server?.stop(), 60_000);
afterEach(async () => {
  await server.query("DROP EXTENSION IF EXISTS timescaledb");
  await server.query("ALTER DATABASE postgres RESET ALL");
});

async function bench() {
  const schema = `timescale_${++schemas}`;
  const warnings: string[] = [];
  const { host, username, password, database } = server;
  const common = { type: "postgresql", host, username, password, database, schema, tls: "off" };
  const log = createLog({ name: "test", level: "silent" });
  log.warn = ((_: unknown, text: string) => void warnings.push(text)) as typeof log.warn;
  const port = await standInProxy(server);
  let position = 0;
  return {
    warnings,
    /** A station's life: connect, publish one sample, close. */
    async publish(more: object = {}): Promise<void> {
      const publisher = postgresqlFactory.create(postgresqlConfig.parse({ ...common, port, ...more }), {
        ...{ clock: systemClock, log, publisher: "pg", station: "it", dataFolder: "", openHistory: () => undefined },
      });
      onTestFinished(() => publisher.close());
      await publisher.connect(signal);
      position++;
      const tags = [tag(1, "a")];
      await publisher.publish(
        [entry(position, columns(sample(1, position, position)), tags)],
        signal,
        progressStep({}),
      );
      await publisher.close();
    },
    rows: async () =>
      (await server.query<{ value: number }>(`SELECT value FROM ${schema}.history ORDER BY time`)).map(
        ({ value }) => value,
      ),
    calls: async () =>
      (await server.query<{ call: string }>("SELECT call FROM timescaledb_information.stand_in_call ORDER BY id")).map(
        ({ call }) => call,
      ),
  };
}

describe("PostgreSQL with TimescaleDB", () => {
  it("makes samples a compressed hypertable by the documented calls, once", async () => {
    await server.query("CREATE EXTENSION timescaledb");
    const { publish, rows, calls, warnings } = await bench();
    await publish();
    const expected = [
      'create_hypertable sample (time,"1 day") f',
      "compress sample tag time DESC",
      "add_compression_policy sample 7 days",
    ];
    expect(await calls()).toEqual(expected);
    await publish();
    expect(await calls()).toEqual(expected);
    expect(await rows()).toEqual([1, 2]);
    expect(warnings).toEqual([]);
  });

  it("finds it in whatever schema it was installed", async () => {
    await server.query('CREATE SCHEMA "Time Series"; CREATE EXTENSION timescaledb SCHEMA "Time Series"');
    const { publish, rows, calls, warnings } = await bench();
    await publish();
    await publish();
    expect(warnings).toEqual([]);
    expect((await calls()).map((one) => one.split(" ")[0])).toEqual([
      ...["create_hypertable", "compress", "add_compression_policy"],
    ]);
    expect(await rows()).toEqual([1, 2]);
  });

  it("takes the samples along where the extension came after them", async () => {
    const { publish, rows, calls, warnings } = await bench();
    await publish();
    await server.query("CREATE EXTENSION timescaledb");
    await publish();
    expect(await calls()).toHaveLength(3);
    expect(await rows()).toEqual([1, 2]);
    expect(warnings).toEqual([]);
  });

  it("goes on with a plain table where create_hypertable fails, says so, and tries again at the next connect", async () => {
    await server.query("CREATE EXTENSION timescaledb");
    await server.query("ALTER DATABASE postgres SET stand_in.refuse = 'create_hypertable'");
    const { publish, rows, calls, warnings } = await bench();
    await publish();
    expect(warnings).toEqual(["TimescaleDB refuses: samples stay in a plain table"]);
    expect(await calls()).toEqual([]);
    await server.query("ALTER DATABASE postgres RESET ALL");
    await publish();
    expect(await calls()).toHaveLength(3);
    expect(await rows()).toEqual([1, 2]);
  });

  it.each([
    "compress",
    "add_compression_policy",
  ])("keeps the hypertable where %s fails, without compression", async (call) => {
    await server.query("CREATE EXTENSION timescaledb");
    await server.query(`ALTER DATABASE postgres SET stand_in.refuse = '${call}'`);
    const { publish, rows, calls, warnings } = await bench();
    await publish();
    await publish();
    expect(warnings).toEqual(["TimescaleDB refuses: samples are not compressed"]);
    expect((await calls()).map((one) => one.split(" ")[0])).toEqual(["create_hypertable"]);
    expect(await rows()).toEqual([1, 2]);
  });

  it("goes on where an older TimescaleDB has no by_range, where the database has none, and with timescale: off", async () => {
    await server.query("CREATE EXTENSION timescaledb");
    await server.query("ALTER EXTENSION timescaledb DROP FUNCTION by_range; DROP FUNCTION by_range");
    const older = await bench();
    await older.publish();
    expect(await older.rows()).toEqual([1]);
    expect(older.warnings).toEqual(["TimescaleDB refuses: samples stay in a plain table"]);

    await server.query("DROP EXTENSION timescaledb; CREATE EXTENSION timescaledb");
    const off = await bench();
    await off.publish({ timescale: "off" });
    expect([await off.rows(), await off.calls(), off.warnings]).toEqual([[1], [], []]);

    await server.query("DROP EXTENSION timescaledb");
    const none = await bench();
    await none.publish();
    expect([await none.rows(), none.warnings]).toEqual([[1], []]);
  });
});
