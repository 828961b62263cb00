/** What a controller lists, page by page, and what is made of it. */
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../../../hardware-sim/src/random/seeded-random.ts";
import { hostileDriver } from "../../../../../test/support/hostile-controller.ts";
import { writtenTag } from "../../../../../test/support/simulated-controller.ts";
import { type Ask, AttributeRefused, browseController } from "../../../src/drivers/ethernet-ip/browse.ts";
import { type CipReply, Service } from "../../../src/drivers/ethernet-ip/cip-message.ts";
import { DamagedReply } from "../../../src/drivers/ethernet-ip/cursor.ts";
import { readList, writeListRequest } from "../../../src/drivers/ethernet-ip/symbol-list.ts";
import {
  readTemplate,
  readTemplateSize,
  writeTemplateRead,
  writeTemplateSize,
} from "../../../src/drivers/ethernet-ip/template.ts";
import { connectedTo, controller, hex, never, readAll } from "./ethernet-ip-fixture.ts";

describe("on the wire", () => {
  test("asking for the tags of the controller, and of a program from instance 300 on", () => {
    expect(writeListRequest([], 0, [1, 2])).toEqual(hex("55 02 206B 2400  0200 0100 0200"));
    expect(writeListRequest([{ name: "Program:Main", indices: [] }], 300, [1, 2, 8, 10])).toEqual(
      hex("55 0A 910C 50726F6772616D3A4D61696E 206B 2500 2C01  0400 0100 0200 0800 0A00"),
    );
  });

  test("entries: an array of REAL, a structure without access, a system symbol", () => {
    const entries = `
      01000000 0400 54656D70  CA20  0A000000 00000000 00000000  00
      05000000 0100 4D        0582  00000000 00000000 00000000  03
      09000000 0100 58        6810  00000000 00000000 00000000  00`;
    expect(readList(hex(entries), 0, [1, 2, 8, 10])).toEqual([
      { instance: 1, name: "Temp", type: { kind: "atomic", code: 0xca }, dimensions: [10], access: "readable" },
      { instance: 5, name: "M", type: { kind: "structure", template: 0x205 }, dimensions: [], access: "none" },
      { instance: 9, name: "X", type: { kind: "system" }, dimensions: [], access: "readable" },
    ]);
  });

  test.each([
    ["an entry that breaks off", "01000000 0400 5465"],
    ["instances that go back", "05000000 0100 41 C400  04000000 0100 42 C400"],
  ])("%s is damage", (_, bytes) => {
    expect(() => readList(hex(bytes), 0, [1, 2])).toThrow(DamagedReply);
  });

  test("a template: its size, and its members", () => {
    expect(writeTemplateSize(0x205)).toEqual(hex("03 03 206C 2500 0502  0200 0200 0400"));
    expect(readTemplateSize(hex("0200  0200 0000 0200  0400 0000 10000000"))).toEqual({ members: 2, bytes: 41 });
    expect(writeTemplateRead(0x205, 0, 41)).toEqual(hex("4C 03 206C 2500 0502  00000000 2900"));
    const definition = Buffer.concat([
      hex("0000 CA00 00000000  0400 C420 04000000"),
      Buffer.from("Motor;nABC\0Speed\0Counts\0"),
    ]);
    expect(readTemplate(definition, 2)).toEqual({
      name: "Motor",
      members: [
        { name: "Speed", type: { kind: "atomic", code: 0xca }, length: 0 },
        { name: "Counts", type: { kind: "atomic", code: 0xc4 }, length: 4 },
      ],
    });
    expect(() => readTemplate(definition, 4)).toThrow(DamagedReply);
    expect(() => readTemplateSize(hex("0200  0200 0000 FFFF  0400 0000 FFFFFFFF"))).toThrow("65535 members");
  });
});

