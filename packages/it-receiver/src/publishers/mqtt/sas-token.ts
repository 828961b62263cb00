/** Shared access signatures: passwords of Azure IoT Hub that run out.
 *  device key, clock → [SAS token] → connect client
 *  Source: Azure "Control access to IoT Hub by using shared access signatures", SAS token structure. */
import { createHmac } from "node:crypto";
import { readPrivate, StationError } from "@nonreturn/station/thread";
import type { UtcMicros } from "@nonreturn/wire-format";
import type { MqttConfig } from "./config.ts";
import { hubOf } from "./presets.ts";

const API_VERSION = "2021-04-12";

/** A device's symmetric key has 16 to 64 bytes; base64 in the file. @throws {StationError} FILE_…, MQTT_DEVICE_KEY */
export function readDeviceKey(path: string): Buffer {
  const text = readPrivate(path).toString("utf8").trim();
  const key = Buffer.from(text, "base64");
  if (key.toString("base64") === text && key.length >= 16 && key.length <= 64) return key;
  throw new StationError({
    code: "MQTT_DEVICE_KEY",
    what: "is no symmetric key of a device",
    where: path,
    action: "Write the device's primary or secondary key as the hub shows it, in base64, and nothing else.",
  });
}

/** How one connection logs in. */
export interface Account {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** The broker ends the connection so long after the account was made. */
  readonly expiresAfterMs?: number;
}

/** By token, or by certificate where there is no key. @throws as {@link readDeviceKey} */
export function hubAccount(config: MqttConfig, now: UtcMicros): Account {
  const { clientId: device = "", sharedKeyFile, tokenLifetime } = config;
  const hub = hubOf(config);
  const username = `${hub}/${device}/?api-version=${API_VERSION}`;
  if (sharedKeyFile === undefined) return { username };
  const expiresAt = Math.floor((now / 1000 + tokenLifetime) / 1000);
  const password = sasToken(hub, device, readDeviceKey(sharedKeyFile), expiresAt);
  return { username, password, expiresAfterMs: tokenLifetime };
}

/** @param expiresAt  seconds since 1970 */
export function sasToken(hub: string, device: string, key: Uint8Array, expiresAt: number): string {
  const resource = encodeURIComponent(`${hub}/devices/${device}`);
  const signature = createHmac("sha256", key).update(`${resource}\n${expiresAt}`).digest("base64");
  return `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=${expiresAt}`;
}
