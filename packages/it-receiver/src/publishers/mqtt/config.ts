/** What a user writes for an MQTT or a Sparkplug publisher.
 *  YAML → [MQTT config] → MQTT publisher, Sparkplug publisher */
import { byteSizeBetween, durationBetween } from "@nonreturn/station";
import { z } from "zod";
import { tlsFields } from "../client-config.ts";
import { commonFields } from "../publisher-config.ts";
import { parseTemplate } from "./topic-template.ts";

/** Room for the longest status topic and a shortened tag topic. */
const MAXIMUM_PREFIX_BYTES = 1024;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be in a topic
const PLAIN_PREFIX = /^[^+#%$\u0000-\u001f\u007f-\u009f]+$/;

const topicPrefix = z
  .string()
  .refine((prefix) => PLAIN_PREFIX.test(prefix) && !prefix.split("/").includes("") && prefix.isWellFormed(), {
    error: "write levels separated by /, none of them empty, without + # % $ and control characters, e.g. plant/line-1",
  })
  .refine((prefix) => Buffer.byteLength(prefix) <= MAXIMUM_PREFIX_BYTES, {
    error: `write at most ${MAXIMUM_PREFIX_BYTES} bytes`,
  });

const topicTemplate = z.string().refine((text) => parseTemplate(text) !== undefined, {
  error:
    "write levels separated by /, each either text without + # % $ { } or one of {path} {parent} {last} {device} {level1} … {level32}",
});

const brokerUrl = z
  .string()
  .refine(
    (text) => {
      const url = URL.canParse(text) ? new URL(text) : undefined;
      return (
        (url?.protocol === "mqtt:" || url?.protocol === "mqtts:") &&
        url.hostname !== "" &&
        url.username === "" &&
        url.password === "" &&
        (url.pathname === "" || url.pathname === "/") &&
        url.search === "" &&
        url.hash === ""
      );
    },
    { error: "write mqtt://host:1883 or mqtts://host:8883; user and password have their own fields" },
  )
  .meta({ description: "mqtt:// or, with TLS, mqtts://", examples: ["mqtts://broker.example:8883"] });

/** What any publisher says about its broker. Spread into its own strict object. */
const connectionFields = {
  ...commonFields,
  url: brokerUrl,
  clientId: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .meta({ description: "Must differ from every other client of the broker; nonreturn-it-NAME if left out." }),
  username: z.string().min(1).max(1024).optional(),
  password: z.string().max(65_535).optional().meta({ description: "Better: passwordFile." }),
  passwordFile: z
    .string()
    .min(1)
    .optional()
    .meta({ description: "A file of mode 0600 that holds the password, without its last line end." }),
  ...tlsFields,
  serverName: z
    .string()
    .regex(/^[A-Za-z0-9.-]{1,253}$/, "write a host name")
    .optional()
    .meta({
      description: "Name asked for in TLS (SNI) and looked for in the certificate; the url's host if left out.",
    }),
  alpn: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .meta({ description: "Protocol asked for in TLS (ALPN), where a broker shares its port with others." }),
  protocol: z.enum(["3.1.1", "5"]).prefault("3.1.1").meta({ description: "MQTT version." }),
  keepAlive: durationBetween("1s", "18h")
    .prefault("15s")
    .meta({ description: "The broker tells a dead station after 1.5 times this." }),
} as const;

export const mqttConfig = z
  .strictObject({
    type: z.literal("mqtt"),
    ...connectionFields,
    name: commonFields.name.prefault("mqtt"),
    preset: z
      .enum(["aws-iot", "azure-iot-hub"])
      .optional()
      .meta({ description: "What the broker of a cloud asks: account, topics, sizes. See docs/publishers.md." }),
    prefix: topicPrefix.prefault("nonreturn").meta({ description: "First levels of every topic." }),
    format: z
      .enum(["single", "grouped"])
      .optional()
      .meta({ description: "A message per sample (default), or per block and topic (default with a preset)." }),
    topic: topicTemplate.optional().meta({
      description: "Levels behind the prefix: text, or {path} {parent} {last} {device} {level1} … {level32}.",
      examples: ["{device}", "{level1}/{last}"],
    }),
    maxPayload: byteSizeBetween("1KiB", "256MiB")
      .optional()
      .meta({ description: "Payload of one message, at most: groups are split, larger single samples set aside." }),
    sharedKeyFile: z
      .string()
      .min(1)
      .optional()
      .meta({ description: "azure-iot-hub: a file of mode 0600 with the device's key in base64." }),
    tokenLifetime: durationBetween("5min", "365d")
      .prefault("1h")
      .meta({ description: "azure-iot-hub: how long a token is valid; it is renewed before." }),
    retain: z
      .boolean()
      .prefault(false)
      .meta({ description: "Live and current values are retained by the broker; historical ones never." }),
    inFlight: z
      .int()
      .min(1)
      .max(65_535)
      .prefault(512)
      .meta({ description: "Unconfirmed publications at a time, at most." }),
  })
  .superRefine(checkAccount)
  .superRefine(checkFormat)
  .superRefine(checkPreset);
export type MqttConfig = z.output<typeof mqttConfig>;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be in a topic
const SPARKPLUG_PATTERN = /^[^+#/$\u0000-\u001f\u007f-\u009f]{1,128}$/;
const sparkplugName = z
  .string()
  .regex(SPARKPLUG_PATTERN, "write a name without + # / $ and control characters, at most 128");

export const sparkplugConfig = z
  .strictObject({
    type: z.literal("sparkplug"),
    ...connectionFields,
    name: commonFields.name.prefault("sparkplug"),
    group: sparkplugName.meta({ description: "Sparkplug group id.", examples: ["hamburg"] }),
    edgeNode: sparkplugName.prefault("nonreturn").meta({ description: "Sparkplug edge node id of this station." }),
    maxPayload: byteSizeBetween("1KiB", "256MiB")
      .optional()
      .meta({ description: "Payload of one message of data, at most; larger single samples are set aside." }),
  })
  .superRefine(checkAccount);
export type SparkplugConfig = z.output<typeof sparkplugConfig>;

/** What {@link connectClient} needs of either. */
export type BrokerConfig = MqttConfig | SparkplugConfig;

export interface BrokerAccount {
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly passwordFile?: string | undefined;
  readonly caFile?: string | undefined;
  readonly certificateFile?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly serverName?: string | undefined;
  readonly alpn?: string | undefined;
}

function checkAccount(config: BrokerAccount, context: z.RefinementCtx): void {
  const wrong = (field: string, message: string): void => context.addIssue({ code: "custom", path: [field], message });
  if (config.password !== undefined && config.passwordFile !== undefined)
    wrong("password", "write password or passwordFile, not both");
  const secret =
    config.password !== undefined ? "password" : config.passwordFile !== undefined ? "passwordFile" : undefined;
  if (config.username === undefined && secret !== undefined) wrong(secret, "a password needs a username; write one");
  const half = config.certificateFile === undefined ? "keyFile" : "certificateFile";
  if ((config.certificateFile === undefined) !== (config.keyFile === undefined)) {
    wrong(half, "a client certificate needs both certificateFile and keyFile; write the other one");
  }
  const onlyTls = ["caFile", "certificateFile", "keyFile", "serverName", "alpn"] as const;
  const useless = config.url.startsWith("mqtt:") ? onlyTls.find((field) => config[field] !== undefined) : undefined;
  if (useless !== undefined) wrong(useless, "has no effect without TLS; write an mqtts:// url");
}

interface MqttFields extends BrokerAccount {
  readonly preset?: "aws-iot" | "azure-iot-hub" | undefined;
  readonly format?: "single" | "grouped" | undefined;
  readonly clientId?: string | undefined;
  readonly protocol: "3.1.1" | "5";
  readonly prefix: string;
  readonly retain: boolean;
  readonly sharedKeyFile?: string | undefined;
}

function checkFormat({ format, preset, retain }: MqttFields, context: z.RefinementCtx): void {
  const message = "a retained group would show the tags of one block only; write format: single";
  if (retain && preset === undefined && format === "grouped")
    context.addIssue({ code: "custom", path: ["retain"], message });
}

/** Bytes and levels that AWS leaves a prefix, so that a shortened topic has room. */
const AWS_PREFIX = { bytes: 128, levels: 6 };
/** Without the characters that a hub allows but a topic does not: + and #. */
const AZURE_DEVICE = /^[A-Za-z0-9\-.%_*?!(),:=@$']{1,128}$/;

function checkPreset(config: MqttFields, context: z.RefinementCtx): void {
  const { preset } = config;
  const wrong = (field: string, message: string): void => context.addIssue({ code: "custom", path: [field], message });
  if (preset !== "azure-iot-hub" && config.sharedKeyFile !== undefined)
    wrong("sharedKeyFile", "is for preset: azure-iot-hub");
  if (preset === undefined) return;
  if (!config.url.startsWith("mqtts:")) wrong("url", `${preset} takes TLS only; write an mqtts:// url`);
  if (config.retain) wrong("retain", `${preset} retains nothing; leave it out`);
  if (config.username !== undefined)
    wrong("username", `${preset} knows clients otherwise; leave username and password out`);
  const hasCertificate = config.certificateFile !== undefined;
  if (preset === "aws-iot") {
    const { bytes, levels } = AWS_PREFIX;
    if (!hasCertificate)
      wrong("certificateFile", "AWS IoT knows clients by certificate; write certificateFile and keyFile");
    if (Buffer.byteLength(config.prefix) > bytes || config.prefix.split("/").length > levels)
      wrong(
        "prefix",
        `write at most ${bytes} bytes and ${levels} levels: AWS IoT takes topics of 256 bytes and 8 levels`,
      );
    return;
  }
  if (config.protocol !== "3.1.1") wrong("protocol", "Azure IoT Hub speaks 3.1.1; leave it out");
  if (config.clientId === undefined || !AZURE_DEVICE.test(config.clientId))
    wrong("clientId", "write the device's id in the hub: letters, digits and -.%_*?!(),:=@$', at most 128");
  if (hasCertificate === (config.sharedKeyFile !== undefined))
    wrong("sharedKeyFile", "write either sharedKeyFile, or certificateFile and keyFile");
}
