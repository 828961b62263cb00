/** Reads the YAML that people and programs write into configuration files without making a tree of nodes of it.
 *  YAML text → [plain YAML] → YAML document
 *
 *  Read here: maps and lists in block style, flow style and JSON, keys that are text, values of one line, comments.
 *  Left to the yaml package, right or wrong: empty values, anchors, tags, text over several lines, keys written twice, tabs. */
import { NotPlain, type Place, type Places, PlainReader } from "./plain-reader.ts";

type Path = readonly PropertyKey[];

/** Offsets as the yaml package has them: of a list in block style that of its first dash, of a map that of its first key. */
export interface PlainYaml {
  readonly value: unknown;
  /** A path that does not exist gives the deepest part that does. The first question reads the text once more. */
  offsetOfValue(path: Path): number;
  /** Of a key in the map at `path`; of what is there, if that has no such key. */
  offsetOfKey(path: Path, key: string): number;
}

/**
 * @returns undefined for what this reader does not know or finds wrong. Never throws.
 *
 * The same values and places as the yaml package gives, or none: a test compares them.
 */
export function readPlainYaml(text: string): PlainYaml | undefined {
  try {
    const { value } = new PlainReader(text).read();
    let read: PlacedValue | undefined;
    const follow = (path: Path): Reached => {
      read ??= withPlaces(text);
      return reach(read, path);
    };
    return {
      value,
      offsetOfValue: (path) => follow(path).offset,
      offsetOfKey(path, key) {
        const { map, offset } = follow(path);
        return map?.get(key)?.key ?? offset;
      },
    };
  } catch (error) {
    if (error instanceof NotPlain) return undefined;
    throw error;
  }
}

interface PlacedValue {
  readonly value: unknown;
  readonly start: number;
  readonly places: Places;
}

interface Reached {
  readonly offset: number;
  /** Undefined where no map is. */
  readonly map: ReadonlyMap<string, Place> | undefined;
}

function withPlaces(text: string): PlacedValue {
  const places: Places = new Map();
  return { ...new PlainReader(text, places).read(), places };
}

function reach({ value, start, places }: PlacedValue, path: Path): Reached {
  let here = value;
  let offset = start;
  for (const part of path) {
    const place = places.get(here)?.get(String(part));
    if (place === undefined) break;
    offset = place.value;
    here = (here as Record<string, unknown>)[String(part)];
  }
  return { offset, map: Array.isArray(here) ? undefined : places.get(here) };
}
