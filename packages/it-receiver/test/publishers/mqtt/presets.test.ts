import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Clock, systemClock } from "@nonreturn/station";
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import { describe, expect, it, onTestFinished } from "vitest";
import { awsIotCore, ENDPOINT, THING } from "../../../../../test/support/clouds/aws-iot-core.ts";
import { azureIotHub, DEVICE, DEVICE_KEY, HUB } from "../../../../../test/support/clouds/azure-iot-hub.ts";
import {
  CLOUD_CA,
  type CloudBroker,
  deviceFiles,
  startCloudBroker,
} from "../../../../../test/support/clouds/cloud-broker.ts";
import { manualClock } from "../../../../../test/support/manual-clock.ts";
import { temporaryFolder } from "../../../../../test/support/temporary-folder.ts";
import { mqttConfig } from "../../../src/publishers/mqtt/config.ts";
import { MqttPublisher } from "../../../src/publishers/mqtt/mqtt-publisher.ts";
import { alpnOf } from "../../../src/publishers/mqtt/presets.ts";
import { readDeviceKey, sasToken } from "../../../src/publishers/mqtt/sas-token.ts";
import { columns, entry, sample, T0, tag } from "../support/samples.ts";

const { signal } = new AbortController();
const MINUTE_MS = 60_000;
const TAGS = [tag(1, "hamburg/line-1/speed", { device: "plc 7" })];
const block = (value: number) => entry(value, columns(sample(1, value)), TAGS);

function publisher(config: Record<string, unknown>, clock: Clock = systemClock): MqttPublisher {
  const made = new MqttPublisher(mqttConfig.parse({ type: "mqtt", caFile: CLOUD_CA, ...config }), "mqtt", clock);
  onTestFinished(() => made.close());
  return made;
}

/** A client that is nobody's but the test's, to see that the stand-in enforces what it is there for. */
async function client(options: IClientOptions): Promise<MqttClient> {
  const made = connect({ ca: readFileSync(CLOUD_CA), reconnectPeriod: 0, protocolVersion: 4, ...options });
  onTestFinished(() => void made.end(true));
  made.on("error", () => undefined);
  await new Promise<void>((resolve) => {
    made.once("connect", () => resolve());
    made.once("close", () => resolve());
  });
  return made;
}

const valuesIn = (broker: CloudBroker): unknown[] =>
  broker.taken
    .filter(({ payload }) => payload.includes('"samples"'))
    .flatMap(({ payload }) => (JSON.parse(payload) as { samples: { value: unknown }[] }).samples)
    .map(({ value }) => value);

