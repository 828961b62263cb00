/** Devices that answer late, wrongly or not at all. */

import { StatusCode } from "@nonreturn/wire-format";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  exceptionReply,
  goodReply,
  reply,
  type ScriptedRequest,
} from "../../../../../test/contract/driver-contract/scripted-device.ts";
import { readSamples } from "../../../../../test/support/read-samples.ts";
import { byTag, connectedTo, driversOn, never, scripted, tagsAt } from "./modbus-fixture.ts";

const words = (...values: number[]) => values.flatMap((value) => [value >> 8, value & 0xff]);

describe("exceptions", () => {
  test.each([
    [1, StatusCode.BadNotSupported],
    [4, StatusCode.BadDeviceFailure],
    [8, StatusCode.BadDeviceFailure],
    [10, StatusCode.BadNoCommunication],
    [11, StatusCode.BadNoCommunication],
    [99, StatusCode.BadUnknownResponse],
  ])("exception %i is asked once and named", async (code, statusCode) => {
    const device = await scripted((request) => exceptionReply(request, code));
    const driver = await connectedTo(device);
    const plan = driver.plan(tagsAt(["hr:0", "hr:1"]));
    expect((await readSamples(driver, plan, never)).map((sample) => sample.statusCode)).toEqual([
      statusCode,
      statusCode,
    ]);
    expect(device.requests).toHaveLength(1);
    const [reading] = await driver.readRaw!(plan, never);
    expect(reading).toMatchObject({ raw: "", reason: expect.stringContaining(`exception ${code}`) });
  });

  test.each([
    [5, StatusCode.BadWaitingForResponse],
    [6, StatusCode.BadResourceUnavailable],
  ])("busy (exception %i) is asked again, then Bad", async (code, statusCode) => {
    const device = await scripted((request) =>
      request.number < 2 ? exceptionReply(request, code) : goodReply(request),
    );
    const driver = await connectedTo(device, { busyRetries: 2, busyDelay: "1ms" });
    const plan = driver.plan(tagsAt(["hr:7"]));
    expect(await readSamples(driver, plan, never)).toMatchObject([{ value: 7, statusCode: StatusCode.Good }]);
    device.answer = (request) => exceptionReply(request, code);
    device.requests.length = 0;
    expect(await readSamples(driver, plan, never)).toMatchObject([{ value: null, statusCode }]);
    expect(device.requests).toHaveLength(3);
  });
});

