/** What the brokers of two clouds ask beyond MQTT.
 *  MQTT config → [presets] → connect client, publications
 *  Source: AWS IoT Core "message broker and protocol limits and quotas", "Protocols, port mappings, and authentication"; Azure "Communicate
 *  with an IoT hub using the MQTT protocol", "Control access to IoT Hub by using shared access signatures". */
import type { MqttConfig } from "./config.ts";
import { MAXIMUM_TOPIC_BYTES, MAXIMUM_TOPIC_LEVELS, type TopicLimits } from "./topic.ts";

export type PresetName = "aws-iot" | "azure-iot-hub";

export interface BrokerRules {
  readonly topicLimits: TopicLimits;
  readonly payloadBytes: number;
  readonly format: "single" | "grouped";
  /** Unconfirmed publications. */
  readonly inFlight: number;
  /** Whether the station's own state is retained. */
  readonly retainStatus: boolean;
  /** Where a broker has topics of its own: what is sent for the one that was made of a tag. */
  readonly topicOnWire?: (topic: string, config: MqttConfig) => string;
}

const PLAIN_BROKER: BrokerRules = {
  topicLimits: { bytes: MAXIMUM_TOPIC_BYTES, levels: MAXIMUM_TOPIC_LEVELS },
  payloadBytes: Number.POSITIVE_INFINITY,
  format: "single",
  inFlight: Number.POSITIVE_INFINITY,
  retainStatus: true,
};

const RULES: Readonly<Record<PresetName, BrokerRules>> = {
  "aws-iot": {
    ...PLAIN_BROKER,
    topicLimits: { bytes: 256, levels: 8 }, // seven slashes
    payloadBytes: 128 * 1024,
    format: "grouped", // it takes 100 messages a second of one connection
    inFlight: 100,
    retainStatus: false,
  },
  "azure-iot-hub": {
    ...PLAIN_BROKER,
    topicLimits: { bytes: 1024, levels: Number.POSITIVE_INFINITY },
    payloadBytes: 256 * 1024 - 8192, // of the 256 KiB of a message; the rest for its properties
    format: "grouped",
    retainStatus: false,
    // A hub has one topic per device; the tags' topic becomes an application property, by which it can route.
    topicOnWire: (topic, { clientId }) =>
      `devices/${clientId}/messages/events/$.ct=application%2Fjson&$.ce=utf-8&topic=${encodeURIComponent(topic)}`,
  },
};

export function rulesOf({ preset }: Pick<MqttConfig, "preset">): BrokerRules {
  return preset === undefined ? PLAIN_BROKER : RULES[preset];
}

/** AWS takes MQTT on port 443 from clients that ask for it in the TLS handshake. */
export function alpnOf({
  preset,
  url,
  alpn,
}: {
  preset?: PresetName | undefined;
  url: string;
  alpn?: string | undefined;
}) {
  return alpn ?? (preset === "aws-iot" && new URL(url).port === "443" ? "x-amzn-mqtt-ca" : undefined);
}

/** What a hub is called, by which it knows its devices' accounts. */
export function hubOf({ url, serverName }: Pick<MqttConfig, "url" | "serverName">): string {
  return serverName ?? new URL(url).hostname;
}
