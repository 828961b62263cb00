/** The historian's own number for every tag, and the tag's latest definition.
 *  publish → [tag table] → segments, chunks, SQL */
import type { Database, Statement } from "@nonreturn/station";
import type { TagDefinition } from "@nonreturn/wire-format";
import type { StoredEntry } from "../publisher.ts";

interface KnownTag {
  readonly number: number;
  /** Identity of the last definition seen: the directory keeps the object while nothing changes. undefined after a restart. */
  definition: TagDefinition | undefined;
}

/** Two map look-ups per sample; a statement only for a tag that is new or whose definition changed. */
export class TagTable {
  readonly #database: Database;
  readonly #upsert: Statement;
  readonly #spaces = new Map<string, Map<number, KnownTag>>();

  constructor(database: Database) {
    this.#database = database;
    this.#upsert = database.prepare(
      `INSERT INTO tag (stream, journal_epoch, tag_id, path, data_type, unit, description, device, range_low, range_high, retired)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (stream, journal_epoch, tag_id) DO UPDATE SET path = excluded.path, data_type = excluded.data_type, unit = excluded.unit,
         description = excluded.description, device = excluded.device, range_low = excluded.range_low, range_high = excluded.range_high,
         retired = excluded.retired
       RETURNING id`,
    );
    this.reload();
  }

  /** Tags of all name spaces. */
  get count(): number {
    let count = 0;
    for (const space of this.#spaces.values()) count += space.size;
    return count;
  }

  /** Forget what a rolled-back transaction may have added. */
  reload(): void {
    this.#spaces.clear();
    const rows = this.#database
      .prepare("SELECT id, stream, journal_epoch, tag_id FROM tag")
      .raw()
      .iterate() as Iterable<[number, number, number, number]>;
    for (const [number, stream, journalEpoch, tagId] of rows) {
      this.#space(stream, journalEpoch).set(tagId, { number, definition: undefined });
    }
  }

  /** Write what is new about the entry's tags. Inside the caller's transaction. */
  learn(entry: StoredEntry): void {
    const space = this.#space(entry.stream, entry.journalEpoch);
    const { count, tagIds } = entry.samples;
    for (let row = 0; row < count; row++) {
      const tagId = tagIds[row]!;
      const definition = entry.tagOf(tagId);
      const known = space.get(tagId);
      if (known !== undefined && known.definition === definition) continue;
      if (definition === undefined) throw new RangeError(`tag ${tagId} has no definition`);
      const number = this.#write(entry.stream, entry.journalEpoch, definition);
      space.set(tagId, { number, definition });
    }
  }

  /** undefined for a tag of which nothing was ever published. */
  numberOf(stream: number, journalEpoch: number, tagId: number): number | undefined {
    return this.#spaces.get(`${stream}/${journalEpoch}`)?.get(tagId)?.number;
  }

  #write(stream: number, journalEpoch: number, tag: TagDefinition): number {
    const row = this.#upsert.get(
      stream,
      journalEpoch,
      tag.tagId,
      tag.path,
      tag.dataType,
      tag.unit,
      tag.description,
      tag.device,
      tag.rangeLow ?? null,
      tag.rangeHigh ?? null,
      tag.retired ? 1 : 0,
    ) as { id: number };
    return row.id;
  }

  #space(stream: number, journalEpoch: number): Map<number, KnownTag> {
    const key = `${stream}/${journalEpoch}`;
    let space = this.#spaces.get(key);
    if (space === undefined) {
      space = new Map();
      this.#spaces.set(key, space);
    }
    return space;
  }
}
