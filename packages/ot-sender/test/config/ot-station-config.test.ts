import { join } from "node:path";
import { ConfigError, createLog, schemaText, systemClock } from "@nonreturn/station";
import { describe, expect, test } from "vitest";
import { checkReport, estimateLive } from "../../src/config/check-report.ts";
import { symbolBytesAt } from "../../src/config/link-section.ts";
import { loadOtConfig, type OtStationConfig, parseOtConfig } from "../../src/config/ot-station-config.ts";
import { writtenStationFile } from "../../src/config/station-file.ts";
import { tagIdsByPath, toSettings } from "../../src/config/station-settings.ts";

const EXAMPLE = join(import.meta.dirname, "../../../../config/ot-station.yaml");
const log = createLog({ name: "test", level: "silent" });

const HEAD = `station: { name: s, dataFolder: data }
link: { destination: "192.0.2.2:47000", rate: 100Mbit }
devices:
`;
const parse = (devices: string): OtStationConfig => parseOtConfig(HEAD + devices, "/etc/nonreturn/ot.yaml");

/** "line: path: text" of every mistake. */
function mistakesIn(text: string): string[] {
  try {
    parseOtConfig(text, "ot.yaml");
  } catch (error) {
    if (error instanceof ConfigError)
      return error.mistakes.map(({ line, path, text: what }) => `${line}: ${path}: ${what}`);
    throw error;
  }
  return [];
}
const mistakesOf = (devices: string) => mistakesIn(HEAD + devices);
const device = (...tags: string[]) =>
  `  - name: plc\n    driver: modbus\n    host: 192.0.2.10\n    tags:\n${tags.map((tag) => `      - { ${tag} }\n`).join("")}`;

describe("the example configuration", () => {
  const config = loadOtConfig(EXAMPLE);

  test("loads as it stands", () => {
    expect(config.devices.map(({ name }) => name)).toEqual([
      "boiler",
      "filler",
      "packer",
      "filling",
      "meter-1",
      "meter-2",
      "utilities",
    ]);
    expect(config.dataFolder).toBe(join(EXAMPLE, "../ot-data"));
    expect(config.keysFolder).toBe(join(EXAMPLE, "../ot-data/keys"));
    const [steam] = config.devices[0]!.tags;
    expect(steam).toMatchObject({
      path: "hamburg/boiler-house/boiler-1/steam/temperature",
      scaling: { kind: "linear", scale: 0.1, offset: 0 },
      scanPeriodMs: 100,
      maximumSilenceMs: 60_000,
    });
    expect(steam!.deadband).toBeCloseTo(0.3, 12); // 0.1 % of 0 … 300
  });

  test("check says what it means", () => {
    const lines = checkReport(config, { clock: systemClock, log }, ({ link }, { tags }) => [
      `budget of ${link.rate} for ${tags}`,
    ]);
    expect(lines).toContain("devices   7 on 6 channels, 71 tags");
    expect(lines).toContain("alarms    8 on 5 tags");
    expect(lines).toContain("scan      meter-1, unit 1, every 1s: 2 tags in 1 request");
    expect(lines).toContain("scan      meter-2, unit 9, every 10s: 1 tag in 1 request");
    expect(lines.at(-1)).toBe("budget of 100000000 for 71");
    // Availability, performance and quality with each of two inputs, OEE with each of them: twelve a second for each line.
    expect(estimateLive(config).samplesPerSecondAtMost).toBeCloseTo(16 * 10 + 36 + 7 * 0.1 + 3 * 12, 9);
  });

  test("check promises no requests of devices that deliver by themselves", () => {
    const linesOf = (name: string) =>
      checkReport(loadOtConfig(join(EXAMPLE, `../${name}`)), { clock: systemClock, log }).filter((line) =>
        /^(scan|subscribe) /.test(line),
      );
    expect(linesOf("ot-station-mqtt.yaml")).toEqual([
      expect.stringMatching(/^subscribe \S+, broker: \d+ tags, asked for once per connection, then as they come$/),
    ]);
    // One server is polled.
    const ofServers = linesOf("ot-station-opcua.yaml");
    expect(ofServers.filter((line) => /^subscribe .*, server: \d+ tags?,/.test(line)).length).toBeGreaterThan(0);
    expect(ofServers).toContain("scan      energy, server, every 1s: 2 tags in 1 request");
  });

  test("a budget that does not hold stops the check", () => {
    const tooSlow = () => {
      throw new Error("too slow");
    };
    expect(() => checkReport(config, { clock: systemClock, log }, tooSlow)).toThrow("too slow");
  });

  test("becomes the settings of the parts", () => {
    const settings = toSettings(config);
    expect(settings.link).toMatchObject({
      stream: 1,
      linkRate: 100_000_000,
      limits: { maxSymbolBytes: 1408, redundancyPercent: 25 },
      spreadMs: 40,
      secondPass: { afterMs: 60_000, rate: 50_000_000 },
      heartbeatMs: 250,
    });
    expect(settings.link).not.toHaveProperty("bindAddress");
    expect(settings.journal).toMatchObject({
      retentionMs: 604_800_000,
      maximumBytes: 2_000_000_000,
      batch: { maxAgeMs: 50, lingerMs: 10, maxSamples: 8192, maxBytes: 65_536 },
    });
    expect(settings.journal.tags.map(({ path }) => path)).toEqual(settings.tagPaths);
    const idOf = tagIdsByPath(
      settings.tagPaths,
      settings.tagPaths.map((_, index) => index + 100),
    );
    expect(idOf("hamburg/energy/meter-1/power")).toBe(100 + settings.tagPaths.indexOf("hamburg/energy/meter-1/power"));
    expect(() => idOf("nowhere")).toThrow(RangeError);
  });

  test("can be written as a JSON Schema, with the keys of the drivers", () => {
    const text = schemaText(writtenStationFile, { title: "", description: "" });
    for (const key of ["destination", "scanClasses", "byteOrder", "badAddressRetry", "rawRange"])
      expect(text).toContain(`"${key}"`);
  });
});

