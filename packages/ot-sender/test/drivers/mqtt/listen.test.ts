import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { StatusCode, statusCodeName } from "@nonreturn/wire-format";
import { expect, onTestFinished, test } from "vitest";
import { freeTcpPort } from "../../../../../test/support/free-port.ts";
import { temporaryFolder } from "../../../../../test/support/temporary-folder.ts";
import { driverFor, listen, never, startStandIn, tag } from "./mqtt-fixture.ts";

test("has no way to publish, and publishes nothing", async () => {
  const broker = await startStandIn();
  const driver = driverFor(broker.address);
  for (let place: object | null = driver; place !== null; place = Object.getPrototypeOf(place))
    expect(Object.getOwnPropertyNames(place).filter((name) => /write|publish|send|rebirth/i.test(name))).toEqual([]);
  const metric = tag("spBv1.0/g/n/d!m");
  const listening = await listen(driver, [tag("a"), metric], broker);
  await broker.publish("spBv1.0/g/DDATA/n/d", Buffer.from([0x18, 5, 0x12, 2, 0x10, 7])); // by an alias nobody knows
  listening.stop();
  await listening.ended;
  expect(broker.published).toEqual([]);
  expect(broker.subscribed.filter((filter) => filter.includes("CMD"))).toEqual([]);
});

test("payloads as text, as JSON with pointers, and as bytes; types that do not fit are Bad, and spoil no other", async () => {
  const broker = await startStandIn();
  const tags = {
    speed: tag("line/speed"),
    total: tag("line/total", "UINT64"),
    running: tag("line/running", "BOOLEAN"),
    order: tag("line/order", "STRING"),
    raw: tag("line/raw", "BYTES"),
    whole: tag("line/speed", "INT16"),
    motor: tag("line/status#/motor/speed"),
    big: tag("line/status#/total", "INT64"),
    zones: tag("line/status#/zones", "INT32"),
    missing: tag("line/status#/nothing"),
    number: tag("line/number#", "INT8"),
    wild: tag("line/+/speed"),
  };
  const listening = await listen(driverFor(broker.address), Object.values(tags), broker);
  await broker.publish("line/speed", " 12.5\n");
  await broker.publish("line/total", "18446744073709551615");
  await broker.publish("line/running", "ON");
  await broker.publish("line/order", "A-17 °C");
  await broker.publish("line/raw", Buffer.from([0, 255]));
  await broker.publish("line/status", '{"motor":{"speed":3},"total":-9007199254740993,"zones":[1,2]}');
  await broker.publish("line/number", "-7");
  await expect.poll(() => listening.last(tags.number)).toEqual([-7, "Good"]);
  expect(listening.last(tags.speed)).toEqual([12.5, "Good"]);
  expect(listening.last(tags.total)).toEqual([18_446_744_073_709_551_615n, "Good"]);
  expect(listening.last(tags.running)).toEqual([true, "Good"]);
  expect(listening.last(tags.order)).toEqual(["A-17 °C", "Good"]);
  expect(listening.last(tags.raw)).toEqual([Uint8Array.of(0, 255), "Good"]);
  expect(listening.last(tags.whole)).toEqual([null, "BadTypeMismatch"]);
  expect(listening.last(tags.motor)).toEqual([3, "Good"]);
  expect(listening.last(tags.big)).toEqual([-9_007_199_254_740_993n, "Good"]);
  expect(listening.last(tags.zones)).toEqual([[1, 2], "Good"]);
  expect(listening.last(tags.missing)).toEqual([null, "BadNodeIdUnknown"]);
  await broker.publish("line/speed", "fast");
  await broker.publish("line/status", "{");
  await broker.publish("line/order", "");
  await expect.poll(() => listening.last(tags.order)).toEqual([null, "BadNoData"]);
  expect(listening.last(tags.speed)).toEqual([null, "BadTypeMismatch"]);
  expect(listening.last(tags.motor)).toEqual([null, "BadDecodingError"]);
});

