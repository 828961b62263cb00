import { chmodSync, copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readSamples } from "../../../../../test/support/read-samples.ts";
import { temporaryFolder } from "../../../../../test/support/temporary-folder.ts";
import { driverFor, json, never, startScripted, tag } from "./rest-fixture.ts";

/** localhost, by the authority in ca.pem. */
const CERTIFICATES = new URL("../../../../it-receiver/test/publishers/mqtt/certificates/", import.meta.url).pathname;
const pem = (name: string): string => join(CERTIFICATES, name);

async function secureServer(): Promise<number> {
  const [ca, cert, key] = ["ca.pem", "server.pem", "server-key.pem"].map((name) => readFileSync(pem(name)));
  const server = await startScripted(json("7"), { ca: ca!, cert: cert!, key: key!, requestCert: true });
  onTestFinished(() => server.close());
  return server.address.port;
}

async function read(port: number, options: Readonly<Record<string, unknown>>): Promise<unknown> {
  const driver = driverFor({ host: "127.0.0.1", port }, { scheme: "https", serverName: "localhost", ...options });
  onTestFinished(() => driver.close());
  await driver.connect(never);
  return (await readSamples(driver, driver.plan([tag("/")]), never))[0]!.value;
}

test("https with an authority of one's own and a client certificate", async () => {
  const key = join(temporaryFolder(), "key.pem");
  copyFileSync(pem("client-key.pem"), key);
  chmodSync(key, 0o600);
  const port = await secureServer();
  expect(await read(port, { caFile: pem("ca.pem"), certificateFile: pem("client.pem"), keyFile: key })).toBe(7);
});

test("a server of an unknown authority, another name, or without TLS is not read", async () => {
  const port = await secureServer();
  await expect(read(port, {})).rejects.toMatchObject({ code: "DEVICE_CERTIFICATE" });
  await expect(read(port, { caFile: pem("ca.pem"), serverName: "other.example" })).rejects.toMatchObject({
    code: "DEVICE_CERTIFICATE",
  });
  await expect(read(port, { caFile: pem("client.pem"), certificateFile: pem("client.pem") })).rejects.toMatchObject({
    code: "DEVICE_LOGIN",
  });
  const plain = await startScripted(json("7"));
  onTestFinished(() => plain.close());
  await expect(read(plain.address.port, { caFile: pem("ca.pem"), connectTimeout: "300ms" })).rejects.toMatchObject({
    name: "StationError",
  });
});
