/** An OT station whose PLCs have frozen is stopped: in order, without a connection or a thread left to be ended by force. Of every driver one PLC froze while
 *  it was read, and one has never said a word. */
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { checkLine, NOTHING_FOUND } from "../support/line/check-line.ts";
import { type Line, prepareLine } from "../support/line/line.ts";
import { until } from "../support/line/until.ts";
import { type MuteServer, startMute } from "../support/mute-server.ts";

let line: Line;
const mutes: Record<string, MuteServer> = {};
beforeAll(async () => {
  line = await prepareLine({ seed: 43, secondPassAfter: "2s", plant: "every driver" });
  const file = parse(readFileSync(line.folder.otConfig, "utf8")) as { devices: { name: string; driver: string }[] };
  for (const device of [...file.devices]) {
    const mute = await startMute();
    mutes[device.driver] = mute;
    file.devices.push({ ...device, ...{ name: `mute-${device.name}`, path: `mute/${device.name}`, port: mute.port } });
  }
  writeFileSync(line.folder.otConfig, stringify(file), { mode: 0o600 });
  await line.it.start();
  await line.ot.start();
});
afterAll(async () => {
  line?.thawPlant();
  await line?.close();
  for (const mute of Object.values(mutes)) mute.close();
});

test("every driver waits for its mute device, and reads the other", async () => {
  expect(Object.keys(mutes).length).toBe(7);
  for (const [driver, mute] of Object.entries(mutes))
    await until(`${driver} has a connection to the device that says nothing`, () => mute.open() > 0);
  await until("every tag of the others is reported", () => {
    line.reported.read();
    const paths = new Set(line.reported.samples.map(({ path }) => path));
    return line.plant.tags.every(({ path }) => paths.has(path));
  });
});

test("the stop is orderly, ends every connection, and loses nothing", async () => {
  line.freezePlant();
  expect(await line.ot.stop()).toBe(0);
  expect(line.folder.logs()).not.toContain("THREAD_STOP"); // a thread that does not end within 5 s
  await until("every connection has ended", () => Object.values(mutes).every((mute) => mute.open() === 0));
  line.thawPlant();
  const { findings } = await checkLine(line, { mqtt: "once", otStation: "killed" });
  expect({ ...findings, strangers: [] }).toEqual(NOTHING_FOUND); // the mute ones are no tags of the plant
});
