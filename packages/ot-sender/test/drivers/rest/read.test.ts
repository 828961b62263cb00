import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StatusCode, statusCodeName } from "@nonreturn/wire-format";
import { expect, onTestFinished, test } from "vitest";
import { readSamples } from "../../../../../test/support/read-samples.ts";
import { temporaryFolder } from "../../../../../test/support/temporary-folder.ts";
import { driverFor, json, never, readOnce, reply, startScripted, tag } from "./rest-fixture.ts";

const statuses = (readings: Awaited<ReturnType<typeof readOnce>>) =>
  readings.map(({ sample }) => statusCodeName(sample.statusCode));
const values = (readings: Awaited<ReturnType<typeof readOnce>>) => readings.map(({ sample }) => sample.value);

test("tags of one resource share one request, in every read; another resource has its own", async () => {
  const server = await startScripted((socket, request, number) =>
    json(request.startsWith("GET /b") ? { n: 1 } : { a: 1.5, list: [1, 2], "x/y": { "~": true } })(
      socket,
      request,
      number,
    ),
  );
  const driver = driverFor(server.address);
  onTestFinished(async () => {
    await driver.close();
    await server.close();
  });
  const tags = [
    tag("/a#/a"),
    tag("/b#/n", "INT16"),
    tag("/a#/list/1", "UINT8"),
    tag("/a#/list", "INT32"),
    tag("/a#/x~1y/~0", "BOOLEAN"),
  ];
  const plan = driver.plan(tags);
  expect(plan.requests).toEqual(["GET /a (4 tags)", "GET /b (/n)"]);
  await driver.connect(never);
  for (let scan = 0; scan < 3; scan++)
    expect((await readSamples(driver, plan, never)).map(({ value }) => value)).toEqual([1.5, 2, [1, 2], true, 1]);
  expect(server.requests.map((request) => request.split("\r\n")[0])).toEqual(
    Array.from({ length: 3 }, () => ["GET /a HTTP/1.1", "GET /b HTTP/1.1"]).flat(),
  );
  expect(server.accepted()).toBe(1); // one connection throughout
});

test("integers beyond 53 bits stay exact, as numbers and as text", async () => {
  const body = '{"u":18446744073709551615,"i":-9223372036854775808,"odd":9007199254740993,"t":"9007199254740993"}';
  const tags = [tag("/#/u", "UINT64"), tag("/#/i", "INT64"), tag("/#/odd", "INT64"), tag("/#/t", "UINT64")];
  const over = [tag("/#/u", "INT64"), tag("/#/u", "FLOAT64"), tag("/#/u", "INT32")];
  const readings = await readOnce(json(body), [...tags, ...over]);
  expect(values(readings.slice(0, 4))).toEqual([
    18_446_744_073_709_551_615n,
    -9_223_372_036_854_775_808n,
    9_007_199_254_740_993n,
    9_007_199_254_740_993n,
  ]);
  expect(statuses(readings.slice(4))).toEqual(["BadTypeMismatch", "BadTypeMismatch", "BadTypeMismatch"]);
});

test("a type that does not fit is Bad with the reason, and spoils no other", async () => {
  const body = {
    half: 12.5,
    big: 300,
    text: "12",
    no: null,
    yes: true,
    deep: { a: 1 },
    huge: 1e300,
    mixed: [1, "2"],
    ok: 7,
  };
  const readings = await readOnce(json(body), [
    tag("/#/half", "INT16"),
    tag("/#/big", "UINT8"),
    tag("/#/text", "FLOAT64"),
    tag("/#/no", "FLOAT64"),
    tag("/#/yes", "INT8"),
    tag("/#/deep", "STRING"),
    tag("/#/huge", "FLOAT32"),
    tag("/#/mixed", "INT8"),
    tag("/#/missing", "INT8"),
    tag("/#/__proto__", "STRING"),
    tag("/#/ok/further", "INT8"),
    tag("/#/ok", "INT8"),
  ]);
  expect(statuses(readings)).toEqual([
    ...["BadTypeMismatch", "BadTypeMismatch", "BadTypeMismatch", "BadNoData", "BadTypeMismatch", "BadTypeMismatch"],
    ...["BadTypeMismatch", "BadTypeMismatch", "BadNodeIdUnknown", "BadNodeIdUnknown", "BadNodeIdUnknown", "Good"],
  ]);
  expect(readings[0]!.reason).toBe("the device sent the number 12.5, which is no INT16");
  expect(readings[7]!.reason).toBe('element 1: the device sent the string "2", which is no INT8');
  expect(readings[8]!.reason).toBe('the reply has nothing at "/missing"');
  expect(readings.slice(0, -1).every(({ sample, reason }) => sample.value === null && reason !== "")).toBe(true);
});

