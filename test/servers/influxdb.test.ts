/** The publisher contract against a real InfluxDB 1. */
import type { Value } from "@nonreturn/wire-format";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { influxConfig } from "../../packages/it-receiver/src/publishers/influx/config.ts";
import { influxFactory } from "../../packages/it-receiver/src/publishers/influx/index.ts";
import { seriesOf } from "../../packages/it-receiver/src/publishers/influx/map-sample.ts";
import { textOf } from "../../packages/it-receiver/src/publishers/value-text.ts";
import { surroundings } from "../../packages/it-receiver/test/publishers/support/surroundings.ts";
import { describePublisher, type Held } from "../contract/publisher-contract/publisher-contract.ts";
import { freeTcpPort } from "../support/free-port.ts";
import { type InfluxServer, startInflux } from "../support/influx-server.ts";

/** 2026-11-23T08:00:00Z */
const T0 = 1_795_420_800_000_000;
let server: InfluxServer;
let databases = 0;

beforeAll(async () => {
  server = await startInflux();
});

afterAll(() => server?.stop());

interface Row {
  time: number;
  status: number;
  kind: string;
  value: number | null;
  text: string | null;
  historical: boolean | null;
}

interface AlarmRow {
  time: number;
  condition: string;
  long_condition: string | null;
  active: boolean;
  severity: number;
  event: number;
  text: string;
  historical: boolean | null;
}

describePublisher(
  "InfluxDB",
  async () => {
    const database = `contract_${databases++}`;
    await server.query("", `CREATE DATABASE ${database}`, "POST");
    const make = (at: string) => {
      const publisher = influxFactory.create(
        influxConfig.parse({ type: "influx", url: at, database }),
        surroundings("influx"),
      );
      onTestFinished(() => publisher.close());
      return publisher;
    };
    return {
      publisher: make(server.url),
      async held(path): Promise<Held[]> {
        const tag = { tagId: 1, path, dataType: "FLOAT64", unit: "bar", description: "", device: "d" } as const;
        const { key } = seriesOf("nonreturn", { ...tag, maximumSilenceMs: 0, retired: false });
        const name = key.slice(key.indexOf(",path=") + 6, key.lastIndexOf(",unit=")).replace(/\\([,= ])/g, "$1");
        const rows = await server.query(
          database,
          `SELECT * FROM nonreturn WHERE path = '${name.replace(/'/g, "\\'")}'`,
        );
        return (rows as Row[]).map((row) => ({
          value: shownBy(row),
          statusCode: row.status,
          sourceTimestamp: row.time,
          historical: row.historical === true,
        }));
      },
      shown: (value: Value | null) => (Array.isArray(value) ? textOf(value) : value),
      repeats: "exactly once",
      poison: {
        value: "a text",
        // The site has written this field with another type.
        arrange: async () => {
          const line = `nonreturn,path=of-the-site text=1 ${T0}`;
          const answer = await fetch(`${server.url}/write?db=${database}&precision=u`, { method: "POST", body: line });
          if (answer.status !== 204) throw new Error(await answer.text());
        },
        lift: async () => void (await server.query(database, "DROP MEASUREMENT nonreturn")),
        reason: /InfluxDB refuses it: 400.*field type conflict/,
      },
      events: {
        async held(path) {
          const rows = await server.query(database, `SELECT * FROM nonreturn_alarm WHERE path = '${path}'`);
          return (rows as AlarmRow[])
            .toSorted((a, b) => a.event - b.event)
            .map(({ condition, long_condition, active, severity, text, time, historical }) => ({
              condition: long_condition ?? decodeURIComponent(condition === "%" ? "" : condition),
              state: active ? "active" : "inactive",
              ...{ severity, text, time },
              historical: historical === true,
            }));
        },
      },
      breakFarSide: async () => make(`http://127.0.0.1:${await freeTcpPort()}`),
    };
  },
  "alarm events",
);

function shownBy({ kind, value, text }: Row): unknown {
  if (kind === "none") return null;
  if (kind === "boolean") return value === 1;
  if (kind === "number") return text === null || text === undefined ? value : Number(text);
  if (kind === "bigint") return BigInt(text!);
  return kind === "bytes" ? new Uint8Array(Buffer.from(text!, "hex")) : text;
}