describe("paths, defaults, units", () => {
  test("relative to the file, absolute as written", () => {
    const config = parse(device(`path: a, address: "hr:0", type: INT16`));
    expect([config.dataFolder, config.keysFolder]).toEqual(["/etc/nonreturn/data", "/etc/nonreturn/data/keys"]);
    const other = parseOtConfig(
      `keys: { folder: /secret }\n${HEAD}${device(`path: a, address: "hr:0", type: INT16`)}`,
      "/etc/nonreturn/ot.yaml",
    );
    expect(other.keysFolder).toBe("/secret");
    expect(config.station.mode).toBe("production");
    expect(config.devices[0]!.driverConfig).toMatchObject({
      host: "192.0.2.10",
      port: 502,
      unit: 1,
      timeout: 1000,
      badAddressRetry: 60_000,
    });
  });

  test("symbols follow MTU and address family", () => {
    expect([symbolBytesAt(1500, "IPv4"), symbolBytesAt(1500, "IPv6"), symbolBytesAt(9000, "IPv4")]).toEqual([
      1408, 1376, 8896,
    ]);
    const text = (link: string) =>
      `station: { name: s, dataFolder: d }\nlink: ${link}\ndevices:\n${device(`path: a, address: "hr:0", type: INT16`)}`;
    expect(parseOtConfig(text(`{ destination: "[2001:db8::2]:47000", rate: 1Gbit }`), "x").link.maxSymbolBytes).toBe(
      1376,
    );
    expect(
      parseOtConfig(text(`{ destination: "192.0.2.2:1", rate: 1Gbit, mtu: 9000, secondPass: off }`), "x").link,
    ).toMatchObject({
      maxSymbolBytes: 8896,
      secondPass: undefined,
    });
  });

  test("types of bits need not be written; the device gives scan class, silence and path", () => {
    const config = parse(`  - name: plc
    driver: modbus
    host: h
    path: Werk/Kühlung
    scanClass: slow
    maximumSilence: off
    tags:
      - { path: pumpe/läuft, address: "co:1" }
      - { path: störung, address: "hr:1.2", scanClass: fast, maximumSilence: 5s }
`);
    expect(config.devices[0]!.tags).toMatchObject([
      { path: "Werk/Kühlung/pumpe/läuft", dataType: "BOOLEAN", scanPeriodMs: 10_000, maximumSilenceMs: 0 },
      { path: "Werk/Kühlung/störung", dataType: "BOOLEAN", scanPeriodMs: 100, maximumSilenceMs: 5000 },
    ]);
  });
});

