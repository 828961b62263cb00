/** What a scenario can say about an OPC UA server: its namespaces, its users and its variables.
 *  scenario YAML → [OPC UA section] → OPC UA device */
import { z } from "zod";
import { deviceShape, placedShape } from "../../scenario/device-shape.ts";
import { INTEGER_TYPES } from "../held-value.ts";

const OPCUA_POLICIES = ["None", "Basic256Sha256", "Aes128_Sha256_RsaOaep", "Aes256_Sha256_RsaPss"] as const;

const uri = z.string().regex(/^[^\s;]{1,200}$/, { error: "is no namespace; write a URI such as urn:plant:line" });

const variable = z.strictObject({
  id: z
    .string()
    .min(1)
    .max(200)
    .meta({ description: "text identifier: what stands behind s= in a node id", examples: ["Line.Speed"] }),
  namespace: uri.optional().meta({ description: "one of `namespaces`; the first if left out" }),
  type: z.enum([...INTEGER_TYPES, "FLOAT32", "FLOAT64", "BOOLEAN", "STRING"]).default("FLOAT64"),
  access: z
    .enum(["read", "none"])
    .default("read")
    .meta({ description: "none: the variable is listed, and reading it is refused" }),
  ...placedShape,
  count: z
    .int()
    .min(1)
    .max(16_384)
    .optional()
    .meta({ description: "an array of so many, each with its own randomness; a single value if left out" }),
});

export const opcuaSection = z.strictObject({
  ...deviceShape,
  protocol: z.literal("opcua"),
  security: z
    .array(z.enum(OPCUA_POLICIES))
    .min(1)
    .default(["None"])
    .meta({ description: "policies offered; all but None with sign and with sign and encrypt" }),
  anonymous: z.boolean().default(true),
  users: z
    .array(z.strictObject({ username: z.string().min(1).max(100), password: z.string().max(100) }))
    .max(100)
    .default([]),
  namespaces: z
    .array(uri)
    .min(1)
    .max(100)
    .default(["urn:nonreturn:plant"])
    .meta({ description: "from index 2 on, in this order" }),
  variables: z.array(variable).max(65_536).default([]),
});

export type OpcuaVariableSettings = z.output<typeof variable>;
export type OpcuaSettings = z.output<typeof opcuaSection>;
