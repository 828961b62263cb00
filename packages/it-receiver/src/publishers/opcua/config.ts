/** What a user writes for the OPC UA server.
 *  YAML → [OPC UA config] → OPC UA publisher */
import { hostPort } from "@nonreturn/station";
import { z } from "zod";
import { commonFields } from "../publisher-config.ts";

const SECURITY = ["None", "Basic256Sha256", "Aes128_Sha256_RsaOaep", "Aes256_Sha256_RsaPss"] as const;

export const opcuaConfig = z
  .strictObject({
    ...commonFields,
    type: z.literal("opcua"),
    name: commonFields.name.prefault("opcua"),
    listen: hostPort.meta({ description: "where clients connect", examples: ["0.0.0.0:4840"] }),
    hostname: z
      .string()
      .regex(/^[A-Za-z0-9.-]{1,253}$/, "write the name clients use for this machine")
      .optional()
      .meta({ description: "In endpoint URLs and the certificate; the machine's own name if left out." }),
    security: z
      .array(z.enum(SECURITY))
      .min(1)
      .prefault(["Basic256Sha256", "Aes128_Sha256_RsaOaep", "Aes256_Sha256_RsaPss"])
      .meta({ description: "Policies offered, with sign and encrypt. None: neither; only for trials." }),
    anonymous: z.boolean().prefault(false).meta({ description: "Clients may log in without a user." }),
    users: z
      .array(
        z.strictObject({
          username: z.string().min(1).max(128),
          passwordFile: z
            .string()
            .min(1)
            .meta({ description: "A file of mode 0600 that holds the password, without its last line end." }),
        }),
      )
      .max(1000)
      .prefault([]),
    pkiFolder: z.string().min(1).optional().meta({
      description: "Own certificate, trusted and rejected ones; <dataFolder>/opcua-pki if left out.",
    }),
    sessions: z.int().min(1).max(1000).prefault(50).meta({ description: "At a time, at most." }),
  })
  .superRefine((config, context) => {
    if (!config.anonymous && config.users.length === 0)
      context.addIssue({
        code: "custom",
        path: ["users"],
        message: "nobody could log in; write users, or anonymous: true",
      });
  });
export type OpcuaConfig = z.output<typeof opcuaConfig>;
