/** What is asked of a controller, and what is made of its answers. */

import { StatusCode } from "@nonreturn/wire-format";
import { describe, expect, test } from "vitest";
import { manualClock } from "../../../../../test/support/manual-clock.ts";
import { readSamples } from "../../../../../test/support/read-samples.ts";
import { startSimulatedController, writtenTag } from "../../../../../test/support/simulated-controller.ts";
import { isRouteFault, meaningOf } from "../../../src/drivers/ethernet-ip/cip-status.ts";
import { connectedTo, controller, driverOn, never, readAll, tagsAt } from "./ethernet-ip-fixture.ts";

const MULTIPLE = 0x0a;
const READ = 0x4c;
const FRAGMENT = 0x52;

describe("requests", () => {
  test("a thousand tags of one array are one request on a large connection", async () => {
    const plc = await controller();
    const driver = await connectedTo(plc);
    const tags = tagsAt(...Array.from({ length: 900 }, (_, index) => `Echo[${index}] INT32`));
    const samples = await readAll(driver, tags);
    expect([...samples.values()].map(({ tagId, value }) => value === tagId - 1)).not.toContain(false);
    expect(plc.services).toEqual([MULTIPLE]);
  });

  test("an array larger than a reply comes in fragments", async () => {
    const plc = await controller({ largeBytes: 0 });
    const driver = await connectedTo(plc);
    const [sample] = (await readAll(driver, tagsAt("Echo{500} INT32"))).values();
    expect(sample?.value).toEqual(Array.from({ length: 500 }, (_, index) => index));
    expect(plc.services).toEqual([FRAGMENT, FRAGMENT, FRAGMENT, FRAGMENT, FRAGMENT]); // 2000 bytes, 492 at a time
  });

  test("a structure of unknown length is asked for whole, then in fragments; from then on its length is known", async () => {
    const plc = await controller({ largeBytes: 0, tags: [writtenTag("Big", "Motor", { dimensions: [1] })] });
    const driver = await connectedTo(plc);
    const plan = driver.plan(tagsAt("Big BYTES", "Big[0].Speed FLOAT32"));
    await readSamples(driver, plan, never);
    expect(plc.services).toEqual([READ, READ]);
    plc.services.length = 0;
    const samples = await readSamples(driver, plan, never);
    expect(samples.map(({ statusCode }) => statusCode)).toEqual([StatusCode.Good, StatusCode.Good]);
    expect(plc.services).toEqual([MULTIPLE]);
  });

  test("a Micro800 that knows no packets is asked one by one, and found out once per connection", async () => {
    const plc = await controller({ family: "micro800" });
    const driver = await connectedTo(plc, { family: "micro800" });
    const plan = driver.plan(tagsAt("Temperature FLOAT32", "Count UINT64"));
    await readSamples(driver, plan, never);
    expect(plc.services).toEqual([MULTIPLE, READ, READ]);
    await readSamples(driver, plan, never);
    expect(plc.services.slice(3)).toEqual([READ, READ]);
  });

  test("a refused tag is asked again only after badAddressRetry, beside the others", async () => {
    const plc = await controller();
    const clock = manualClock();
    const driver = await connectedTo(plc, { badAddressRetry: "60s" }, clock);
    const plan = driver.plan(tagsAt("NoSuchTag INT32", "Temperature FLOAT32"));
    await readSamples(driver, plan, never);
    expect(plan.requests).toEqual(["Read Tag Temperature", "Read Tag NoSuchTag, refused"]);
    plc.services.length = 0;
    for (let scan = 0; scan < 3; scan++) await readSamples(driver, plan, never);
    expect(plc.services).toEqual([READ, READ, READ]);
    clock.advance(60_000);
    await readSamples(driver, plan, never);
    expect(plc.services).toHaveLength(5);
    await readSamples(driver, plan, never);
    expect(plc.services).toHaveLength(6);
  });

  test("of a read that reaches beyond its array only the tags beyond are Bad, in the same scan", async () => {
    const plc = await controller();
    const driver = await connectedTo(plc);
    const samples = await readAll(
      driver,
      tagsAt("Total[8] INT64", "Total[9] INT64", "Total[10] INT64", "Total[11] INT64"),
    );
    expect([...samples.values()].sort((a, b) => a.tagId - b.tagId).map(({ statusCode }) => statusCode)).toEqual([
      StatusCode.Good,
      StatusCode.Good,
      StatusCode.BadIndexRangeNoData,
      StatusCode.BadIndexRangeNoData,
    ]);
  });

  test("nothing is ever written", async () => {
    const plc = await controller();
    const driver = await connectedTo(plc);
    await readAll(driver, tagsAt("Echo{5000} INT32", "Temperature FLOAT32", "NoSuchTag INT16"));
    expect(plc.writesRefused()).toBe(0);
    expect(plc.services.every((service) => [MULTIPLE, READ, FRAGMENT].includes(service))).toBe(true);
  });
});

