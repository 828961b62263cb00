/** What a database refuses for a rule of its own is set aside, and arrives once the operator has removed the rule and asks for it: once, whatever happens meanwhile. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EmbeddedPostgres, startPostgres } from "../support/embedded-postgres.ts";
import { type Line, prepareLine } from "../support/line/line.ts";
import { until } from "../support/line/until.ts";

let line: Line;
let postgres: EmbeddedPostgres;

beforeAll(async () => {
  postgres = await startPostgres();
  const { host, port, username, password, database } = postgres;
  const login = { host, port, username, password, database, tls: "off", retryFirst: "100ms" };
  line = await prepareLine({
    seed: 47,
    secondPassAfter: "off",
    publishers: [{ type: "postgresql", name: "plant-db", ...login }],
  });
  await line.it.start();
  await line.ot.start();
}, 120_000);
afterAll(async () => {
  await line?.close();
  await postgres?.stop();
}, 60_000);

interface Status {
  readonly publishers: readonly {
    readonly name: string;
    readonly state: string;
    readonly progress?: { readonly samples: number; readonly quarantined: number; readonly quarantinedRows: number };
    readonly refusedRows: number;
  }[];
}

async function plantDb() {
  const { publishers } = (await line.it.status()) as unknown as Status;
  return publishers.find(({ name }) => name === "plant-db")!;
}

interface Listed {
  readonly publisher: string;
  readonly path: string;
  readonly reason: string;
  readonly rows: number;
}

async function setAside(): Promise<Listed[]> {
  const lines = (await line.itCommand(["quarantine", "--json", "--publisher", "plant-db"])).split("\n");
  return lines.filter((text) => text !== "").map((text) => JSON.parse(text) as Listed);
}

const retry = () => line.itCommand(["quarantine", "retry", "--publisher", "plant-db"]);

/** Paths and times of every sample, as often as they are there. */
async function inDatabase(): Promise<string[]> {
  const rows = await postgres.query<{ path: string; time: string }>(
    `SELECT t.path, (extract(epoch FROM s.time) * 1000000)::bigint AS time
     FROM nonreturn.sample s JOIN nonreturn.tag t ON t.id = s.tag`,
  );
  return rows.map(({ path, time }) => `${path} ${time}`).toSorted();
}

function reported(without?: string): string[] {
  line.reported.read();
  const samples = line.reported.samples.filter(({ path }) => path !== without);
  return samples.map(({ path, timestamp }) => `${path} ${timestamp}`).toSorted();
}

/** A rule that refuses the tag that changes most, from now on. @returns its path. */
async function forbid(): Promise<string> {
  const [tag] = await postgres.query<{ tag: number; path: string }>(
    `SELECT s.tag, t.path FROM nonreturn.sample s JOIN nonreturn.tag t ON t.id = s.tag
     GROUP BY s.tag, t.path ORDER BY count(*) DESC LIMIT 1`,
  );
  await postgres.query(`ALTER TABLE nonreturn.sample ADD CONSTRAINT of_the_site CHECK (tag <> ${tag!.tag}) NOT VALID`);
  return tag!.path;
}

const permit = () => postgres.query("ALTER TABLE nonreturn.sample DROP CONSTRAINT of_the_site");

/** The OT station ends; whatever it journaled is in the database or set aside. */
async function settled(without: string): Promise<number> {
  await line.ot.stop();
  const others = reported(without);
  await until("every other sample is in the database", async () => {
    const held = new Set(await inDatabase());
    return others.every((one) => held.has(one));
  });
  const all = reported();
  const held = await inDatabase();
  const missing = all.length - held.length;
  await until("what is missing is set aside", async () => (await plantDb()).progress?.quarantinedRows === missing);
  return missing;
}

test("a tag that the database refuses in every block holds up no other, and is counted and listed", async () => {
  await until("the first samples", async () => (await inDatabase()).length > 100);
  const path = await forbid();
  await line.sealed(20);
  await until("some of it is set aside", async () => ((await plantDb()).progress?.quarantinedRows ?? 0) > 5);
  const missing = await settled(path);
  expect(missing).toBeGreaterThan(5);
  const listed = await setAside();
  expect(listed.reduce((sum, { rows }) => sum + rows, 0)).toBe(missing);
  expect(new Set(listed.map((one) => one.path))).toEqual(new Set([path]));
  for (const { reason } of listed) expect(reason).toContain('violates check constraint "of_the_site"');
  const samples = (await inDatabase()).length;
  expect(await plantDb()).toMatchObject({ state: "running", refusedRows: missing, progress: { samples } });
}, 300_000);

test("asked for while the rule is there it stays set aside; once it is gone it arrives, once, and nothing is counted any more", async () => {
  const before = await inDatabase();
  const records = (await setAside()).length;
  const { refusedRows } = await plantDb();
  expect(await retry()).toContain(`${records} records are offered again`);
  await until("all of it is refused again", async () => (await plantDb()).refusedRows === 2 * refusedRows);
  expect(await inDatabase()).toEqual(before);
  expect(await setAside()).toHaveLength(records);
  await permit();
  await retry();
  await until("nothing is set aside", async () => (await setAside()).length === 0);
  expect(await inDatabase()).toEqual(reported());
  const shown = await until("a status of now", async () => {
    const now = await plantDb(); // it is told once a second
    return now.progress?.quarantinedRows === 0 && now;
  });
  expect(shown).toMatchObject({ state: "running", progress: { quarantined: 0, samples: reported().length } });
  expect(await retry()).toContain("Nothing is set aside.");
}, 300_000);

test("it arrives once, too, if the station is killed while it is offered again, and started again", async () => {
  await line.ot.start();
  await line.sealed(3);
  const path = await forbid();
  await line.sealed(20);
  await until("some of it is set aside", async () => ((await plantDb()).progress?.quarantinedRows ?? 0) > 5);
  await settled(path);
  await permit();
  await retry();
  const before = (await inDatabase()).length;
  await until("the first of it, or all", async () => (await inDatabase()).length > before);
  await line.it.kill();
  await line.it.start();
  await until("nothing is set aside", async () => (await setAside()).length === 0);
  await until("the publisher runs", async () => (await plantDb()).state === "running");
  expect(await inDatabase()).toEqual(reported());
}, 300_000);
