/** Which tag a tag id means: built from directory batches, one name space per stream and journal epoch.
 *  open → [tag directory] → publishers, last values */
import { type DirectoryBatch, type TagDefinition, TagRows } from "@nonreturn/wire-format";

export type TagResolver = (tagId: number) => TagDefinition | undefined;

/** One complete revision. */
export interface DirectoryRevision {
  readonly stream: number;
  readonly journalEpoch: number;
  readonly revision: number;
  readonly tags: ReadonlyMap<number, TagDefinition>;
  readonly resolve: TagResolver;
}

/** Revisions being collected per name space; the oldest is given up beyond it (a newer one serves every block the older one would). */
const COLLECTING = 4;

/** Parts of one revision: one part per tag at worst would be absurd, one per ten is not. */
const MAXIMUM_PARTS = 100_000;

/** Tags of one name space, retired ones included. */
const MAXIMUM_TAGS = 1_000_000;

interface Collecting {
  readonly parts: number;
  readonly held: Map<number, readonly TagDefinition[]>;
  tags: number;
}

interface NameSpace {
  newest: DirectoryRevision | undefined;
  readonly collecting: Map<number, Collecting>;
}

/**
 * Every revision is a full snapshot in parts, retired tags included, ids are never reused: the newest complete revision resolves every
 * block whose own revision is not above it (docs/decisions/0003). Parts may come in any order and more than once.
 */
export class TagDirectory {
  readonly #spaces = new Map<string, NameSpace>();
  #version = 0;

  /** Rises whenever a newer revision became complete: look again at what could not be resolved. */
  get version(): number {
    return this.#version;
  }

  /**
   * @returns completed: a newer revision is now whole. part: parts are still missing. known: adds nothing.
   *   refused: contradicts what is held or is beyond the bounds; the sender is at fault.
   */
  add(stream: number, journalEpoch: number, batch: DirectoryBatch): "completed" | "part" | "known" | "refused" {
    if (!(batch.parts >= 1 && batch.parts <= MAXIMUM_PARTS && batch.part >= 0 && batch.part < batch.parts))
      return "refused";
    const space = this.#spaceOf(stream, journalEpoch);
    if (space.newest !== undefined && batch.revision <= space.newest.revision) return "known";
    let collecting = space.collecting.get(batch.revision);
    if (collecting === undefined) {
      collecting = { parts: batch.parts, held: new Map(), tags: 0 };
      space.collecting.set(batch.revision, collecting);
      if (space.collecting.size > COLLECTING) space.collecting.delete(Math.min(...space.collecting.keys()));
      if (!space.collecting.has(batch.revision)) return "known";
    }
    if (collecting.parts !== batch.parts) return "refused";
    if (collecting.held.has(batch.part)) return "known";
    if (collecting.tags + batch.tags.length > MAXIMUM_TAGS) return "refused";
    collecting.held.set(batch.part, batch.tags);
    collecting.tags += batch.tags.length;
    if (collecting.held.size < collecting.parts) return "part";
    return this.#complete(space, stream, journalEpoch, batch.revision, collecting);
  }

  /** The resolver for a block, or undefined while no complete revision at or above the block's is held. */
  resolverFor(stream: number, journalEpoch: number, revision: number): TagResolver | undefined {
    const newest = this.newest(stream, journalEpoch);
    return newest !== undefined && newest.revision >= revision ? newest.resolve : undefined;
  }

  newest(stream: number, journalEpoch: number): DirectoryRevision | undefined {
    return this.#spaces.get(keyOf(stream, journalEpoch))?.newest;
  }

  /** The newest complete revision of every name space. */
  revisions(): DirectoryRevision[] {
    return [...this.#spaces.values()].flatMap((space) => space.newest ?? []);
  }

  /** Tags that are not retired, of the newest journal of every stream. */
  currentTags(): TagDefinition[] {
    const newest = new Map<number, DirectoryRevision>();
    for (const revision of this.revisions()) {
      const held = newest.get(revision.stream);
      if (held === undefined || revision.journalEpoch > held.journalEpoch) newest.set(revision.stream, revision);
    }
    return [...newest.values()].flatMap(({ tags }) => [...tags.values()].filter((tag) => !tag.retired));
  }

  #complete(
    space: NameSpace,
    stream: number,
    journalEpoch: number,
    revision: number,
    collecting: Collecting,
  ): "completed" {
    const before = space.newest?.tags;
    const tags = new Map<number, TagDefinition>();
    for (let part = 0; part < collecting.parts; part++) {
      for (const tag of collecting.held.get(part) ?? []) {
        const known = before?.get(tag.tagId);
        tags.set(tag.tagId, known !== undefined && sameDefinition(known, tag) ? known : tag);
      }
    }
    for (const older of [...space.collecting.keys()]) if (older <= revision) space.collecting.delete(older);
    space.newest = { stream, journalEpoch, revision, tags, resolve: resolverOf(tags) };
    this.#version++;
    return "completed";
  }

  #spaceOf(stream: number, journalEpoch: number): NameSpace {
    const key = keyOf(stream, journalEpoch);
    let space = this.#spaces.get(key);
    if (space === undefined) {
      space = { newest: undefined, collecting: new Map() };
      this.#spaces.set(key, space);
    }
    return space;
  }
}

/** Called for every sample of every block. */
function resolverOf(tags: ReadonlyMap<number, TagDefinition>): TagResolver {
  const rows = new TagRows();
  const definitions: TagDefinition[] = [];
  for (const [tagId, tag] of tags) definitions[rows.add(tagId)] = tag;
  return (tagId) => {
    const row = rows.rowOf(tagId);
    return row < 0 ? undefined : definitions[row];
  };
}

function keyOf(stream: number, journalEpoch: number): string {
  return `${stream}/${journalEpoch}`;
}

/** Unchanged definitions keep their object, so that publishers can tell by identity what changed. */
function sameDefinition(a: TagDefinition, b: TagDefinition): boolean {
  return (
    a.path === b.path &&
    a.dataType === b.dataType &&
    a.unit === b.unit &&
    a.description === b.description &&
    a.rangeLow === b.rangeLow &&
    a.rangeHigh === b.rangeHigh &&
    a.device === b.device &&
    a.maximumSilenceMs === b.maximumSilenceMs &&
    a.retired === b.retired
  );
}
