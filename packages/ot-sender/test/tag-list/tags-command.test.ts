import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError, createProgram, StationError } from "@nonreturn/station";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { addTagsCommands } from "../../src/tag-list/tags-command.ts";

const CONFIG = `# the plant's own words
station: { name: s, dataFolder: data }
link: { destination: "192.0.2.2:47000", rate: 100Mbit }

templates:
  pump: { parameters: [n], device: { driver: modbus, host: h, path: "pump-\${n}", tags: [{ path: on, address: "co:\${n}" }] } }

devices:
  # boiler house
  - name: boiler
    driver: modbus
    host: 192.0.2.10 # behind the firewall
    tags:
      # the one that matters
      - { path: steam, address: "hr:0", type: INT16, scale: 0.1, unit: °C } # calibrated 2026
      - path: level
        address: "hr:6"
        type: UINT16
        scale: 0.5 # per count

  - { name: pump-1, template: pump, parameters: { n: 1 } }
`;

function station(list: string | undefined, config = CONFIG) {
  const folder = temporaryFolder();
  const file = join(folder, "ot.yaml");
  writeFileSync(file, config);
  const listFile = join(folder, "tags.csv");
  if (list !== undefined) writeFileSync(listFile, list);
  const printed: string[] = [];
  const run = async (...args: string[]): Promise<string[]> => {
    const program = createProgram("nonreturn-ot", "test", "0");
    addTagsCommands(program, { print: (line) => printed.push(line) });
    await program.parseAsync(["tags", ...args, "--config", file], { from: "user" });
    return printed;
  };
  return {
    file,
    listFile,
    run,
    text: () => readFileSync(file, "utf8"),
    import: (...more: string[]) => run("import", listFile, ...more),
  };
}

/** "line: column: text" of every mistake; the file must be what it was. */
async function mistakesOf(list: string, config = CONFIG): Promise<string[]> {
  const { import: run, text } = station(list, config);
  try {
    await run();
  } catch (error) {
    expect(text()).toBe(config);
    if (error instanceof ConfigError) return error.mistakes.map((each) => `${each.line}: ${each.path}: ${each.text}`);
    throw error;
  }
  return [];
}

describe("export", () => {
  test("is one row per tag that stands in a device", async () => {
    expect((await station(undefined).run("export")).join("\n").split("\n")).toEqual([
      "path,device,address,type,scan,scale,offset,unit,deadband,description,enabled,rangeLow,rangeHigh,rawLow,rawHigh,outsideRange,maximumSilence,formerPath",
      "steam,boiler,hr:0,INT16,,0.1,,°C,,,,,,,,,,",
      "level,boiler,hr:6,UINT16,,0.5,,,,,,,,,,,,",
    ]);
  });

  test("imported as it is, changes nothing, not even the file", async () => {
    const { run, file, listFile, text } = station(undefined);
    writeFileSync(listFile, (await run("export")).join("\n"));
    const before = statSync(file).ino;
    expect((await run("import", listFile, "--replace")).at(-1)).toBe("0 added, 0 changed, 0 removed, 2 unchanged");
    expect([text(), statSync(file).ino]).toEqual([CONFIG, before]);
  });
});