describe("preset azure-iot-hub", () => {
  function keyFile(text = DEVICE_KEY): string {
    const path = join(temporaryFolder(), "device-key");
    writeFileSync(path, `${text}\n`, { mode: 0o600 });
    return path;
  }

  const configFor = ({ port }: CloudBroker, more: Record<string, unknown> = {}) => ({
    preset: "azure-iot-hub",
    url: `mqtts://localhost:${port}`,
    serverName: HUB,
    clientId: DEVICE,
    prefix: "plant/hamburg",
    sharedKeyFile: keyFile(),
    ...more,
  });

  it("logs in with a token of the device's key, and publishes as the hub wants it", async () => {
    const broker = await startCloudBroker(azureIotHub(systemClock));
    const azure = publisher(configFor(broker));
    await azure.connect(signal);
    await azure.linkChanged({ state: "up", since: T0 }, signal);
    await azure.publish([block(1), { ...block(2), lane: "late" }], signal);
    expect(broker.violations).toEqual([]);
    const properties = "$.ct=application%2Fjson&$.ce=utf-8";
    const events = `devices/${DEVICE}/messages/events/${properties}`;
    expect(broker.taken.map(({ topic }) => topic)).toEqual([
      `${events}&topic=plant%2Fhamburg%2F%24status`,
      `${events}&topic=plant%2Fhamburg%2Fplc%207`,
      `${events}&topic=plant%2Fhamburg%2Fplc%207`,
    ]);
    expect(broker.taken[1]!.payload).toContain('"path":"hamburg/line-1/speed"');
    expect(valuesIn(broker)).toEqual([1, 2]);
  });

  it("makes tokens as Azure's documents show them", () => {
    // printf 'hub.azure-devices.example%%2Fdevices%%2Fd\n1795420800' | openssl dgst -sha256 -hmac 0123456789abcdef -binary | base64
    const token = sasToken("hub.azure-devices.example", "d", Buffer.from("0123456789abcdef"), 1_795_420_800);
    expect(token).toBe(
      "SharedAccessSignature sr=hub.azure-devices.example%2Fdevices%2Fd&sig=j8eVTCP00COmgIKKtxFg7eqFHYUyAghEcjr%2BDAm%2FbD4%3D&se=1795420800",
    );
  });

  it("is refused with another key, another device, or another server's name", async () => {
    const broker = await startCloudBroker(azureIotHub(systemClock));
    const outcome = (more: Record<string, unknown>): Promise<string> =>
      publisher(configFor(broker, more))
        .connect(signal)
        .then(
          () => "connected",
          ({ code }: { code: string }) => code,
        );
    expect(await outcome({})).toBe("connected"); // the control
    expect(await outcome({ sharedKeyFile: keyFile(Buffer.alloc(32).toString("base64")) })).toBe("MQTT_CONNECT");
    expect(await outcome({ clientId: "another" })).toBe("MQTT_CONNECT");
    expect(await outcome({ serverName: undefined })).toBe("MQTT_CONNECT"); // the certificate is the hub's, not localhost's
    expect(await outcome({ sharedKeyFile: keyFile("not base64 at all") })).toBe("MQTT_DEVICE_KEY");
    expect(broker.violations.slice(0, 2)).toEqual([
      "a token that is not signed with the device's key",
      "client id another",
    ]);
  });

  it("connects with a new token before the old one runs out, between calls and without the hub noticing a loss", async () => {
    const clock = manualClock();
    const broker = await startCloudBroker(azureIotHub(clock));
    const azure = publisher(configFor(broker), clock);
    await azure.connect(signal);
    await azure.linkChanged({ state: "up", since: T0 }, signal);
    clock.advance(47 * MINUTE_MS);
    await azure.publish([block(1)], signal);
    expect(broker.connects.length).toBe(1);
    clock.advance(MINUTE_MS); // 48: four fifths of an hour, while nobody calls
    await expect.poll(() => broker.connects.length, { timeout: 30_000 }).toBe(2);
    await azure.publish([block(2)], signal);
    for (let hour = 0; hour < 3; hour++) {
      clock.advance(48 * MINUTE_MS); // due at the very moment of a call
      await azure.publish([block(3 + hour)], signal);
    }
    expect(broker.connects.length).toBe(5);
    const expiries = broker.connects.map(({ password }) => /se=(\d+)/.exec(password!.toString())![1]);
    expect(new Set(expiries).size).toBe(5);
    expect(broker.ended).toBe(0);
    expect(broker.violations).toEqual([]);
    expect(valuesIn(broker)).toEqual([1, 2, 3, 4, 5]);
    const states = broker.taken.filter(({ topic }) => topic.endsWith("status")).map(({ payload }) => payload);
    expect(states.filter((payload) => payload.includes("offline"))).toEqual([]);
  });

  it("says why when the new token cannot be used, and goes on once the hub is back", async () => {
    const clock = manualClock();
    const broker = await startCloudBroker(azureIotHub(clock));
    const config = configFor(broker);
    const azure = publisher(config, clock);
    await azure.connect(signal);
    await broker.close();
    clock.advance(48 * MINUTE_MS);
    await expect(azure.publish([block(1)], signal)).rejects.toMatchObject({ code: "MQTT_CONNECT" });
    await azure.close();
    await expect(azure.connect(signal)).rejects.toMatchObject({ code: "MQTT_CONNECT" });
  });

  it("may be closed while a renewal is under way", async () => {
    const clock = manualClock();
    const broker = await startCloudBroker(azureIotHub(clock));
    const azure = publisher(configFor(broker), clock);
    await azure.connect(signal);
    clock.advance(48 * MINUTE_MS);
    await azure.close();
    await azure.connect(signal);
    await azure.publish([block(1)], signal);
    expect(valuesIn(broker)).toEqual([1]);
  });

  it("logs in with a certificate instead, without password", async () => {
    const broker = await startCloudBroker(azureIotHub(systemClock, "certificate"));
    const { sharedKeyFile: _, ...config } = configFor(broker);
    const azure = publisher({ ...config, ...deviceFiles() });
    await azure.connect(signal);
    await azure.publish([block(1)], signal);
    expect(broker.violations).toEqual([]);
    expect(valuesIn(broker)).toEqual([1]);
  });

  it("stand-in: cuts off a client whose token ran out, and what the hub does not take", async () => {
    const clock = manualClock();
    const broker = await startCloudBroker(azureIotHub(clock));
    const expiresAt = Math.floor(clock.nowUtcMicros() / 1e6) + 600;
    const login = {
      host: "localhost",
      port: broker.port,
      protocol: "mqtts",
      servername: HUB,
      clientId: DEVICE,
      username: `${HUB}/${DEVICE}/?api-version=2021-04-12`,
      password: sasToken(HUB, DEVICE, readDeviceKey(keyFile()), expiresAt),
    } as const;
    const own = await client(login);
    clock.advance(599_000);
    expect(own.connected).toBe(true);
    const closed = new Promise<void>((resolve) => own.once("close", () => resolve()));
    clock.advance(1000);
    await closed;
    expect(broker.ended).toBe(1);
    expect((await client(login)).connected).toBe(false);
    expect(broker.violations).toEqual(["a token that has run out"]);
  });
});

