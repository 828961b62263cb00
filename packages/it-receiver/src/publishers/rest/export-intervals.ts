/** Figures by interval as CSV and as a Parquet file, some thousand rows at a time.
 *  interval endpoints → [export intervals] → HTTP answer
 *  Source: RFC 4180; Apache Parquet format 2. */
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { IntervalFigures } from "../interval-figures.ts";
import { isoMicros } from "../iso-micros.ts";
import type { MissingTimes } from "../publisher.ts";
import type { ReadIntervals } from "../read-intervals.ts";
import { takeBytes } from "./export-parquet.ts";
import { csvStart, csvText, type Formulas } from "./map-sample.ts";

export interface IntervalTable extends ReadIntervals {
  readonly path: string;
  readonly unit: string | null;
  /** µs */
  readonly each: number;
  /** undefined where there is no store. */
  readonly missing: MissingTimes | undefined;
}

const ROWS_PER_PART = 5000;
const ROWS_PER_GROUP = 20_000;

const CSV_HEADER = "path,key,start,min,max,avg,time_weighted,samples,unusable,coverage,unit,gap\r\n";

export async function* intervalsCsv(
  { path, unit, figures, missing }: IntervalTable,
  formulas: Formulas,
): AsyncGenerator<string> {
  const start = csvStart(path, formulas);
  const end = csvText(unit ?? "", formulas);
  yield CSV_HEADER;
  for (let row = 0; row < figures.length; row += ROWS_PER_PART)
    yield figures
      .slice(row, row + ROWS_PER_PART)
      .map((one, at) => {
        const gap = missing?.touched[row + at] === 1;
        return `${start},${isoMicros(one.start)},${numbersOf(one)},${end},${gap}\r\n`;
      })
      .join("");
}

function numbersOf({ min, max, avg, timeWeighted, samples, unusable, coverage }: IntervalFigures): string {
  return [min, max, avg, timeWeighted, samples, unusable, coverage].map((number) => number ?? "").join(",");
}

const number = <Name extends string>(name: Name) => ({ name, type: "DOUBLE", repetition_type: "OPTIONAL" }) as const;
const text = <Name extends string>(name: Name) =>
  ({ name, type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" }) as const;
const count = <Name extends string>(name: Name) => ({ name, type: "INT64", repetition_type: "REQUIRED" }) as const;

const COLUMNS = [
  text("path"),
  {
    name: "start",
    type: "INT64",
    converted_type: "TIMESTAMP_MICROS",
    logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" },
    repetition_type: "REQUIRED",
  },
  ...[number("min"), number("max"), number("avg"), number("time_weighted")],
  ...[count("samples"), count("unusable")],
  { name: "coverage", type: "DOUBLE", repetition_type: "REQUIRED" },
  text("unit"),
  { name: "gap", type: "BOOLEAN", repetition_type: "REQUIRED" },
] as const;

export async function* intervalsParquet({ path, unit, figures, missing }: IntervalTable): AsyncGenerator<Uint8Array> {
  const bytes = new ByteWriter();
  const file = new ParquetWriter({
    writer: bytes,
    schema: [{ name: "intervals", num_children: COLUMNS.length }, ...COLUMNS],
    createdBy: "nonreturn",
  });
  for (let row = 0; row < figures.length; row += ROWS_PER_GROUP) {
    const some = figures.slice(row, row + ROWS_PER_GROUP);
    const data = {
      path: some.map(() => path),
      start: some.map(({ start }) => BigInt(start)),
      min: some.map(({ min }) => min),
      max: some.map(({ max }) => max),
      avg: some.map(({ avg }) => avg),
      time_weighted: some.map(({ timeWeighted }) => timeWeighted),
      samples: some.map(({ samples }) => BigInt(samples)),
      unusable: some.map(({ unusable }) => BigInt(unusable)),
      coverage: some.map(({ coverage }) => coverage),
      unit: some.map(() => unit ?? ""),
      gap: some.map((_, at) => missing?.touched[row + at] === 1),
    };
    await file.write({
      columnData: COLUMNS.map(({ name }) => ({ name, data: data[name] })),
      rowGroupSize: some.length,
    });
    yield takeBytes(bytes);
  }
  await file.finish();
  yield takeBytes(bytes);
}
