/** What "every sample" means: names and texts in all scripts, every type; and that the check finds what somebody doctored. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CheckOptions, checkLine, NOTHING_FOUND } from "../support/line/check-line.ts";
import { NAMES, TEXTS } from "../support/line/every-script.ts";
import { type Line, startLine } from "../support/line/line.ts";
import type { WitnessedSample } from "../support/line/mqtt-witness.ts";
import { valueBits } from "../support/line/sample-fact.ts";
import { until } from "../support/line/until.ts";

const CHECK: CheckOptions = { mqtt: "once", otStation: "never killed" };

let line: Line;
beforeAll(async () => {
  line = await startLine({ seed: 14, secondPassAfter: "2s" });
  const scripts = Object.values(NAMES).map((name) => `line/scripts/${name}`);
  await until("every text was shown, and every tag of every script twice", () => {
    line.reported.read();
    const { samples } = line.reported;
    const isSeen = TEXTS.every((text) => samples.some((sample) => isOf(text, sample)));
    return isSeen && scripts.every((path) => samples.filter((sample) => sample.path === path).length > 1);
  });
  await line.sealed(10);
});
afterAll(() => line?.close());

/** Whether the value is this text, with any number in it. */
function isOf(text: string, { value }: { readonly value: string }): boolean {
  const [before, behind] = text.split("{n}").map((part) => JSON.stringify(part).slice(1, -1));
  if (behind === undefined) return value === valueBits(text);
  return value.startsWith(`string "${before}`) && value.endsWith(`${behind}"`) && value.length > 9 + text.length - 3;
}

test("every tag of the plant arrives, at MQTT and in SQL, with what its register showed", async () => {
  const { findings } = await checkLine(line, CHECK);
  expect(findings).toEqual(NOTHING_FOUND);
  const paths = line.plant.tags.map(({ path }) => path).sort();
  expect([...new Set(line.witness.samples.map(({ path }) => path))].sort()).toEqual(paths);
  const rows = (await line.itCommand(["sql", "SELECT path FROM tag", "--json"])).trimEnd().split("\n");
  expect(rows.map((row) => (JSON.parse(row) as { path: string }).path).sort()).toEqual(paths);
});

describe("names and texts in all scripts", () => {
  test("a query finds each tag by its name, code unit by code unit: nothing was normalised", async () => {
    const paths = Object.values(NAMES).map((name) => `line/scripts/${name}`);
    const quoted = paths.map((path) => `'${path.replaceAll("'", "''")}'`).join(", ");
    const statement = `SELECT path, count(*) AS samples FROM samples WHERE path IN (${quoted}) GROUP BY path`;
    const rows = (await line.itCommand(["sql", statement, "--json"])).trimEnd().split("\n");
    const found = rows.map((row) => JSON.parse(row) as { path: string; samples: number });
    expect(found.map(({ path }) => path).sort()).toEqual(paths.sort());
    for (const { samples } of found) expect(samples).toBeGreaterThan(1);
  });

  test("topics escape what MQTT reserves, and nothing else", () => {
    const topicOf = (name: string) =>
      line.witness.samples
        .find(({ path }) => path === `line/scripts/${name}`)
        ?.topic.slice("witness/line/scripts/".length);
    expect(topicOf(NAMES.arabic)).toBe(NAMES.arabic);
    expect(topicOf(NAMES.emoji)).toBe(NAMES.emoji);
    expect(topicOf(NAMES["combining marks"])).toBe(NAMES["combining marks"]);
    expect(topicOf(NAMES["wildcards of MQTT"])).toBe("50%25 %2B5/%231 %2B %23");
    expect(topicOf(NAMES["reserved by brokers"])).toBe("%24SYS/%24share");
    expect(topicOf(NAMES["an escape itself"])).toBe("%252F/%2525%25");
    expect(topicOf(NAMES["dots of a path"])).toBe("%2E%2E/%2E");
  });

  test.each(TEXTS)("text %j", (text) => {
    const isShown = (sample: { readonly value: string }): boolean => isOf(text, sample);
    expect(line.reported.samples.some(isShown)).toBe(true);
    expect(line.witness.samples.some(isShown)).toBe(true);
  });
});