describe("import", () => {
  const LIST = `path,device,address,type,scale,unit,description
steam,boiler,hr:2,INT16,0.1,°C,
flow,boiler,400008,INT16,,m³/h,"two
lines"
level,boiler,hr:6,UINT16,0.25,,
extra,pump-1,co:9,,,,
`;

  test("shows the difference, then writes it; comments stay", async () => {
    const { import: run, text, file } = station(LIST);
    chmodSync(file, 0o640);
    expect(await run()).toEqual([
      '~ "boiler" "steam": address "hr:0" → "hr:2"',
      '+ "boiler" "flow": address "400008", type "INT16", unit "m³/h", description "two\\nlines"',
      '~ "boiler" "level": scale 0.5 → 0.25',
      '+ "pump-1" "extra": address "co:9"',
      "2 added, 2 changed, 0 removed, 0 unchanged",
      `${file} was written; a running station takes it over with: nonreturn-ot reload --config ${file}`,
    ]);
    expect(text()).toBe(
      CONFIG.replace('"hr:0", type', '"hr:2", type')
        .replace(
          "scale: 0.5 # per count",
          'scale: 0.25 # per count\n      - { path: flow, address: "400008", type: INT16, unit: m³/h, description: "two\\nlines" }',
        )
        .replace("parameters: { n: 1 } }", 'parameters: { n: 1 }, tags: [{ path: extra, address: "co:9" }] }'),
    );
    expect(statSync(file).mode & 0o777).toBe(0o640);
  });

  test("--dry-run only shows it", async () => {
    const { import: run, text } = station(LIST);
    expect((await run("--dry-run")).slice(-2)).toEqual([
      "2 added, 2 changed, 0 removed, 0 unchanged",
      "nothing was written",
    ]);
    expect(text()).toBe(CONFIG);
  });

  test("merge touches what the list has columns for; replace makes the listed devices' tags what the list says", async () => {
    const list = "path,device,address\nlevel,boiler,hr:7\n";
    expect((await station(list).import()).slice(0, -1)).toEqual([
      '~ "boiler" "level": address "hr:6" → "hr:7"',
      "0 added, 1 changed, 0 removed, 1 unchanged",
    ]);
    const typed = "path,device,address,type\nlevel,boiler,hr:7,UINT16\n";
    const replaced = station(typed);
    expect((await replaced.import("--replace")).slice(0, -1)).toEqual([
      '~ "boiler" "level": address "hr:6" → "hr:7", scale 0.5 → –',
      '- "boiler" "steam": address "hr:0", type "INT16", scale 0.1, unit "°C"',
      "0 added, 1 changed, 1 removed, 0 unchanged",
    ]);
    expect(replaced.text()).not.toMatch(/steam|scale/);
    expect(replaced.text()).toMatch(/pump-1/);
  });

  test("alarms are a cell of JSON, in the list where a tag has some", async () => {
    const list = `path,device,address,type,alarms
steam,boiler,hr:0,INT16,"{""hiHi"":{""limit"":95,""delay"":""5s""},""hi"":90}"
level,boiler,hr:6,UINT16,
`;
    const { import: run, text, run: again } = station(list);
    expect((await run())[0]).toBe('~ "boiler" "steam": alarms – → {"hiHi":{"limit":95,"delay":"5s"},"hi":90}');
    expect(text()).toContain("alarms: { hiHi: { limit: 95, delay: 5s }, hi: 90 } } # calibrated 2026");
    const exported = (await again("export")).at(-1)!;
    expect(exported).toContain(`"{""hiHi"":{""limit"":95,""delay"":""5s""},""hi"":90}"`);
    expect(await mistakesOf("path,device,address,alarms\nsteam,boiler,hr:0,hi 90\nlevel,boiler,hr:6,[90]\n")).toEqual([
      '2: alarms: is no JSON object; write it like {"hi":90,"delay":"5s"}',
      '3: alarms: is no JSON object; write it like {"hi":90,"delay":"5s"}',
    ]);
    expect(await mistakesOf('path,device,address,type,alarms\nsteam,boiler,hr:0,INT16,"{""hj"":90}"\n')).toContain(
      "2: alarms.hj: is not a known key; did you mean hi?",
    );
  });

  test("separators of other countries, TRUE of spreadsheets, byte order mark, names that would write to the terminal", async () => {
    const { import: run, text } = station('\uFEFFpath;device;address;enabled\r\n"a\u200Bb";boiler;co:1;FALSE\r\n');
    expect((await run())[0]).toBe('+ "boiler" "a\u200Bb": address "co:1", enabled false');
    expect(text()).toContain("enabled: false");
    expect(
      (await station("path,device,address,description\nx,boiler,co:1,\u001b[31m\u009b\n").import("--dry-run"))[0],
    ).toBe('+ "boiler" "x": address "co:1", description "\\u001b[31m\\u009b"');
  });

  test("bad cells, unknown devices and bad addresses are told in one round, in the order of the list", async () => {
    const list = `path,device,address,type,scale
a,boiler,hr:1,INT16,abc
b,nobody,hr:2,INT16,
c,boiler,hr:99999,INT16,
d,boiler,hr:3,INT99,
steam,boiler,hr:4,INT16,0.1
`;
    const expected = [
      /^2: scale: "abc" is no number/,
      /^3: device: there is no device "nobody"/,
      /^4: address: /,
      /^5: type: /,
    ];
    for (const [at, mistake] of (await mistakesOf(list)).entries())
      expect(mistake).toMatch(expected[at] ?? /^nothing more/);
    expect(await mistakesOf(list)).toHaveLength(expected.length);
  });

  test("every bad row is named by its line, and nothing is written", async () => {
    expect(
      await mistakesOf(`path,device,address,type,scale,enabled,rangeLow,rangeHigh,length
"a
b",boiler,co:1,,,,,,
c,boilr,co:1,,,,,,
d,boiler,hr:1,INT16,"0,1",maybe,1,,
e,boiler,hr:1
f,boiler,,INT16,,,,,

g,boiler,hr:9,INT16,,,,,
g,boiler,hr:9,INT16,,,,,
`),
    ).toEqual([
      "2: path: contains the character U+000A, which cannot be seen; remove it",
      '4: device: there is no device "boilr" in the configuration; did you mean boiler?',
      '5: scale: "0,1" is no number; write it like 0.1',
      '5: enabled: "maybe" is neither; write true or false',
      "5: rangeLow: one of the two ends is missing; write both or none",
      "6: : has 3 cells where the header has 9; correct the separators",
      "7: address: is empty; write it",
      "10: path: is the tag of line 9 again; remove one of the two",
    ]);
  });

  test("a decimal comma is named in every column of numbers, in percentages too", async () => {
    expect(
      await mistakesOf(`path;device;address;type;offset;deadband
a;boiler;hr:1;INT16;-1,5;0,5
b;boiler;hr:1;INT16;;2,5 %
`),
    ).toEqual([
      '2: offset: "-1,5" is no number; write it like -1.5',
      '2: deadband: "0,5" is no number; write it like 0.5',
      '3: deadband: "2,5 %" is no number; write it like 2.5%',
    ]);
  });

  test("so is what only the whole configuration shows: addresses, types, repeated paths, keys of drivers", async () => {
    const mistakes = await mistakesOf(`path,device,address,type,length,scan
ok,boiler,hr:1,INT16,,
a,boiler,hr:70000,INT16,,
"b
c",boiler,hr:1,INT16,,
d,boiler,hr:1,INT61,,
e,boiler,hr:1,STRING,many,
f,boiler,hr:1,INT16,,quick
pump-1/on,boiler,co:3,,,
`);
    expect(mistakes).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^6: type: "INT61" is not allowed; did you mean INT16\?/),
        expect.stringMatching(/^7: length: "many" is text/),
      ]),
    );
    const later = await mistakesOf(`path,device,address,type,scan
a,boiler,hr:70000,INT16,
"b
c",boiler,hr:1,INT16,
f,boiler,hr:1,INT16,quick
pump-1/on,boiler,co:3,,
`);
    expect(later).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^2: address: hr has no address 70000/),
        expect.stringMatching(/^3: path: contains the character U\+000A/),
        expect.stringMatching(/^5: scan: there is no scan class "quick"/),
        expect.stringMatching(/^6: path: tag path "pump-1\/on" is used 2 times/),
      ]),
    );
  });

  test.each([
    ["", /^1: : the list is empty/],
    ["path,address\n", /^1: device: this column is missing/],
    ["path,device,address,ofset\n", /^1: ofset: is no column; did you mean offset\?/],
    ["path,device,address,colour\n", /^1: colour: is no column of a tag list/],
    ["path,device,address,path\n", /^1: path: this column is there twice/],
    ["path,device,address,rangeLow\n", /^1: rangeHigh: this column is missing/],
    ['path,device,address\na,boiler,"hr:1\n', /^\d: : Quote Not Closed.*; correct the quotes/],
    [`path,device,address\na,boiler,${"x".repeat(200_000)}\n`, /^\d: : .*; correct the quotes or separators/],
  ])("a list that is none: %j", async (list, expected) => {
    expect((await mistakesOf(list))[0]).toMatch(expected);
  });

  test("unreadable lists, and tags that an alias shares", async () => {
    await expect(station(undefined).import()).rejects.toMatchObject({ code: "CONFIG_TAG_LIST" });
    const latin = station(undefined);
    writeFileSync(latin.listFile, Buffer.from("path,device,address,unit\nx,boiler,co:1,\xb0C\n", "latin1"));
    await expect(latin.import()).rejects.toMatchObject({ code: "CONFIG_TAG_LIST" });
    const head = CONFIG.slice(0, CONFIG.indexOf("templates:"));
    const list = "path,device,address\nx,a,co:2\n";
    for (const tags of [
      `tags: &t [{ path: x, address: "co:1" }] }\n  - { name: b, driver: modbus, host: h, path: b, tags: *t }`,
      `tags: [&t { path: x, address: "co:1" }] }\n  - { name: b, driver: modbus, host: h, path: b, tags: [*t] }`,
      `tags: [{ path: x, address: &t "co:1" }] }\n  - { name: b, driver: modbus, host: h, tags: [{ path: y, address: *t }] }`,
    ]) {
      const config = `${head}devices:\n  - { name: a, driver: modbus, host: h, ${tags}\n`;
      const { import: run, text } = station(list, config);
      await expect(run()).rejects.toThrow(StationError);
      await expect(run()).rejects.toMatchObject({ code: "CONFIG_TAGS_SHARED" });
      expect(text()).toBe(config);
    }
  });
});

