/** Business systems that were away, on real servers: everything they missed arrives, once and in order, while the plant goes on. */
import { connectAsync } from "mqtt";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Arrivals, ArrivalsSettings } from "../bench/backlog/arrivals-process.ts";
import { checkRows, startSessionBroker } from "../bench/backlog/far-side-servers.ts";
import { measureBacklog } from "../bench/backlog/measure-backlog.ts";
import { LIVE_RATE } from "../bench/backlog/steady-plant.ts";
import { ToldProcess } from "../bench/backlog/told-process.ts";
import { startPostgres } from "../support/embedded-postgres.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const PLAN = { hours: 0.05, steadyMs: 2000, deadlineMs: 240_000 };
const BACKLOG = PLAN.hours * 3600 * LIVE_RATE;

describe("a backlog", () => {
  it.each([
    ["that PostgreSQL and mosquitto missed", "live"],
    ["that the OT station sent when the link came back", "late"],
  ] as const)("%s is drained faster than five times the live rate, nothing of it missing, double or out of order", async (_, lane) => {
    const { farSides } = await measureBacklog(temporaryFolder(), { lane, ...PLAN }, () => undefined);
    expect(farSides.map(({ name }) => name)).toEqual(["PostgreSQL", "mosquitto", "mosquitto that was not away"]);
    for (const farSide of farSides) {
      expect(farSide).toMatchObject({ difference: 0, notAscending: 0 });
      expect(farSide.lateOtherwiseMs).toBeGreaterThan(0);
      if (farSide.backlog === 0) continue;
      expect(farSide.backlog).toBe(BACKLOG);
      expect(farSide.seconds).toBeLessThan(BACKLOG / LIVE_RATE / 5);
    }
  });
});

describe("what looks at the business systems", () => {
  it("finds a row that is there twice, and one before its time", async () => {
    const postgres = await startPostgres();
    onTestFinished(() => postgres.stop());
    await postgres.query("CREATE SCHEMA s");
    await postgres.query("CREATE TABLE s.sample (tag integer, historical boolean, time timestamptz)");
    const insert = (tag: number, second: number) =>
      postgres.query("INSERT INTO s.sample VALUES ($1, false, to_timestamp($2))", [tag, second]);
    for (const [tag, second] of [
      [1, 5],
      [2, 4],
      [1, 6],
    ] as const)
      await insert(tag, second);
    expect(await checkRows(postgres, "s")).toEqual({ samples: 3, notAscending: 0 });
    await insert(1, 6);
    await insert(2, 3);
    expect(await checkRows(postgres, "s")).toEqual({ samples: 5, notAscending: 2 });
    await postgres.query("INSERT INTO s.sample SELECT 3, false, to_timestamp(9) FROM generate_series(1, 2)");
    expect(await checkRows(postgres, "s")).toEqual({ samples: 7, notAscending: 3 });
  });

  it("finds a message that comes twice", async () => {
    const broker = await startSessionBroker(temporaryFolder());
    onTestFinished(() => broker.stop());
    const settings: ArrivalsSettings = { url: broker.url, clientId: "looks", liveFrom: 0 };
    const arrivals = new ToldProcess<Arrivals>("arrivals-process.ts", settings);
    onTestFinished(() => arrivals.end());
    await expect.poll(() => arrivals.said("subscribed"), { timeout: 30_000 }).toBe(true);
    const client = await connectAsync(broker.url);
    onTestFinished(() => client.endAsync());
    const at = (second: number): string =>
      JSON.stringify({
        samples: [{ timestamp: `2026-11-23T08:00:0${second}.000001Z`, historical: false, path: "a/b" }],
      });
    for (const second of [1, 2, 2, 1]) await client.publishAsync("nonreturn/line-1", at(second), { qos: 1 });
    await expect.poll(() => arrivals.last, { timeout: 30_000 }).toMatchObject({ samples: 4, notAscending: 2 });
  });
});
