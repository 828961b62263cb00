/** Writes sample columns as runs of rows: the outer half of the hot path.
 *  report, batch → [encode samples] → SampleBatch message → compress, seal */
import type { SampleColumns } from "../sample/sample-columns.ts";
import { WireError } from "../wire-error.ts";
import { BATCH_LIMITS } from "./batch.ts";
import { ByteWriter } from "./byte-writer.ts";
import { encodeValues } from "./encode-values.ts";

/**
 * A SampleBatch message (batch kinds data and refresh).
 *
 * Rows are put in canonical order first: within consecutive rows of one source timestamp by tag id; where a tag occurs there more than
 * once, its second occurrence opens another run. The order of one tag's samples is kept, and encoding what was decoded gives the same bytes.
 *
 * @throws {WireError} BATCH_LIMIT for too many rows or a timestamp that is not an integer in 0 … 2^53 − 1.
 *
 * Cost: linear for rows already in order (ascending tag ids per timestamp), else one sort per timestamp.
 */
export function encodeSamples(directoryRevision: number, samples: SampleColumns): Uint8Array {
  if (samples.count > BATCH_LIMITS.samples)
    throw new WireError("BATCH_LIMIT", `${samples.count} samples, at most ${BATCH_LIMITS.samples}`);
  const rows = inCanonicalOrder(samples);
  const { count, tagIds, timestamps, statusCodes } = rows;
  const runRows = new ByteWriter(64);
  const runTimestamps = new ByteWriter(64);
  const tagDeltas = new ByteWriter(count * 2);
  const statusRows = new ByteWriter(16);
  const statuses = new ByteWriter(16);

  let runTimestamp = 0;
  for (let first = 0; first < count; ) {
    const timestamp = timestamps[first]!;
    if (!Number.isSafeInteger(timestamp) || timestamp < 0)
      throw new WireError("BATCH_LIMIT", `source timestamp ${timestamp}`);
    runTimestamps.zigzagSafe(timestamp - runTimestamp);
    runTimestamp = timestamp;
    let tagId = tagIds[first]!;
    tagDeltas.varint32(tagId);
    let row = first + 1;
    while (row < count && timestamps[row] === timestamp && tagIds[row]! > tagId) {
      tagDeltas.varint32(tagIds[row]! - tagId);
      tagId = tagIds[row++]!;
    }
    runRows.varint32(row - first);
    first = row;
  }

  for (let first = 0; first < count; ) {
    const statusCode = statusCodes[first]!;
    let row = first + 1;
    while (row < count && statusCodes[row] === statusCode) row++;
    statusRows.varint32(row - first);
    statuses.fixed32(statusCode);
    first = row;
  }

  const values = new ByteWriter(count * 4);
  encodeValues(values, rows, tagIds);
  const out = new ByteWriter(values.length + tagDeltas.length + 64);
  out.varintField(1, directoryRevision);
  out.lengthField(2, runRows);
  out.lengthField(3, runTimestamps);
  out.lengthField(4, tagDeltas);
  out.lengthField(5, statusRows);
  out.lengthField(6, statuses);
  out.lengthField(7, values);
  return out.take();
}

/** Bits of a row number within a sort key: tag ids (32 bits) and row numbers together stay below 2^53. */
const ROW_RANGE = BATCH_LIMITS.samples; // 2^18

/** The columns themselves where they are in order already, else a sorted copy. */
function inCanonicalOrder(samples: SampleColumns): SampleColumns {
  const { count, tagIds, timestamps } = samples;
  let order: Uint32Array | undefined;
  for (let first = 0; first < count; ) {
    const timestamp = timestamps[first]!;
    let ascending = true;
    let end = first + 1;
    for (; end < count && timestamps[end] === timestamp; end++) if (tagIds[end]! <= tagIds[end - 1]!) ascending = false;
    if (!ascending) {
      order ??= Uint32Array.from({ length: count }, (_, row) => row);
      sortGroup(tagIds, first, end, order);
    }
    first = end;
  }
  return order === undefined ? samples : permuted(samples, order);
}

/** Order rows first … end − 1 of one timestamp by (occurrence of the tag, tag id) and write it into `order`. */
function sortGroup(tagIds: Uint32Array, first: number, end: number, order: Uint32Array): void {
  const keys = new Float64Array(end - first);
  for (let row = first; row < end; row++) keys[row - first] = tagIds[row]! * ROW_RANGE + (row - first);
  keys.sort();
  const ranks = new Float64Array(end - first);
  let occurrence = 0;
  for (let rank = 0; rank < keys.length; rank++) {
    const sameTag = rank > 0 && Math.floor(keys[rank]! / ROW_RANGE) === Math.floor(keys[rank - 1]! / ROW_RANGE);
    occurrence = sameTag ? occurrence + 1 : 0;
    ranks[rank] = occurrence * ROW_RANGE + rank;
  }
  ranks.sort();
  for (let place = 0; place < keys.length; place++)
    order[first + place] = first + (keys[ranks[place]! % ROW_RANGE]! % ROW_RANGE);
}

function permuted(samples: SampleColumns, order: Uint32Array): SampleColumns {
  const { count } = samples;
  const tagIds = new Uint32Array(count);
  const timestamps = new Float64Array(count);
  const statusCodes = new Uint32Array(count);
  const kinds = new Uint8Array(count);
  const numbers = new Float64Array(count);
  for (let row = 0; row < count; row++) {
    const from = order[row]!;
    tagIds[row] = samples.tagIds[from]!;
    timestamps[row] = samples.timestamps[from]!;
    statusCodes[row] = samples.statusCodes[from]!;
    kinds[row] = samples.kinds[from]!;
    numbers[row] = samples.numbers[from]!;
  }
  return { count, tagIds, timestamps, statusCodes, kinds, numbers, others: samples.others };
}