test("the time is taken from the body where it is named, in every notation", async () => {
  const body =
    '{"z":"2026-11-25T14:00:00.123456Z","off":"2026-11-25T16:00:00.5+02:00","local":"2026-11-25 15:00:00","s":1795615200.25,' +
    '"ms":1795615200250,"us":1795615200250001,"bad":"yesterday","v":1}';
  const at = (timestamp: string, timeFormat?: string) =>
    tag("/#/v", "INT8", { timestamp, ...(timeFormat === undefined ? {} : { timeFormat }) });
  const tags = [at("/z"), at("/off"), at("/local"), at("/s", "s"), at("/ms", "ms"), at("/us", "us")];
  const readings = await readOnce(json(body), [...tags, at("/bad"), at("/gone")], {}, "Europe/Berlin");
  expect(readings.slice(0, 6).map(({ sample }) => sample.sourceTimestamp - 1_795_615_200_000_000)).toEqual([
    123_456, 500_000, 0, 250_000, 250_000, 250_001,
  ]);
  expect(statuses(readings.slice(6))).toEqual(["BadDataEncodingInvalid", "BadDataEncodingInvalid"]);
});

test.each([
  [204, "", "BadNoData"],
  [301, "", "BadNotSupported"],
  [400, "", "BadInvalidArgument"],
  [401, "no", "BadUserAccessDenied"],
  [403, "", "BadUserAccessDenied"],
  [404, "<html>", "BadNodeIdUnknown"],
  [408, "", "BadTimeout"],
  [429, "", "BadTooManyOperations"],
  [500, "", "BadDeviceFailure"],
  [502, "", "BadNoCommunication"],
  [503, "", "BadResourceUnavailable"],
] as const)("HTTP %i is %s … %s", async (status, body, expected) => {
  const [reading] = await readOnce(reply(status, body, { Location: "http://192.0.2.1/elsewhere" }), [tag("/a")]);
  expect(statusCodeName(reading!.sample.statusCode)).toBe(expected);
  if (status !== 204) expect(reading!.reason).toContain(`HTTP ${status}`);
  if (status === 301) expect(reading!.reason).toContain("http://192.0.2.1/elsewhere");
});

test("bodies that are none are Bad: too long, too deep, labelled otherwise, compressed, no UTF-8, cut off", async () => {
  const JSON_TYPE = { "Content-Type": "application/json" };
  const deep = `${"[".repeat(101)}1${"]".repeat(101)}`;
  const cases: [Parameters<typeof readOnce>[0], string][] = [
    [json(`"${"x".repeat(2000)}"`), "BadEncodingLimitsExceeded"],
    [
      (socket) =>
        socket.write("HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 999999999999\r\n\r\n"),
      "BadEncodingLimitsExceeded",
    ],
    [
      (socket) =>
        socket.write(
          `HTTP/1.1 200 X\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n${"1".repeat(2048)}\r\n`,
        ),
      "BadEncodingLimitsExceeded",
    ],
    [json(deep), "BadDecodingError"],
    [json("{'a':1}"), "BadDecodingError"],
    [json(" "), "BadDecodingError"],
    [reply(200, Buffer.from([0x22, 0xff, 0x22]), JSON_TYPE), "BadDecodingError"],
    [reply(200, "1", { "Content-Type": "text/html" }), "BadDataEncodingUnsupported"],
    [reply(200, "1"), "BadDataEncodingUnsupported"],
    [json("1", { "Content-Encoding": "gzip" }), "BadDataEncodingUnsupported"],
    [
      (socket) => socket.end("HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n12"),
      "BadDecodingError",
    ],
    [(socket) => socket.write(`HTTP/1.1 200 X\r\nX: ${"y".repeat(20_000)}\r\n\r\n`), "BadDecodingError"],
    [
      (socket) => socket.write("HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n"),
      "BadDecodingError",
    ],
  ];
  for (const [index, [answer, expected]] of cases.entries()) {
    const [reading] = await readOnce(answer, [tag("/a", "STRING")], { maxBodyBytes: 1000 });
    expect(statusCodeName(reading!.sample.statusCode), `case ${index}: ${reading!.reason}`).toBe(expected);
  }
  const [any] = await readOnce(reply(200, "1", { "Content-Type": "text/html" }), [tag("/a")], { contentType: "any" });
  expect(any!.sample.value).toBe(1);
});

test("a trickling server is given up after the time for a whole reply, and costs no other resource", async () => {
  const trickle: Parameters<typeof readOnce>[0] = (socket, request, number) => {
    if (!request.startsWith("GET /slow")) return json("2")(socket, request, number);
    socket.write("HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n");
    const timer = setInterval(() => socket.write(" "), 20);
    socket.on("close", () => clearInterval(timer));
  };
  const readings = await readOnce(trickle, [tag("/slow"), tag("/quick")], { timeout: "200ms" });
  expect(statuses(readings)).toEqual(["BadTimeout", "Good"]);
  expect(readings[0]!.reason).toContain("only the head");
});

