/** Figures by interval: as JSON for a chart, as CSV and Parquet for years of them.
 *  request → [interval endpoints] → history queries, export intervals */
import type { UtcMicros } from "@nonreturn/wire-format";
import { isoMicros } from "../iso-micros.ts";
import { jsonOf } from "../sample-json.ts";
import { type Answers, type Endpoint, endpoint, json, noTag, pathOf, rangeOf } from "./endpoint.ts";
import { type IntervalTable, intervalsCsv, intervalsParquet } from "./export-intervals.ts";
import { gapOf } from "./gap-endpoints.ts";
import { AGGREGATES, MAXIMUM_POINTS, PARAMETERS, wrong } from "./parameters.ts";
import { usualIntervals } from "./usual-intervals.ts";

const USUAL_POINTS = 1000;
/** Of one file: 22 years by hour. 56 bytes each while they are read. */
const MAXIMUM_EXPORTED = 200_000;

const { path, key, from, to, interval, points, aggregates, formulas } = PARAMETERS;

const ABOUT =
  "Of good and uncertain numbers and booleans. gap: of this interval something is known to be missing, perhaps of this tag. timeWeighted: each value holds until the next sample, the one before the range included. Read from hours and minutes where they are fine enough, and where the samples are gone.";

export const INTERVAL_ENDPOINTS: readonly Endpoint[] = [
  endpoint({
    path: "/v1/history/intervals",
    scope: "history",
    summary: "Minimum, maximum, average and time-weighted average by interval",
    description: `${ABOUT} At most ${MAXIMUM_POINTS} intervals.`,
    parameters: { path, key, from, to, interval, points, aggregates },
    required: ["from"],
    answers: "Intervals",
    async answer(values, answers) {
      const { path, unit, each, figures, resolution, missing } = await tableOf(values, answers, MAXIMUM_POINTS);
      const wanted = AGGREGATES.filter((name) => values.aggregates?.has(name) ?? true);
      const rows = figures.map((one, row) => {
        const numbers = wanted.map((name) => `"${name}":${jsonOf(one[name])},`).join("");
        return `{"start":"${isoMicros(one.start)}",${numbers}"samples":${one.samples},"unusable":${one.unusable},"coverage":${one.coverage},"gap":${missing?.touched[row] === 1}}`;
      });
      const gaps = JSON.stringify(missing?.list.map(gapOf) ?? []);
      return json(
        `{"path":${JSON.stringify(path)},"unit":${JSON.stringify(unit)},"intervalMicros":${each},"resolution":"${resolution}","intervals":[${rows.join(",")}],"gaps":${gaps},"gapsInAll":${missing?.inAll ?? 0}}`,
      );
    },
  }),
  endpoint({
    path: "/v1/history/intervals.csv",
    scope: "history",
    summary: "The same as CSV",
    description: `${ABOUT} RFC 4180 with a header line, in UTF-8. At most ${MAXIMUM_EXPORTED} intervals.`,
    parameters: { path, key, from, to, interval, points, formulas },
    required: ["from"],
    answers: "CSV",
    async answer(values, answers) {
      const table = await tableOf(values, answers, MAXIMUM_EXPORTED);
      return {
        contentType: "text/csv; charset=utf-8; header=present",
        headers: { "content-disposition": 'attachment; filename="intervals.csv"' },
        parts: intervalsCsv(table, values.formulas ?? "safe"),
      };
    },
  }),
  endpoint({
    path: "/v1/history/intervals.parquet",
    scope: "history",
    summary: "The same as a Parquet file",
    description: `${ABOUT} Apache Parquet with Snappy. Columns: path, start (UTC, microseconds), min, max, avg, time_weighted, samples, unusable, coverage, unit, gap. At most ${MAXIMUM_EXPORTED} intervals.`,
    parameters: { path, key, from, to, interval, points },
    required: ["from"],
    answers: "Parquet",
    async answer(values, answers) {
      const table = await tableOf(values, answers, MAXIMUM_EXPORTED);
      return {
        contentType: "application/vnd.apache.parquet",
        headers: { "content-disposition": 'attachment; filename="intervals.parquet"' },
        parts: intervalsParquet(table),
      };
    },
  }),
];

interface Given {
  readonly path: string | undefined;
  readonly key: string | undefined;
  readonly from: UtcMicros | undefined;
  readonly to: UtcMicros | undefined;
  readonly interval: number | undefined;
  readonly points: number | undefined;
}

/** @throws {Problem} 400, 404, 503 */
async function tableOf(
  values: Given,
  { tags, history, now, readMissingTimes }: Answers,
  most: number,
): Promise<IntervalTable> {
  const named = pathOf(values, tags);
  const range = rangeOf(values, now());
  if (values.interval !== undefined && values.points !== undefined)
    throw wrong("points", "write either interval or points, not both");
  const { from, to, each } =
    values.interval === undefined
      ? usualIntervals(range.from, range.to, values.points ?? USUAL_POINTS)
      : { ...range, each: values.interval };
  const length = to - from;
  if (Math.ceil(length / each) > most)
    throw wrong(
      "interval",
      `that would be ${Math.ceil(length / each)} intervals; at most ${most} are answered: write an interval of ${Math.ceil(length / most / 1000)}ms or more, or a shorter range`,
    );
  const read = await history.intervals(named, from, to, each);
  const row = tags.row(named);
  if (row === undefined && read.figures.every(({ samples, unusable }) => samples + unusable === 0)) throw noTag();
  return { path: named, unit: row?.tag.unit ?? null, each, ...read, missing: readMissingTimes?.(from, to, each) };
}
