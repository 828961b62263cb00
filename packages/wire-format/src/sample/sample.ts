/** One reading of one tag, as devices deliver it by themselves and publishers consume it.
 *  From a driver that polls, and between `report` and `record`, samples travel as {@link SampleColumns} instead. */

/** Microseconds since 1970-01-01T00:00:00Z. A number, exact to the year 2255 (2^53 µs). */
export type UtcMicros = number;

/** A single PLC value. 64-bit PLC integers are `bigint`, never squeezed through a double. */
export type Scalar = boolean | number | bigint | string | Uint8Array;

/** A tag's value: a scalar or an array of scalars (elements of one kind). */
export type Value = Scalar | readonly Scalar[];

export interface Sample {
  readonly tagId: number;
  /** null when there is no value: a Bad sample has none, an Uncertain one may have one. */
  readonly value: Value | null;
  /** OPC UA StatusCode (Part 4 §7.39), uint32; 0 is Good. */
  readonly statusCode: number;
  /** Set once where the value was read, never altered afterwards. */
  readonly sourceTimestamp: UtcMicros;
}
