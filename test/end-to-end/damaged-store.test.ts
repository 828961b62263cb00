/** A real IT station whose store was damaged: it ends at once with a clear error, each time, until somebody moves the store aside. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { openDatabase } from "@nonreturn/station";
import { expect, test } from "vitest";
import { floodLink } from "../support/hostile/flood-link.ts";
import { HostileTraffic } from "../support/hostile/hostile-traffic.ts";
import { itPlace } from "../support/hostile/it-process.ts";
import { until } from "../support/line/until.ts";

test("a damaged store: exit code 4 with what, where and what to do, and the file left as it is", async () => {
  const place = await itPlace(91);
  const first = await place.start();
  const { validBlocks } = await floodLink(new HostileTraffic(91, place.keys), place.port, 500);
  await until("blocks stored", async () => (await place.status()).figures.record_stored_blocks === validBlocks);
  first.signal("SIGTERM");
  expect((await first.ended).code).toBe(0);

  openDatabase(place.storeFile, { durability: "full" }).close(); // what the write-ahead log still held goes into the file
  const bytes = readFileSync(place.storeFile);
  bytes.fill(0xa5, 4096, 3 * 4096);
  writeFileSync(place.storeFile, bytes);
  for (let start = 0; start < 2; start++) {
    const station = place.run(["run"]);
    expect(await station.ended).toEqual({ code: 4, signal: null });
    expect(station.stderr()).toMatch(
      /^error DATABASE_CORRUPT: .+\n {3}at .+store\.db\n {3}do Stop the station, move the file/m,
    );
  }
  expect(readFileSync(place.storeFile).equals(bytes)).toBe(true);

  renameSync(place.storeFile, `${place.storeFile}.damaged`);
  const again = await place.start(); // control: what the error says to do helps
  again.signal("SIGTERM");
  expect((await again.ended).code).toBe(0);
});
