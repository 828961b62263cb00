import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError, createProgram } from "@nonreturn/station";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { addTagsCommands } from "../../src/tag-list/tags-command.ts";

const PLAIN = `station: { name: s, dataFolder: data }
link: { destination: "192.0.2.2:47000", rate: 100Mbit }
devices:
  - name: line
    driver: modbus
    host: h
    tags:
      - { path: good, address: "hr:0", type: UINT16 }
      - { path: total, address: "hr:1", type: UINT16 }
`;
const CONFIG = `${PLAIN}calculatedTags:
  # what the shift is paid by
  - path: kpi/quality
    expression: "total > 0 ? good / total * 100 : 0" # percent
    inputs: { good: good, total: total }
    unit: "%"
  - { path: kpi/running, expression: total > 0, inputs: { total: total }, type: BOOLEAN }
`;
const HEADER = "path,device,address,type,expression,inputs,unit";
const QUALITY = `kpi/quality,,,,total > 0 ? good / total * 100 : 0,"{""good"":""good"",""total"":""total""}",%`;

function station(config: string) {
  const folder = temporaryFolder();
  const file = join(folder, "ot.yaml");
  writeFileSync(file, config);
  const run = async (...args: string[]): Promise<string[]> => {
    const printed: string[] = [];
    const program = createProgram("nonreturn-ot", "test", "0");
    addTagsCommands(program, { print: (line) => printed.push(line) });
    await program.parseAsync(["tags", ...args, "--config", file], { from: "user" });
    return printed;
  };
  return {
    text: () => readFileSync(file, "utf8"),
    run,
    import(rows: readonly string[], ...more: string[]) {
      const list = join(folder, "tags.csv");
      writeFileSync(list, `${rows.join("\n")}\n`);
      return run("import", list, ...more);
    },
  };
}

async function mistakesOf(rows: readonly string[], config = CONFIG): Promise<string[]> {
  const { import: run, text } = station(config);
  const error: unknown = await run(rows).catch((each: unknown) => each);
  expect(text()).toBe(config);
  if (!(error instanceof ConfigError)) throw error;
  return error.mistakes.map((each) => `${each.line}: ${each.path}: ${each.text}`);
}

test("export lists them after the devices' tags, without a device and an address; imported again, nothing changes", async () => {
  const { run, import: again, text } = station(CONFIG);
  const rows = (await run("export")).join("\n").split("\n");
  expect(rows[0]).toMatch(/^path,device,address,type,.*,formerPath,expression,inputs$/);
  expect(rows.slice(1).map((row) => row.split(",").slice(0, 4).join(","))).toEqual([
    "good,line,hr:0,UINT16",
    "total,line,hr:1,UINT16",
    "kpi/quality,,,",
    "kpi/running,,,BOOLEAN",
  ]);
  expect(rows[3]).toContain('total > 0 ? good / total * 100 : 0,"{""good"":""good"",""total"":""total""}"');
  expect(await again(rows, "--replace")).toEqual(["0 added, 0 changed, 0 removed, 4 unchanged"]);
  expect(text()).toBe(CONFIG);
});

test("a file without any has no such columns", async () => {
  expect((await station(PLAIN).run("export"))[0]).not.toMatch(/expression|inputs/);
});

test("the difference is shown, a dry run writes nothing, an import keeps comments", async () => {
  const rows = [
    HEADER,
    QUALITY.replace("* 100", "* 1000").replace(",%", ",‰"),
    'kpi/bad,,,,total - good,"{""good"":""good"",""total"":""total""}",',
  ];
  const { import: run, text } = station(CONFIG);
  const shown = [
    '~ calculated "kpi/quality": expression "total > 0 ? good / total * 100 : 0" → "total > 0 ? good / total * 1000 : 0", unit "%" → "‰"',
    '+ calculated "kpi/bad": expression "total - good", inputs {"good":"good","total":"total"}',
    "1 added, 1 changed, 0 removed, 3 unchanged",
  ];
  expect(await run(rows, "--dry-run")).toEqual([...shown, "nothing was written"]);
  expect(text()).toBe(CONFIG);
  expect((await run(rows)).slice(0, 3)).toEqual(shown);
  expect(text()).toContain("# what the shift is paid by");
  expect(text()).toContain('expression: "total > 0 ? good / total * 1000 : 0" # percent');
  expect(text()).toContain("{ path: kpi/bad, expression: total - good, inputs: { good: good, total: total } }");
});

test("--replace removes those that the list does not name, if it names any", async () => {
  const listed = station(CONFIG);
  expect((await listed.import([HEADER, QUALITY], "--replace")).slice(0, 2)).toEqual([
    '- calculated "kpi/running": expression "total > 0", inputs {"total":"total"}, type "BOOLEAN"',
    "0 added, 0 changed, 1 removed, 3 unchanged",
  ]);
  const unlisted = station(CONFIG);
  await unlisted.import(["path,device,address,type", "good,line,hr:5,UINT16", "total,line,hr:1,UINT16"], "--replace");
  expect(unlisted.text()).toBe(CONFIG.replace('"hr:0"', '"hr:5"'));
});

test("into a file that has none", async () => {
  const { import: run, text } = station(PLAIN);
  expect((await run([HEADER, QUALITY]))[0]).toMatch(/^\+ calculated "kpi\/quality"/);
  expect(text()).toContain("calculatedTags:\n  - { path: kpi/quality, expression: ");
});

test("bad rows are told by their line, in one round, and nothing is written", async () => {
  const total = '"{""total"":""total""}"';
  expect(
    await mistakesOf([
      HEADER,
      `kpi/a,,,,total +,${total},`,
      `kpi/b,,,,total,"{""total"":""nothing""}",`,
      `kpi/c,,hr:3,,total,${total},`,
      "kpi/d,,,,,,",
      "kpi/e,,,,1,,",
      `kpi/f,,,,total,total,`,
      `good,line,hr:0,UINT16,total,${total},`,
      `,,,,total,${total},`,
      `kpi/g,,,,total,${total},`,
      `kpi/g,,,,total,${total},`,
    ]),
  ).toEqual([
    expect.stringMatching(/^2: expression: /),
    expect.stringMatching(/^3: inputs.total: .*nothing/),
    "4: address: a calculated tag has no such key; leave the cell empty",
    "5: device: is empty; write it, or for a calculated tag its expression",
    "6: inputs: is empty; write it",
    '7: inputs: is no JSON object; write it like {"good":"line-1/good"}',
    "8: expression: is for calculated tags, which belong to no device; leave this cell or that of the device empty",
    "8: inputs: is for calculated tags, which belong to no device; leave this cell or that of the device empty",
    "9: path: is empty; write it",
    "11: path: is the tag of line 10 again; remove one of the two",
  ]);
  expect(await mistakesOf([HEADER, `kpi/x,,,,y,"{""y"":""kpi/y""}",`, `kpi/y,,,,x,"{""x"":""kpi/x""}",`])).toEqual([
    expect.stringMatching(/^[23]: inputs: depends on itself/),
  ]);
});
