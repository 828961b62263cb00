/** The MQTT driver listening to mosquitto, where mosquitto_pub publishes: plain and with everything TLS can ask for, MQTT 3.1.1 and 5. */
import { expect, test } from "vitest";
import { driverFor, listen, never, tag } from "../../packages/ot-sender/test/drivers/mqtt/mqtt-fixture.ts";
import { runDebian } from "../support/debian-program.ts";
import { type Mosquitto, PASSWORD, startMosquitto, USERNAME } from "../support/mosquitto.ts";

/** As a device's configuration. */
function deviceOf({ url, credentials }: Mosquitto): Record<string, unknown> {
  const { protocol, hostname, port } = new URL(url);
  return { host: hostname, port: Number(port), tls: protocol === "mqtts:" ? "on" : "off", ...credentials };
}

async function publish(broker: Mosquitto, topic: string, payload: string, ...more: string[]): Promise<void> {
  const { credentials } = broker;
  const { caFile, certificateFile, keyFile } = credentials;
  const login = ["-u", USERNAME, "-P", PASSWORD, "--cafile", caFile!, "--cert", certificateFile!, "--key", keyFile!];
  const to = ["-h", "localhost", "-p", new URL(broker.url).port, ...(caFile === undefined ? [] : login)];
  const { code, stderr } = await runDebian("mosquitto_pub", [...to, "-q", "1", "-t", topic, "-m", payload, ...more]);
  expect(code, stderr).toBe(0);
}

const driverOn = (broker: Mosquitto, options: Readonly<Record<string, unknown>> = {}) =>
  driverFor({ host: "", port: 0 }, { ...deviceOf(broker), ...options });

/** mosquitto confirms subscriptions; what is published until then may be missed: again until it comes. */
async function until(publishing: () => Promise<void>, seen: () => unknown, expected: unknown): Promise<void> {
  await expect
    .poll(
      async () => {
        await publishing();
        return seen();
      },
      { timeout: 30_000, interval: 100 },
    )
    .toEqual(expected);
}

test.each([
  ["plain", "3.1.1"],
  ["plain", "5"],
  ["guarded", "3.1.1"],
  ["guarded", "5"],
] as const)("%s, MQTT %s: text, JSON, retained, too long, and 300 topics", async (security, protocol) => {
  const broker = await startMosquitto(security);
  await publish(broker, "kept", "7", "-r");
  const [text, json, kept, long] = [
    tag("line/speed"),
    tag("line/status#/n", "INT64"),
    tag("kept"),
    tag("long", "STRING"),
  ];
  const many = Array.from({ length: 300 }, (_, index) => tag(`many/${index}`, "INT16"));
  const driver = driverOn(broker, { protocol, maxPayloadBytes: 1000 });
  const listening = await listen(driver, [text, json, kept, long, ...many], undefined);
  await until(
    () => publish(broker, "many/299", "299"),
    () => listening.last(many[299]!),
    [299, "Good"],
  );
  await publish(broker, "long", "x".repeat(100_000));
  await publish(broker, "line/speed", "12.5");
  await publish(broker, "line/status", '{"n":9007199254740993}');
  await expect.poll(() => listening.last(json)).toEqual([9_007_199_254_740_993n, "Good"]);
  expect(listening.last(text)).toEqual([12.5, "Good"]);
  expect(listening.last(kept)).toEqual([7, "UncertainLastUsableValue"]);
  // With MQTT 5 the broker itself keeps long messages back from 65,536 bytes above the limit on.
  expect(listening.last(long)).toEqual(protocol === "5" ? undefined : [null, "BadEncodingLimitsExceeded"]);
});

test("guarded: the wrong password, no certificate and an unknown authority are refused, each with its reason", async () => {
  const broker = await startMosquitto("guarded");
  const { certificateFile: _c, keyFile: _k, ...withoutCertificate } = deviceOf(broker);
  const { caFile: _a, ...withoutAuthority } = deviceOf(broker);
  const at = { host: "", port: 0 };
  await driverFor(at, deviceOf(broker)).connect(never);
  await expect(driverFor(at, { ...deviceOf(broker), username: "other" }).connect(never)).rejects.toMatchObject({
    code: "DEVICE_LOGIN",
  });
  await expect(driverFor(at, withoutAuthority).connect(never)).rejects.toMatchObject({ code: "DEVICE_CERTIFICATE" });
  await expect(driverFor(at, withoutCertificate).connect(never)).rejects.toMatchObject({ name: "StationError" });
});

test.each([
  "3.1.1",
  "5",
] as const)("MQTT %s: a persistent session loses nothing while the driver is away", async (protocol) => {
  const broker = await startMosquitto("plain");
  const a = tag("a", "INT16");
  const wishes = { protocol, session: "persistent", clientId: "station" };
  const driver = driverOn(broker, wishes);
  const first = await listen(driver, [a], undefined);
  await until(
    () => publish(broker, "a", "0"),
    () => first.last(a),
    [0, "Good"],
  );
  await driver.close();
  await first.ended;
  for (let value = 1; value <= 20; value++) await publish(broker, "a", String(value));
  const second = await listen(driverOn(broker, wishes), [a], undefined);
  await expect.poll(() => second.last(a)).toEqual([20, "Good"]);
  const missed = second.of(a).map(({ value }) => value);
  expect(missed.filter((value) => value !== 0)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
});
