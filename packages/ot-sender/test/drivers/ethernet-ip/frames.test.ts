/** Frames as they are on the wire, beside what they mean. */
import { describe, expect, test } from "vitest";
import { parseTagName } from "../../../src/drivers/ethernet-ip/address.ts";
import { readReply, Service, writeRequest, writeStatus } from "../../../src/drivers/ethernet-ip/cip-message.ts";
import { objectPath, symbolPath } from "../../../src/drivers/ethernet-ip/cip-path.ts";
import { DamagedReply } from "../../../src/drivers/ethernet-ip/cursor.ts";
import {
  Command,
  FrameReader,
  MAX_DATA_BYTES,
  REGISTER_SESSION,
  readCarried,
  writeConnected,
  writeFrame,
  writeUnconnected,
} from "../../../src/drivers/ethernet-ip/encapsulation.ts";
import {
  writeForwardClose,
  writeForwardOpen,
  writeUnconnectedSend,
} from "../../../src/drivers/ethernet-ip/forward-open.ts";
import { readMultiple, writeMultiple } from "../../../src/drivers/ethernet-ip/packet.ts";
import { planTags } from "../../../src/drivers/ethernet-ip/plan.ts";
import {
  elementBytes,
  plainTagBytes,
  readTagBytes,
  type TagBytes,
} from "../../../src/drivers/ethernet-ip/read-reply.ts";
import { parseRoute } from "../../../src/drivers/ethernet-ip/route.ts";
import { readFragmentRequest, readTagRequest } from "../../../src/drivers/ethernet-ip/tag-read.ts";
import { configOf, hex, tagsAt } from "./ethernet-ip-fixture.ts";

function readsOf(...tags: readonly string[]) {
  return planTags(tagsAt(...tags), configOf(), () => ({ capacity: 500, services: "many" })).reads.active;
}

/** Without where they lie. */
function shown(reply: TagBytes | undefined) {
  return reply === undefined ? undefined : { type: reply.type, bytes: reply.bytes.subarray(reply.from, reply.to) };
}

function pathOf(text: string): string {
  const name = parseTagName(text);
  return "mistake" in name ? name.mistake : Buffer.from(symbolPath(name.segments)).toString("hex");
}

const identity = { originatorSerial: 0x11223344, connectionSerial: 0x0102, connectionId: 0x4e520102 };
const slot0 = hex("01 00");

describe("encapsulation", () => {
  test("RegisterSession", () => {
    expect(writeFrame(Command.registerSession, 0, 1, REGISTER_SESSION)).toEqual(
      hex("6500 0400 00000000 00000000 0100000000000000 00000000  0100 0000"),
    );
  });

  test("an unconnected request: null address item, then data item 00B2", () => {
    expect(writeUnconnected(hex("4C 02 20 6B 24 01"))).toEqual(
      hex("00000000 0000 0200  0000 0000  B200 0600  4C022 06B2401"),
    );
  });

  test("a connected request: address item 00A1 with the connection id, data item 00B1 with the sequence", () => {
    expect(writeConnected(0x80fe0017, 3, hex("0A 02"))).toEqual(
      hex("00000000 0000 0200  A100 0400 1700FE80  B100 0400 0300 0A02"),
    );
  });

  test("a reply of either kind", () => {
    expect(readCarried(hex("00000000 0000 0200  0000 0000  B200 0400  CC000000"))).toEqual({
      kind: "unconnected",
      message: hex("CC000000"),
    });
    expect(readCarried(hex("00000000 0000 0200  A100 0400 0201524E  B100 0600 0300 CC000000"))).toEqual({
      kind: "connected",
      connectionId: 0x4e520102,
      sequence: 3,
      message: hex("CC000000"),
    });
  });

  test.each([
    ["no items", "00000000 0000 0000"],
    ["an item longer than the frame", "00000000 0000 0200  0000 0000  B200 0900  CC000000"],
    ["connected data before its address", "00000000 0000 0100  B100 0600 0300 CC000000"],
    ["more items than anybody sends", "00000000 0000 FFFF  0000 0000"],
    ["half a header", "00000000"],
  ])("%s is damage", (_, bytes) => {
    expect(() => readCarried(hex(bytes))).toThrow(DamagedReply);
  });

  test("frames are cut out of any chunks; a header that is none drops everything", () => {
    const frame = writeFrame(Command.sendRRData, 7, 9, hex("AABB"));
    const reader = new FrameReader();
    expect(reader.receive(frame.subarray(0, 10))).toEqual([]);
    expect(reader.pending).toBe(10);
    const both = reader.receive(Buffer.concat([frame.subarray(10), frame]));
    expect(both).toHaveLength(2);
    expect(both).toMatchObject([{ session: 7, context: 9, data: hex("AABB") }, { session: 7 }]);
    const huge = Buffer.from(frame);
    huge.writeUInt16LE(MAX_DATA_BYTES + 1, 2);
    expect(reader.receive(huge)).toMatchObject({ damage: expect.stringContaining("no EtherNet/IP header") });
    expect(reader.pending).toBe(0);
  });
});