/** The same check on the same line, with one thing changed on the way to it. */
describe("the check finds", () => {
  const atMqtt = (doctor: (samples: WitnessedSample[]) => WitnessedSample[]): Line => ({
    ...line,
    witness: { ...line.witness, samples: doctor([...line.witness.samples]) },
  });
  const inSql = (doctor: (rows: string[]) => string[]): Line => ({
    ...line,
    itCommand: async (args) => doctor((await line.itCommand(args)).trimEnd().split("\n")).join("\n"),
  });
  const find = async (doctored: Line) => (await checkLine(doctored, { ...CHECK, deadlineMs: 0 })).findings;
  const PLACE = 50;
  const changed = <Item>(items: Item[], change: (item: Item) => Item): Item[] =>
    items.with(PLACE, change(items[PLACE]!));

  // From here on nothing new comes: what is missing is what was taken away.
  beforeAll(async () => {
    expect(await line.ot.stop()).toBe(0);
    expect((await checkLine(line, { ...CHECK, otStation: "killed" })).findings).toEqual(NOTHING_FOUND);
  });

  test("a missing sample", async () => {
    const sample = line.witness.samples[PLACE]!;
    expect((await find(atMqtt((samples) => samples.toSpliced(PLACE, 1)))).mqtt.missing).toMatchObject([
      { path: sample.path, timestamp: sample.timestamp },
    ]);
    expect((await find(inSql((rows) => rows.toSpliced(PLACE, 1)))).sql.missing).toHaveLength(1);
  });

  test("a repeated sample", async () => {
    const repeat = <Item>(items: Item[]): Item[] => items.toSpliced(PLACE, 0, items[PLACE]!);
    expect((await find(atMqtt(repeat))).mqtt.repeated).toEqual([line.witness.samples[PLACE]]);
    expect((await find(inSql(repeat))).sql.repeated).toHaveLength(1);
  });

  test("an altered value, by one bit", async () => {
    const alter = (sample: WitnessedSample) => ({ ...sample, value: `${sample.value}0` });
    expect((await find(atMqtt((samples) => changed(samples, alter)))).mqtt.altered).toHaveLength(1);
    const next = (row: string) =>
      row.replace(/"status_code":0/, '"status_code":4').replace(/"value_kind":"\w+"/, '"value_kind":"none"');
    expect((await find(inSql((rows) => changed(rows, next)))).sql.altered).toHaveLength(1);
  });

  test("a time that is one microsecond off: one sample too many, and one missing", async () => {
    const { mqtt } = await find(
      atMqtt((samples) => changed(samples, (sample) => ({ ...sample, timestamp: sample.timestamp + 1 }))),
    );
    expect(mqtt).toMatchObject({ missing: [{}], foreign: [{}] });
  });

  test("a sample that overtook another of its tag", async () => {
    const { path } = line.witness.samples[PLACE]!;
    const last = line.witness.samples.findLastIndex((sample) => sample.path === path);
    const { overtaken } = await find(atMqtt((samples) => [samples[last]!, ...samples.toSpliced(last, 1)]));
    expect(overtaken.length).toBeGreaterThan(0);
  });

  test("a tag that is read from its neighbour's register", async () => {
    const at = (name: string) => line.plant.tags.find(({ path }) => path === `line/echo/${name}`)!;
    const [one, other] = [at("register-1000"), at("register-1037")];
    const tags = [
      { ...one, register: other.register },
      { ...other, register: one.register },
    ];
    const swapped = line.plant.tags.map((tag) => tags.find(({ path }) => path === tag.path) ?? tag);
    const { mismatches } = await find({ ...line, plant: { ...line.plant, tags: swapped } });
    expect(mismatches[0]?.sample.path).toMatch(/register-10(00|37)$/);
  });

  test("a change that was never reported", async () => {
    const kept = line.reported.samples.filter(({ path }) => path !== "line/press/speed");
    expect(line.served.unreported(kept, line.plant.tags)).toMatchObject([{ path: "line/press/speed" }]);
  });
});
