/** Reads runs of rows back into sample columns: the outer half of the hot path.
 *  open → [decode samples] → record, publishers */
import type { SampleColumns } from "../sample/sample-columns.ts";
import { BATCH_LIMITS } from "./batch.ts";
import { ByteReader, malformed, readFields } from "./byte-reader.ts";
import { decodeValues } from "./decode-values.ts";

const LENGTH_FIELDS = 0b1111_1100; // 2 … 7
const VARINT_FIELDS = 0b0000_0010; // 1
const EMPTY = new Uint8Array(0);

/**
 * Rows of a SampleBatch message, in canonical order. The arrays are exactly `count` long and own their memory.
 *
 * @throws {WireError} BATCH_LIMIT beyond BATCH_LIMITS.samples; BATCH_MALFORMED where run or status rows do not sum to the number of
 *   values, a column is too long or too short, a tag id passes 2^32 − 1, tag ids do not ascend in a run, or a timestamp leaves 0 … 2^53 − 1.
 */
export function decodeSamples(plain: Uint8Array): { directoryRevision: number; samples: SampleColumns } {
  const { columns, numbers: fields } = readFields(new ByteReader(plain), LENGTH_FIELDS, VARINT_FIELDS);
  const column = (field: number): ByteReader => columns[field] ?? new ByteReader(EMPTY);
  const values = decodeValues(column(7), BATCH_LIMITS.samples);
  const { count } = values;
  const tagIds = new Uint32Array(count);
  const timestamps = new Float64Array(count);
  readRuns(column(2), column(3), column(4), tagIds, timestamps);
  const statusCodes = new Uint32Array(count);
  readStatuses(column(5), column(6), statusCodes);
  return { directoryRevision: fields[1] ?? 0, samples: { ...values, tagIds, timestamps, statusCodes } };
}

function readRuns(
  runRows: ByteReader,
  runTimestamps: ByteReader,
  tagDeltas: ByteReader,
  tagIds: Uint32Array,
  timestamps: Float64Array,
): void {
  const count = tagIds.length;
  let timestamp = 0;
  let row = 0;
  while (runRows.length > 0) {
    const rows = runRows.varint32();
    if (rows === 0 || rows > count - row) throw malformed("run rows do not sum to the number of values");
    timestamp += runTimestamps.zigzagSafe();
    if (timestamp < 0 || timestamp > Number.MAX_SAFE_INTEGER) throw malformed("source timestamp out of range");
    let tagId = tagDeltas.varint32();
    tagIds[row] = tagId;
    const end = row + rows;
    timestamps.fill(timestamp, row, end);
    for (row++; row < end; row++) {
      const delta = tagDeltas.varint32();
      tagId += delta;
      if (delta === 0 || tagId > 0xffffffff) throw malformed("tag ids of a run do not ascend within 32 bits");
      tagIds[row] = tagId;
    }
  }
  if (row !== count) throw malformed("run rows do not sum to the number of values");
  if (runTimestamps.length > 0 || tagDeltas.length > 0) throw malformed("a row column is longer than the rows need");
}

function readStatuses(statusRows: ByteReader, statuses: ByteReader, statusCodes: Uint32Array): void {
  const count = statusCodes.length;
  let row = 0;
  while (statusRows.length > 0) {
    const rows = statusRows.varint32();
    if (rows === 0 || rows > count - row) throw malformed("status rows do not sum to the number of values");
    statusCodes.fill(statuses.fixed32(), row, row + rows);
    row += rows;
  }
  if (row !== count) throw malformed("status rows do not sum to the number of values");
  if (statuses.length > 0) throw malformed("a status column is longer than the rows need");
}
