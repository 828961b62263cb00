/** Configured tags as bytes: they cross from thread to thread, and between processes, without being copied by those in between.
 *  reload process → [configured tags] → main → journal thread */
import { deflateSync, inflateSync } from "node:zlib";
import type { ConfiguredTag } from "./journal.ts";

/** Deflated JSON: a hundred thousand tags are a megabyte or two. */
export function encodeTags(tags: readonly ConfiguredTag[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(deflateSync(JSON.stringify(tags), { level: 1 }));
}

/** @param bytes  of `encodeTags`, of this process or of one that it started. */
export function decodeTags(bytes: Uint8Array): readonly ConfiguredTag[] {
  return JSON.parse(inflateSync(bytes).toString("utf8")) as readonly ConfiguredTag[];
}