describe("preset aws-iot", () => {
  const configFor = ({ port }: CloudBroker, more: Record<string, unknown> = {}) => ({
    preset: "aws-iot",
    url: `mqtts://localhost:${port}`,
    serverName: ENDPOINT,
    clientId: THING,
    prefix: "plant/hamburg",
    ...deviceFiles(),
    ...more,
  });

  it("logs in with its certificate and stays within topics and sizes", async () => {
    const broker = await startCloudBroker(awsIotCore("8883"));
    const aws = publisher(configFor(broker, { topic: "{path}" }));
    await aws.connect(signal);
    await aws.linkChanged({ state: "up", since: T0 }, signal);
    const tags = [tag(1, "1/2/3/4/5/6/7/8/9/10"), tag(2, "ü".repeat(300)), tag(3, "short")];
    const many = Array.from({ length: 3000 }, (_, value) => sample(3, value));
    await aws.publish([entry(1, columns(sample(1, -1), sample(2, -2), ...many), tags)], signal);
    await aws.close();
    expect(broker.violations).toEqual([]);
    expect(new Set(valuesIn(broker))).toEqual(new Set([-1, -2, ...many.keys()]));
    expect(broker.taken.length).toBeGreaterThan(5); // several parts
    expect(broker.taken[0]).toEqual({ topic: "plant/hamburg/$status", payload: expect.stringContaining("online") });
  });

  it("asks for MQTT by ALPN where the port is shared, by itself on 443", async () => {
    const broker = await startCloudBroker(awsIotCore("443"));
    await expect(publisher(configFor(broker)).connect(signal)).rejects.toMatchObject({ code: "MQTT_CONNECT" });
    const aws = publisher(configFor(broker, { alpn: "x-amzn-mqtt-ca" }));
    await aws.connect(signal);
    expect(broker.connects.length).toBe(1);
    expect(alpnOf({ preset: "aws-iot", url: "mqtts://x:443" })).toBe("x-amzn-mqtt-ca");
    expect(alpnOf({ preset: "aws-iot", url: "mqtts://x:8883" })).toBeUndefined();
    expect(alpnOf({ url: "mqtts://x:443" })).toBeUndefined();
  });

  it("is refused without the certificate, as another thing, or under another server's name", async () => {
    const broker = await startCloudBroker(awsIotCore("8883"));
    const outcome = (more: Record<string, unknown>): Promise<string> =>
      publisher(configFor(broker, more))
        .connect(signal)
        .then(
          () => "connected",
          ({ code }: { code: string }) => code,
        );
    expect(await outcome({})).toBe("connected"); // the control
    expect(await outcome({ clientId: "another" })).toBe("MQTT_CONNECT");
    expect(await outcome({ serverName: HUB })).toBe("MQTT_CONNECT");
    expect(await outcome({ preset: undefined, certificateFile: undefined, keyFile: undefined })).toBe("MQTT_CONNECT");
  });

  it.each([
    ["a retained message", "plant/x", { qos: 1, retain: true }, 1],
    ["QoS 2", "plant/x", { qos: 2 }, 1],
    ["topic elsewhere", "elsewhere/x", { qos: 1 }, 1],
    ["a topic of 257 bytes", `plant/${"x".repeat(251)}`, { qos: 1 }, 1],
    ["a topic of more than seven slashes", "plant/1/2/3/4/5/6/7/8", { qos: 1 }, 1],
    ["a payload of more than 128 KiB", "plant/x", { qos: 1 }, 128 * 1024 + 1],
  ] as const)("stand-in: cuts off who sends %s", async (words, topic, options, bytes) => {
    const broker = await startCloudBroker(awsIotCore("8883"));
    const { certificateFile, keyFile } = deviceFiles();
    const own = await client({
      host: "localhost",
      port: broker.port,
      protocol: "mqtts",
      servername: ENDPOINT,
      clientId: THING,
      cert: readFileSync(certificateFile),
      key: readFileSync(keyFile),
    });
    expect(own.connected).toBe(true);
    const closed = new Promise<void>((resolve) => own.once("close", () => resolve()));
    own.publish(topic, Buffer.alloc(bytes), options);
    await closed;
    expect(broker.violations).toEqual([expect.stringContaining(words.split(" ")[0]!)]);
    expect(broker.taken).toEqual([]);
  });
});

