/** A running station takes other devices and tags over. Devices that did not change notice nothing: no new connection, no hole, no repeat. */
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { type CheckOptions, checkLine, NOTHING_FOUND } from "../support/line/check-line.ts";
import { type Line, prepareLine } from "../support/line/line.ts";
import { until } from "../support/line/until.ts";

interface Device {
  name: string;
  timeout?: string;
  tags: { path: string; deadband?: number; description?: string }[];
}
interface StationFile {
  link: Record<string, unknown>;
  devices: Device[];
}

const CHECK: CheckOptions = { mqtt: "once", otStation: "never killed" };
/** They stay as they are from the first to the last line of this file. */
const UNTOUCHED = ["mill", "kiln", "scripts"];

let line: Line;
let whole: StationFile;
beforeAll(async () => {
  line = await prepareLine({ seed: 31, secondPassAfter: "2s" });
  whole = read();
  // The press comes later: what its registers show has to be reported from its first reading on.
  write({ ...whole, devices: whole.devices.filter(({ name }) => name !== "press") });
  await line.it.start();
  await line.ot.start();
  await line.sealed(10);
});
afterAll(() => line?.close());

const read = (): StationFile => parse(readFileSync(line.folder.otConfig, "utf8")) as StationFile;
const write = (file: StationFile): void => writeFileSync(line.folder.otConfig, stringify(file), { mode: 0o600 });
const revision = async () => (await line.ot.status()).directoryRevision!;
const accepted = (names: readonly string[]) => Promise.all(names.map((name) => line.accepted(name)));
const reload = (...args: readonly string[]) => line.otCommand(["reload", ...args]);
/** Of the newest sample; blocks of earlier directories are read too. */
const idOf = (path: string) => line.reported.samples.findLast((sample) => sample.path === path)?.tagId;

/** One device less, one more, one with another time-out, and tags with other settings on a device that keeps its connection. */
function changed(file: StationFile): StationFile {
  return {
    ...file,
    devices: whole.devices
      .filter(({ name }) => name !== "echo")
      .map((device) => (device.name === "constants" ? { ...device, timeout: "40s" } : device))
      .map((device) =>
        device.name === "kiln"
          ? { ...device, tags: device.tags.map((tag) => ({ ...tag, description: `the kiln's ${tag.path}` })) }
          : device,
      ),
  };
}

test("a dry run shows the difference and changes nothing", async () => {
  const before = await revision();
  write(changed(read()));
  const shown = await reload("--dry-run");
  expect(shown).toContain('+ device "press": modbus, 11 tags');
  expect(shown).toContain('- device "echo": 24 tags');
  expect(shown).toContain('~ device "constants": timeout 30000 → 40000; its connection is opened anew');
  expect(shown).toContain('~ tag "line/kiln/level": description "" → "the kiln\'s level"');
  expect(shown).toContain("devices 1 added, 1 removed, 1 changed, 3 unchanged");
  expect(shown).toContain("connections 2 opened, 3 go on");
  await line.sealed(5);
  expect(await revision()).toBe(before);
  expect(await accepted(["press", "constants"])).toEqual([0, 1]);
});

test("a reload applies it under traffic; the other devices keep their connections and lose nothing", async () => {
  const before = await revision();
  const applied = await reload();
  expect(applied).toContain("applied; the station runs with it");
  expect(await revision()).toBe(before + 1);
  await until("the press is read", async () => (await line.accepted("press")) === 1);
  await until("500 samples are journaled", () => {
    line.reported.read();
    return line.reported.samples.length > 500;
  });
  const { findings, samples } = await checkLine(line, CHECK);
  expect(findings).toEqual(NOTHING_FOUND);
  expect(samples).toBeGreaterThan(500);
  expect(await accepted(UNTOUCHED)).toEqual([1, 1, 1]);
  expect(await accepted(["press", "constants", "echo"])).toEqual([1, 2, 1]);
  const asked = await reload();
  expect(asked).toContain("nothing to do");
  expect(await revision()).toBe(before + 1);
});

test("a wrong file, and one that wants a restart, are refused with their reason; the old configuration goes on", async () => {
  const good = read();
  const before = await revision();
  write({ ...good, devices: good.devices.map((device) => ({ ...device, tags: [{ path: "x" }, ...device.tags] })) });
  await expect(reload()).rejects.toThrow(
    /ended with 2: error CONFIG_INVALID: 5 mistakes[\s\S]*ot-station.yaml:\d+:\d+: devices/,
  );
  line.ot.hangUp(); // the station finds the same by itself
  await until("the log says why", () => line.folder.logs().includes("reload refused; nothing has changed"));
  write({ ...good, link: { ...good.link, rate: "50Mbit" } });
  await expect(reload()).rejects.toThrow(/ended with 2:[\s\S]*RELOAD_RESTART: only a start reads link.rate/);
  await line.sealed(5);
  expect(await revision()).toBe(before);
  expect(await accepted(UNTOUCHED)).toEqual([1, 1, 1]);
  write(good);
});

test("SIGHUP is a reload: a device that was removed comes back, with the ids that its tags had", async () => {
  const [echo] = whole.devices.filter(({ name }) => name === "echo");
  const path = `line/echo/${echo!.tags[0]!.path}`;
  const id = idOf(path);
  expect(id).toBeGreaterThan(0);
  const before = line.reported.samples.length;
  write({ ...read(), devices: whole.devices });
  line.ot.hangUp();
  await until("it is read again", () => {
    line.reported.read();
    return line.reported.samples.slice(before).some((sample) => sample.path === path);
  });
  expect(idOf(path)).toBe(id);
  await line.sealed(20);
  const { findings } = await checkLine(line, CHECK);
  expect(findings).toEqual(NOTHING_FOUND);
  expect(await accepted(UNTOUCHED)).toEqual([1, 1, 1]);
  expect(await accepted(["echo"])).toEqual([2]);
  await until("no gap", () => line.gaps().every(({ state }) => state !== "open"));
  expect(JSON.parse(await line.itCommand(["verify", "--json"]))).toMatchObject({
    failureCount: 0,
    openGaps: 0,
    forks: 0,
  });
});
