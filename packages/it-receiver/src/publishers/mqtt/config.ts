/** What a user writes for an MQTT or a Sparkplug publisher.
 *  YAML → [MQTT config] → MQTT publisher, Sparkplug publisher */
import { durationBetween } from "@nonreturn/station";
import { z } from "zod";
import { commonFields } from "../publisher-config.ts";

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
  caFile: z.string().min(1).optional().meta({ description: "PEM; the machine's own certificates if left out." }),
  certificateFile: z.string().min(1).optional().meta({ description: "PEM; the client's certificate." }),
  keyFile: z.string().min(1).optional().meta({ description: "PEM, mode 0600; the client's private key." }),
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
    prefix: topicPrefix.prefault("nonreturn").meta({ description: "First levels of every topic." }),
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
  .superRefine(checkAccount);
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
  const tlsFields = ["caFile", "certificateFile", "keyFile"] as const;
  const useless = config.url.startsWith("mqtt:") ? tlsFields.find((field) => config[field] !== undefined) : undefined;
  if (useless !== undefined) wrong(useless, "has no effect without TLS; write an mqtts:// url");
}