test("every tag waits for its first message as Bad, not in silence", async () => {
  const broker = await startStandIn();
  const tags = [tag("a"), tag("spBv1.0/g/n!m")];
  const listening = await listen(driverFor(broker.address), tags, broker);
  expect(listening.all.map(({ tagId, statusCode }) => [tagId, statusCode])).toEqual(
    tags.map(({ tagId }) => [tagId, StatusCode.BadWaitingForInitialData]),
  );
});

test("a retained message is Uncertain unless its payload has the time; or Good, or nothing, as the device says", async () => {
  const broker = await startStandIn();
  await broker.publish("old", '{"v":1,"time":"2026-11-25T14:00:00.25Z"}', { retain: true });
  const plain = tag("old#/v");
  const timed = tag("old#/v", "FLOAT64", { timestamp: "/time" });
  const listening = await listen(driverFor(broker.address), [plain, timed], broker);
  await expect.poll(() => listening.last(timed)).toEqual([1, "Good"]);
  expect(listening.last(plain)).toEqual([1, "UncertainLastUsableValue"]);
  expect(listening.of(timed)[0]!.sourceTimestamp).toBe(Date.UTC(2026, 10, 25, 14) * 1000 + 250_000);
  await broker.publish("old", '{"v":2,"time":"nonsense"}');
  await expect.poll(() => listening.last(plain)).toEqual([2, "Good"]);
  expect(listening.last(timed)).toEqual([null, "BadDataEncodingInvalid"]);
  const good = await listen(driverFor(broker.address, { clientId: "b", retained: "good" }), [plain], broker);
  await broker.publish("end", "");
  await broker.publish("old", '{"v":3}', { retain: true });
  await expect.poll(() => good.last(plain)?.[0]).toBe(3);
  const ignoring = await listen(driverFor(broker.address, { clientId: "c", retained: "ignore" }), [plain], broker);
  await broker.publish("old", '{"v":4}');
  await expect.poll(() => ignoring.of(plain).map(({ value }) => value)).toEqual([4]);
});

test("a message beyond maxPayloadBytes is dropped unread, makes its tags Bad, and the next one counts again", async () => {
  const broker = await startStandIn();
  const [long, other] = [tag("long", "STRING"), tag("other", "STRING")];
  const listening = await listen(driverFor(broker.address, { maxPayloadBytes: 1000 }), [long, other], broker);
  await broker.publish("long", "x".repeat(1_000_000));
  await expect.poll(() => listening.last(long)).toEqual([null, "BadEncodingLimitsExceeded"]);
  await broker.publish("long", "x".repeat(1001)); // under the filter's limit, over the driver's
  await broker.publish("other", "y");
  await broker.publish("long", "short");
  await expect.poll(() => listening.last(long)).toEqual(["short", "Good"]);
  expect(listening.of(long).map(({ statusCode }) => statusCodeName(statusCode))).toEqual([
    "BadEncodingLimitsExceeded",
    "BadEncodingLimitsExceeded",
    "Good",
  ]);
  expect(listening.last(other)).toEqual(["y", "Good"]);
  expect(broker.clients).toHaveLength(1); // the connection stands
});

test("a tag whose messages stop becomes Bad after staleAfter, once, and is Good with the next message", async () => {
  const broker = await startStandIn();
  const [watched, free] = [tag("a", "INT8", { staleAfter: 300 }), tag("b", "INT8")];
  const listening = await listen(driverFor(broker.address), [watched, free], broker);
  await broker.publish("a", "1");
  await broker.publish("b", "1");
  await expect.poll(() => listening.last(watched), { timeout: 30_000 }).toEqual([null, "BadNoCommunication"]);
  await broker.publish("a", "2");
  await expect.poll(() => listening.last(watched)).toEqual([2, "Good"]);
  expect(listening.last(free)).toEqual([1, "Good"]);
  expect(listening.of(watched).filter(({ statusCode }) => statusCode === StatusCode.BadNoCommunication)).toHaveLength(
    1,
  );
});

