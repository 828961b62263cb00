/** What is missing of history as rows of an SQL table.
 *  store.db → [gap table] → SELECT */
import { readMissingList } from "../gaps/missing-times.ts";
import { isoMicros } from "../publishers/iso-micros.ts";
import { assertKept } from "../record/assert-kept.ts";

export const GAP_COLUMNS = [
  "state", // open, lost, unrecorded
  "since", // text, ISO 8601, UTC
  "until", // text, ISO 8601, UTC
  "since_timestamp", // integer, microseconds since 1970 UTC
  "until_timestamp", // integer, microseconds since 1970 UTC
  "reason", // not-received, or why the OT station could not keep it
  "stream", // integer
  "blocks", // integer, null for unrecorded
  "samples", // integer, null where it is not known
] as const;

const ROWS_AT_A_TIME = 10_000;

/** In order of time. @throws {StationError} STORE_MISSING: without the store nobody knows what is missing. */
export function* gapRows(storePath: string): Generator<unknown[], void, void> {
  assertKept(storePath, "blocks");
  let after: { readonly from: number; readonly id: number } | undefined;
  for (;;) {
    const some = readMissingList(storePath, 0, Number.MAX_SAFE_INTEGER, ROWS_AT_A_TIME, after);
    for (const { state, from, to, reason, stream, blocks, samples } of some)
      yield [
        ...[state, isoMicros(from), isoMicros(to), BigInt(from), BigInt(to), reason, BigInt(stream)],
        ...[blocks, samples].map((count) => (count === null ? null : BigInt(count))),
      ];
    if (some.length < ROWS_AT_A_TIME) return;
    after = some.at(-1)!;
  }
}