describe("paths", () => {
  test.each([
    ["rate", "9104 72617465"],
    ["parts", "9105 7061727473 00"],
    ["Program:Main.Motor[2].Speed", "910C 50726F6772616D3A4D61696E  9105 4D6F746F72 00  28 02  9105 5370656564 00"],
    ["Grid[1,300,70000]", "9104 47726964  2801  2900 2C01  2A00 70110100"],
  ])("%s", (text, bytes) => {
    expect(pathOf(text)).toBe(hex(bytes).toString("hex"));
  });

  test("objects", () => {
    expect(Buffer.from(objectPath(0x6b, 0)).toString("hex")).toBe("206b2400");
    expect(Buffer.from(objectPath(0x6c, 0x205)).toString("hex")).toBe("206c25000502");
  });

  test.each([
    ["1,0", "0100"],
    ["1,2,2,192.0.2.30,1,0", `0102 12 0A ${Buffer.from("192.0.2.30").toString("hex")} 0100`],
    ["2,10.0.0.1,1,3", `12 08 ${Buffer.from("10.0.0.1").toString("hex")} 0103`],
    ["2,10.0.0.12", `12 09 ${Buffer.from("10.0.0.12").toString("hex")} 00`],
    ["", ""],
  ])("route %s", (text, bytes) => {
    expect(Buffer.from(parseRoute(text) as Uint8Array).toString("hex")).toBe(hex(bytes).toString("hex"));
  });

  test.each([
    "1",
    "0,1",
    "15,1",
    "1,256",
    "1,a",
    "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1",
    "1;0",
  ])("route %s is none", (text) => {
    expect(parseRoute(text)).toMatchObject({ mistake: expect.stringContaining("write") });
  });
});

describe("connections", () => {
  test("Forward Open, 500 bytes, slot 0", () => {
    expect(writeForwardOpen("small", 500, identity, slot0)).toEqual(
      hex(`54 02 2006 2401  0A 05  00000000  0201524E  0201  524E  44332211  07 000000
           80841E00 F443  80841E00 F443  A3  03 0100 2002 2401`),
    );
  });

  test("Large Forward Open, 4000 bytes, slot 0", () => {
    expect(writeForwardOpen("large", 4000, identity, slot0)).toEqual(
      hex(`5B 02 2006 2401  0A 05  00000000  0201524E  0201  524E  44332211  07 000000
           80841E00 A00F0042  80841E00 A00F0042  A3  03 0100 2002 2401`),
    );
  });

  test("Forward Close", () => {
    expect(writeForwardClose(identity, slot0)).toEqual(
      hex("4E 02 2006 2401  0A 05  0201  524E  44332211  03 00 0100 2002 2401"),
    );
  });

  test("Unconnected Send wraps a request; an odd one is padded", () => {
    expect(writeUnconnectedSend(hex("4C 02 206B 2401 0100"), slot0)).toEqual(
      hex("52 02 2006 2401  0A 05  0800  4C02206B24010100  01 00 0100"),
    );
    expect(writeUnconnectedSend(hex("010203"), slot0)).toEqual(
      hex("52 02 2006 2401  0A 05  0300  010203 00  01 00 0100"),
    );
  });
});

