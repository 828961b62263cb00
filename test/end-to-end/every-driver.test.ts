/** One OT station reads a device of every driver at once; at the far end every sample is what its device said. A reload touches only what changed. */
import { readFileSync, writeFileSync } from "node:fs";
import { StatusCode } from "@nonreturn/wire-format";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { type CheckOptions, checkLine, NOTHING_FOUND } from "../support/line/check-line.ts";
import { type Line, prepareLine } from "../support/line/line.ts";
import { until } from "../support/line/until.ts";

interface StationFile {
  readonly devices: readonly { readonly name: string; readonly tags: readonly { readonly path: string }[] }[];
}
interface ReloadAnswer {
  readonly outcome: string;
  readonly lines: readonly string[];
  readonly restartKeys: readonly string[];
}

const CHECK: CheckOptions = { mqtt: "once", otStation: "never killed" };
const DEVICES = ["mixer", "dryer", "filler", "packer", "line-server", "meter", "broker"];
const CHANGED_KEYS: Readonly<Record<string, object>> = {
  "line-server": { publishingInterval: "300ms" },
  meter: { timeout: "4s" },
  broker: { staleAfter: "40s" },
};

let line: Line;
beforeAll(async () => {
  line = await prepareLine({ seed: 41, secondPassAfter: "2s", plant: "every driver" });
  await line.it.start();
  await line.ot.start();
  await until("every tag has changed", () => {
    line.reported.read();
    return line.plant.tags.every(({ path }) => valuesOf(path).size > 1);
  });
  await line.sealed(20);
});
afterAll(() => line?.close());

const valuesOf = (path: string) =>
  new Set(
    line.reported.samples
      .filter((sample) => sample.path === path && sample.statusCode === StatusCode.Good)
      .map(({ value }) => value),
  );
const goodOf = (path: string, since = 0): number =>
  line.reported.samples.slice(since).filter((sample) => sample.path === path && sample.statusCode === StatusCode.Good)
    .length;
const accepted = () => Promise.all(DEVICES.map((name) => line.accepted(name)));
const read = (): StationFile => parse(readFileSync(line.folder.otConfig, "utf8")) as StationFile;
const write = (file: StationFile): void => writeFileSync(line.folder.otConfig, stringify(file), { mode: 0o600 });
const reload = async (...args: readonly string[]): Promise<ReloadAnswer> =>
  JSON.parse(await line.otCommand(["reload", "--json", ...args])) as ReloadAnswer;

test("every value of every driver arrives, at MQTT and in SQL, as its device said it", async () => {
  const { findings, samples } = await checkLine(line, CHECK);
  expect(findings).toEqual(NOTHING_FOUND);
  expect(samples).toBeGreaterThan(2 * line.plant.tags.length);
  const exact = line.plant.tags.filter(
    ({ dataType, elements }) => dataType.endsWith("INT64") && elements === undefined,
  );
  expect(new Set(exact.map(({ device }) => device)).size).toBe(DEVICES.length);
  for (const { path } of exact) expect([...valuesOf(path)].join(), path).toMatch(/bigint -?\d{16}/);
});

test("the check finds a tag that shows its neighbour's value, whatever the driver", () => {
  for (const device of DEVICES) {
    const tags = line.plant.tags.filter((tag) => tag.device === device);
    const rotated = tags.map((tag, at) => ({ ...tag, register: tags[(at + 1) % tags.length]!.register }));
    const samples = line.reported.samples.filter(({ path }) => path.startsWith(`plant/${device}/`));
    expect(line.served.mismatches(samples, rotated).length, device).toBeGreaterThan(0);
  }
});

test("reload --json: descriptions and deadbands touch no connection, no subscription", async () => {
  const before = await accepted();
  const file = read();
  const devices = file.devices.map((device) => ({
    ...device,
    tags: device.tags.map((tag) => ({ ...tag, description: `${tag.path} of ${device.name}` })),
  }));
  write({ ...file, devices });
  const planned = await reload("--dry-run");
  expect(planned).toMatchObject({ outcome: "planned", restartKeys: [] });
  expect(planned.lines.at(-1)).toContain("connections 0 opened, 7 go on");
  expect(await reload()).toEqual({ ...planned, outcome: "applied" });
  const since = line.reported.samples.length;
  await until("every tag is reported again", () => {
    line.reported.read();
    return line.plant.tags.every(({ path }) => goodOf(path, since) > 0);
  });
  expect(await accepted()).toEqual(before);
  expect((await checkLine(line, CHECK)).findings).toEqual(NOTHING_FOUND);
  expect(await reload()).toMatchObject({ outcome: "unchanged" });
});

test("reload: a subscription, a broker and an HTTP device with other settings are connected anew; the others go on", async () => {
  const before = await accepted();
  const file = read();
  write({ ...file, devices: file.devices.map((device) => ({ ...device, ...CHANGED_KEYS[device.name] })) });
  const { outcome, lines } = await reload();
  expect(outcome).toBe("applied");
  expect(lines).toContain('~ device "line-server": publishingInterval 200 → 300; its connection is opened anew');
  const since = line.reported.read() && line.reported.samples.length;
  await until("all are read again", () => {
    line.reported.read();
    return line.plant.tags.every(({ path }) => goodOf(path, since) > 1);
  });
  const after = await accepted();
  for (const [at, name] of DEVICES.entries())
    if (name in CHANGED_KEYS) expect(after[at], name).toBeGreaterThan(before[at]!);
    else expect(after[at], name).toBe(before[at]);
  const reconnected = Object.keys(CHANGED_KEYS);
  expect((await checkLine(line, { ...CHECK, reconnected })).findings).toEqual(NOTHING_FOUND);
});

test("reload --json says what only a restart reads, and changes nothing", async () => {
  const file = read() as StationFile & { readonly link: object };
  write({ ...file, link: { ...file.link, rate: "50Mbit" } } as StationFile);
  await expect(reload()).rejects.toThrow(/ended with 2: \{"outcome":"needs-restart",.*"restartKeys":\["link.rate"\]\}/);
  write(file);
  expect(await reload()).toMatchObject({ outcome: "unchanged" });
});
