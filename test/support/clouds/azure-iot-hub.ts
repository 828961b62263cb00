/** What Azure IoT Hub documents that it asks of MQTT clients, as a broker's rules.
 *  Azure "Communicate with an IoT hub using the MQTT protocol", "Control access … by using shared access signatures" → [Azure IoT Hub] → cloud broker */
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Clock } from "@nonreturn/station";
import { CLOUD_CA, type CloudRules } from "./cloud-broker.ts";

export const HUB = "hub.azure-devices.example";
export const DEVICE = "hamburg-it";
export const DEVICE_KEY = Buffer.from("the device's primary key, 32 byte").toString("base64");

const MAXIMUM_MESSAGE_BYTES = 256 * 1024;

/** @param by  how the device is known. A connection ends when its token does. */
export function azureIotHub(clock: Clock, by: "token" | "certificate" = "token"): CloudRules {
  const nowSeconds = (): number => clock.nowUtcMicros() / 1e6;
  return {
    tls: by === "token" ? {} : { ca: readFileSync(CLOUD_CA), requestCert: true, rejectUnauthorized: true },
    handshake: ({ servername }) => (servername === HUB ? undefined : `server name ${String(servername)}`),
    connect({ clientId, username, password, protocolVersion, will, clean }, _, end) {
      if (protocolVersion !== 4) return `protocol version ${protocolVersion}`;
      if (clean !== true) return "a session that is kept";
      if (clientId !== DEVICE) return `client id ${clientId}`;
      if (username !== `${HUB}/${DEVICE}/?api-version=2021-04-12`) return `user name ${username}`;
      if (will !== undefined && (will.retain || will.qos === 2 || !isEvents(will.topic)))
        return "a will it does not take";
      if (by === "certificate") return password === undefined ? undefined : "a password beside the certificate";
      const token = parseToken(password?.toString() ?? "");
      if (typeof token === "string") return token;
      const left = token.expiresAt - nowSeconds();
      if (left <= 0) return "a token that has run out";
      clock.after(left * 1000, end);
      return undefined;
    },
    publish({ topic, payload, qos, retain }) {
      if (retain) return "a retained message";
      if (qos === 2) return "QoS 2";
      if (!isEvents(topic)) return `topic ${topic}`;
      return payload.length > MAXIMUM_MESSAGE_BYTES ? "a message of more than 256 KiB" : undefined;
    },
  };
}

function isEvents(topic: string): boolean {
  const [devices, device, messages, events, properties, ...more] = topic.split("/");
  const isPlace = devices === "devices" && device === DEVICE && messages === "messages" && events === "events";
  if (!isPlace || properties === undefined || more.length > 0) return false;
  // Names and values are percent-encoded, as in the query of a URL.
  return properties.split("&").every((property) => /^[A-Za-z0-9$._~-]+=[A-Za-z0-9._~%!'()*-]*$/.test(property));
}

function parseToken(text: string): { readonly expiresAt: number } | string {
  const [scheme, fields = ""] = text.split(" ");
  const { sr, sig, se } = Object.fromEntries(fields.split("&").map((field) => field.split("="))) as Record<
    string,
    string
  >;
  if (scheme !== "SharedAccessSignature" || sr === undefined || sig === undefined || se === undefined)
    return "no token";
  if (decodeURIComponent(sr) !== `${HUB}/devices/${DEVICE}`) return `a token for ${sr}`;
  const signed = createHmac("sha256", Buffer.from(DEVICE_KEY, "base64")).update(`${sr}\n${se}`).digest("base64");
  return decodeURIComponent(sig) === signed
    ? { expiresAt: Number(se) }
    : "a token that is not signed with the device's key";
}
