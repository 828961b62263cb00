import { chmodSync, copyFileSync, readFileSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createServer } from "node:tls";
import { systemClock } from "@nonreturn/station";
import type { AlarmEvent } from "@nonreturn/wire-format";
import { Aedes } from "aedes";
import { describe, expect, it, onTestFinished } from "vitest";
import { startBroker, subscribeAll } from "../../../../../test/contract/publisher-contract/mqtt-broker.ts";
import { temporaryFolder } from "../../../../../test/support/temporary-folder.ts";
import { mqttConfig } from "../../../src/publishers/mqtt/config.ts";
import { MqttPublisher } from "../../../src/publishers/mqtt/mqtt-publisher.ts";
import type { StoredEntry } from "../../../src/publishers/publisher.ts";
import { alarm, columns, entry, eventEntry, sample, T0, tag } from "../support/samples.ts";
import { startRawBroker } from "./raw-broker.ts";

const { signal } = new AbortController();
const TAGS = [tag(1, "a"), tag(2, "b")];

function publisher(config: Record<string, unknown>): MqttPublisher {
  const made = new MqttPublisher(mqttConfig.parse({ type: "mqtt", prefix: "p", ...config }), "mqtt", systemClock);
  onTestFinished(() => made.close());
  return made;
}

const values = (...list: number[]) => columns(...list.map((value) => sample(1, value, value)));

