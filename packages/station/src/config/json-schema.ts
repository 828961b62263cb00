/** JSON Schemas of the configuration files, so that editors complete and check while typing.
 *  zod schema → [JSON Schema] → config/schema/*.json */
import { z } from "zod";
import { writeFileDurably } from "../files/write-durably.ts";

export interface SchemaHeading {
  readonly title: string;
  readonly description?: string;
  /** `$id`, if the schema is published under an address. */
  readonly id?: string;
}

/**
 * The schema of what a user writes (before defaults and units are applied): JSON Schema 2020-12, keys in the order of the definition,
 * descriptions, examples and prefaults kept.
 *
 * @throws if a part cannot be expressed in JSON Schema.
 */
export function jsonSchemaOf(schema: z.ZodType, heading?: SchemaHeading): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: "input", target: "draft-2020-12" }) as Record<
    string,
    unknown
  >;
  return {
    $schema,
    ...(heading?.id === undefined ? {} : { $id: heading.id }),
    ...(heading === undefined ? {} : { title: heading.title }),
    ...(heading?.description === undefined ? {} : { description: heading.description }),
    ...rest,
  };
}

/** Write it to `path`, byte-identical for an identical schema: a test can compare the file with the definition. */
export function writeSchema(schema: z.ZodType, path: string, heading?: SchemaHeading): void {
  writeFileDurably(path, schemaText(schema, heading), { mode: 0o644 });
}

/** The file's text. */
export function schemaText(schema: z.ZodType, heading?: SchemaHeading): string {
  return `${JSON.stringify(jsonSchemaOf(schema, heading), null, 2)}\n`;
}
