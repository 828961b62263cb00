/** Two hundred configurations drawn at random, each taken over by the one running scan: compared, posted, journaled and applied as in the station,
 *  with drivers of a script and a clock that is moved. */
import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { MemoryDisk, MemoryJournal } from "../../../../test/support/memory-journal.ts";
import { seededBytes, testKeys } from "../../../../test/support/station-keys.ts";
import { parseOtConfig } from "../../src/config/ot-station-config.ts";
import type { Driver, DriverFactory, ReadPlan } from "../../src/drivers/driver.ts";
import { modbus } from "../../src/drivers/modbus/index.ts";
import { decodeTags } from "../../src/journal/configured-tags.ts";
import { keepText, planReload } from "../../src/reload/plan-reload.ts";
import { scanChangeOf } from "../../src/reload/reload-plan.ts";
import type { DeviceSettings, ReadDevice } from "../../src/scan/device-settings.ts";
import type { OpenedChannel } from "../../src/scan/scan-change.ts";
import { log, type Script, ScriptedWorld } from "../scan/scan-fixture.ts";

const RELOADS = 200;
const HOSTS = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"];
const PERIODS = { fast: 100, normal: 500 } as const;
const FILE = "ot.yaml";

interface Tag {
  path: string;
  address: string;
  type: "UINT16" | "INT32";
  scanClass: keyof typeof PERIODS;
  enabled: boolean;
  unit: string;
  deadband: number;
  alarms?: { hi: number };
}
interface Device {
  name: string;
  driver: "modbus";
  host: string;
  timeout: string;
  enabled: boolean;
  tags: Tag[];
}
interface Calculated {
  path: string;
  expression: string;
  inputs: Record<string, string>;
}
interface Plant {
  devices: Device[];
  calculatedTags: Calculated[];
}

