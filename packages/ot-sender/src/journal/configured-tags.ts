/** Configured tags as bytes: they cross from thread to thread without being copied by those in between.
 *  reload worker → [configured tags] → main → journal thread */
import type { ConfiguredTag } from "./journal.ts";

export function encodeTags(tags: readonly ConfiguredTag[]): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(tags));
}

/** @param bytes  of `encodeTags`, of this process. */
export function decodeTags(bytes: Uint8Array): readonly ConfiguredTag[] {
  return JSON.parse(new TextDecoder().decode(bytes)) as readonly ConfiguredTag[];
}