describe("mistakes", () => {
  test("a correct file has none", () => {
    expect(mistakesOf(device(`path: a, address: "hr:0", type: INT16`))).toEqual([]);
  });

  test.each([
    [
      "an address that is none",
      `path: a, address: "hr:70000", type: INT16`,
      /^8: devices\[0\]\.tags\[0\]\.address: hr has no address 70000; write 0 to 65535$/,
    ],
    [
      "digits without quotes",
      `path: a, address: 400101, type: INT16`,
      /^8: .*address: an address is text; write it in quotes, digit by digit: "400101"$/,
    ],
    ["no type", `path: a, address: "hr:0"`, /^8: .*type: is missing; write type: "BOOLEAN" or "INT8"/],
    [
      "a type that is none",
      `path: a, address: "hr:0", type: INT61`,
      /^8: .*type: "INT61" is not allowed; did you mean INT16\?/,
    ],
    [
      "a type that the table has not",
      `path: a, address: "co:0", type: INT16`,
      /^8: .*address: co:0 is one bit, not INT16; write type: BOOLEAN$/,
    ],
    [
      "a string without length",
      `path: a, address: "hr:0", type: STRING`,
      /^8: .*address: a STRING needs its length in bytes; write length: 16$/,
    ],
    [
      "an unknown key",
      `path: a, address: "hr:0", type: INT16, deadbandd: 1`,
      /^8: .*deadbandd: is not a known key; did you mean deadband\?$/,
    ],
    [
      "a scan class that is none",
      `path: a, address: "hr:0", type: INT16, scanClass: fst`,
      /^8: .*scanClass: there is no scan class "fst"; write one of: fast, normal, slow$/,
    ],
    [
      "two ways of scaling",
      `path: a, address: "hr:0", type: INT16, scale: 2, rawRange: [0, 9], range: [0, 1]`,
      /^8: .*rawRange: scale or offset is there too/,
    ],
    [
      "a raw range that means nothing",
      `path: a, address: "hr:0", type: INT16, rawRange: [0, 9]`,
      /^8: .*rawRange: range is missing/,
    ],
    [
      "an empty raw range",
      `path: a, address: "hr:0", type: INT16, rawRange: [9, 9], range: [0, 1]`,
      /^8: .*rawRange: both ends are 9/,
    ],
    ["a range upside down", `path: a, address: "hr:0", type: INT16, range: [5, 1]`, /^8: .*range: 5 is not below 1/],
    ["scale 0", `path: a, address: "hr:0", type: INT16, scale: 0`, /^8: .*scale: 0 makes every value the same/],
    [
      "a percentage of nothing",
      `path: a, address: "hr:0", type: INT16, deadband: 1%`,
      /^8: .*deadband: a percentage is of the range, and there is none/,
    ],
    ["a negative deadband", `path: a, address: "hr:0", type: INT16, deadband: -1`, /^8: .*deadband: /],
    [
      "a number of text",
      `path: a, address: "hr:0", type: STRING, length: 4, scale: 2`,
      /^8: .*scale: a STRING has no scale; remove it, or correct type$/,
    ],
    [
      "clamping to nothing",
      `path: a, address: "hr:0", type: INT16, outsideRange: clamp`,
      /^8: .*outsideRange: clamp needs a range/,
    ],
    [
      "a path with a hole",
      `path: a//b, address: "hr:0", type: INT16`,
      /^8: .*path: begins or ends with \/ or has \/\/ in it/,
    ],
  ])("%s", (_, tag, expected) => {
    const mistakes = mistakesOf(device(tag));
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toMatch(expected);
  });

  test("a name used twice is reported at both places", () => {
    const mistakes = mistakesOf(
      device(
        `path: Kühlung, address: "hr:0", type: INT16`,
        `path: b, address: "hr:1", type: INT16`,
        `path: "Ku\\u0308hlung", address: "hr:2", type: INT16`,
      ) + device(`path: b, address: "hr:0", type: INT16`),
    );
    expect(mistakes.map((mistake) => mistake.replace(/;.*/, ""))).toEqual([
      '4: devices[0].name: device name "plc" is used 2 times',
      '8: devices[0].tags[0].path: tag path "Kühlung" is used 2 times',
      '9: devices[0].tags[1].path: tag path "b" is used 2 times',
      '10: devices[0].tags[2].path: tag path "Kühlung" is used 2 times',
      '11: devices[1].name: device name "plc" is used 2 times',
      '15: devices[1].tags[0].path: tag path "b" is used 2 times',
    ]);
  });

  test("a serial line has one baud rate, parity and number of stop bits", () => {
    const meter = (name: string, line: string) =>
      `  - { name: ${name}, driver: modbus-rtu, serialPort: /dev/ttyS0, ${line}tags: [{ path: ${name}, address: "hr:0", type: INT16 }] }\n`;
    expect(mistakesOf(meter("a", "") + meter("b", "unit: 2, stopBits: 1, "))).toEqual([]);
    expect(mistakesOf(meter("a", "") + meter("b", "baudRate: 9600, ") + meter("c", "parity: none, "))).toEqual([
      "5: devices[1]: /dev/ttyS0 is one line, and cannot have 9600 baud, parity even, 1 stop bit and 19200 baud, parity even, 1 stop bit at once; give all its devices the same",
      "6: devices[2]: /dev/ttyS0 is one line, and cannot have 19200 baud, parity none, 2 stop bits and 19200 baud, parity even, 1 stop bit at once; give all its devices the same",
    ]);
  });

  test("disabled tags and devices are checked too: they are meant to be enabled", () => {
    expect(mistakesOf(device(`path: a, address: junk, type: INT16, enabled: false`))).toHaveLength(1);
  });

  test("devices: driver, time zone, scan class", () => {
    expect(mistakesOf(`  - { name: a, driver: modbuss, host: h }\n`)[0]).toMatch(
      /^4: devices\[0\]\.driver: "modbuss" is not allowed; did you mean modbus\?/,
    );
    expect(mistakesOf(`  - { name: a, driver: modbus, host: h, timezone: Hamburg }\n`)[0]).toMatch(
      /^4: .*timezone: is no time zone; write an IANA name/,
    );
    expect(mistakesOf(`  - { name: a, driver: modbus, host: h, timezone: Europe/Berlin }\n`)).toEqual([]);
    expect(mistakesOf(`  - { name: a, driver: modbus, host: h, scanClass: never }\n`)[0]).toMatch(
      /there is no scan class "never"/,
    );
    expect(mistakesOf(`  - { name: a, driver: modbus }\n`)[0]).toMatch(/host: is missing; write host: "192\.0\.2\.10"/);
    expect(mistakesOf(`  - { name: a, driver: modbus, host: h, timeout: 5 }\n`)[0]).toMatch(
      /timeout: 5 is not a duration/,
    );
    expect(mistakesIn(HEAD.replace("devices:", "devices: []"))[0]).toMatch(/there is no device; write at least one/);
  });

  test("between the sections", () => {
    const with_ = (text: string) => mistakesIn(`${text}\n${HEAD}${device(`path: a, address: "hr:0", type: INT16`)}`);
    expect(with_("batch: { maxBytes: 512KiB }")[0]).toMatch(
      /^1: batch\.maxBytes: does not fit 200 symbols of 1408 bytes .*; write at most 275KiB$/,
    );
    expect(with_("reconnect: { first: 2min, longest: 1s }")[0]).toMatch(
      /^1: reconnect\.first: is longer than reconnect\.longest/,
    );
    expect(with_("scanClasses: {}")[0]).toMatch(/^1: scanClasses: there is none/);
    expect(with_("scanClasses: { quick: 50ms }")).toEqual([]); // the first one is the default
    expect(with_("batch: { maxAge: 51ms }")[0]).toMatch(/^1: batch\.maxAge: "51ms" is out of range/);
    expect(with_("stations: 1")[0]).toMatch(/^1: stations: is not a known key; did you mean station\?/);
    const link = (text: string) =>
      mistakesIn(
        `station: { name: s, dataFolder: d }\nlink: ${text}\ndevices:\n${device(`path: a, address: "hr:0", type: INT16`)}`,
      );
    expect(link(`{ destination: "far-side:47000", rate: 1Mbit }`)[0]).toMatch(
      /^2: link\.destination: the far side's address cannot be looked up/,
    );
    expect(link(`{ destination: "192.0.2.2:0", rate: 1Mbit }`)[0]).toMatch(/port 0 is nowhere/);
    expect(link(`{ destination: "192.0.2.2:1", rate: 1Mbit, secondPass: { rate: 1Mbit } }`)[0]).toMatch(
      /secondPass\.rate: leaves nothing of link\.rate/,
    );
    expect(link(`{ destination: "192.0.2.2:1", rate: 1Mbit, secondPass: on }`)[0]).toMatch(/^2: link\.secondPass: /);
  });

  test("all at once, however many tags there are", () => {
    const many = device(
      ...Array.from({ length: 20_000 }, (_, index) => `path: t/${index}, address: "hr:${index}", type: INT16`),
    );
    expect(parse(many).devices[0]!.tags).toHaveLength(20_000);
    const wrong = mistakesOf(device(`path: a, address: x, type: INT16`, `path: a, address: y, type: INT16`));
    expect(wrong).toHaveLength(4);
  });
});

