/** The plant whose samples go to business systems: the same tags, values and times for our publishers and for the plain clients.
 *  seed → [bench plant] → filled store, plain clients */
import { hash32 } from "../../../hardware-sim/src/index.ts";
import {
  type SampleColumns,
  SampleColumnsBuilder,
  type TagDefinition,
} from "../../../packages/wire-format/src/index.ts";
import { SEALED_AT } from "../load/sealed-blocks.ts";
import { generatedSignals, STEPS } from "../plant/signals.ts";

const DEVICES = 40;
const TAGS_PER_DEVICE = 100;
export const SAMPLES_PER_SCAN = DEVICES * TAGS_PER_DEVICE;
/** Between two scans. */
const SCAN_MICROS = 100_000;

/** Ids 1 … SAMPLES_PER_SCAN, device by device. */
export const TAGS = lineTags(SAMPLES_PER_SCAN, TAGS_PER_DEVICE);

const signals = generatedSignals(1);
const offsets = TAGS.map(({ tagId }) => hash32(tagId, "offset") & (STEPS - 1));

/** Ids 1 … count, device by device. */
export function lineTags(count: number, perDevice: number): readonly TagDefinition[] {
  return Array.from({ length: count }, (_, index) => {
    const device = `line-${Math.floor(index / perDevice) + 1}`;
    return {
      tagId: index + 1,
      path: `hamburg/${device}/measurement-${(index % perDevice) + 1}`,
      dataType: "FLOAT64",
      unit: "bar",
      description: "",
      device,
      maximumSilenceMs: 0,
      retired: false,
    };
  });
}

export function timeOf(scan: number): number {
  return SEALED_AT + scan * SCAN_MICROS;
}

function signalAt(index: number, scan: number): number {
  return signals[index % signals.length]![(scan + offsets[index]!) & (STEPS - 1)]!;
}

/** One scan of every tag, as it is sealed into one block. */
export function scanColumns(scan: number): SampleColumns {
  const builder = new SampleColumnsBuilder(SAMPLES_PER_SCAN);
  const time = timeOf(scan);
  for (let index = 0; index < SAMPLES_PER_SCAN; index++) builder.push(index + 1, signalAt(index, scan), 0, time);
  return builder.take();
}

/** One sample as a plain client writes it. */
export interface Row {
  readonly tag: TagDefinition;
  time: number; // microseconds
  value: number;
}

const rows: readonly Row[] = TAGS.map((tag) => ({ tag, time: 0, value: 0 }));

/** The same scan for a plain client. The objects are used again by the next call. */
export function scanRows(scan: number): readonly Row[] {
  const time = timeOf(scan);
  for (const [index, row] of rows.entries()) {
    row.time = time;
    row.value = signalAt(index, scan);
  }
  return rows;
}
