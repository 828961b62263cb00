/** What those see who ask the IT station and its databases: which OT stations there are, also after a restart, and what is missing until it is healed. */
import { writeFileSync } from "node:fs";
import { sleep, systemClock } from "@nonreturn/station";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EmbeddedPostgres, startPostgres } from "../support/embedded-postgres.ts";
import { freeTcpPort } from "../support/free-port.ts";
import { healWithReplays } from "../support/line/heal.ts";
import { type Line, prepareLine } from "../support/line/line.ts";
import { until } from "../support/line/until.ts";

const TOKEN = "token-of-the-tests-0123456789";

let line: Line;
let postgres: EmbeddedPostgres;
let base: string;

beforeAll(async () => {
  postgres = await startPostgres();
  const port = await freeTcpPort();
  base = `http://127.0.0.1:${port}`;
  const { host, username, password, database } = postgres;
  line = await prepareLine({
    seed: 41,
    secondPassAfter: "off",
    publishers: [
      { type: "rest", listen: `127.0.0.1:${port}`, tokens: [{ name: "test", tokenFile: "./rest-token" }] },
      { type: "postgresql", host, port: postgres.port, username, password, database, tls: "off" },
    ],
  });
  writeFileSync(line.folder.file("rest-token"), `${TOKEN}\n`, { mode: 0o600 });
  await line.it.start();
  await line.ot.start();
}, 120_000);
afterAll(async () => {
  await line?.close();
  await postgres?.stop();
}, 60_000);

const ask = (path: string) => fetch(`${base}${path}`, { headers: { authorization: `Bearer ${TOKEN}` } });

interface Shown {
  readonly name: string | null;
  readonly mode: string | null;
  readonly softwareVersion: string | null;
  readonly announced: "current" | "old" | null;
  readonly announcedAt: string | null;
  readonly heardAt: string | null;
  readonly link: { readonly state: string; readonly reason: string };
  readonly lastBlock: { readonly sequence: number } | null;
  readonly tags: number;
  readonly devices: readonly { readonly name: string; readonly state: string }[];
}

async function station(): Promise<Shown> {
  const { stations } = (await (await ask("/v1/stations")).json()) as { stations: Shown[] };
  expect(stations).toHaveLength(1);
  return stations[0]!;
}

const current = () =>
  until("a station that is announced, with all its devices connected", async () => {
    const shown = await station();
    const isReady = shown.devices.length > 0 && shown.devices.every(({ state }) => state === "connected");
    return shown.announced === "current" && isReady && shown.tags === line.plant.tags.length && shown;
  });

describe("/v1/stations", () => {
  test.each([
    "stopped",
    "killed",
  ] as const)("says of an OT station that is away what it said before the IT station was %s and started again, and that it is old", async (how) => {
    const before = await current();
    expect(before).toMatchObject({ name: "line-ot", mode: "lab", link: { state: "up", reason: "" } });
    expect(before.softwareVersion).toMatch(/^\d+\.\d+\.\d+/);
    await line.ot.kill(); // it says nothing any more, not even that it stops
    await until("silence", async () => (await station()).link.state === "silent");
    const last = await station();
    expect(last).toMatchObject({ announced: "old", name: "line-ot" });
    await (how === "stopped" ? line.it.stop() : line.it.kill());
    await line.it.start();
    const after = await until("an answer", station);
    expect(["unknown", "silent"]).toContain(after.link.state);
    expect(after).toMatchObject({ announced: "old", name: "line-ot", mode: "lab" });
    for (const key of ["softwareVersion", "announcedAt", "tags", "devices"] as const)
      expect([key, after[key]]).toEqual([key, last[key]]);
    expect(after.lastBlock?.sequence).toBe(last.lastBlock?.sequence);
    // Two threads of the station note when they heard the same block; it was silent for more than five seconds since.
    expect(Math.abs(Date.parse(after.heardAt!) - Date.parse(last.heardAt!))).toBeLessThan(4000);
    await until("silence, with its reason", async () =>
      (await station()).link.reason.includes("none since this station started"),
    );
    await line.ot.start();
    const again = await current();
    expect(again.heardAt! > after.heardAt!).toBe(true);
    expect(again.announcedAt! > after.announcedAt!).toBe(true);
  });

  test("control: on an empty disk nothing is known of it until it is heard", async () => {
    await current();
    await line.ot.kill();
    await line.it.stop();
    line.replaceItDisk();
    await line.it.start();
    const nothing = await until("an answer", station);
    expect(nothing).toMatchObject({
      name: null,
      mode: null,
      softwareVersion: null,
      announced: null,
      heardAt: null,
      devices: [],
    });
    await line.ot.start();
    await current();
  });
});

describe("a gap", () => {
  test("is seen by whoever reads history, in REST, SQL and PostgreSQL, until its samples are there", async () => {
    await current();
    await healWithReplays(line); // what the restarts left
    await until("nothing missing", async () => (await gapsOf(0)).length === 0);
    const beginMicros = systemClock.nowUtcMicros();
    await line.blackout("3s");
    await until("a gap", () => line.gaps().some(({ state }) => state === "open"));
    const [gap] = await until("a gap in REST", async () => {
      const gaps = await gapsOf(beginMicros - 5_000_000);
      return gaps.length > 0 && gaps;
    });
    expect(gap).toMatchObject({ state: "open", reason: "not-received", samples: null });
    const { path } = line.plant.tags[0]!;
    const file = await ask(`/v1/history.csv?${new URLSearchParams({ path, from: gap!.from, gaps: "marked" })}`);
    expect(Number(file.headers.get("nonreturn-gaps"))).toBeGreaterThan(0);
    expect(await file.text()).toContain(",none,bad,2157772800,");
    const sql = (statement: string) => line.itCommand(["sql", statement, "--json"]);
    expect(await sql("SELECT state, reason FROM gaps LIMIT 1")).toContain('{"state":"open","reason":"not-received"}');
    const interval = `SELECT max(gap) AS gap FROM intervals('${path}', '1s', '${gap!.from}', '${gap!.to}')`;
    expect(await sql(interval)).toContain('{"gap":1}');
    const inPostgres = async () => {
      const [row] = await postgres.query<{ gaps: number; samples: number }>(
        `SELECT (SELECT count(*)::int FROM nonreturn.gaps WHERE until >= $1) AS gaps,
           (SELECT count(*)::int FROM nonreturn.history WHERE time >= $1 AND time < $2) AS samples`,
        [gap!.from, gap!.to],
      );
      return row!;
    };
    const open = await until("a gap in PostgreSQL", async () => {
      const row = await inPostgres();
      return row.gaps > 0 && row;
    });
    let healed = open;
    const seen = until("no gap in PostgreSQL", async () => {
      healed = await inPostgres();
      return healed.gaps === 0;
    });
    await healWithReplays(line);
    await seen;
    // The row went not before the samples came: nothing more of that time arrives.
    expect(healed.samples).toBeGreaterThan(open.samples);
    await sleep(systemClock, 2000);
    expect((await inPostgres()).samples).toBe(healed.samples);
    expect(await gapsOf(beginMicros - 5_000_000)).toEqual([]);
    expect(await sql(interval)).toContain('{"gap":0}');
  });
});

interface Gap {
  readonly state: string;
  readonly from: string;
  readonly to: string;
}

async function gapsOf(from: number): Promise<Gap[]> {
  const { path } = line.plant.tags[0]!;
  const query = new URLSearchParams({ path, from: String(Math.max(from, 10_000)) });
  const answer = (await (await ask(`/v1/history?${query}`)).json()) as { gaps: Gap[] };
  return answer.gaps;
}
