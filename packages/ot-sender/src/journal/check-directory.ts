/** Compares the tag table with the signed directory in the chain: a damaged table would give tags new ids, or one tag's id to another.
 *  journal.db → [check directory] → open journal */
import { type Database, StationError } from "@nonreturn/station/thread";
import {
  type DirectoryBatch,
  type OpeningKeys,
  openBlock,
  type TagDefinition,
  WireError,
} from "@nonreturn/wire-format";
import { journalMutated } from "./check-chain.ts";
import { directoryDigest } from "./directory-parts.ts";
import { TagTable } from "./tag-table.ts";

/** @throws {StationError} JOURNAL_MUTATED. Cost: opens the blocks of the current revision, one for about a thousand tags. */
export function checkDirectory(database: Database, keys: OpeningKeys, path: string): void {
  const head = database
    .prepare<[], { directory_revision: number; directory_digest: Buffer }>(
      "SELECT directory_revision, directory_digest FROM head",
    )
    .get()!;
  const signed = signedDirectory(database, keys, head.directory_revision, path);
  if (signed === "sealed under keys that are gone") return;
  const configured = new Set(signed.filter(({ retired }) => !retired).map(({ tagId }) => tagId));
  const table = tableOf(database, configured, path);
  const isSame =
    table.length === signed.length &&
    signed.every(({ tagId, path: name }, at) => tagId === table[at]!.tagId && name === table[at]!.path) &&
    (head.directory_revision === 0 || directoryDigest(table).equals(head.directory_digest));
  if (!isSame) throw journalMutated(path, "the table of tags does not agree with the signed directory in the journal");
}

function signedDirectory(
  database: Database,
  keys: OpeningKeys,
  revision: number,
  path: string,
): readonly TagDefinition[] | "sealed under keys that are gone" {
  const rows = database
    .prepare<[], { sequence: number; bytes: Buffer | null }>(
      "SELECT p.sequence, b.bytes FROM directory_parts p LEFT JOIN blocks b USING (sequence) ORDER BY p.part",
    )
    .all();
  const tags: TagDefinition[] = [];
  for (const [part, { sequence, bytes }] of rows.entries()) {
    const batch = bytes === null ? "is missing" : openPart(bytes, sequence, keys);
    if (batch === "sealed under keys that are gone") return batch;
    if (
      typeof batch === "string" ||
      batch.revision !== revision ||
      batch.part !== part ||
      batch.parts !== rows.length
    ) {
      const reason = typeof batch === "string" ? batch : "is not the part that it should be";
      throw journalMutated(path, `block ${sequence} of the journal, a part of the tag directory, ${reason}`);
    }
    tags.push(...batch.tags);
  }
  if (rows.length === 0 && revision > 0) throw journalMutated(path, "the journal no longer names its tag directory");
  return tags;
}

function openPart(bytes: Uint8Array, sequence: number, keys: OpeningKeys): DirectoryBatch | string {
  try {
    const { header, batch } = openBlock(bytes, keys);
    return batch.kind === "directory" && header.sequence === sequence ? batch : "is no directory";
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    if (error.code === "KEY_UNKNOWN_GENERATION") return "sealed under keys that are gone";
    return `does not open: ${error.message}`;
  }
}

function tableOf(database: Database, configured: ReadonlySet<number>, path: string): readonly TagDefinition[] {
  try {
    return new TagTable(database).snapshot(configured);
  } catch (cause) {
    if (cause instanceof StationError || !(cause instanceof SyntaxError)) throw cause;
    throw journalMutated(path, "the table of tags holds what is no tag", cause);
  }
}
