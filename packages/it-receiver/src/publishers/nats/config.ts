/** What a user writes for a NATS JetStream publisher.
 *  YAML → [NATS config] → NATS publisher */
import { byteSizeBetween, durationBetween } from "@nonreturn/station";
import { z } from "zod";
import { accountFields, checkClient, tlsFields } from "../client-config.ts";
import { commonFields } from "../publisher-config.ts";

const token = (what: string) =>
  z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, `write ${what} of letters, digits, - and _, at most 64`);

export const natsConfig = z
  .strictObject({
    ...commonFields,
    type: z.literal("nats"),
    name: commonFields.name.prefault("nats"),
    servers: z
      .array(
        z.string().regex(/^(nats|tls):\/\/[A-Za-z0-9._:[\]-]{1,255}$/, "write nats://host:4222 or tls://host:4222"),
      )
      .min(1)
      .max(32)
      .meta({ description: "Servers of one cluster.", examples: [["tls://nats-1.example:4222"]] }),
    stream: token("a name").prefault("NONRETURN").meta({ description: "JetStream stream; made if it does not exist." }),
    subject: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}(\.[A-Za-z0-9_-]{1,64}){0,7}$/, "write words separated by dots, e.g. plant.hamburg")
      .prefault("nonreturn")
      .meta({
        description:
          "Subjects are SUBJECT.live and SUBJECT.late, of alarm events SUBJECT.alarms.live and SUBJECT.alarms.late.",
      }),
    replicas: z.int().min(1).max(5).prefault(1).meta({ description: "Of a stream made here." }),
    maxAge: durationBetween("1min", "3650d")
      .optional()
      .meta({ description: "Of a stream made here; without end if left out." }),
    maxSize: byteSizeBetween("1MiB", "100TB").optional().meta({ description: "Of a stream made here." }),
    duplicateWindow: durationBetween("2min", "7d")
      .prefault("1h")
      .meta({ description: "Of a stream made here: a block repeated within it is stored once." }),
    ...accountFields,
    credentialsFile: z.string().min(1).optional().meta({ description: "A .creds file of mode 0600 (JWT and seed)." }),
    ...tlsFields,
  })
  .superRefine((config, context) => {
    const wrong = (field: string, message: string): void =>
      context.addIssue({ code: "custom", path: [field], message });
    if (config.username !== undefined && config.credentialsFile !== undefined)
      wrong("credentialsFile", "write username or credentialsFile, not both");
    const is = config.servers.some((server) => server.startsWith("nats:")) ? "plain" : "used";
    checkClient(config, { is, write: "tls:// servers" }, wrong);
  });
export type NatsConfig = z.output<typeof natsConfig>;