/** Mulberry32. @returns whole numbers 0 … below − 1. */
function draws(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

function newTag(device: string, draw: (below: number) => number): Tag {
  return {
    path: `${device}/${"abcdef"[draw(6)]}`,
    address: `hr:${draw(50)}`,
    type: draw(2) === 0 ? "UINT16" : "INT32",
    scanClass: draw(2) === 0 ? "fast" : "normal",
    enabled: draw(6) > 0,
    unit: "",
    deadband: 0,
  };
}

function newDevice(draw: (below: number) => number): Device {
  const name = `plc-${draw(7)}`;
  const tags = Array.from({ length: 1 + draw(4) }, () => newTag(name, draw));
  const paths = new Set<string>();
  return {
    name,
    driver: "modbus",
    host: HOSTS[draw(HOSTS.length)]!,
    timeout: "1s",
    enabled: draw(8) > 0,
    tags: tags.filter(({ path }) => !paths.has(path) && paths.add(path)),
  };
}

/** One to three edits, as an engineer makes them between two reloads. Sometimes they change nothing. */
function edit({ devices: before, calculatedTags: sums }: Plant, draw: (below: number) => number): Plant {
  const devices = structuredClone(before);
  for (let edits = 1 + draw(3); edits > 0; edits--) {
    const device = devices[draw(devices.length)]!;
    const tag = device.tags[draw(device.tags.length)];
    switch (draw(10)) {
      case 0: {
        const added = newDevice(draw);
        if (!devices.some(({ name }) => name === added.name)) devices.push(added);
        break;
      }
      case 1:
        if (devices.length > 2) devices.splice(devices.indexOf(device), 1);
        break;
      case 2:
        device.host = HOSTS[draw(HOSTS.length)]!;
        break;
      case 3:
        device.enabled = !device.enabled;
        break;
      case 4: {
        const added = newTag(device.name, draw);
        if (!device.tags.some(({ path }) => path === added.path)) device.tags.push(added);
        break;
      }
      case 5:
        device.tags.splice(draw(device.tags.length), 1);
        break;
      case 6:
        if (tag !== undefined) tag.address = `hr:${draw(50)}`;
        break;
      case 7:
        if (tag !== undefined) tag.deadband = draw(3);
        break;
      case 8:
        if (tag !== undefined) tag.unit = ["", "bar", "°C"][draw(3)]!;
        break;
      case 9:
        if (tag !== undefined) tag.alarms = { hi: draw(40) };
        break;
    }
  }
  const paths = devices.flatMap((device) => device.tags.map(({ path }) => path));
  const areThere = sums.every(({ inputs }) => Object.values(inputs).every((path) => paths.includes(path)));
  if (sums.length > 0 && areThere && draw(3) > 0) return { devices, calculatedTags: sums };
  const calculatedTags = Array.from({ length: Math.min(paths.length, draw(5)) }, (_, index) => {
    const [x, y] = [paths[draw(paths.length)]!, paths[draw(paths.length)]!];
    return { path: `sum/${index}`, expression: "x + y", inputs: { x, y } };
  });
  return { devices, calculatedTags };
}

const textOf = (plant: Plant): string =>
  stringify({
    station: { name: "random", dataFolder: "data" },
    link: { destination: "192.0.2.99:47000", rate: "10Mbit" },
    report: { maximumSilence: "off" },
    scanClasses: { fast: "100ms", normal: "500ms" },
    ...plant,
  });

/** What the scan reads: everything but what only report, alarms and directory look at. */
const readingOf = ({ deadband: _, unit: __, alarms: ___, ...tag }: Tag) => tag;
const connectionsOf = ({ devices }: Plant): ReadonlyMap<string, readonly unknown[]> =>
  Map.groupBy(
    devices
      .filter(({ enabled }) => enabled)
      .map((device) => ({ ...device, tags: device.tags.filter((tag) => tag.enabled).map(readingOf) }))
      .toSorted((a, b) => a.name.localeCompare(b.name)),
    ({ host }) => host,
  );

test("devices that did not change are read on without a hole, nothing is reported twice, and all others are read as configured", async () => {
  const draw = draws(20_261_125);
  const world = new ScriptedWorld();
  // Kept channels scan between the pieces of a change, wherever these end.
  const between = draws(7);
  world.turns = {
    tags: 1,
    async next() {
      if (between(20) > 0) return;
      seen.turns++;
      await world.later(20, undefined);
    },
  };
  const disk = new MemoryDisk();
  const journal = new MemoryJournal(
    disk,
    { stream: 1, sealingEpoch: 1, retentionMs: 1e9, maximumBytes: 1e9, maximumBlockBytes: 1e6 },
    testKeys().keys,
    world.clock,
    seededBytes(1),
  );
  /** Real addresses and plans of channels; what is read is the script's: every tag always shows its id. */
  const scripted: DriverFactory = {
    ...(modbus as DriverFactory),
    createChannel: (devices, surroundings): readonly Driver[] =>
      world.factory.createChannel(
        devices.map((device) => ({ ...device, config: { channel: "" } })),
        surroundings,
      ),
  };
  const withScript = <Device extends DeviceSettings | ReadDevice>(device: Device): Device => {
    world.script(device.name).read = async (plan: ReadPlan) =>
      plan.tagIds.flatMap((tagId) => world.good({ ...plan, tagIds: [tagId] }, tagId));
    return { ...device, driver: scripted };
  };
  const scriptedChannel = (channel: OpenedChannel): OpenedChannel => ({
    ...channel,
    *load() {
      const { devices, tagIdOf } = yield* channel.load();
      return { devices: devices.map(withScript), tagIdOf };
    },
  });
  const idsByPath = () => new Map(disk.tags.map(({ path, tagId }) => [path, tagId]));

  let plant: Plant = edit(
    { devices: [newDevice(draw), newDevice(draw), newDevice(draw)].filter(distinct), calculatedTags: [] },
    draw,
  );
  let running = keepText(textOf(plant));
  const start = parseOtConfig(textOf(plant), FILE);
  const first = planReload(running, textOf(plant), FILE, { clock: world.clock, log, collectGarbage: () => undefined });
  journal.resolveDirectory(decodeTags(first.tags));
  world.start(start.devices.map(withScript), undefined, start.calculated, [], (path) => idsByPath().get(path)!);
  await world.clock.advanceAsync(1000);

  const seen = { turns: 0, kept: 0, opened: 0, unchanged: 0, calculated: 0, alarms: 0, retired: 0 };
  for (let round = 0; round < RELOADS; round++) {
    const before = plant;
    const idsBefore = idsByPath();
    plant = edit(plant, draw);
    const context = `round ${round}\n${JSON.stringify(before)}\n${JSON.stringify(plant)}`;
    const plan = structuredClone(
      planReload(running, textOf(plant), FILE, { clock: world.clock, log, collectGarbage: () => undefined }),
    );
    running = plan.text;
    expect(plan.restartKeys).toEqual([]);
    const { tagIds } = journal.resolveDirectory(decodeTags(plan.tags));
    const change = scanChangeOf(plan, Uint32Array.from(tagIds));
    const earlier = new Map(
      [...world.scripts].map(([name, { connects, reads }]) => [name, { connects, reads: reads.length }]),
    );
    world.takeReported();
    const changing = world.scan.change({ ...change, channels: change.channels.map(scriptedChannel) });
    await world.clock.advanceAsync(2100);
    await changing;

    const ids = idsByPath();
    for (const [path, id] of idsBefore) expect(ids.get(path), context).toBe(id);
    const [wereOpen, areOpen] = [connectionsOf(before), connectionsOf(plant)];
    const reported = world.takeReported();
    const isRead = new Map<number, number>();
    for (const { name, host, enabled, tags } of plant.devices) {
      const isKept = enabled && isDeepStrictEqual(wereOpen.get(host), areOpen.get(host));
      seen[isKept ? "kept" : "opened"]++;
      const script = world.script(name);
      const newConnects = script.connects - (earlier.get(name)?.connects ?? 0);
      expect(newConnects, context).toBe(enabled && !isKept ? 1 : 0);
      expect(script.open, context).toBe(enabled ? 1 : 0);
      for (const tag of enabled ? tags.filter((each) => each.enabled) : []) {
        const id = ids.get(tag.path)!;
        isRead.set(id, id);
        const times = (reads: Script["reads"]): number[] =>
          reads.filter(({ tagIds: read }) => read.includes(id)).map(({ atMs }) => atMs);
        const readsBefore = earlier.get(name)?.reads ?? 0;
        const since = times(script.reads.slice(readsBefore));
        expect(since.length, `${tag.path} ${context}`).toBeGreaterThanOrEqual(1000 / PERIODS[tag.scanClass]);
        // Kept: the grid goes on over the change, from the last reading before it.
        const grid = isKept ? [...times(script.reads.slice(0, readsBefore)).slice(-1), ...since] : since;
        for (let index = 1; index < grid.length; index++)
          expect(grid[index]! - grid[index - 1]!, `${tag.path} ${context}`).toBe(PERIODS[tag.scanClass]);
      }
    }
    expect(
      world.scan
        .deviceStatuses()
        .map(({ device }) => device)
        .toSorted(),
      context,
    ).toEqual(plant.devices.map(({ name }) => name).toSorted());
    for (const device of before.devices) {
      if (plant.devices.some(({ name }) => name === device.name)) continue;
      expect(world.script(device.name).open, context).toBe(0);
    }

    // Values never change: a tag that was read before, and is as it was, is reported at most when its device comes or goes.
    const old = new Map(
      before.devices
        .filter(({ enabled }) => enabled)
        .flatMap((device) => device.tags.map((tag) => [tag.path, { host: device.host, tag }])),
    );
    for (const { host, tags, enabled } of plant.devices)
      for (const tag of enabled ? tags.filter((each) => each.enabled) : []) {
        const known = old.get(tag.path);
        const times = reported.filter(({ tagId }) => tagId === ids.get(tag.path)).length;
        const isSame =
          known?.tag.enabled === true &&
          isDeepStrictEqual({ ...readingOf(known.tag), unit: known.tag.unit }, { ...readingOf(tag), unit: tag.unit });
        if (isSame) seen.unchanged++;
        expect(times, `${host} ${tag.path} ${context}`).toBe(isSame ? 0 : 1);
      }

    for (const { path, inputs } of plant.calculatedTags) {
      const [x, y] = [isRead.get(ids.get(inputs.x!)!), isRead.get(ids.get(inputs.y!)!)];
      const latest = world.scan.report.lastRead(ids.get(path)!);
      if (x !== undefined && y !== undefined) {
        seen.calculated++;
        expect(latest?.value, `${path} ${context}`).toBe(x + y);
      } else expect(latest?.value ?? null, `${path} ${context}`).toBeNull();
    }
    const active = plant.devices
      .filter(({ enabled }) => enabled)
      .flatMap(({ tags }) =>
        tags.filter((tag) => tag.enabled && tag.alarms !== undefined && ids.get(tag.path)! > tag.alarms.hi),
      )
      .map(({ path }) => ids.get(path)!);
    seen.alarms += active.length;
    expect(
      world.scan.alarms
        .active()
        .map(({ tagId }) => tagId)
        .toSorted(),
      context,
    ).toEqual(active.toSorted());
    seen.retired += disk.tags.filter(({ retired }) => retired).length;
  }
  for (const [what, times] of Object.entries(seen)) expect(times, what).toBeGreaterThan(RELOADS / 8); // each of them happened
});

function distinct({ name }: Device, index: number, all: readonly Device[]): boolean {
  return all.findIndex((device) => device.name === name) === index;
}
