/** The historian's own number for every tag, and the tag's latest definition.
 *  publish → [tag table] → segments, chunks, SQL */
import type { Database, Statement } from "@nonreturn/station";
import type { TagDefinition } from "@nonreturn/wire-format";
import type { StoredEntry } from "../publisher.ts";
import type { TagNumbers } from "./level-0.ts";

interface NameSpace {
  readonly numbers: Map<number, number>;
  /** By tag id: the last definition seen. The directory keeps the object while nothing changes. Empty after a restart. */
  readonly definitions: Map<number, TagDefinition>;
}

/** Two map look-ups per sample; a statement only for a tag that is new or whose definition changed. */
export class TagTable {
  readonly #database: Database;
  readonly #upsert: Statement;
  readonly #spaces = new Map<string, NameSpace>();

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
    for (const { numbers } of this.#spaces.values()) count += numbers.size;
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
      this.#space(stream, journalEpoch).numbers.set(tagId, number);
    }
  }

  /** Write what is new about the entry's tags. Inside the caller's transaction. */
  learn(entry: StoredEntry): void {
    const { numbers, definitions } = this.#space(entry.stream, entry.journalEpoch);
    const { count, tagIds } = tagIdsOf(entry);
    for (let row = 0; row < count; row++) {
      const tagId = tagIds[row]!;
      const definition = entry.tagOf(tagId);
      if (definition === undefined) throw new RangeError(`tag ${tagId} has no definition`);
      if (definitions.get(tagId) === definition) continue;
      numbers.set(tagId, this.#write(entry.stream, entry.journalEpoch, definition));
      definitions.set(tagId, definition);
    }
  }

  /** Tag id → number, of every tag of the name space of which something was published. */
  numbersOf(stream: number, journalEpoch: number): TagNumbers | undefined {
    return this.#spaces.get(`${stream}/${journalEpoch}`)?.numbers;
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

  #space(stream: number, journalEpoch: number): NameSpace {
    const key = `${stream}/${journalEpoch}`;
    let space = this.#spaces.get(key);
    if (space === undefined) {
      space = { numbers: new Map(), definitions: new Map() };
      this.#spaces.set(key, space);
    }
    return space;
  }
}

function tagIdsOf({ events, samples }: StoredEntry): { readonly count: number; readonly tagIds: ArrayLike<number> } {
  return events === undefined ? samples : { count: events.length, tagIds: events.map(({ tagId }) => tagId) };
}
