/** What the driver reads from a simulated server, by polling and by subscription. */

import { readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Sample, StatusCode, statusCodeName } from "@nonreturn/wire-format";
import { describe, expect, test } from "vitest";
import { freeTcpPort } from "../../../../../test/support/free-port.ts";
import { readSamples } from "../../../../../test/support/read-samples.ts";
import { temporaryFolder } from "../../../../../test/support/temporary-folder.ts";
import type { TagAddress } from "../../../src/drivers/driver.ts";
import { LINE, OTHER, pollingDriver, startServer, subscribingDriver, tag } from "./opcua-fixture.ts";

const never = new AbortController().signal;
const TAGS = [
  tag(1, `nsu=${LINE};s=Line.Speed`, "FLOAT64"),
  tag(2, `nsu=${LINE};s=Line.Running`, "BOOLEAN"),
  tag(3, `nsu=${LINE};s=Line.Total`, "UINT64"),
  tag(4, `nsu=${LINE};s=Line.Deficit`, "INT64"),
  tag(5, `nsu=${LINE};s=Line.Order`, "STRING"),
  tag(6, `nsu=${LINE};s=Line.Level`, "FLOAT32"),
  tag(7, `nsu=${LINE};s=Line.Small`, "INT8"),
  tag(8, `nsu=${LINE};s=Line.Recipe`, "INT32"),
  tag(9, `nsu=${LINE};s=Line.Totals`, "INT64"),
  tag(10, `nsu=${OTHER};s=Elsewhere`, "INT16"),
  tag(11, "i=2256", "STRING"), // a structure
  tag(12, `nsu=${LINE};s=Nothing`, "FLOAT64"),
  tag(13, `nsu=urn:nowhere;s=Line.Speed`, "FLOAT64"),
  tag(14, `nsu=${LINE};s=Secret`, "FLOAT64"),
  tag(15, `nsu=${LINE};s=Line.Speed`, "INT16"), // 12.5 is none
  tag(16, "Line.Speed", "FLOAT64"), // no node id
];
const EXPECTED = [
  [1, "Good", 12.5],
  [2, "Good", true],
  [3, "Good", 18_446_744_073_709_551_615n],
  [4, "Good", -9_007_199_254_740_993n],
  [5, "Good", "A-17 °C"],
  [6, "Good", 0.5],
  [7, "Good", -7],
  [8, "Good", [4, 4, 4]],
  [9, "Good", [9_007_199_254_740_993n, 9_007_199_254_740_993n]],
  [10, "Good", 42],
  [11, "BadTypeMismatch", null],
  [12, "BadNodeIdUnknown", null],
  [13, "BadNodeIdUnknown", null],
  [14, "BadNotReadable", null],
  [15, "BadTypeMismatch", null],
];

const shown = (samples: Iterable<Sample>) =>
  [...samples]
    .sort((a, b) => a.tagId - b.tagId)
    .map(({ tagId, value, statusCode }) => [tagId, statusCodeName(statusCode), value]);

/** Subscribes; the latest sample of each tag, and how it ended. */
function watch(driver: ReturnType<typeof subscribingDriver>, tags: readonly TagAddress[]) {
  const latest = new Map<number, Sample>();
  const all: Sample[] = [];
  const stop = new AbortController();
  let ended: unknown;
  const done = driver
    .subscribe(
      driver.plan(tags),
      (samples) => {
        for (const sample of samples) {
          latest.set(sample.tagId, sample);
          all.push(sample);
        }
      },
      stop.signal,
    )
    .catch((error: unknown) => {
      ended = error;
    });
  return { latest, all, stop, done, ended: () => ended };
}

