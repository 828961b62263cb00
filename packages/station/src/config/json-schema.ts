/** JSON Schemas of the configuration files, so that editors complete and check while typing.
 *  zod schema → [JSON Schema] → config/schema/*.json */
import { z } from "zod";

export interface SchemaHeading {
  readonly title: string;
  readonly description: string;
}

/**
 * The schema of what a user writes (before defaults and units are applied): JSON Schema 2020-12, keys in the order of the definition,
 * descriptions, examples and prefaults kept. A definition that has an `id` in its `.meta` stands once, under that name.
 *
 * @returns the file's text, the same each time: a test compares the file with the definition.
 * @throws if a part cannot be expressed in JSON Schema.
 */
export function schemaText(schema: z.ZodType, heading: SchemaHeading): string {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: "input", target: "draft-2020-12" });
  const { title, description } = heading;
  return `${JSON.stringify({ $schema, title, description, ...rest }, null, 2)}\n`;
}