test("mistakes within keys and mistakes across keys are told in one round, and none that only follows from another", () => {
  const text = `station: { name: s, dataFolder: data, mod: lab }
link: { destination: "192.0.2.2:47000", rate: 10Mbit, secondPass: { after: 1s, rate: 20Mbit } }
reconnect: { first: 1min, longest: 1s }
devices:
  - name: one
    driver: modbus
    host: 192.0.2.1
    tags:
      - { path: a, address: "hr:0", type: INT61 }
      - { path: a, address: "hr:1", type: INT16 }
      - { path: b, address: "hx:2", type: INT16 }
      - { path: b, address: "hr:3" }
  - { name: two, driver: modbus, host: 192.0.2.1, scanClass: fsat, timeuot: 1s, tags: [{ path: c, adress: "hr:9", type: INT16 }] }
  - { name: two, driver: modbuss, host: 192.0.2.1, tags: [] }
`;
  const mistakes = (error: unknown) => (error as ConfigError).mistakes.map(({ line, path }) => `${line} ${path}`);
  let found: string[] = [];
  try {
    parseOtConfig(text, "ot.yaml");
  } catch (error) {
    found = mistakes(error);
  }
  expect(found).toEqual([
    "1 station.mod",
    "2 link.secondPass.rate",
    "3 reconnect.first",
    "9 devices[0].tags[0].type",
    "11 devices[0].tags[2].path",
    "11 devices[0].tags[2].address",
    "12 devices[0].tags[3].type",
    "12 devices[0].tags[3].path",
    "13 devices[1].scanClass",
    "13 devices[1].timeuot",
    "13 devices[1].tags[0].address",
    "13 devices[1].tags[0].adress",
    "14 devices[2].driver",
  ]);
});
