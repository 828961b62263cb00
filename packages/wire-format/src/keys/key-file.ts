/** What all key files have in common: JSON with a `format` name, bytes in base64, every field checked.
 *  files → [key file] → enrolment, station keys, pairing */
import { WireError } from "../wire-error.ts";

/** Most characters of a key file; checked before parsing. */
const MOST_CHARACTERS = 1024 * 1024;
/** Most key generations in one file. */
export const MOST_GENERATIONS = 256;

function keyFileError(what: string, options?: ErrorOptions): WireError {
  return new WireError("KEY_FILE", what, options);
}

export function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

/** Pretty JSON: an operator may look into it. */
export function keyFileText(format: string, fields: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify({ format, ...fields }, null, 2)}\n`;
}

/** Reads the fields of one JSON object; every method throws WireError KEY_FILE naming the field. */
export class KeyFileFields {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(value: unknown, what: string) {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw keyFileError(`${what} is not a JSON object`);
    this.#fields = value as Readonly<Record<string, unknown>>;
  }

  /** @throws {WireError} KEY_FILE if the text is not JSON or names another format. */
  static parse(text: string, format: string): KeyFileFields {
    if (text.length > MOST_CHARACTERS) throw keyFileError(`${text.length} characters is too long for a key file`);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      throw keyFileError("not JSON", { cause });
    }
    const fields = new KeyFileFields(value, "the file");
    const found = fields.#fields.format;
    if (found !== format) throw keyFileError(`format is ${JSON.stringify(found)}, expected "${format}"`);
    return fields;
  }

  text(field: string, mostCharacters = 200): string {
    const value = this.#fields[field];
    if (typeof value !== "string" || value.length > mostCharacters)
      throw keyFileError(`"${field}" is no text of at most ${mostCharacters} characters`);
    return value;
  }

  /** Standard base64 with padding, of exactly `length` bytes (or any length if undefined). */
  bytes(field: string, length?: number): Uint8Array {
    const value = this.text(field, MOST_CHARACTERS);
    const bytes = Buffer.from(value, "base64");
    if (bytes.toString("base64") !== value) throw keyFileError(`"${field}" is not base64`);
    if (length !== undefined && bytes.length !== length)
      throw keyFileError(`"${field}" has ${bytes.length} bytes, expected ${length}`);
    return new Uint8Array(bytes);
  }

  integer(field: string, least: number, most: number): number {
    const value = this.#fields[field];
    if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) {
      throw keyFileError(`"${field}" is no integer in ${least} … ${most}`);
    }
    return value;
  }

  list(field: string, mostEntries: number): KeyFileFields[] {
    const value = this.#fields[field];
    if (!Array.isArray(value) || value.length === 0 || value.length > mostEntries)
      throw keyFileError(`"${field}" is no list of 1 … ${mostEntries}`);
    return value.map((entry) => new KeyFileFields(entry, `an entry of "${field}"`));
  }
}