describe("polling", () => {
  test("every type exact, every bad one by itself, with a reason", async () => {
    const server = await startServer();
    const driver = pollingDriver(server.address);
    await driver.connect(never);
    const before = Date.now() * 1000;
    const plan = driver.plan(TAGS);
    expect(plan.refused).toMatchObject([{ tagId: 16, statusCode: StatusCode.BadNodeIdInvalid }]);
    const readings = await driver.readRaw!(plan, never);
    expect(shown(readings.map(({ sample }) => sample))).toEqual([...EXPECTED, [16, "BadNodeIdInvalid", null]]);
    for (const { sample, reason } of readings) expect(reason === "").toBe(sample.statusCode === StatusCode.Good);
    const speed = readings[0]!;
    expect(speed.raw).toMatch(/^Double of \d{4}-/);
    // The server's own time of the cycle, not the time of reading.
    expect(Math.abs(speed.sample.sourceTimestamp - before)).toBeLessThan(60_000_000);
  });

  test("a value is of the source's time: it stands still while the value's cycle does", async () => {
    const server = await startServer({ cycle: "1h" });
    const driver = pollingDriver(server.address);
    await driver.connect(never);
    const plan = driver.plan(TAGS.slice(0, 1));
    const [first] = await readSamples(driver, plan, never);
    await expect.poll(() => Date.now() * 1000 - first!.sourceTimestamp).toBeGreaterThan(50_000);
    const [second] = await readSamples(driver, plan, never);
    expect(second!.sourceTimestamp).toBe(first!.sourceTimestamp);
  });

  test("elements of a simulated array move by themselves", async () => {
    const walk = { kind: "random-walk", start: 180, step: 5, min: 0, max: 400 };
    const server = await startServer({ variables: [{ id: "Zones", type: "FLOAT64", count: 8, signal: walk }] });
    const driver = pollingDriver(server.address);
    await driver.connect(never);
    const plan = driver.plan([tag(1, `nsu=${LINE};s=Zones`, "FLOAT64")]);
    const different = async () => new Set((await readSamples(driver, plan, never))[0]!.value as number[]).size;
    await expect.poll(different, { timeout: 30_000 }).toBe(8);
  });

  test("status codes of the server pass as they are", async () => {
    const server = await startServer();
    const driver = pollingDriver(server.address);
    await driver.connect(never);
    await server.beginFault("server", {
      kind: "opcua-status",
      status: StatusCode.BadDeviceFailure,
      variables: "Line.S",
    });
    const samples = await readSamples(driver, driver.plan(TAGS.slice(0, 2)), never);
    expect(shown(samples)).toEqual([
      [1, "BadDeviceFailure", null],
      [2, "Good", true],
    ]);
  });

  test("more values than a request carries come in several", async () => {
    const server = await startServer();
    const driver = pollingDriver(server.address, { valuesPerRequest: 3 });
    await driver.connect(never);
    const plan = driver.plan(TAGS);
    expect(plan.requests).toHaveLength(5);
    const before = server.statistics().requests;
    expect(shown(await readSamples(driver, plan, never)).slice(0, 15)).toEqual(EXPECTED);
    expect(server.statistics().requests - before).toBe(5);
  });
});