test.each([
  "close",
  "reset",
] as const)("a connection lost by %s ends the subscription; connecting again helps", async (how) => {
  const broker = await startStandIn();
  const driver = driverFor(broker.address);
  const a = tag("a");
  const first = await listen(driver, [a], broker);
  broker.drop(how);
  expect(await first.ended).toMatchObject({ code: "CONNECTION_LOST" });
  await expect(driver.subscribe(driver.plan([a]), () => undefined, never)).rejects.toMatchObject({
    code: "CONNECTION_LOST",
  });
  const second = await listen(driver, [a], broker);
  await broker.publish("a", "1");
  await expect.poll(() => second.last(a)).toEqual([1, "Good"]);
});

test("a persistent session: what came with QoS 1 while the driver was away arrives, each once", async () => {
  const broker = await startStandIn();
  const a = tag("a", "INT8");
  const driver = driverFor(broker.address, { session: "persistent", clientId: "station" });
  const first = await listen(driver, [a], broker);
  await broker.publish("a", "1");
  await expect.poll(() => first.last(a)).toEqual([1, "Good"]);
  await driver.close();
  await first.ended;
  await expect.poll(() => broker.open()).toBe(0);
  for (const value of ["2", "3", "4"]) await broker.publish("a", value);
  const again = driverFor(broker.address, { session: "persistent", clientId: "station" });
  const second = await listen(again, [a], broker);
  await expect.poll(() => second.of(a).length).toBe(3);
  await broker.publish("a", "5");
  await expect.poll(() => second.of(a).map(({ value }) => value)).toEqual([2, 3, 4, 5]);
  const clean = await listen(driverFor(broker.address, { clientId: "other" }), [a], broker);
  expect(clean.of(a)).toEqual([]); // control: another client gets nothing of it
});

test("a person who reads beside the station has another client id and no persistent session", async () => {
  const broker = await startStandIn();
  const a = tag("a", "INT8");
  const station = await listen(driverFor(broker.address, { session: "persistent" }), [a], broker);
  await broker.publish("r", "7", { retain: true });
  const person = driverFor(broker.address, { session: "persistent", readWait: "300ms" }, "person");
  const [r, silent] = [tag("r", "INT8"), tag("silent", "INT8")];
  await person.connect(never);
  const readings = await person.readRaw!(person.plan([r, silent]), never);
  expect(readings.map(({ sample, raw, reason }) => [sample.value, raw, reason])).toEqual([
    [7, "7", ""],
    [null, "", "no message within 300 ms"],
  ]);
  await broker.publish("a", "1");
  await expect.poll(() => station.last(a)).toEqual([1, "Good"]); // still there
  expect(new Set(broker.clients).size).toBe(2);
});

test("browse lists topics, members of JSON, and types", async () => {
  const broker = await startStandIn();
  await broker.publish("line/speed", "12.5", { retain: true });
  await broker.publish("line/status", '{"motor":{"speed":1,"on":true},"list":["a"],"total":18446744073709551615}', {
    retain: true,
  });
  await broker.publish("line/order", "A-17", { retain: true });
  const driver = driverFor(broker.address, { readWait: "300ms" }, "person");
  await driver.connect(never);
  const { tags, extent } = await driver.browse!(never);
  expect(extent).toBe("all");
  expect(tags.map(({ address, dataType }) => [address, dataType])).toEqual([
    ["line/order", "STRING"],
    ["line/speed", "FLOAT64"],
    ["line/status#/list", "STRING"],
    ["line/status#/motor/on", "BOOLEAN"],
    ["line/status#/motor/speed", "FLOAT64"],
    ["line/status#/total", "UINT64"],
  ]);
});

test("a filter that the broker refuses makes its tags Bad, and spoils no other", async () => {
  const broker = await startStandIn({ refuses: "secret" });
  const [secret, open] = [tag("secret"), tag("open")];
  const listening = await listen(driverFor(broker.address), [secret, open], broker);
  await broker.publish("open", "1");
  await expect.poll(() => listening.last(open)).toEqual([1, "Good"]);
  expect(listening.last(secret)).toEqual([null, "BadUserAccessDenied"]);
});