describe("what spreadsheets make of a list", () => {
  test.each([
    ["rows whose cells were cleared", "path;device;address;type\r\n;;;\r\nflow;boiler;hr:40;INT16\r\n; ;;\r\n;;;\r\n"],
    ["last columns without a name", "path;device;address;type;;\r\nflow;boiler;hr:40;INT16;;\r\n"],
    ["a separator before the header", "sep=;\r\npath;device;address;type\r\nflow;boiler;hr:40;INT16\r\n"],
    [
      "the same in a file with a byte order mark",
      "\ufeffsep=,\r\npath,device,address,type\r\nflow,boiler,hr:40,INT16\r\n",
    ],
  ])("%s count as nothing", async (_, list) => {
    const { import: run } = station(list);
    expect(await run("--dry-run")).toEqual([
      '+ "boiler" "flow": address "hr:40", type "INT16"',
      expect.stringMatching(/^1 added, 0 changed, 0 removed/),
      "nothing was written",
    ]);
  });

  test("text below no name is refused, with its line", async () => {
    expect(await mistakesOf("sep=;\npath;device;address;type;;\n;;;;;\nflow;boiler;hr:40;INT16;;mine\n")).toEqual([
      "4: : has a cell in a column without a name; write its name in the header, or correct the separators",
    ]);
  });
});