describe("a controller's list", () => {
  test.each([
    ["in large pages", {}],
    ["in small pages", { largeBytes: 0 }],
    ["without a connection", { largeBytes: 0, smallBytes: 0 }],
  ])("%s", async (_, options) => {
    const many = Array.from({ length: 100 }, (_, index) => writtenTag(`Extra_Tag_Number_${index}`, "DINT"));
    const plc = await controller({
      ...options,
      tags: [
        writtenTag("Echo", "DINT", { dimensions: [50] }),
        writtenTag("Grid", "INT", { dimensions: [2, 3] }),
        writtenTag("Flags", "BOOL", { dimensions: [64] }),
        writtenTag("Names", "STRING", { dimensions: [2] }),
        writtenTag("Motor", "Motor", { program: "Main", dimensions: [2] }),
        writtenTag("Hidden", "DINT", { access: "none" }),
        ...many,
      ],
    });
    const driver = await connectedTo(plc);
    const { tags, extent } = await driver.browse(never);
    expect(extent).toBe("all");
    const listed = tags.map(({ address, dataType, description }) => `${address} ${dataType} ${description}`);
    expect(listed.filter((each) => !each.startsWith("Extra"))).toEqual([
      "Echo{50} INT32 DINT[50]",
      "Grid[0,0]{6} INT16 INT[2,3]",
      "Flags{64} BOOLEAN BOOL[64]",
      "Names[0] STRING STRING",
      "Names[1] STRING STRING",
      ...[0, 1].flatMap((element) => [
        `Program:Main.Motor[${element}].Speed FLOAT32 REAL`,
        `Program:Main.Motor[${element}].Running BOOLEAN BOOL`,
        `Program:Main.Motor[${element}].Fault BOOLEAN BOOL`,
        `Program:Main.Motor[${element}].Counts{4} INT32 DINT[4]`,
        `Program:Main.Motor[${element}].Total INT64 LINT`,
        `Program:Main.Motor[${element}].Name STRING STRING`,
        `Program:Main.Motor[${element}].Alarms{32} BOOLEAN BOOL[32]`,
      ]),
    ]);
    expect(tags).toHaveLength(19 + many.length);
    expect(tags.find(({ address }) => address.endsWith("Motor[1].Speed"))?.path).toBe("Main/Motor-1/Speed");
    // What is listed can be read as it stands.
    const wanted = tags.map(({ address, dataType }, index) => ({
      tagId: index + 1,
      path: `t/${index}`,
      address,
      dataType: dataType!,
      options: {},
    }));
    const statuses = new Set([...(await readAll(driver, wanted)).values()].map(({ statusCode }) => statusCode));
    expect([...statuses]).toEqual([0]);
  });

  test("a Micro800 lists its variables", async () => {
    const plc = await controller({ family: "micro800" });
    const { tags } = await (await connectedTo(plc, { family: "micro800" })).browse(never);
    expect(tags.map(({ address, dataType }) => `${address} ${dataType}`)).toEqual([
      "Temperature FLOAT32",
      "Echo{200} INT32",
      "Flags{40} BOOLEAN",
      "Count UINT64",
      "Text STRING",
    ]);
  });
});

describe("controllers that do not play along", () => {
  const reply = (data: Uint8Array, status = 0): CipReply => ({
    service: 0,
    status,
    extended: undefined,
    data: Buffer.from(data),
  });

  test("one that knows no External Access is asked without", async () => {
    const asked: number[] = [];
    const ask: Ask = async (request) => {
      asked.push(request.readUInt16LE(6));
      if (request.readUInt16LE(6) > 2) throw new AttributeRefused("refused", { cause: new Error("0x14") });
      return reply(hex("01000000 0400 54656D70 CA00"));
    };
    expect((await browseController(ask)).tags).toMatchObject([{ address: "Temp", dataType: "FLOAT32" }]);
    expect(asked).toEqual([4, 3, 2]);
  });

  test("one that refuses everything is named by its refusal", async () => {
    const ask: Ask = async () => {
      throw new AttributeRefused("refused", { cause: new Error("CIP status 0x08") });
    };
    await expect(browseController(ask)).rejects.toThrow("CIP status 0x08");
  });

  test("names that no tag can have are left out, control characters first of all", async () => {
    const rest = "00000000 00000000 00000000 00"; // dimensions, access
    const entries = `01000000 0400 1B5B324A CA00 ${rest} 02000000 0200 4F6B C400 ${rest} 03000000 0400 5F5F7379 C400 ${rest}`;
    const ask: Ask = async () => reply(hex(entries));
    expect((await browseController(ask)).tags.map(({ address }) => address)).toEqual(["Ok"]);
  });

  test("structures of structures without a value, and arrays without end, cost a bounded number of steps", async () => {
    // Template n holds 60 arrays of 4,000,000,000 of template n + 1; the last holds nothing.
    const ask: Ask = async (request) => {
      if (request[0] === Service.getInstanceAttributeList)
        return reply(hex("01000000 0100 41 0081  00000000 00000000 00000000 00"));
      const template = request.length > 6 && request[4] === 0x25 ? request.readUInt16LE(6) : request[5]!;
      const members = template > 0x10c ? 0 : 60;
      const definition = Buffer.concat([
        ...Array.from({ length: members }, () => Buffer.from([0xff, 0xff, (template + 1) & 0xff, 0xa1, 0, 0, 0, 0])),
        Buffer.from(`T;\0${Array.from({ length: members }, (_, index) => `m${index}\0`).join("")}`),
      ]);
      if (request[0] === Service.readTag) return reply(definition);
      const size = Buffer.from([2, 0, 2, 0, 0, 0, members, 0, 4, 0, 0, 0, 0, 0, 0, 0]);
      size.writeUInt32LE(Math.ceil((definition.length + 23) / 4), 12);
      return reply(size);
    };
    expect(await browseController(ask)).toEqual({ tags: [], extent: "cut" });
  });

  test("a list that is damaged at random ends with a list or a StationError", async () => {
    let failed = 0;
    let listed = 0;
    for (let seed = 0; seed < 400; seed++) {
      const { driver } = hostileDriver(seededRandom(seed, "browse"), 0.3);
      try {
        await driver.connect(never);
        await driver.browse(never);
        listed++;
      } catch (error) {
        expect((error as Error).name).toBe("StationError");
        failed++;
      }
      await driver.close();
    }
    expect(failed).toBeGreaterThan(50);
    expect(listed).toBeGreaterThan(10);
  });
});
