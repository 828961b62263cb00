/** What AWS IoT Core documents that it asks of MQTT clients, as a broker's rules.
 *  AWS "IoT Core message broker limits", "Protocols, port mappings, and authentication" → [AWS IoT Core] → cloud broker */
import { readFileSync } from "node:fs";
import { CLOUD_CA, type CloudRules, type Verdict } from "./cloud-broker.ts";

export const ENDPOINT = "account-ats.iot.example";
export const THING = "hamburg-it";

const ALPN = "x-amzn-mqtt-ca";
const MAXIMUM_TOPIC_BYTES = 256;
const MAXIMUM_SLASHES = 7;
const MAXIMUM_PAYLOAD_BYTES = 128 * 1024;

/** @param port  8883, or as on 443, where MQTT must be asked for in the TLS handshake. The policy allows {@link THING} below `plant/`. */
export function awsIotCore(port: "8883" | "443"): CloudRules {
  return {
    tls: {
      ca: readFileSync(CLOUD_CA),
      requestCert: true,
      rejectUnauthorized: true,
      ...(port === "443" ? { ALPNProtocols: [ALPN, "http/1.1"] } : {}),
    },
    handshake({ servername, alpnProtocol }) {
      if (servername !== ENDPOINT) return `server name ${String(servername)}`;
      return port === "443" && alpnProtocol !== ALPN ? `ALPN ${String(alpnProtocol)}` : undefined;
    },
    connect({ clientId, username, password, will }) {
      if (clientId !== THING) return `client id ${clientId}`;
      if (username !== undefined || password !== undefined) return "a user name or password beside the certificate";
      return will === undefined ? undefined : publication(will);
    },
    publish: publication,
  };
}

interface Publication {
  readonly topic: string;
  readonly payload: string | Buffer;
  readonly qos?: number;
  readonly retain?: boolean;
}

function publication({ topic, payload, qos, retain }: Publication): Verdict {
  if (qos === 2) return "QoS 2";
  if (retain) return "a retained message, which the policy does not allow";
  if (!topic.startsWith("plant/")) return `topic ${topic}, which the policy does not allow`;
  if (Buffer.byteLength(topic) > MAXIMUM_TOPIC_BYTES) return `a topic of ${Buffer.byteLength(topic)} bytes`;
  if (topic.split("/").length > MAXIMUM_SLASHES + 1) return "a topic of more than seven slashes";
  return payload.length > MAXIMUM_PAYLOAD_BYTES ? "a payload of more than 128 KiB" : undefined;
}
