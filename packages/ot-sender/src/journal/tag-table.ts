/** Tag ids by path, for good: an id is given once and never to another tag.
 *  configured tags → [tag table] → directory */
import type { Database } from "@nonreturn/station/thread";
import type { TagDefinition } from "@nonreturn/wire-format";
import type { ConfiguredTag } from "./journal.ts";

interface TagRow {
  readonly tag_id: number;
  readonly definition: string;
}

/** All methods run inside the caller's transaction. */
export class TagTable {
  readonly #byPath;
  readonly #all;
  readonly #add;
  readonly #change;

  constructor(database: Database) {
    this.#byPath = database.prepare<[string], TagRow>("SELECT tag_id, definition FROM tags WHERE path = ?");
    this.#all = database.prepare<[], TagRow>("SELECT tag_id, definition FROM tags ORDER BY tag_id");
    this.#add = database.prepare("INSERT INTO tags (path, definition) VALUES (?, ?)");
    this.#change = database.prepare("UPDATE tags SET path = ?, definition = ? WHERE tag_id = ?");
  }

  /** The id of every tag, in their order; new tags get new ids. Paths must differ from one another. */
  resolve(tags: readonly ConfiguredTag[]): number[] {
    const configured = new Set(tags.map(({ path }) => path));
    return tags.map(({ formerPath, ...tag }) => {
      const definition = JSON.stringify(tag);
      // A former path that is configured again belongs to the tag that has it now.
      const renamed =
        formerPath !== undefined && !configured.has(formerPath) ? this.#byPath.get(formerPath) : undefined;
      const known = this.#byPath.get(tag.path) ?? renamed;
      if (known === undefined) return Number(this.#add.run(tag.path, definition).lastInsertRowid);
      if (known.definition !== definition) this.#change.run(tag.path, definition, known.tag_id);
      return known.tag_id;
    });
  }

  /** Every tag there ever was, ascending by id; what is not among `configured` is retired. */
  snapshot(configured: ReadonlySet<number>): TagDefinition[] {
    return this.#all.all().map(({ tag_id, definition }) => ({
      ...(JSON.parse(definition) as ConfiguredTag),
      tagId: tag_id,
      retired: !configured.has(tag_id),
    }));
  }
}
