/** Publishes to an SQL database, each block exactly once: the transaction that holds its samples also holds its sequence.
 *  runner → [SQL publisher: new blocks → tags → samples, alarm events, current values] → SQL database */
import { createHash } from "node:crypto";
import { SequenceSet, type TagDefinition } from "@nonreturn/wire-format";
import { rowCount } from "../entry-rows.ts";
import {
  type LinkState,
  type MissingTime,
  type Publisher,
  Refusal,
  refusedEntry,
  type StoredEntry,
  Suspicion,
} from "../publisher.ts";
import { eventRowsOf } from "./map-event.ts";
import { addOther, addSamples, newOtherRows, newSampleRows } from "./map-sample.ts";
import type { SqlDatabase, SqlTransaction } from "./sql-database.ts";

interface NameSpace {
  readonly numbers: Map<number, number>;
  readonly digests: Map<number, string>;
  /** Definition objects that are known to be written. */
  readonly written: Map<number, TagDefinition>;
}

export class SqlPublisher implements Publisher {
  readonly events = "wanted";
  readonly #database: SqlDatabase;
  readonly #name: string;
  readonly #station: string;
  readonly #spaces = new Map<string, NameSpace>();
  #connected = false;
  /** Within the transaction. */
  #tagsWritten = false;

  constructor(database: SqlDatabase, name: string, station: string) {
    this.#database = database;
    this.#name = name;
    this.#station = station;
  }

  async connect(signal: AbortSignal): Promise<void> {
    this.#spaces.clear();
    await this.#database.connect(signal);
    this.#connected = true;
  }

  publish(entries: readonly StoredEntry[], signal: AbortSignal): Promise<void> {
    return this.#transact(entries, signal, "commit");
  }

  trial(entries: readonly StoredEntry[], signal: AbortSignal): Promise<void> {
    return this.#transact(entries, signal, "roll back");
  }

  async linkChanged(link: LinkState, signal: AbortSignal): Promise<void> {
    await this.#database.setLink(link, signal);
  }

  async missingChanged(missing: readonly MissingTime[], is: "all" | "more", signal: AbortSignal): Promise<void> {
    await this.#database.setGaps(this.#station, missing, is, signal);
  }

  async close(): Promise<void> {
    this.#connected = false;
    await this.#database.close();
  }

  async #transact(entries: readonly StoredEntry[], signal: AbortSignal, end: "commit" | "roll back"): Promise<void> {
    if (!this.#connected) throw new RangeError("publish before connect");
    this.#tagsWritten = false;
    let outcome: "committed" | "rolled back" = "rolled back";
    try {
      await this.#database.transaction((transaction) => this.#store(entries, transaction), signal, end);
      if (end === "commit") outcome = "committed";
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof Suspicion)) this.#spaces.clear(); // the next connection may be to another server
      throw error;
    } finally {
      if (outcome === "rolled back" && this.#tagsWritten) this.#spaces.clear(); // numbers that are gone
    }
  }

  async #store(entries: readonly StoredEntry[], transaction: SqlTransaction): Promise<void> {
    const offered = await newEntries(entries, transaction);
    for (const entry of offered) await this.#learnTags(entry, transaction);
    for (const historical of [false, true]) {
      const rows = newSampleRows();
      for (const entry of offered) {
        if (entry.origin === "journal" && (entry.lane === "late") === historical)
          addSamples(rows, entry.samples, this.#numbersOf(entry));
      }
      if (rows.plain.tags.length + rows.others.tags.length > 0) await transaction.addSamples(rows, historical);
    }
    const events = offered.flatMap((entry) => eventRowsOf(entry, this.#numbersOf(entry)));
    if (events.length > 0) await transaction.addEvents(events);
    await this.#setCurrent(offered, transaction);
  }

  /**
   * Of each tag the newest sample of the call; then what turned stale. The order of the journal decides which live sample is the newest, not its
   * time: a device that says the time itself comes back from a failure with values older than the moment of the failure.
   */
  async #setCurrent(entries: readonly StoredEntry[], transaction: SqlTransaction): Promise<void> {
    const newest = new Map<number, { entry: StoredEntry; row: number; replaces: "any" | "earlier" }>();
    const stale = new Map<number, number>();
    for (const entry of entries) {
      const { count, tagIds, timestamps, statusCodes } = entry.samples;
      const numberOf = this.#numbersOf(entry);
      for (let row = 0; row < count; row++) {
        const tag = numberOf(tagIds[row]!);
        if (entry.origin === "stale") {
          stale.set(tag, statusCodes[row]!);
          continue;
        }
        const held = newest.get(tag);
        const isLive = entry.origin === "journal" && entry.lane === "live";
        if (isLive || held === undefined || timestamps[row]! >= held.entry.samples.timestamps[held.row]!)
          newest.set(tag, { entry, row, replaces: isLive || held?.replaces === "any" ? "any" : "earlier" });
      }
    }
    for (const replace of ["any", "earlier"] as const) {
      const rows = newOtherRows();
      for (const [tag, { entry, row, replaces }] of newest)
        if (replaces === replace) addOther(rows, tag, entry.samples, row);
      if (rows.tags.length > 0) await transaction.setCurrent(rows, replace);
    }
    if (stale.size > 0) await transaction.setStale({ tags: [...stale.keys()], statusCodes: [...stale.values()] });
  }

  async #learnTags(entry: StoredEntry, transaction: SqlTransaction): Promise<void> {
    const { stream, journalEpoch } = entry;
    const key = `${stream}/${journalEpoch}`;
    let space = this.#spaces.get(key);
    if (space === undefined) {
      space = await readSpace(transaction, stream, journalEpoch);
      this.#spaces.set(key, space);
    }
    const changed = new Map<number, readonly [TagDefinition, string]>();
    const { count, tagIds } = tagIdsOf(entry);
    for (let row = 0; row < count; row++) {
      const tagId = tagIds[row]!;
      const definition = entry.tagOf(tagId);
      if (definition === undefined) throw refusedEntry(this.#name, `tag ${tagId} has no definition`);
      if (space.written.get(tagId) === definition) continue;
      space.written.set(tagId, definition);
      const digest = digestOf(definition);
      if (space.digests.get(tagId) !== digest) changed.set(tagId, [definition, digest]);
    }
    if (changed.size === 0) return;
    this.#tagsWritten = true;
    await transaction.writeTags(stream, journalEpoch, [...changed.values()]);
    const held = await readSpace(transaction, stream, journalEpoch);
    this.#spaces.set(key, { ...held, written: space.written });
  }

  #numbersOf({ stream, journalEpoch }: StoredEntry): (tagId: number) => number {
    const { numbers } = this.#spaces.get(`${stream}/${journalEpoch}`)!;
    return (tagId) => numbers.get(tagId)!;
  }
}

