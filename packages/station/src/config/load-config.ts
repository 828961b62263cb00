/** Reads a station's YAML file and finds every mistake in it before anything starts.
 *  file → YAML → [load config] → compose */
import { readFileSync, statSync } from "node:fs";
import type { z } from "zod";
import { StationError } from "../station-error.ts";
import { ConfigError, type ConfigMistake } from "./config-error.ts";
import { explainIssue } from "./explain-issue.ts";
import { hintsOf } from "./schema-hints.ts";
import { MAXIMUM_CONFIG_BYTES, readYaml, type YamlDocument } from "./yaml-document.ts";

/**
 * Validate YAML text.
 *
 * How to write a schema for it:
 * - `z.strictObject` everywhere, so that an unknown key is a mistake with a suggestion; never `z.object`.
 * - `.meta({ description, examples })` on a key: both appear in messages and in the editor. On the inner string where a transform follows.
 * - Defaults by `.prefault("5s")` in the user's notation; a default for a whole section is `.prefault({})`.
 * - Alternatives by `z.discriminatedUnion("driver", […])`.
 * - Checks across keys by `.superRefine((config, context) => context.addIssue({ code: "custom", path: ["devices", 3, "port"], message: "… ; write …" }))`.
 *   zod runs them only once the object itself has no mistake; then all of them.
 *
 * @param fileName  only for messages.
 * @param rewrite  what the file is made into before the schema sees it; its mistakes are reported with the others.
 * @throws {ConfigError} CONFIG_INVALID with every mistake.
 */
export function parseConfig<S extends z.ZodType>(
  text: string,
  fileName: string,
  schema: S,
  rewrite: Rewrite = asWritten,
): z.output<S> {
  const written = readYaml(text);
  const document = rewrite(written);
  if (document.value === undefined && document.mistakes.length > 0) throw new ConfigError(fileName, document.mistakes);
  // An empty file is an empty map: the messages then name what is missing.
  const value = document.value ?? {};
  const parsed = schema.safeParse(value);
  if (parsed.success && document.mistakes.length === 0) return parsed.data;
  if (parsed.success) throw new ConfigError(fileName, document.mistakes);
  const hints = hintsOf(schema, value);
  const mistakes = parsed.error.issues.flatMap((issue) => explainIssue(issue, document, hints));
  const all = [...document.mistakes, ...mistakes];
  throw new ConfigError(fileName, document === written ? all : onceEach(all));
}

/** A line that was copied to many places is one mistake. */
function onceEach(mistakes: readonly ConfigMistake[]): ConfigMistake[] {
  const alike = Map.groupBy(mistakes, ({ line, column, text }) => JSON.stringify([line, column, text]));
  return [...alike.values()].map(([first, ...others]) =>
    others.length === 0
      ? first!
      : { ...first!, text: `${first!.text} (and ${others.length} times more, used elsewhere)` },
  );
}

/** Must not throw; called with a document without a value where the text is no YAML. */
export type Rewrite = (document: YamlDocument) => YamlDocument;

const asWritten: Rewrite = (document) => document;

/**
 * Read and validate a file.
 *
 * @throws {StationError} CONFIG_UNREADABLE if there is no such file, it may not be read, is larger than 16 MiB or is not UTF-8.
 * @throws {ConfigError} CONFIG_INVALID
 */
export function loadConfig<S extends z.ZodType>(path: string, schema: S, rewrite?: Rewrite): z.output<S> {
  return parseConfig(readConfigText(path), path, schema, rewrite);
}

/** @throws {StationError} CONFIG_UNREADABLE as above. */
export function readConfigText(path: string): string {
  try {
    const stats = statSync(path);
    if (!stats.isFile()) throw new RangeError("it is not a regular file");
    const { size } = stats;
    if (size > MAXIMUM_CONFIG_BYTES)
      throw new RangeError(`the file has ${size} bytes, more than ${MAXIMUM_CONFIG_BYTES}`);
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    throw new StationError(
      {
        code: "CONFIG_UNREADABLE",
        what: `cannot be read (${error instanceof Error ? error.message : String(error)})`,
        where: path,
        action:
          "Check the path and that the station's user may read the file; it must be UTF-8 text. Examples are in config/.",
      },
      { cause: error },
    );
  }
}