describe("replies that are not what was asked for", () => {
  const damaged: readonly (readonly [string, (request: ScriptedRequest) => Uint8Array])[] = [
    ["too short", (request) => reply(request, [3, 2, ...words(1)])],
    ["too long", (request) => reply(request, [3, 6, ...words(1, 2, 3)])],
    ["byte count too large", (request) => reply(request, [3, 200, ...words(1, 2)])],
    ["byte count too small", (request) => reply(request, [3, 2, ...words(1, 2)])],
    ["byte count zero", (request) => reply(request, [3, 0])],
    ["nothing but a function code", (request) => reply(request, [3])],
    ["another function", (request) => reply(request, [4, 4, ...words(1, 2)])],
    ["a write function", (request) => reply(request, [16, ...words(0, 2)])],
    ["another unit", (request) => reply({ ...request, unit: 9 }, [3, 4, ...words(1, 2)])],
    ["header of another protocol", (request) => Uint8Array.from([...words(request.transactionId, 1, 3), 1, 3, 0])],
    ["length beyond a frame", (request) => Uint8Array.from([...words(request.transactionId, 0, 0xffff), 1, 3, 4])],
    ["length zero", (request) => Uint8Array.from([...words(request.transactionId, 0, 0), 1, 3, 4])],
    ["text", () => new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n")],
  ];
  test.each(damaged)("%s: Bad for these tags, good for the others, and for the next read", async (_, answer) => {
    const device = await scripted((request) => (request.start === 0 ? answer(request) : goodReply(request)));
    const driver = await connectedTo(device);
    const plan = driver.plan(tagsAt(["hr:0", "hr:1", "hr:500"]));
    for (let scan = 0; scan < 5; scan++) {
      const samples = byTag(await readSamples(driver, plan, never));
      for (const tagId of [1, 2])
        expect(samples.get(tagId)).toMatchObject({ value: null, statusCode: StatusCode.BadDecodingError });
      expect(samples.get(3)).toMatchObject({ value: 500, statusCode: StatusCode.Good });
    }
    device.answer = goodReply;
    expect((await readSamples(driver, plan, never)).map(({ value }) => value)).toEqual([0, 1, 500]);
    expect(device.open()).toBe(1); // never reconnected
  });

  test("a byte count that lies about bits does not invent bits", async () => {
    const device = await scripted((request) => reply(request, [1, 9, 0xff]));
    const driver = await connectedTo(device);
    const samples = await readSamples(driver, driver.plan(tagsAt(["co:0", "co:7"], "BOOLEAN")), never);
    expect(samples.map(({ value, statusCode }) => [value, statusCode])).toEqual([
      [null, StatusCode.BadDecodingError],
      [null, StatusCode.BadDecodingError],
    ]);
  });

  test("a stream that stays garbage is given up", async () => {
    const device = await scripted(() => new TextEncoder().encode("SSH-2.0-OpenSSH_9.2\r\n"));
    const driver = await connectedTo(device);
    const plan = driver.plan(tagsAt(["hr:0"]));
    for (let scan = 0; scan < 3; scan++)
      expect(await readSamples(driver, plan, never)).toMatchObject([
        { value: null, statusCode: StatusCode.BadDecodingError },
      ]);
    await expect(readSamples(driver, plan, never)).rejects.toMatchObject({
      code: "CONNECTION_LOST",
    });
    await expect.poll(() => device.open()).toBe(0);
  });

  test("a reply in pieces is read", async () => {
    const device = await scripted((request) => {
      const frame = goodReply(request);
      request.socket.write(frame.subarray(0, 3));
      setTimeout(() => request.socket.write(frame.subarray(3, 8)), 5);
      setTimeout(() => request.socket.write(frame.subarray(8)), 10);
      return "silence";
    });
    const driver = await connectedTo(device);
    const samples = await readSamples(driver, driver.plan(tagsAt(["hr:0", "hr:200"])), never);
    expect(samples.map(({ value }) => value)).toEqual([0, 200]);
  });

  test("several replies in one segment are read", async () => {
    const held: Uint8Array[] = [];
    const device = await scripted((request) => {
      held.push(goodReply(request));
      return held.length === 3 ? Buffer.concat(held.reverse()) : "silence";
    });
    const driver = await connectedTo(device, { requestsInFlight: 3 });
    const samples = await readSamples(driver, driver.plan(tagsAt(["hr:0", "hr:200", "hr:400"])), never);
    expect(samples.map(({ value }) => value)).toEqual([0, 200, 400]);
  });

  test("whatever bytes come: the read settles, Good values are right, nothing is thrown past it", async () => {
    const device = await scripted();
    const bytes = fc.uint8Array({ maxLength: 300 });
    const answers = fc.array(fc.oneof(bytes, fc.constant("good" as const), fc.constant("truncated" as const)), {
      minLength: 1,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(answers, async (script) => {
        let next = 0;
        device.answer = (request) => {
          const answer = script[next++ % script.length]!;
          if (answer === "good") return goodReply(request);
          return answer === "truncated" ? goodReply(request).subarray(0, 9) : answer;
        };
        const [driver] = driversOn(device.address, [{ timeout: "10ms" }]);
        await driver!.connect(never);
        const plan = driver!.plan(tagsAt(["hr:1", "hr:300", "hr:600"]));
        const expected = [1, 300, 600];
        try {
          for (let scan = 0; scan < 3; scan++) {
            const samples = await readSamples(driver!, plan, never);
            for (const [index, { value, statusCode }] of samples.entries())
              if (statusCode === StatusCode.Good) expect(value).toBe(expected[index]);
          }
        } catch (error) {
          expect(error).toMatchObject({ code: "CONNECTION_LOST" });
        }
        await driver!.close();
      }),
      { seed: 4, numRuns: 60 },
    );
  });
});

describe("replies that come late or never", () => {
  test("a late reply is never taken for another request's, not even 256 requests later", async () => {
    let late: Uint8Array | undefined;
    const device = await scripted((request) => {
      if (request.number === 0) {
        // The right shape for every later request, with values that would be wrong.
        late = reply(request, [3, 2, ...words(0xdead)]);
        return "silence";
      }
      const frame = goodReply(request);
      return late !== undefined && request.number % 64 === 0 ? Buffer.concat([late, frame]) : frame;
    });
    const driver = await connectedTo(device, { timeout: "30ms" });
    const plan = driver.plan(tagsAt(["hr:5"]));
    expect(await readSamples(driver, plan, never)).toMatchObject([{ value: null, statusCode: StatusCode.BadTimeout }]);
    for (let scan = 0; scan < 600; scan++) {
      const [sample] = await readSamples(driver, plan, never);
      if (sample?.value !== 5) expect.fail(`scan ${scan}: ${sample?.value}`);
    }
  });

  test("a repeated reply is dropped", async () => {
    const device = await scripted((request) =>
      Buffer.concat([goodReply(request), goodReply(request), goodReply(request)]),
    );
    const driver = await connectedTo(device);
    const plan = driver.plan(tagsAt(["hr:5", "hr:500"]));
    for (let scan = 0; scan < 3; scan++)
      expect((await readSamples(driver, plan, never)).map(({ value }) => value)).toEqual([5, 500]);
  });

  test("a silent request is repeated as often as configured", async () => {
    const device = await scripted((request) => (request.number < 2 ? "silence" : goodReply(request)));
    const driver = await connectedTo(device, { timeout: "20ms", retries: 2 });
    expect(await readSamples(driver, driver.plan(tagsAt(["hr:5"])), never)).toMatchObject([
      { value: 5, statusCode: StatusCode.Good },
    ]);
  });

  test("a dead unit costs two time-outs, then one per read; the other unit is read", async () => {
    const device = await scripted((request) => (request.unit === 2 ? "silence" : goodReply(request)));
    const driver = await connectedTo(device, { timeout: "20ms" });
    const addresses = [0, 200, 400, 600, 800].flatMap((at) => [`hr:${at}`, `u2!hr:${at}`]);
    const plan = driver.plan(tagsAt(addresses));
    for (const asked of [2, 1, 1]) {
      device.requests.length = 0;
      const samples = await readSamples(driver, plan, never);
      expect(device.requests.filter(({ unit }) => unit === 2)).toHaveLength(asked);
      expect(samples.filter(({ statusCode }) => statusCode === StatusCode.Good)).toHaveLength(5);
      expect(samples.filter(({ statusCode }) => statusCode === StatusCode.BadTimeout)).toHaveLength(5);
    }
    device.answer = goodReply;
    const back = await readSamples(driver, plan, never);
    expect(back.every(({ statusCode }) => statusCode === StatusCode.Good)).toBe(true);
  });

  test("requests in flight: no more than configured", async () => {
    const waiting: (() => void)[] = [];
    let most = 0;
    const device = await scripted((request) => {
      waiting.push(() => request.socket.write(goodReply(request)));
      most = Math.max(most, waiting.length);
      setTimeout(() => waiting.pop()?.(), 5); // the latest first: replies out of order
      return "silence";
    });
    const driver = await connectedTo(device, { requestsInFlight: 3 });
    const addresses = Array.from({ length: 12 }, (_, index) => `hr:${index * 200}`);
    const samples = await readSamples(driver, driver.plan(tagsAt(addresses)), never);
    expect(samples.map(({ value }) => value)).toEqual(addresses.map((_, index) => index * 200));
    expect(most).toBe(3);
  });

  test("a lost connection with several requests in flight rejects once and leaves no rejection behind", async () => {
    const device = await scripted((request) => (request.number < 3 ? "silence" : "reset"));
    const driver = await connectedTo(device, { requestsInFlight: 4, timeout: "5s" });
    const addresses = Array.from({ length: 12 }, (_, index) => `hr:${index * 200}`);
    await expect(readSamples(driver, driver.plan(tagsAt(addresses)), never)).rejects.toMatchObject({
      code: "CONNECTION_LOST",
    });
  });

  test("an aborted read rejects", async () => {
    const device = await scripted(() => "silence");
    const driver = await connectedTo(device, { timeout: "20ms" });
    const stop = new AbortController();
    const reading = readSamples(driver, driver.plan(tagsAt(["hr:0", "hr:500"])), stop.signal);
    stop.abort();
    await expect(reading).rejects.toMatchObject({ code: "READ_ABORTED" });
  });
});

describe("one connection for several devices", () => {
  test("the first opens it, the last closes it", async () => {
    const device = await scripted();
    const [first, second] = driversOn(device.address, [{ unit: 1 }, { unit: 2, byteOrder: "BADC" }]);
    await first!.connect(never);
    await second!.connect(never);
    expect(await readSamples(second!, second!.plan(tagsAt(["hr:1"])), never)).toMatchObject([{ value: 256 }]);
    expect(device.requests.map(({ unit }) => unit)).toEqual([2]);
    expect(device.open()).toBe(1);
    await first!.close();
    expect(await readSamples(second!, second!.plan(tagsAt(["hr:1"])), never)).toMatchObject([{ value: 256 }]);
    await second!.close();
    await expect.poll(() => device.open()).toBe(0);
  });
});