function tagIdsOf({ events, samples }: StoredEntry): { readonly count: number; readonly tagIds: ArrayLike<number> } {
  return events === undefined ? samples : { count: events.length, tagIds: events.map(({ tagId }) => tagId) };
}

/** Entries whose block is not stored yet; their sequences are noted. Entries that are no history are always new. */
async function newEntries(entries: readonly StoredEntry[], transaction: SqlTransaction): Promise<StoredEntry[]> {
  const taken = new Set<StoredEntry>();
  const byEpoch = Map.groupBy(
    entries.filter(({ identity, offer }) => identity !== undefined && offer === undefined),
    ({ identity }) => `${identity!.stream}/${identity!.sealingEpoch}`,
  );
  for (const entry of entries)
    if (entry.offer === "retried" && (await transaction.noteRetried(entry.identity!, entry.firstRow!, rowCount(entry))))
      taken.add(entry);
  for (const group of byEpoch.values()) {
    const { stream, sealingEpoch } = group[0]!.identity!;
    const sequences = group.map(({ identity }) => identity!.sequence);
    const [first, last] = sequences.reduce(([low, high], at) => [Math.min(low, at), Math.max(high, at)], [
      Number.POSITIVE_INFINITY,
      0,
    ] as [number, number]);
    const before = await transaction.blockRanges(stream, sealingEpoch, first, last);
    const held = new SequenceSet(before);
    for (const entry of group) {
      if (held.has(entry.identity!.sequence)) continue;
      held.add(entry.identity!.sequence);
      taken.add(entry);
    }
    if (group.some((entry) => taken.has(entry)))
      await transaction.replaceBlockRanges(stream, sealingEpoch, before, held.ranges());
  }
  return entries.filter((entry) => entry.identity === undefined || taken.has(entry));
}

async function readSpace(transaction: SqlTransaction, stream: number, journalEpoch: number): Promise<NameSpace> {
  const held = await transaction.tags(stream, journalEpoch);
  return {
    numbers: new Map(held.map(({ tagId, number }) => [tagId, number])),
    digests: new Map(held.map(({ tagId, digest }) => [tagId, digest])),
    written: new Map(),
  };
}

/** Tells whether the table says what the definition says. */
function digestOf(tag: TagDefinition): string {
  const { path, dataType, unit, description, device, rangeLow, rangeHigh, retired } = tag;
  const told = [path, dataType, unit, description, device, rangeLow ?? null, rangeHigh ?? null, retired];
  return createHash("sha256").update(JSON.stringify(told)).digest("hex");
}
