/** What a user writes about a device template, and about a device made of one.
 *  YAML → [template section] → expand templates */
import { z } from "zod";

/** What a parameter may be. */
export const parameterValue = z.union([z.string().max(1000), z.number(), z.boolean()]);
export type ParameterValue = z.output<typeof parameterValue>;

const parameterName = z
  .string()
  .regex(/^[A-Za-z_]\w{0,49}$/, { error: "is no name of a parameter; write letters, digits and _, a letter first" });

export const templateSection = z.strictObject({
  parameters: z
    .array(parameterName)
    .max(100)
    .default([])
    .meta({ description: "what differs from device to device; the device's name is one without being listed" }),
  defaults: z
    .record(parameterName, parameterValue)
    .default({})
    .meta({ description: "values of parameters that a device may leave out" }),
  device: z
    .record(z.string(), z.unknown())
    .meta({ description: "a device with its tags; its values may name parameters, see docs/tags.md" }),
  calculatedTags: z
    .array(z.record(z.string(), z.unknown()))
    .max(1000)
    .default([])
    .meta({ description: "calculated of each such device; their values may name parameters too" }),
});
export type RawTemplate = z.output<typeof templateSection>;

export const templatesSection = z
  .record(z.string().min(1).max(100), templateSection)
  .optional()
  .meta({ description: "devices by name, to make many equal ones of" });

/** For editors only: the station checks what it becomes. */
export const templateUse = z.looseObject({
  template: z.string().meta({ description: "one of templates" }),
  name: z.string().optional().meta({ description: "of this device; also the parameter called name" }),
  parameters: z.record(z.string(), parameterValue).optional(),
});