describe("subscription", () => {
  test("brings every value once, then changes only", async () => {
    const server = await startServer();
    const driver = subscribingDriver(server.address);
    await driver.connect(never);
    const counter = tag(20, `nsu=${LINE};s=Line.Count`, "UINT32");
    const { latest, all, stop, done, ended } = watch(driver, [...TAGS.slice(0, 15), counter]);
    await expect.poll(() => shown(latest.values()).slice(0, 15), { timeout: 30_000 }).toEqual(EXPECTED);
    const counts = () => all.filter(({ tagId }) => tagId === 20).map(({ value }) => value as number);
    await expect.poll(() => counts().length, { timeout: 30_000 }).toBeGreaterThan(5);
    expect(counts()).toEqual([...counts()].sort((a, b) => a - b));
    expect(all.filter(({ tagId }) => tagId === 1)).toHaveLength(1);
    stop.abort();
    await done;
    expect(ended()).toMatchObject({ code: "READ_ABORTED" });
  });

  test("the server's deadband keeps small changes back", async () => {
    const server = await startServer();
    const driver = subscribingDriver(server.address);
    await driver.connect(never);
    const address = `nsu=${LINE};s=Line.Count`;
    const { all } = watch(driver, [
      tag(1, address, "UINT32"),
      tag(2, address, "UINT32", { serverDeadband: "1000000" }),
    ]);
    await expect.poll(() => all.filter(({ tagId }) => tagId === 1).length, { timeout: 30_000 }).toBeGreaterThan(5);
    expect(all.filter(({ tagId }) => tagId === 2)).toHaveLength(1);
  });

  test("a lost connection ends it; after a restart with other namespace indices the same tags are found again", async () => {
    const port = await freeTcpPort(); // nobody takes it in between
    const first = await startServer({ listen: `127.0.0.1:${port}` });
    const driver = subscribingDriver(first.address);
    const tags = [TAGS[0]!, TAGS[9]!];
    await driver.connect(never);
    const before = watch(driver, tags);
    await expect.poll(() => before.latest.size, { timeout: 30_000 }).toBe(2);
    await first.close();
    await before.done;
    expect(before.ended()).toMatchObject({ code: "CONNECTION_LOST" });
    await driver.close();

    await startServer({ listen: `127.0.0.1:${port}`, namespaces: [OTHER, "urn:plant:new", LINE] });
    await driver.connect(never);
    const after = watch(driver, tags);
    await expect.poll(() => shown(after.latest.values()), { timeout: 30_000 }).toEqual([EXPECTED[0], EXPECTED[9]]);
  });

  test("a server that falls silent is given up after two keep-alives", async () => {
    const server = await startServer();
    const driver = subscribingDriver(server.address, { publishingInterval: "1s", timeout: "300ms" });
    await driver.connect(never);
    const { latest, done, ended } = watch(driver, [TAGS[0]!]);
    await expect.poll(() => latest.size, { timeout: 30_000 }).toBe(1);
    await server.beginFault("server", { kind: "silent" });
    await done;
    expect(ended()).toMatchObject({ code: "CONNECTION_LOST" });
    await driver.close();
  });

  test("a refused tag is asked again rarely", async () => {
    const server = await startServer();
    const driver = subscribingDriver(server.address, { badAddressRetry: "1s" });
    await driver.connect(never);
    const { all } = watch(driver, [TAGS[11]!]);
    await expect.poll(() => all.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(2);
    expect(new Set(all.map(({ statusCode }) => statusCode))).toEqual(new Set([StatusCode.BadNodeIdUnknown]));
  });
});

/** What the operator does. */
function trustRejected(pkiFolder: string): void {
  const names = readdirSync(join(pkiFolder, "rejected"));
  expect(names).toHaveLength(1);
  for (const name of names) renameSync(join(pkiFolder, "rejected", name), join(pkiFolder, "trusted/certs", name));
}

describe("security", () => {
  test.each([
    ["Basic256Sha256", "sign"],
    ["Aes128_Sha256_RsaOaep", "sign-and-encrypt"],
    ["Aes256_Sha256_RsaPss", "sign-and-encrypt"],
  ])("%s, %s: an unknown server is refused until its certificate is trusted", async (security, securityMode) => {
    const server = await startServer({ security: [security] });
    const pkiFolder = temporaryFolder();
    const driver = pollingDriver(server.address, { security, securityMode, pkiFolder });
    const refusal = await driver.connect(never).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "OPCUA_CERTIFICATE" });
    expect(String((refusal as Error).message)).toContain(join(pkiFolder, "rejected"));
    trustRejected(pkiFolder);
    await driver.connect(never);
    expect(shown(await readSamples(driver, driver.plan(TAGS.slice(0, 3)), never))).toEqual(EXPECTED.slice(0, 3));
  });

  test("a server without the policy is named, not retried in the open", async () => {
    const server = await startServer();
    const driver = pollingDriver(server.address, { security: "Aes256_Sha256_RsaPss" });
    await expect(driver.connect(never)).rejects.toMatchObject({ code: "OPCUA_SECURITY" });
  });

  test("logs in with a password from a file; a wrong one is refused", async () => {
    const security = "Basic256Sha256";
    const users = [{ username: "reader", password: "right" }];
    const server = await startServer({ security: [security], anonymous: false, users });
    const pkiFolder = temporaryFolder();
    const login = (password: string) => {
      const passwordFile = join(temporaryFolder(), "password");
      writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
      return pollingDriver(server.address, { security, pkiFolder, username: "reader", passwordFile });
    };
    const right = login("right");
    await expect(right.connect(never)).rejects.toMatchObject({ code: "OPCUA_CERTIFICATE" });
    trustRejected(pkiFolder);
    await right.connect(never);
    expect(shown(await readSamples(right, right.plan(TAGS.slice(0, 1)), never))).toEqual(EXPECTED.slice(0, 1));
    await expect(login("wrong").connect(never)).rejects.toMatchObject({ code: "OPCUA_LOGIN" });
    const nobody = pollingDriver(server.address, { security, pkiFolder });
    await expect(nobody.connect(never)).rejects.toMatchObject({ code: "OPCUA_LOGIN" });
  });
});

