/** A station that runs out of file descriptors: says so, goes on, and works again when there are some. */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { floodLink } from "../support/hostile/flood-link.ts";
import { HostileTraffic } from "../support/hostile/hostile-traffic.ts";
import { itPlace } from "../support/hostile/it-process.ts";
import { until } from "../support/line/until.ts";

test("too few to start: one clear error, and an exit code that tells a resource is missing", async () => {
  const place = await itPlace(61);
  for (const limit of [24, 28, 32]) {
    const station = place.run(["run"], ["prlimit", `--nofile=${limit}:${limit}`]);
    const { code, signal } = await station.ended;
    expect(signal).toBe(null);
    expect(code).toBe(4);
    expect(station.stderr()).toMatch(/error [A-Z_]+: .*\n( {3}at .*\n)? {3}do /);
  }
  const control = await place.start(); // nothing was spoilt
  control.signal("SIGTERM");
  expect((await control.ended).code).toBe(0);
});

test("none left while running: recording goes on, and the control socket answers again afterwards", async () => {
  const place = await itPlace(62);
  const station = await place.start();
  const traffic = new HostileTraffic(62, place.keys);
  await floodLink(traffic, place.port, 500);
  const open = readdirSync(`/proc/${station.pid}/fd`).length;
  execFileSync("prlimit", ["--pid", String(station.pid), `--nofile=${open + 2}:4096`]);
  const sockets: Socket[] = [];
  for (let at = 0; at < 20; at++) {
    const socket = connect(join(place.dataFolder, "control.sock"));
    socket.on("error", () => undefined);
    sockets.push(socket);
  }
  await expect(Promise.race([place.status(), failAfter(2000)])).rejects.toThrow(); // control: there are none left
  const { validBlocks } = await floodLink(traffic, place.port, 2000);
  execFileSync("prlimit", ["--pid", String(station.pid), "--nofile=4096:4096"]);
  for (const socket of sockets) socket.destroy();
  const status = await until("the control socket answers, and every valid block is stored", async () => {
    const now = await place.status();
    return (now.figures.record_stored_blocks ?? 0) === validBlocks + 5 ? now : undefined;
  });
  expect(status.alarms.filter((alarm) => !/missing|silent/.test(alarm))).toEqual([]);
  station.signal("SIGTERM");
  expect((await station.ended).code).toBe(0);
  expect((await place.run(["verify"]).ended).code).toBe(0);
});

function failAfter(ms: number): Promise<never> {
  return new Promise((_, reject) => setTimeout(() => reject(new Error("no answer")), ms));
}