describe("services", () => {
  test("Read Tag, and Read Tag Fragmented", () => {
    const [read] = readsOf("Recipe[5]{10} INT32");
    expect(readTagRequest(read!)).toEqual(hex("4C 05 9106 526563697065 2805  0A00"));
    expect(readFragmentRequest(read!, 480)).toEqual(hex("52 05 9106 526563697065 2805  0A00 E0010000"));
  });

  test("Multiple Service Packet of two reads", () => {
    expect(writeMultiple(readsOf("rate INT32", "parts INT32"))).toEqual(
      hex(`0A 02 2002 2401  0200  0600 1200
           4C 04 9105 7061727473 00 0100
           4C 03 9104 72617465 0100`),
    );
  });

  test("its reply, one of them refused", () => {
    const reply = readReply(
      hex(`8A 00 1E 00  0200  0600 1000  CC 00 00 00 C400 2A000000  CC 00 05 00`),
      Service.multipleService,
    );
    expect(reply).toMatchObject({ status: 0x1e, extended: undefined });
    const { data } = reply;
    const [parts, rate, end] = readMultiple(data, 2);
    expect(shown(plainTagBytes(data, parts!, rate!))).toEqual({ type: 0xc4, bytes: hex("2A000000") });
    expect(shown(readTagBytes(readReply(data.subarray(parts, rate), Service.readTag).data))).toEqual({
      type: 0xc4,
      bytes: hex("2A000000"),
    });
    expect(plainTagBytes(data, rate!, end!)).toBeUndefined();
    expect(readReply(data.subarray(rate, end), Service.readTag)).toMatchObject({ status: 0x05 });
  });

  test.each([
    ["another number of replies", "0300 0600 1000 CC000000"],
    ["an offset into the table", "0200 0200 0600 CC000000 CC000000"],
    ["offsets that run backwards", "0200 0A00 0600 CC000000 CC000000"],
    ["an offset beyond the end", "0200 0600 FF00 CC000000 CC000000"],
    ["an offset table that breaks off", "0200 06"],
  ])("%s is damage", (_, bytes) => {
    expect(() => readMultiple(hex(bytes), 2)).toThrow(DamagedReply);
  });

  test("a reply to another service is damage, and so is one that breaks off", () => {
    expect(() => readReply(hex("CD 00 00 00"), Service.readTag)).toThrow("service 0xcd answers 0x4c");
    expect(() => readReply(hex("CC 00 FF 02 0521"), Service.readTag)).toThrow(DamagedReply);
    expect(() => readReply(hex("CC 00 FF FF"), Service.readTag)).toThrow(DamagedReply);
  });

  test("extended status", () => {
    const reply = readReply(hex("CC 00 FF 01 0521"), Service.readTag);
    expect(reply).toMatchObject({ status: 0xff, extended: 0x2105 });
    expect(writeStatus(reply)).toBe("0xFF/0x2105");
    expect(writeStatus({ status: 5, extended: undefined })).toBe("0x05");
  });

  test("elements of a structure, of an elementary type, of text", () => {
    const motor = readTagBytes(hex("A002 3412  0000C842 01000000  00004843 00000000"));
    expect(shown(motor)).toEqual({ type: 0x02a0, bytes: hex("0000C84201000000 0000484300000000") });
    expect(elementBytes(motor, 2)).toBe(8);
    expect(() => elementBytes(motor, 3)).toThrow("16 bytes where 3 elements were asked for");
    expect(elementBytes(readTagBytes(hex("C300 0100 0200")), 2)).toBe(2);
    expect(() => elementBytes(readTagBytes(hex("C300 0100 02")), 2)).toThrow(DamagedReply);
    expect(elementBytes(readTagBytes(hex("DA00 03 414243")), 1)).toBe(0);
    expect(() => readTagBytes(hex("7700 00"))).toThrow("type 0x77 is unknown");
  });

  test("requests are never odd", () => {
    for (const name of ["A", "Ab", "Abc[1]", "Program:X.Y[2].Zed"])
      expect(readTagRequest(readsOf(`${name} INT32`)[0]!).length % 2).toBe(0);
    expect(writeRequest(Service.readTag, hex("206B2401"))).toEqual(hex("4C 02 206B2401"));
  });
});