test("logs in by a certificate; half of what that takes is refused at once", async () => {
  const security = "Basic256Sha256";
  const server = await startServer({
    security: [security],
    anonymous: false,
    users: [{ username: "x", password: "y" }],
  });
  const pkiFolder = temporaryFolder();
  const userCertificateFile = join(pkiFolder, "own/certs/nonreturn-ot.pem");
  const userKeyFile = join(pkiFolder, "own/private/private_key.pem");
  const first = pollingDriver(server.address, { security, pkiFolder });
  await expect(first.connect(never)).rejects.toMatchObject({ code: "OPCUA_CERTIFICATE" });
  trustRejected(pkiFolder);
  const half = pollingDriver(server.address, { security, pkiFolder, userCertificateFile });
  await expect(half.connect(never)).rejects.toMatchObject({ code: "OPCUA_LOGIN" });
  const driver = pollingDriver(server.address, { security, pkiFolder, userCertificateFile, userKeyFile });
  await driver.connect(never);
  expect(shown(await readSamples(driver, driver.plan(TAGS.slice(0, 1)), never))).toEqual(EXPECTED.slice(0, 1));
});

test("browse lists what is there, by namespace URI", async () => {
  const server = await startServer();
  const driver = subscribingDriver(server.address);
  await driver.connect(never);
  const { tags, extent } = await driver.browse!(never);
  expect(extent).toBe("all");
  const plant = tags.filter(({ address }) => address.startsWith("nsu=urn:plant"));
  expect(plant).toContainEqual({
    address: `nsu=${LINE};s=Line.Speed`,
    path: expect.stringMatching(/Line\/Speed$/),
    dataType: "FLOAT64",
    description: "Double",
  });
  expect(plant).toContainEqual(
    expect.objectContaining({ address: `nsu=${LINE};s=Line.Recipe`, dataType: "INT32", description: "Int32[]" }),
  );
  expect(plant.filter(({ address }) => !address.includes(";s=/"))).toHaveLength(12);
});

test("a connection on which nothing comes for longer than the time-out of connecting stands", async () => {
  const { address } = await startServer();
  const driver = pollingDriver(address, { connectTimeout: "2s" });
  await expect.poll(() => driver.connect(never).then(() => "connected", String), { timeout: 40_000 }).toBe("connected");
  await new Promise((done) => setTimeout(done, 3000));
  const samples = await readSamples(driver, driver.plan([TAGS[0]!]), never);
  expect(samples).toMatchObject([{ value: 12.5, statusCode: StatusCode.Good }]);
});