describe("configurations that a preset refuses", () => {
  const aws = { preset: "aws-iot", url: "mqtts://x:8883", certificateFile: "a", keyFile: "b" };
  const azure = { preset: "azure-iot-hub", url: "mqtts://x:8883", clientId: "d", sharedKeyFile: "k" };
  it.each<[string, Record<string, unknown>]>([
    ["url", { ...azure, url: "mqtt://x:1883" }],
    ["retain", { ...aws, retain: true }],
    ["username", { ...aws, username: "u" }],
    ["certificateFile", { preset: "aws-iot", url: "mqtts://x:8883" }],
    ["prefix", { ...aws, prefix: "1/2/3/4/5/6/7" }],
    ["prefix", { ...aws, prefix: "x".repeat(129) }],
    ["protocol", { ...azure, protocol: "5" }],
    ["clientId", { ...azure, clientId: "a/b" }],
    ["clientId", { ...azure, clientId: undefined }],
    ["sharedKeyFile", { ...azure, sharedKeyFile: undefined }],
    ["sharedKeyFile", { ...azure, certificateFile: "a", keyFile: "b" }],
    ["sharedKeyFile", { ...aws, sharedKeyFile: "k" }],
    ["retain", { url: "mqtt://x", format: "grouped", retain: true }],
    ["topic", { url: "mqtt://x", topic: "{nothing}" }],
    ["serverName", { url: "mqtt://x", serverName: "y" }],
  ])("%s: %j", (field, config) => {
    const result = mqttConfig.safeParse({ type: "mqtt", ...config });
    expect(result.error?.issues.map(({ path }) => path[0])).toEqual([field]);
  });

  it("and those it takes", () => {
    for (const config of [aws, azure]) expect(mqttConfig.safeParse({ type: "mqtt", ...config }).success).toBe(true);
  });
});
