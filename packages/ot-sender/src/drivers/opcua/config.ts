/** What a user writes for an OPC UA server and its tags, beyond what every device and tag has.
 *  YAML → [config] → OPC UA driver */
import { durationBetween, writeHostPort } from "@nonreturn/station";
import { z } from "zod";

export const opcuaDeviceShape = {
  host: z
    .string()
    .min(1)
    .max(253)
    .meta({ description: "IP address or name of the server", examples: ["192.0.2.40"] }),
  port: z.int().min(1).max(65_535).default(4840),
  endpointPath: z
    .string()
    .regex(/^[^\s?#]{0,200}$/, { error: "is no path; write what stands behind the port in the server's endpoint URL" })
    .default("")
    .meta({ description: "what stands behind the port in the server's endpoint URL", examples: ["UA/Server"] }),
  security: z
    .enum(["None", "Basic256Sha256", "Aes128_Sha256_RsaOaep", "Aes256_Sha256_RsaPss"])
    .default("Basic256Sha256")
    .meta({ description: "security policy; None: anybody on the network may read along and forge values" }),
  securityMode: z
    .enum(["sign", "sign-and-encrypt"])
    .default("sign-and-encrypt")
    .meta({ description: "of no meaning with security: None" }),
  pkiFolder: z.string().min(1).optional().meta({
    description:
      "the station's own certificate, trusted and rejected ones; several devices may share it; <dataFolder>/opcua-pki if left out",
  }),
  username: z.string().min(1).max(200).optional().meta({ description: "anonymous if left out" }),
  passwordFile: z.string().min(1).optional().meta({ description: "a file of mode 0600 that holds the password" }),
  userCertificateFile: z
    .string()
    .min(1)
    .optional()
    .meta({ description: "log in by this certificate (PEM) instead of a user name" }),
  userKeyFile: z.string().min(1).optional().meta({ description: "its private key (PEM), a file of mode 0600" }),
  reading: z.enum(["subscription", "polling"]).default("subscription").meta({
    description: "subscription: the server says what changed; polling: every tag is read in its scan class",
  }),
  publishingInterval: durationBetween("10ms", "1h")
    .prefault("500ms")
    .meta({ description: "of a subscription: the server sends so often" }),
  samplingInterval: durationBetween("0ms", "1h")
    .prefault("500ms")
    .meta({ description: "of a subscription: the server looks so often, 0ms at every change" }),
  queue: z
    .int()
    .min(1)
    .max(10_000)
    .default(10)
    .meta({ description: "of a subscription: values the server keeps for each tag between two sendings" }),
  valuesPerRequest: z
    .int()
    .min(1)
    .max(10_000)
    .default(1000)
    .meta({ description: "in one request at most; fewer if the server says so" }),
  timeout: durationBetween("10ms", "60s").prefault("5s").meta({ description: "wait so long for a reply" }),
  connectTimeout: durationBetween("10ms", "60s")
    .prefault("10s")
    .meta({ description: "wait so long for connection, secure channel and session together" }),
  badAddressRetry: durationBetween("1s", "1d")
    .prefault("60s")
    .meta({ description: "subscribe again so rarely to a tag that the server refused" }),
} satisfies z.ZodRawShape;

const opcuaDevice = z.object(opcuaDeviceShape);
/** The station says where `pkiFolder` is if the user does not. */
export type OpcuaDeviceConfig = z.output<typeof opcuaDevice> & { readonly pkiFolder: string };

export function endpointUrlOf(config: OpcuaDeviceConfig): string {
  return `opc.tcp://${writeHostPort(config)}/${config.endpointPath.replace(/^\//, "")}`;
}

export const opcuaTagShape = {
  samplingInterval: durationBetween("0ms", "1h").optional().meta({ description: "that of the device if left out" }),
  queue: z.int().min(1).max(10_000).optional().meta({ description: "that of the device if left out" }),
  serverDeadband: z
    .string()
    .regex(/^\d{1,9}(\.\d{1,9})?%?$/, { error: 'is no deadband; write "0.5", or "2%" of the range the server knows' })
    .optional()
    .meta({ description: "the server keeps smaller changes to itself", examples: ["0.5", "2%"] }),
} satisfies z.ZodRawShape;

const opcuaTag = z.object(opcuaTagShape);
export type OpcuaTagOptions = z.output<typeof opcuaTag>;