test("a refused path is asked again rarely; others in every read", async () => {
  const server = await startScripted((socket, request, number) =>
    (request.startsWith("GET /gone") ? reply(404, "") : json("1"))(socket, request, number),
  );
  const driver = driverFor(server.address, { badAddressRetry: "1h" });
  onTestFinished(async () => {
    await driver.close();
    await server.close();
  });
  const plan = driver.plan([tag("/gone"), tag("/here")]);
  await driver.connect(never);
  for (let scan = 0; scan < 4; scan++)
    expect((await readSamples(driver, plan, never)).map(({ statusCode }) => statusCode)).toEqual([
      StatusCode.BadNodeIdUnknown,
      StatusCode.Good,
    ]);
  expect(server.requests.filter((request) => request.startsWith("GET /gone"))).toHaveLength(1);
});

test("a server that closes idle connections costs nothing", async () => {
  const server = await startScripted((socket, request, number) => {
    json("1")(socket, request, number);
    setTimeout(() => socket.end(), 5);
  });
  const driver = driverFor(server.address);
  onTestFinished(async () => {
    await driver.close();
    await server.close();
  });
  const plan = driver.plan([tag("/a")]);
  await driver.connect(never);
  for (let scan = 1; scan <= 5; scan++) {
    expect(await readSamples(driver, plan, never)).toMatchObject([{ value: 1 }]);
    await expect.poll(() => server.open()).toBe(0);
  }
  expect(server.accepted()).toBe(5);
});

test("POST only where a request says so, with its body; account, token and secret headers from files", async () => {
  const folder = temporaryFolder();
  const secret = (name: string, text: string): string => {
    writeFileSync(join(folder, name), `${text}\n`, { mode: 0o600 });
    return join(folder, name);
  };
  const server = await startScripted(json("1"));
  onTestFinished(() => server.close());
  const ask = async (options: Readonly<Record<string, unknown>>, address: string): Promise<string> => {
    const driver = driverFor(server.address, options);
    onTestFinished(() => driver.close());
    await driver.connect(never);
    await readSamples(driver, driver.plan([tag(address)]), never);
    return server.requests.at(-1)!;
  };
  const post = await ask(
    {
      basePath: "/api",
      requests: [{ name: "q", method: "POST", path: "/query", body: '{"a":1}', headers: { "X-Line": "3" } }],
      username: "reader",
      passwordFile: secret("password", "geheim ü"),
      secretHeaders: { "X-API-Key": secret("key", "k-123") },
    },
    "q#",
  );
  expect(post).toMatch(/^POST \/api\/query HTTP\/1\.1\r\n/);
  expect(post).toContain("\r\nContent-Type: application/json\r\n");
  expect(post).toContain("\r\nX-Line: 3\r\n");
  expect(post).toContain("\r\nX-API-Key: k-123\r\n");
  expect(post).toContain(`\r\nAuthorization: Basic ${Buffer.from("reader:geheim ü").toString("base64")}\r\n`);
  expect(post.endsWith('\r\n\r\n{"a":1}')).toBe(true);
  expect(await ask({ tokenFile: secret("token", "t.o-k=") }, "/a")).toContain("\r\nAuthorization: Bearer t.o-k=\r\n");

  const open = secret("open", "x");
  chmodSync(open, 0o644);
  await expect(ask({ tokenFile: open }, "/a")).rejects.toMatchObject({ code: "FILE_NOT_PRIVATE" });
  await expect(ask({ tokenFile: secret("two", "a\nb-very-secret") }, "/a")).rejects.toSatisfy(
    (error: Error) => !error.message.includes("secret"),
  );
  await expect(ask({ passwordFile: open }, "/a")).rejects.toMatchObject({ code: "DEVICE_LOGIN" });
  await expect(ask({ tokenFile: open, username: "a" }, "/a")).rejects.toMatchObject({ code: "DEVICE_LOGIN" });
  await expect(ask({ caFile: open }, "/a")).rejects.toMatchObject({ code: "DEVICE_LOGIN" });
});

test.each([
  ["", "is no path"],
  ["status", "no request"],
  ["/a b", "is no path"],
  ["/ä", "is no path"],
  ["/a#b", "begins with /"],
  ["/a#/~2", "~0"],
  [`/${"a".repeat(4000)}`, "at most"],
  ["get-with-body", "has no body"],
])("the address %j is refused: %s", (address, what) => {
  const driver = driverFor(
    { host: "127.0.0.1", port: 1 },
    { requests: [{ name: "get-with-body", path: "/a", body: "x" }] },
  );
  const plan = driver.plan([tag(address)]);
  expect(plan.refused).toMatchObject([{ statusCode: StatusCode.BadConfigurationError }]);
  expect(plan.refused[0]!.reason).toContain(what);
});
