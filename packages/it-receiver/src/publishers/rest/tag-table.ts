/** Every tag with its newest value, found by path, by key, or by prefix in order.
 *  tag directory, samples → [tag table] → endpoints */
import { createHash } from "node:crypto";
import { qualityOf, type TagDefinition, type UtcMicros, type Value } from "@nonreturn/wire-format";

export interface TagRow {
  tag: TagDefinition;
  value: Value | null;
  /** undefined until the first sample. */
  statusCode: number | undefined;
  at: UtcMicros;
  /** Said by the station itself, because the link or the device fell silent. */
  stale: boolean;
}

interface Index {
  /** Ascending by UTF-16 code units. */
  readonly paths: readonly string[];
  readonly pathOfKey: ReadonlyMap<string, string>;
}

/** 128 bits of a path's SHA-256: a name for URLs, whatever the path holds and however long it is. */
export function keyOf(path: string): string {
  return createHash("sha256").update(Buffer.from(path, "utf16le")).digest("hex").slice(0, 32);
}

export class TagTable {
  readonly #rows = new Map<string, TagRow>();
  #index: Index | undefined;

  get size(): number {
    return this.#rows.size;
  }

  /** The whole namespace: values of tags that are gone go with them. */
  setTags(tags: readonly TagDefinition[]): void {
    const paths = new Set(tags.map(({ path }) => path));
    for (const path of this.#rows.keys()) if (!paths.has(path)) this.#rows.delete(path);
    for (const tag of tags) this.#rowOf(tag);
    this.#index = undefined;
  }

  /**
   * What comes of a tag that is retired is not shown: it is no tag any more.
   * @param role  live: the next sample of its tag. late: kept only if nothing newer is. stale: the same value, no longer current.
   */
  setValue(
    tag: TagDefinition,
    value: Value | null,
    statusCode: number,
    at: UtcMicros,
    role: "live" | "late" | "stale",
  ): void {
    if (tag.retired) return;
    const row = this.#rowOf(tag);
    if (role === "late" && at < row.at) return;
    row.value = value;
    row.statusCode = statusCode;
    row.at = at;
    row.stale = role === "stale";
  }

  row(path: string): TagRow | undefined {
    return this.#rows.get(path);
  }

  pathOfKey(key: string): string | undefined {
    return this.#indexed().pathOfKey.get(key);
  }

  /** Tags whose path begins with `prefix` and comes after `after`, in order. */
  *from(prefix: string, after: string | undefined): Generator<TagRow, void, void> {
    const { paths } = this.#indexed();
    const first =
      after === undefined ? placeOf(paths, prefix) : Math.max(placeOf(paths, prefix), placeOf(paths, after));
    for (let place = first; place < paths.length && paths[place]!.startsWith(prefix); place++) {
      const row = this.#rows.get(paths[place]!);
      if (row !== undefined && row.tag.path !== after) yield row;
    }
  }

  counts(): Readonly<Record<"good" | "uncertain" | "bad" | "withoutValue" | "stale", number>> {
    const counts = { good: 0, uncertain: 0, bad: 0, withoutValue: 0, stale: 0 };
    for (const { statusCode, stale } of this.#rows.values()) {
      counts[statusCode === undefined ? "withoutValue" : qualityOf(statusCode)]++;
      if (stale) counts.stale++;
    }
    return counts;
  }

  clear(): void {
    this.#rows.clear();
    this.#index = undefined;
  }

  #rowOf(tag: TagDefinition): TagRow {
    let row = this.#rows.get(tag.path);
    if (row === undefined) {
      row = { tag, value: null, statusCode: undefined, at: Number.NEGATIVE_INFINITY, stale: false };
      this.#rows.set(tag.path, row);
      this.#index = undefined;
    } else row.tag = tag;
    return row;
  }

  /** Made when it is first asked for after the tags changed. */
  #indexed(): Index {
    this.#index ??= {
      paths: [...this.#rows.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)),
      pathOfKey: new Map([...this.#rows.keys()].map((path) => [keyOf(path), path])),
    };
    return this.#index;
  }
}

/** Binary search for the first path that is not before another. */
function placeOf(paths: readonly string[], path: string): number {
  let low = 0;
  let high = paths.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (paths[middle]! < path) low = middle + 1;
    else high = middle;
  }
  return low;
}
