/** What a scenario can say about a Logix or Micro800 controller: its types and its tags.
 *  scenario YAML → [EtherNet/IP section] → EtherNet/IP device */
import { duration } from "@nonreturn/station";
import { z } from "zod";
import { deviceShape, placedShape } from "../../scenario/device-shape.ts";

const identifier = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,79}$/, { error: "is no name; write letters, digits and _, a letter first" });

const typeName = z.string().meta({
  description: "BOOL SINT INT DINT LINT USINT UINT UDINT ULINT REAL LREAL STRING, or one of `types`",
  examples: ["REAL", "Motor"],
});

const member = z.strictObject({
  name: identifier,
  type: typeName,
  length: z.int().min(1).max(10_000).optional().meta({ description: "elements of an array" }),
});

const signal = placedShape.signal;

const tag = z.strictObject({
  name: identifier,
  program: identifier.optional().meta({ description: "a tag of this program; of the controller if left out" }),
  type: typeName.default("DINT"),
  dimensions: z.array(z.int().min(1).max(1_000_000)).max(3).default([]).meta({
    description: "of an array, one to three; each element has its own randomness",
  }),
  access: z
    .enum(["read-write", "read-only", "none"])
    .default("read-write")
    .meta({ description: "External Access; none hides the tag" }),
  scale: placedShape.scale,
  signal: signal.optional().meta({ description: "if left out, each element tells its own index" }),
  members: z
    .record(z.string(), signal)
    .default({})
    .meta({
      description: "signals of a structure's members, by their path; the others tell where they are",
      examples: [{ Speed: { kind: "constant", value: 3 } }],
    }),
});

export const ethernetIpSection = z.strictObject({
  ...deviceShape,
  protocol: z.literal("ethernet-ip"),
  family: z.enum(["logix", "micro800"]).default("logix"),
  slot: z.int().min(0).max(63).default(0).meta({ description: "of the controller in its chassis; Micro800 has none" }),
  connection: z.enum(["large", "small", "none"]).default("large").meta({
    description: "largest CIP connection granted: 4002 bytes, 504 bytes, or no connection at all",
  }),
  responseTime: duration.prefault("0ms"),
  types: z
    .array(z.strictObject({ name: identifier, members: z.array(member).min(1).max(500) }))
    .max(500)
    .default([])
    .meta({ description: "structures, each after those it is made of" }),
  tags: z.array(tag).max(65_536).default([]),
});

export type TagSettings = z.output<typeof tag>;
export type EthernetIpSettings = z.output<typeof ethernetIpSection>;
