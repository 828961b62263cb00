/** The body of a level-0 segment: the entries of one call of publish, each as a sample batch of the wire.
 *  publish → [segment] → compaction, read history */
import { BatchKind, decodeBatch, encodeBatch, type SampleColumns } from "@nonreturn/wire-format";

/** The samples of one stored block; tag ids are those of (stream, journal epoch). */
export interface SegmentEntry {
  readonly stream: number;
  readonly journalEpoch: number;
  readonly samples: SampleColumns;
}

/*
 * per entry: offset size field, big-endian
 *   0     2   stream
 *   2     4   journal epoch
 *   6     4   length n of the batch
 *  10     n   sample batch (wire-format, batch.proto), not compressed: it lives for seconds
 */
const ENTRY_HEADER_BYTES = 10;

/** @throws {WireError} BATCH_LIMIT if an entry is beyond what a block could carry. */
export function encodeSegment(entries: readonly SegmentEntry[]): Uint8Array {
  const batches = entries.map(({ samples }) => encodeBatch({ kind: "data", directoryRevision: 0, samples }));
  const body = new Uint8Array(batches.reduce((bytes, batch) => bytes + ENTRY_HEADER_BYTES + batch.length, 0));
  const view = new DataView(body.buffer);
  let at = 0;
  batches.forEach((batch, index) => {
    view.setUint16(at, entries[index]!.stream);
    view.setUint32(at + 2, entries[index]!.journalEpoch);
    view.setUint32(at + 6, batch.length);
    body.set(batch, at + ENTRY_HEADER_BYTES);
    at += ENTRY_HEADER_BYTES + batch.length;
  });
  return body;
}

/** @throws {WireError} BATCH_MALFORMED for a damaged body. */
export function decodeSegment(body: Uint8Array): SegmentEntry[] {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const entries: SegmentEntry[] = [];
  for (let at = 0; at + ENTRY_HEADER_BYTES <= body.length; ) {
    const length = view.getUint32(at + 6);
    const start = at + ENTRY_HEADER_BYTES;
    const batch = decodeBatch(BatchKind.data, body.subarray(start, start + length));
    if (batch.kind !== "data") break; // not reached: the kind was asked for
    entries.push({ stream: view.getUint16(at), journalEpoch: view.getUint32(at + 2), samples: batch.samples });
    at = start + length;
  }
  return entries;
}
