/** What a user writes for a REST device and its tags, beyond what every device and tag has.
 *  YAML → [config] → REST driver */
import { durationBetween } from "@nonreturn/station";
import { z } from "zod";
import { TIME_FORMATS } from "../json-time.ts";
import { accountShape, tlsShape } from "../login.ts";
import { PATH, REQUEST_NAME } from "./address.ts";

const path = z
  .string()
  .max(2000)
  .regex(PATH, { error: "is no path; begin with /, and percent-encode what is no ASCII" });

/** Source: RFC 9110 §5.6.2 (token), §5.5 (field value). */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;
const HEADER_VALUE = /^[\x20-\x7e\xa0-\xff]{0,4000}$/;
/** What the driver itself writes, and what belongs into files. */
const OWN_HEADERS =
  /^(host|connection|keep-alive|content-length|transfer-encoding|te|trailer|upgrade|expect|accept-encoding|authorization|proxy-authorization|cookie)$/i;

const headerName = z
  .string()
  .regex(HEADER_NAME, { error: "is no header name" })
  .refine((name) => !OWN_HEADERS.test(name), {
    error: "is written by the driver itself; secrets belong into tokenFile, passwordFile or secretHeaders",
  });

const headers = z
  .record(headerName, z.string().regex(HEADER_VALUE, { error: "contains a character that no header may have" }))
  .refine((record) => Object.keys(record).length <= 50, { error: "write at most 50 headers" });

const pointer = z
  .string()
  .max(1000)
  .regex(/^(\/([^~]|~[01])*)?$/, { error: 'is no JSON pointer; write it like "/status/time"' });

const timestamp = pointer.optional().meta({
  description: "JSON pointer to the time in the same body; the time of the reply if left out",
  examples: ["/time"],
});
const timeFormat = z
  .enum(TIME_FORMATS)
  .meta({ description: "iso: ISO 8601; s, ms, us: seconds, milliseconds, microseconds since 1970 UTC" });

const request = z.strictObject({
  name: z
    .string()
    .regex(REQUEST_NAME, { error: "write letters, digits, - and _, at most 64" })
    .meta({ description: "stands before # in addresses", examples: ["counters"] }),
  method: z
    .enum(["GET", "POST"])
    .default("GET")
    .meta({ description: "POST only for a query that changes nothing: it is sent in every scan" }),
  path,
  headers: headers.default({}),
  body: z.string().max(65_536).optional().meta({ description: "of a POST, as it is sent" }),
  contentType: z.string().regex(HEADER_VALUE).default("application/json").meta({ description: "of that body" }),
  timestamp,
  timeFormat: timeFormat.optional(),
});

export const restDeviceShape = {
  host: z
    .string()
    .min(1)
    .max(253)
    .meta({ description: "IP address or name of the device", examples: ["192.0.2.60"] }),
  scheme: z.enum(["http", "https"]).default("http"),
  port: z.int().min(1).max(65_535).optional().meta({ description: "80, or 443 with https, if left out" }),
  basePath: z
    .string()
    .max(500)
    .regex(/^(\/[!-"$-~]*[!-"$-.0-~])?$/, { error: 'is no path; write it like "/api/v1", without / at the end' })
    .default("")
    .meta({ description: "put before every path" }),
  ...accountShape,
  tokenFile: z
    .string()
    .min(1)
    .optional()
    .meta({ description: "a file of mode 0600 that holds a bearer token, instead of username" }),
  ...tlsShape,
  headers: headers.default({}).meta({ description: "of every request" }),
  secretHeaders: z
    .record(headerName, z.string().min(1))
    .refine((record) => Object.keys(record).length <= 10, { error: "write at most 10" })
    .default({})
    .meta({
      description: "headers whose value is in a file of mode 0600",
      examples: [{ "X-API-Key": "/etc/nonreturn/key" }],
    }),
  requests: z
    .array(request)
    .max(1000)
    .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, {
      error: "two of them have the same name; give each its own",
    })
    .default([])
    .meta({ description: "requests with a name: POST, a body, other headers" }),
  timestamp,
  timeFormat: timeFormat.default("iso"),
  contentType: z
    .enum(["json", "any"])
    .default("json")
    .meta({ description: "any: take JSON however the device labels it" }),
  maxBodyBytes: z.int().min(100).max(16_777_216).default(1_048_576).meta({ description: "a longer reply is refused" }),
  requestsInFlight: z.int().min(1).max(8).default(1).meta({ description: "requests and connections at once" }),
  timeout: durationBetween("10ms", "300s").prefault("5s").meta({ description: "wait so long for a whole reply" }),
  connectTimeout: durationBetween("10ms", "60s")
    .prefault("5s")
    .meta({ description: "wait so long for the connection, TLS included" }),
  badAddressRetry: durationBetween("1s", "1d")
    .prefault("60s")
    .meta({ description: "ask again so rarely for a path that the server refused" }),
} satisfies z.ZodRawShape;

const restDevice = z.object(restDeviceShape);
export type RestDeviceConfig = z.output<typeof restDevice>;

export function portOf({ scheme, port }: RestDeviceConfig): number {
  return port ?? (scheme === "https" ? 443 : 80);
}

export const restTagShape = {
  timestamp: pointer.optional().meta({ description: "JSON pointer to the time of this value in the same body" }),
  timeFormat: timeFormat.optional(),
} satisfies z.ZodRawShape;

const restTag = z.object(restTagShape);
export type RestTagOptions = z.output<typeof restTag>;