describe("connections", () => {
  test.each([
    ["large", {}, {}],
    ["small where large is unknown", { largeBytes: 0 }, {}],
    ["small where 4000 bytes are too many", { largeBytes: 1000 }, {}],
    ["none where no connection is left", { largeBytes: 0, smallBytes: 0 }, {}],
    ["small as configured", {}, { connection: "small" }],
    ["none as configured", {}, { connection: "unconnected" }],
  ])("%s", async (_, options, config) => {
    const plc = await controller(options);
    const driver = await connectedTo(plc, config);
    const [sample] = (await readAll(driver, tagsAt("Echo[7] INT32"))).values();
    expect(sample).toMatchObject({ value: 7, statusCode: StatusCode.Good });
  });

  test("a wrong slot is named, and leaves nothing open", async () => {
    const plc = await controller({ slot: 2 });
    const driver = driverOn(plc.address, { slot: 5 });
    await expect(driver.connect(never)).rejects.toMatchObject({
      code: "DEVICE_UNREACHABLE",
      what: "cannot connect: the controller grants no CIP connection: CIP status 0x01/0x0312: there is no such slot or address: check slot or route",
    });
    await expect.poll(() => plc.open()).toBe(0);
  });

  test("a connection that is insisted on and not granted is named", async () => {
    const plc = await controller({ largeBytes: 0, smallBytes: 0 });
    await expect(driverOn(plc.address, { connection: "small" }).connect(never)).rejects.toMatchObject({
      what: expect.stringContaining("0x01/0x0113: the controller has no connection left"),
    });
  });

  test("a thousand reconnects leave neither a socket nor a CIP connection behind, on either side", async () => {
    const plc = await controller();
    const driver = driverOn(plc.address);
    const plan = driver.plan(tagsAt("Echo[7] INT32"));
    const sockets = () => process.getActiveResourcesInfo().filter((each) => each === "TCPSocketWrap").length;
    const before = sockets();
    for (let round = 0; round < 1000; round++) {
      await driver.connect(never);
      if (round % 100 === 0) expect((await readSamples(driver, plan, never))[0]).toMatchObject({ value: 7 });
      if (round === 500) expect(plc.connections()).toBeGreaterThan(0); // they can be counted
      await driver.close();
    }
    await expect.poll(() => plc.open()).toBe(0);
    await expect.poll(() => plc.connections()).toBe(0);
    expect(plc.accepted()).toBe(1000);
    await expect.poll(sockets).toBeLessThanOrEqual(before);
  });

  test("a device that accepts and says nothing is given up", async () => {
    const { createServer } = await import("node:net");
    const mute = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => mute.once("listening", resolve));
    const { port } = mute.address() as { port: number };
    const driver = driverOn({ host: "127.0.0.1", port }, { connectTimeout: "50ms" });
    await expect(driver.connect(never)).rejects.toMatchObject({
      code: "DEVICE_UNREACHABLE",
      what: expect.stringContaining("did not answer RegisterSession within 50 ms"),
    });
    mute.close();
  });
});

describe("reasons", () => {
  test("what an engineer reads", async () => {
    const plc = await startSimulatedController();
    const driver = await connectedTo(plc);
    const tags = tagsAt("Temperature INT32", "Small[0].8 BOOLEAN", "Flags[1] INT16", "Program:Main.Motor[0] FLOAT32");
    const readings = await driver.readRaw(driver.plan(tags), never);
    const reasonOf = new Map(readings.map(({ sample, reason }) => [sample.tagId, reason]));
    expect(tags.map(({ tagId }) => reasonOf.get(tagId))).toEqual([
      "the tag is a REAL, not INT32; write type: FLOAT32",
      "a SINT has no bit 8; write 0 to 7",
      "the tag is a DWORD, not INT16; write type: BOOLEAN if it is an element of a BOOL array, otherwise type: UINT32",
      "the tag is a structure and no FLOAT32; name a member, or write type: STRING or BYTES",
    ]);
    await plc.close();
  });

  test.each([
    [{ status: 0x04, extended: undefined }, StatusCode.BadNodeIdUnknown, "tag"],
    [{ status: 0x05, extended: undefined }, StatusCode.BadNodeIdUnknown, "tag"],
    [{ status: 0x08, extended: undefined }, StatusCode.BadServiceUnsupported, "unsupported"],
    [{ status: 0x0f, extended: undefined }, StatusCode.BadUserAccessDenied, "tag"],
    [{ status: 0x10, extended: undefined }, StatusCode.BadInvalidState, "other"],
    [{ status: 0x11, extended: undefined }, StatusCode.BadEncodingLimitsExceeded, "size"],
    [{ status: 0x07, extended: undefined }, StatusCode.BadCommunicationError, "lost"],
    [{ status: 0xff, extended: 0x2105 }, StatusCode.BadIndexRangeNoData, "tag"],
    [{ status: 0xff, extended: 0x2107 }, StatusCode.BadTypeMismatch, "tag"],
    [{ status: 0xff, extended: 0x9999 }, StatusCode.BadUnknownResponse, "other"],
    [{ status: 0x77, extended: undefined }, StatusCode.BadUnknownResponse, "other"],
  ])("%o", (reply, statusCode, kind) => {
    expect(meaningOf(reply)).toMatchObject({ statusCode, kind });
  });

  test("only what is wrong with the route ends the search for a connection", () => {
    expect(isRouteFault({ status: 1, extended: 0x0312 })).toBe(true);
    expect(isRouteFault({ status: 1, extended: 0x0113 })).toBe(false);
    expect(isRouteFault({ status: 8, extended: undefined })).toBe(false);
  });
});