test("one filter instead of a subscription for each topic; what nobody wants is left", async () => {
  const broker = await startStandIn();
  const [one, two] = [tag("line/1"), tag("line/2")];
  const listening = await listen(driverFor(broker.address, { filters: ["line/#"] }), [one, two], broker);
  await broker.publish("line/3", "3");
  await broker.publish("line/2", "2");
  await expect.poll(() => listening.last(two)).toEqual([2, "Good"]);
  expect(broker.subscribed).toEqual(["line/#"]);
});

test("login by user and password file; a refused one says so, without the password", async () => {
  const broker = await startStandIn({ account: ["reader", "geheim ü"] });
  const passwordFile = join(temporaryFolder(), "password");
  writeFileSync(passwordFile, "geheim ü\n", { mode: 0o600 });
  const login = { username: "reader", passwordFile };
  await driverFor(broker.address, login).connect(never);
  await expect(driverFor(broker.address).connect(never)).rejects.toMatchObject({ code: "DEVICE_LOGIN" });
  writeFileSync(passwordFile, "wrong-secret", { mode: 0o600 });
  await expect(driverFor(broker.address, login).connect(never)).rejects.toSatisfy(
    (error: Error) => /DEVICE_LOGIN/.test(String(error)) && !String(error).includes("wrong-secret"),
  );
});

test("connecting gives up: nobody there, nobody answering, aborted before and while; close is harmless", async () => {
  const nobody = driverFor({ host: "127.0.0.1", port: await freeTcpPort() });
  await expect(nobody.connect(never)).rejects.toMatchObject({ code: "DEVICE_UNREACHABLE" });
  await nobody.close();
  await nobody.close();
  const { createServer } = await import("node:net");
  const mute = createServer(() => undefined).listen(0, "127.0.0.1");
  onTestFinished(() => void mute.close());
  await expect.poll(() => mute.address()).not.toBeNull();
  const { port } = mute.address() as { port: number };
  const waiting = driverFor({ host: "127.0.0.1", port }, { connectTimeout: "200ms" });
  await expect(waiting.connect(never)).rejects.toMatchObject({ code: "DEVICE_UNREACHABLE" });
  const unreachable = driverFor({ host: "192.0.2.1", port: 9 }); // TEST-NET-1: nobody answers
  await expect(unreachable.connect(AbortSignal.abort())).rejects.toMatchObject({ code: "DEVICE_UNREACHABLE" });
  const stop = new AbortController();
  const connecting = unreachable.connect(stop.signal);
  stop.abort();
  await expect(connecting).rejects.toMatchObject({ code: "DEVICE_UNREACHABLE" });
});

test("a hundred reconnects leave no socket behind, on either side", async () => {
  const broker = await startStandIn();
  const driver = driverFor(broker.address);
  const a = tag("a");
  const sockets = () => process.getActiveResourcesInfo().filter((each) => each === "TCPSocketWrap").length;
  const before = sockets();
  for (let round = 0; round < 100; round++) {
    const listening = await listen(driver, [a], broker);
    await driver.close();
    expect(await listening.ended).toMatchObject({ code: "CONNECTION_LOST" });
  }
  await expect.poll(() => broker.open()).toBe(0);
  await expect.poll(sockets).toBeLessThanOrEqual(before);
});

test.each([
  ["", "no topic"],
  ["#/a", "no topic"],
  ["line/+", "wildcard"],
  ["a\u0000b", "no topic may have"],
  ["a#b", "begins with /"],
  ["spBv1.0/g/NDATA/n", "names no metric"],
  ["spBv1.0/g!m", "names no metric"],
  ["spBv1.0/g/n/d/e!m", "names no metric"],
  ["spBv1.0/g/n!", "names no metric"],
  ["x".repeat(5000), "at most"],
])("the address %j is refused: %s", (address, what) => {
  const plan = driverFor({ host: "127.0.0.1", port: 1 }).plan([tag(address), tag("good")]);
  expect(plan.refused).toMatchObject([{ statusCode: StatusCode.BadConfigurationError }]);
  expect(plan.refused[0]!.reason).toContain(what);
  expect(plan.tagIds).toHaveLength(2);
});
