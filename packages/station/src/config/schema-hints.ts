/** What a schema allows at a path: for messages that say what to write.
 *  zod schema → JSON Schema → [schema hints] → explain issue */
import { z } from "zod";

type JsonSchema = Readonly<Record<string, unknown>>;

export interface Hints {
  /** Keys allowed in the map at `path`. */
  keysAt(path: readonly PropertyKey[]): readonly string[];
  /** "TCP port of the device", where the schema says so. */
  descriptionAt(path: readonly PropertyKey[]): string | undefined;
  /** A value that would be right there, as YAML. */
  exampleAt(path: readonly PropertyKey[]): string | undefined;
}

/** `value` is what the user wrote: it decides which alternative of a union is meant. Built only once a mistake was found. */
export function hintsOf(schema: z.ZodType, value: unknown): Hints {
  const root = z.toJSONSchema(schema, { io: "input", unrepresentable: "any", reused: "inline" }) as JsonSchema;
  const at = (path: readonly PropertyKey[]): readonly JsonSchema[] => {
    let schemas = alternatives(root, root, value);
    let here = value;
    for (const part of path) {
      here = isMap(here) ? here[String(part)] : Array.isArray(here) ? (here as unknown[])[Number(part)] : undefined;
      schemas = schemas
        .flatMap((candidate) => step(candidate, part))
        .flatMap((candidate) => alternatives(root, candidate, here));
    }
    return schemas;
  };
  return {
    keysAt: (path) => [
      ...new Set(
        at(path).flatMap((candidate) => (isMap(candidate.properties) ? Object.keys(candidate.properties) : [])),
      ),
    ],
    descriptionAt: (path) => firstText(at(path).map((candidate) => candidate.description)),
    exampleAt(path) {
      const examples = new Set(at(path).flatMap((candidate) => exampleOf(candidate) ?? []));
      return examples.size === 0 ? undefined : [...examples].join(" or ");
    },
  };
}

function step(schema: JsonSchema, part: PropertyKey): JsonSchema[] {
  const properties = schema.properties;
  if (isMap(properties) && Object.hasOwn(properties, part)) return asSchemas(properties[String(part)]);
  const prefix = schema.prefixItems;
  if (typeof part === "number")
    return asSchemas((Array.isArray(prefix) ? (prefix as unknown[])[part] : undefined) ?? schema.items);
  return asSchemas(schema.additionalProperties);
}

/** Resolves $ref and unions. Of a discriminated union only the alternatives whose constants agree with the value remain, if any do. */
function alternatives(root: JsonSchema, schema: JsonSchema, value: unknown, depth = 0): JsonSchema[] {
  if (depth > 32) return [];
  const { $ref: reference, ...own } = schema;
  if (typeof reference === "string") {
    const target = reference
      .split("/")
      .slice(1)
      .reduce<unknown>((here, part) => (isMap(here) ? here[part] : undefined), root);
    return asSchemas(target).flatMap((found) => alternatives(root, { ...found, ...own }, value, depth + 1));
  }
  const choices = ["anyOf", "oneOf", "allOf"]
    .flatMap((word) => (Array.isArray(schema[word]) ? (schema[word] as unknown[]) : []))
    .flatMap(asSchemas);
  if (choices.length === 0) return [schema];
  const agreeing = choices.filter((choice) => constantsAgree(choice, value));
  return (agreeing.length > 0 ? agreeing : choices).flatMap((choice) => alternatives(root, choice, value, depth + 1));
}

function constantsAgree(schema: JsonSchema, value: unknown): boolean {
  const properties = schema.properties;
  if (!isMap(properties) || !isMap(value)) return false;
  return Object.entries(properties).every(
    ([key, property]) => !isMap(property) || !("const" in property) || property.const === value[key],
  );
}

function exampleOf(schema: JsonSchema): string | undefined {
  const examples = schema.examples;
  if (Array.isArray(examples) && examples.length > 0) return JSON.stringify(examples[0]);
  if ("const" in schema) return JSON.stringify(schema.const);
  const choices = schema.enum;
  if (Array.isArray(choices)) return choices.map((choice) => JSON.stringify(choice)).join(" or ");
  switch (schema.type) {
    case "boolean":
      return "true or false";
    case "integer":
      return integerRange(schema);
    case "number":
      return "a number";
    case "string":
      return '"text"';
    case "array":
      return "a list";
    case "object":
      return "a map of name: value lines";
    default:
      return undefined;
  }
}

function integerRange({ minimum, maximum }: JsonSchema): string {
  const low = typeof minimum === "number" && minimum > Number.MIN_SAFE_INTEGER ? ` from ${minimum}` : "";
  const high = typeof maximum === "number" && maximum < Number.MAX_SAFE_INTEGER ? ` to ${maximum}` : "";
  return `a whole number${low}${high}`;
}

function asSchemas(schema: unknown): JsonSchema[] {
  return isMap(schema) ? [schema] : [];
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function firstText(texts: readonly unknown[]): string | undefined {
  return texts.find((text): text is string => typeof text === "string");
}
