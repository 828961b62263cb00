/** The publisher contract in the presets' own formats, against what stands in for the clouds. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@nonreturn/station";
import type { Value } from "@nonreturn/wire-format";
import { onTestFinished } from "vitest";
import { parseIsoMicros } from "../../../packages/it-receiver/src/publishers/iso-micros.ts";
import { mqttConfig } from "../../../packages/it-receiver/src/publishers/mqtt/config.ts";
import { mqttFactory } from "../../../packages/it-receiver/src/publishers/mqtt/index.ts";
import { surroundings } from "../../../packages/it-receiver/test/publishers/support/surroundings.ts";
import { awsIotCore, ENDPOINT, THING } from "../../support/clouds/aws-iot-core.ts";
import { azureIotHub, DEVICE, DEVICE_KEY, HUB } from "../../support/clouds/azure-iot-hub.ts";
import { CLOUD_CA, type CloudRules, deviceFiles, startCloudBroker } from "../../support/clouds/cloud-broker.ts";
import { freeTcpPort } from "../../support/free-port.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { describePublisher, type Held, type HeldEvent } from "./publisher-contract.ts";

interface Shown {
  readonly path: string;
  readonly timestamp: string;
  readonly value: unknown;
  readonly qualityCode: number;
  readonly historical: boolean;
}

interface ShownEvent extends Omit<HeldEvent, "time"> {
  readonly path: string;
  readonly time: string;
}

function describePreset(
  name: string,
  rules: () => CloudRules,
  makeConfig: () => Readonly<Record<string, unknown>>,
): void {
  describePublisher(
    name,
    async () => {
      const broker = await startCloudBroker(rules());
      const config = { type: "mqtt", caFile: CLOUD_CA, prefix: "plant/hamburg", ...makeConfig() };
      const make = (port: number) => {
        const publisher = mqttFactory.create(
          mqttConfig.parse({ ...config, url: `mqtts://localhost:${port}` }),
          surroundings("mqtt"),
        );
        onTestFinished(() => publisher.close());
        return publisher;
      };
      return {
        publisher: make(broker.port),
        async held(path): Promise<Held[]> {
          if (broker.violations.length > 0) throw new Error(broker.violations.join("\n"));
          return broker.taken
            .filter(({ payload }) => payload.includes('"samples"'))
            .flatMap(({ payload }) => (JSON.parse(payload) as { samples: Shown[] }).samples)
            .filter((sample) => sample.path === path)
            .map(({ value, qualityCode, timestamp, historical }) => {
              const sourceTimestamp = parseIsoMicros(timestamp) ?? Number.NaN;
              return { value, statusCode: qualityCode, sourceTimestamp, historical };
            });
        },
        shown: shownInJson,
        repeats: "at least once",
        poison: { value: "x".repeat(300_000), reason: /needs 3\d{5} bytes, the broker allows/ },
        events: {
          async held(path) {
            if (broker.violations.length > 0) throw new Error(broker.violations.join("\n"));
            return broker.taken
              .filter(({ payload }) => payload.includes('"condition"'))
              .map(({ payload }) => JSON.parse(payload) as ShownEvent)
              .filter((event) => event.path === path)
              .map((event) => ({ ...event, time: parseIsoMicros(event.time) ?? Number.NaN }));
          },
        },
        breakFarSide: async () => make(await freeTcpPort()),
      };
    },
    "alarm events",
  );
}

describePreset(
  "MQTT, preset azure-iot-hub",
  () => azureIotHub(systemClock),
  () => {
    const sharedKeyFile = join(temporaryFolder(), "device-key");
    writeFileSync(sharedKeyFile, DEVICE_KEY, { mode: 0o600 });
    return { preset: "azure-iot-hub", serverName: HUB, clientId: DEVICE, sharedKeyFile, topic: "{device}/{last}" };
  },
);

describePreset(
  "MQTT, preset aws-iot",
  () => awsIotCore("8883"),
  () => ({ preset: "aws-iot", serverName: ENDPOINT, clientId: THING, ...deviceFiles(), topic: "{path}" }),
);

function shownInJson(value: Value | null): unknown {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(shownInJson);
  return value;
}