describe("MQTT publisher", () => {
  it("says that it is online and what it knows of the link, and goodbye when it closes", async () => {
    const broker = await startBroker();
    const subscriber = await subscribeAll(broker.url);
    const mqtt = publisher({ url: broker.url });
    await mqtt.connect(signal);
    await mqtt.linkChanged({ state: "up", since: T0 }, signal);
    await mqtt.linkChanged({ state: "silent", since: T0 }, signal);
    await mqtt.close();
    await subscriber.caughtUp();
    expect(subscriber.payloads("p/$status").map((payload) => JSON.parse(payload))).toEqual([
      { station: "online", link: "up", since: "2026-11-23T08:00:00.000000Z" },
      { station: "online", link: "silent", since: "2026-11-23T08:00:00.000000Z" },
      { station: "offline" },
    ]);
  });

  it("tells of every confirmation, so that a broker that is only slow is given its time", async () => {
    const broker = await startBroker();
    const mqtt = publisher({ url: broker.url });
    await mqtt.connect(signal);
    const moves: string[] = [];
    await mqtt.publish([entry(1, values(1, 2, 3), TAGS)], signal, undefined, (held) => void moves.push(held));
    expect(moves).toEqual(["by this call", "by this call", "by this call"]);
  });

  it("leaves a retained last will for the broker to publish when it dies", async () => {
    const broker = await startBroker();
    const mqtt = publisher({ url: broker.url });
    await mqtt.connect(signal);
    const will = new Promise<string>((resolve) =>
      broker.aedes.on("publish", (packet) => {
        if (packet.topic === "p/$status") resolve(`${packet.payload.toString()} ${packet.retain}`);
      }),
    );
    for (const client of Object.values(
      (broker.aedes as unknown as { clients: Record<string, { id: string; conn: { destroy(): void } }> }).clients,
    )) {
      if (client.id === "nonreturn-it-mqtt") client.conn.destroy();
    }
    expect(await will).toBe('{"station":"offline"} true');
  });

  it("marks stale entries, and retains live and current values but never historical ones", async () => {
    const broker = await startBroker();
    const subscriber = await subscribeAll(broker.url);
    const mqtt = publisher({ url: broker.url, retain: true });
    await mqtt.connect(signal);
    const stale: StoredEntry = { ...entry(0, values(2), TAGS), origin: "stale" };
    const refresh: StoredEntry = { ...entry(0, values(3), TAGS), origin: "refresh" };
    const retained: boolean[] = [];
    broker.aedes.on("publish", (packet) => {
      if (packet.topic === "p/a") retained.push(packet.retain);
    });
    for (const one of [entry(1, values(1), TAGS), stale, refresh, entry(2, values(4), TAGS, "late")])
      await mqtt.publish([one], signal);
    await subscriber.caughtUp();
    const seen = subscriber.payloads("p/a").map((payload) => JSON.parse(payload) as Record<string, unknown>);
    expect(seen.map(({ value, historical, stale: isStale }) => [value, historical, isStale])).toEqual([
      [1, false, undefined],
      [2, false, true],
      [3, false, undefined],
      [4, true, undefined],
    ]);
    expect(retained).toEqual([true, true, true, false]);
  });

  it("retains of each alarm the present state, and nothing that a newer event has replaced", async () => {
    const broker = await startBroker();
    const alarms = { active: () => [], isPresent: (_: unknown, event: AlarmEvent) => event.eventSequence === 3 };
    const config = mqttConfig.parse({ type: "mqtt", prefix: "p", url: broker.url, retain: true });
    const mqtt = new MqttPublisher(config, "mqtt", systemClock, alarms);
    onTestFinished(() => mqtt.close());
    await mqtt.connect(signal);
    await mqtt.publish([eventEntry(1, [alarm(1, 1), alarm(2, 1)], TAGS)], signal);
    await mqtt.publish([eventEntry(2, [alarm(3, 1, { state: "inactive" })], TAGS, "late")], signal);
    const later = await subscribeAll(broker.url);
    await later.caughtUp();
    const [payload, ...more] = later.payloads("p/$alarms/a/High");
    expect(JSON.parse(payload!)).toMatchObject({ state: "inactive", eventSequence: 3, historical: true, path: "a" });
    expect(more).toEqual([]);
  });

  it("rejects when the connection breaks before everything is confirmed, and can be connected again", async () => {
    const broker = await startBroker();
    const mqtt = publisher({ url: broker.url });
    await mqtt.connect(signal);
    let published = 0;
    broker.aedes.on("publish", (packet) => {
      if (packet.topic === "p/a" && ++published === 50) broker.cut();
    });
    const many = entry(1, values(...Array.from({ length: 5000 }, (_, index) => index)), TAGS);
    await expect(mqtt.publish([many], signal)).rejects.toMatchObject({ code: "MQTT_CONNECT" });
    await mqtt.close();
    const subscriber = await subscribeAll(broker.url);
    await mqtt.connect(signal);
    await mqtt.publish([many], signal);
    await subscriber.caughtUp();
    expect(subscriber.payloads("p/a").length).toBe(5000);
  });

  it("sends the path along where the topic cannot show it", async () => {
    const broker = await startBroker();
    const subscriber = await subscribeAll(broker.url);
    const mqtt = publisher({ url: broker.url });
    await mqtt.connect(signal);
    const path = "ü".repeat(40_000);
    await mqtt.publish([entry(1, values(1), [tag(1, path)])], signal);
    await subscriber.caughtUp();
    const ours = subscriber.seen.filter(({ topic }) => topic.startsWith("p/"));
    expect(ours.map(({ payload }) => (JSON.parse(payload) as { path: string }).path)).toEqual([path]);
  });

  it("authenticates with a password file, which must be private", async () => {
    const broker = await startBroker();
    const given: unknown[] = [];
    broker.aedes.authenticate = (_client, username, password, done) => {
      given.push([username, password?.toString()]);
      const error = Object.assign(new Error("no"), { returnCode: 4 });
      if (password?.toString() === "geheim ü") done(null, true);
      else done(error as never, false);
    };
    const passwordFile = join(temporaryFolder(), "password");
    writeFileSync(passwordFile, "geheim ü\n", { mode: 0o600 });
    const mqtt = publisher({ url: broker.url, username: "it", passwordFile });
    await mqtt.connect(signal);
    expect(given).toEqual([["it", "geheim ü"]]);
    await mqtt.close();
    const wrong = publisher({ url: broker.url, username: "it", password: "falsch" });
    await expect(wrong.connect(signal)).rejects.toMatchObject({ code: "MQTT_CONNECT" });
    chmodSync(passwordFile, 0o644);
    await expect(mqtt.connect(signal)).rejects.toMatchObject({ code: "FILE_NOT_PRIVATE" });
  });

  it("speaks TLS: trusts the broker by the given CA only, and shows its own certificate", async () => {
    const certificates = new URL("./certificates/", import.meta.url).pathname;
    const read = (name: string): Buffer => readFileSync(join(certificates, name));
    const aedes = await Aedes.createBroker();
    const subjects: string[] = [];
    const server = createServer(
      {
        cert: read("server.pem"),
        key: read("server-key.pem"),
        ca: read("ca.pem"),
        requestCert: true,
        rejectUnauthorized: true,
      },
      (socket) => {
        subjects.push(String(socket.getPeerCertificate().subject.CN));
        aedes.handle(socket);
      },
    );
    server.on("tlsClientError", () => undefined);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(async () => {
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      server.close();
    });
    const keyFile = join(temporaryFolder(), "client-key.pem");
    copyFileSync(join(certificates, "client-key.pem"), keyFile);
    chmodSync(keyFile, 0o600);
    const url = `mqtts://localhost:${(server.address() as AddressInfo).port}`;
    const own = { certificateFile: join(certificates, "client.pem"), keyFile };
    const mqtt = publisher({ url, caFile: join(certificates, "ca.pem"), ...own });
    await mqtt.connect(signal);
    await mqtt.publish([entry(1, values(1), TAGS)], signal);
    expect(subjects).toEqual(["client"]);
    await mqtt.close();
    await expect(publisher({ url, ...own }).connect(signal)).rejects.toMatchObject({ code: "MQTT_CONNECT" });
    await expect(publisher({ url, caFile: join(certificates, "ca.pem") }).connect(signal)).rejects.toMatchObject({
      code: "MQTT_CONNECT",
    });
    const mixed = { certificateFile: join(certificates, "server.pem"), keyFile };
    const refused = publisher({ url, caFile: join(certificates, "ca.pem"), ...mixed }).connect(signal);
    await expect(refused).rejects.toMatchObject({ code: "MQTT_CONNECT", where: url });
  });

  it("gives up connecting when told to", async () => {
    const broker = await startRawBroker({ connack: "never" });
    const controller = new AbortController();
    const call = publisher({ url: broker.url }).connect(controller.signal);
    await broker.connected;
    controller.abort();
    await expect(call).rejects.toThrow();
  });

  it("keeps at most inFlight publications unconfirmed, fewer if an MQTT 5 broker asks for it", async () => {
    for (const [inFlight, receiveMaximum, most] of [
      [7, 100, 7],
      [100, 5, 5],
    ] as const) {
      const broker = await startRawBroker({ connack: { receiveMaximum } });
      const mqtt = publisher({ url: broker.url, protocol: "5", inFlight });
      await mqtt.connect(signal);
      await mqtt.publish([entry(1, values(...Array.from({ length: 60 }, (_, index) => index)), TAGS)], signal);
      expect(broker.published.length).toBe(60);
      expect(broker.mostUnconfirmed).toBe(most);
    }
  });

  it.each([
    [0x90, "PUBLISH_REFUSED_ENTRY"],
    [0x99, "PUBLISH_REFUSED_ENTRY"],
    [0x95, "MQTT_CONNECT"], // not a reason of PUBACK: a broker that breaks the protocol is not listened to any longer
    [0x87, "MQTT_PUBLISH"],
    [0x97, "MQTT_PUBLISH"],
  ])("takes the MQTT 5 reason %i of a PUBACK for %s", async (reason, code) => {
    const broker = await startRawBroker({ connack: {}, pubackReason: reason });
    const mqtt = publisher({ url: broker.url, protocol: "5" });
    await mqtt.connect(signal);
    await expect(mqtt.publish([entry(1, values(1), TAGS)], signal)).rejects.toMatchObject({ code });
  });

  it.each([
    [0x95, "PUBLISH_REFUSED_ENTRY"],
    [0x8b, "MQTT_CONNECT"], // server shutting down
  ])("takes a broker that disconnects with reason %i for %s", async (reason, code) => {
    const broker = await startRawBroker({ connack: {}, disconnectReason: reason });
    const mqtt = publisher({ url: broker.url, protocol: "5" });
    await mqtt.connect(signal);
    await expect(mqtt.publish([entry(1, values(1), TAGS)], signal)).rejects.toMatchObject({ code });
    // What is offered afterwards, before the next connection, is not refused: it never got there.
    await expect(mqtt.publish([entry(2, values(2), TAGS)], signal)).rejects.toMatchObject({ code: "MQTT_CONNECT" });
  });

  it("refuses what an MQTT 5 broker says is too large, to the byte, instead of being cut off for it", async () => {
    const one = entry(1, values(1), TAGS);
    const broker = await startRawBroker({ connack: {} });
    const mqtt = publisher({ url: broker.url, protocol: "5" });
    await mqtt.connect(signal);
    await mqtt.publish([one], signal);
    const bytes = broker.published[0]!.packetBytes;
    for (const [maximumPacketSize, outcome] of [
      [bytes + 3, "taken"], // the fixed header is reckoned at its longest
      [bytes - 1, "PUBLISH_REFUSED_ENTRY"],
    ] as const) {
      const strict = await startRawBroker({ connack: { maximumPacketSize } });
      const careful = publisher({ url: strict.url, protocol: "5" });
      await careful.connect(signal);
      const call = careful.publish([one], signal).then(
        () => "taken",
        (error: { code: string }) => error.code,
      );
      expect(await call).toBe(outcome);
    }
  });
});
