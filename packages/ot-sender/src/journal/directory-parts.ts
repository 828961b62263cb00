/** Cuts a tag directory into the batches that carry it.
 *  tag table → [directory parts] → journal, directory repeats */
import { createHash } from "node:crypto";
import { BATCH_LIMITS, type DirectoryBatch, type TagDefinition } from "@nonreturn/wire-format";

/** Parts small enough to be repeated one at a time beside live data. */
const TAGS_PER_PART = Math.min(1024, BATCH_LIMITS.directoryTags);
/** Of path, unit, description and device: keeps a part of long texts sendable too. */
const TEXT_PER_PART = 64 * 1024;

/** At least one part, even without tags: a receiver must learn that there are none. */
export function directoryParts(tags: readonly TagDefinition[], revision: number): DirectoryBatch[] {
  const parts: TagDefinition[][] = [[]];
  let text = 0;
  for (const tag of tags) {
    const length = tag.path.length + tag.unit.length + tag.description.length + tag.device.length;
    const part = parts.at(-1)!;
    if (part.length > 0 && (part.length === TAGS_PER_PART || text + length > TEXT_PER_PART)) {
      parts.push([tag]);
      text = length;
    } else {
      part.push(tag);
      text += length;
    }
  }
  return parts.map((part, at) => ({ kind: "directory", revision, part: at, parts: parts.length, tags: part }));
}

/** Tells whether a directory is the one that was journaled last: SHA-256 of its JSON, without making one text of it. */
export function directoryDigest(tags: readonly TagDefinition[]): Buffer {
  const hash = createHash("sha256").update("[");
  for (const [at, tag] of tags.entries()) hash.update(`${at === 0 ? "" : ","}${JSON.stringify(tag)}`);
  return hash.update("]").digest();
}
