/** What can be asked, each with its scope and parameters: the only list.
 *  request → [endpoints] → tag table, history queries, alarms, gaps; → OpenAPI */
import type { HttpAnswer } from "@nonreturn/station";
import type { UtcMicros } from "@nonreturn/wire-format";
import { isoMicros } from "../iso-micros.ts";
import { ALARM_ENDPOINTS } from "./alarm-endpoints.ts";
import {
  ANSWER_CHARACTERS,
  type Answers,
  type Endpoint,
  endpoint,
  json,
  noTag,
  pathOf,
  rangeOf,
  USUAL_LIMIT,
} from "./endpoint.ts";
import { exportCsv } from "./export-csv.ts";
import { exportParquet } from "./export-parquet.ts";
import { GAP_ENDPOINTS, gapMembers, gapsOfFile } from "./gap-endpoints.ts";
import type { Place } from "./history-queries.ts";
import { INTERVAL_ENDPOINTS } from "./interval-endpoints.ts";
import { latestJson, sampleJson, tagJson } from "./map-sample.ts";
import { PARAMETERS, wrong } from "./parameters.ts";
import { Problem } from "./problem.ts";
import { STATIONS_ENDPOINT } from "./stations-endpoint.ts";
import { keyOf, type TagRow, type TagTable } from "./tag-table.ts";

const { path, key, prefix, from, to, limit, cursor, formulas, gaps, state } = PARAMETERS;

const BESIDE =
  "The header nonreturn-gaps says how many gaps touch the range, and link where they are listed. With gaps=marked each is a row, too.";

export const ENDPOINTS: readonly Endpoint[] = [
  endpoint({
    path: "/v1/tags",
    scope: "tags",
    summary: "The tags there are",
    description: "In order of their paths, page by page.",
    parameters: { prefix, limit, cursor },
    required: [],
    answers: "TagPage",
    answer: (values, { tags }) => tagPage(tags, values, "tags", ({ tag }) => tagJson(tag)),
  }),
  endpoint({
    path: "/v1/latest",
    scope: "latest",
    summary: "The newest value of each tag",
    description:
      "Of one tag by path or key, or of many by prefix, page by page. stale: the link or the device is silent.",
    parameters: { path, key, prefix, limit, cursor },
    required: [],
    answers: "LatestPage",
    answer(values, { tags }) {
      if (values.path === undefined && values.key === undefined) return tagPage(tags, values, "latest", latestJson);
      if (values.prefix !== undefined || values.cursor !== undefined)
        throw wrong("path", "write path or key for one tag, or prefix and cursor for many, not both");
      const row = tags.row(pathOf(values, tags));
      if (row === undefined) throw noTag();
      return json(`{"latest":[${latestJson(row)}],"next":null}`);
    },
  }),
  endpoint({
    path: "/v1/history",
    scope: "history",
    summary: "Every sample of a tag in a range of time",
    description:
      "In order of source time, page by page. Healed samples lie where they belong. gaps: what is known to be missing, of whatever tags, in the time that this page covers, which begins where the page before it ended.",
    parameters: { path, key, from, to, limit, cursor },
    required: ["from"],
    answers: "SamplePage",
    async answer(values, answers) {
      const { tags, history, now } = answers;
      const named = pathOf(values, tags);
      const range = rangeOf(values, now());
      const begin = values.cursor === undefined ? range.from : placeOf(values.cursor, range);
      const bounds = { samples: values.limit ?? USUAL_LIMIT, characters: ANSWER_CHARACTERS };
      const { rows, next } = await history.page(named, begin, range.to, bounds, sampleJson, (text) => text.length);
      const row = tags.row(named);
      if (row === undefined && rows.length === 0 && values.cursor === undefined) throw noTag();
      const unit = row === undefined ? "null" : JSON.stringify(row.tag.unit);
      const first = typeof begin === "number" ? begin : begin.at;
      const covered = { from: first, to: next === undefined ? range.to : Math.max(next.at, first + 1) };
      return json(
        `{"path":${JSON.stringify(named)},"unit":${unit},"samples":[${rows.join(",")}],"next":${next === undefined ? "null" : `"${cursorOf(next)}"`},${gapMembers(covered, answers)}}`,
      );
    },
  }),
  ...INTERVAL_ENDPOINTS,
  ...GAP_ENDPOINTS,
  endpoint({
    path: "/v1/history.csv",
    scope: "history",
    summary: "Every sample of a tag in a range of time, as CSV",
    description: `RFC 4180 with a header line, in UTF-8, streamed: of any length. ${BESIDE}`,
    parameters: { path, key, from, to, formulas, gaps },
    required: ["from"],
    answers: "CSV",
    async answer(values, answers) {
      const { tags, history, now } = answers;
      const named = pathOf(values, tags);
      const range = rangeOf(values, now());
      const unit = tags.row(named)?.tag.unit ?? "";
      const missing = gapsOfFile(range, values.gaps ?? "beside", answers);
      return {
        contentType: "text/csv; charset=utf-8; header=present",
        headers: { "content-disposition": 'attachment; filename="history.csv"', ...missing.headers },
        parts: await exportCsv(history, named, unit, range, values.formulas ?? "safe", missing.marks),
      };
    },
  }),
  endpoint({
    path: "/v1/history.parquet",
    scope: "history",
    summary: "Every sample of a tag in a range of time, as a Parquet file",
    description: `Apache Parquet with Snappy, streamed: of any length. Columns: path, time (UTC, microseconds), value (double), value_text (exact text of what a double does not hold), kind, quality, quality_code, unit. ${BESIDE} The file's metadata has the first hundred under the key nonreturn.gaps, as JSON.`,
    parameters: { path, key, from, to, gaps },
    required: ["from"],
    answers: "Parquet",
    async answer(values, answers) {
      const { tags, history, now } = answers;
      const named = pathOf(values, tags);
      const range = rangeOf(values, now());
      const unit = tags.row(named)?.tag.unit ?? "";
      const missing = gapsOfFile(range, values.gaps ?? "beside", answers);
      return {
        contentType: "application/vnd.apache.parquet",
        headers: { "content-disposition": 'attachment; filename="history.parquet"', ...missing.headers },
        parts: await exportParquet(history, named, unit, range, missing),
      };
    },
  }),
  ...ALARM_ENDPOINTS,
  endpoint({
    path: "/v1/gaps",
    scope: "gaps",
    summary: "What is missing, was healed, or is lost for good",
    description:
      "Open gaps first, then the newest. losses: samples that the OT station itself had to give up. At most 10,000 of each are read.",
    parameters: { state, limit },
    required: [],
    answers: "Gaps",
    answer(values, { readGaps }) {
      const list = readGaps();
      if (list === undefined) throw new Problem(503, "this station has stored nothing yet");
      const most = values.limit ?? USUAL_LIMIT;
      const at = (time: UtcMicros | undefined) => (time === undefined ? null : isoMicros(time));
      const gaps = list.gaps.filter((gap) => values.state === undefined || gap.state === values.state);
      return json(
        JSON.stringify({
          gaps: gaps.slice(0, most).map((gap) => ({
            state: gap.state,
            gapCode: gap.gapCode,
            stream: gap.stream,
            journalEpoch: gap.journalEpoch,
            firstSequence: gap.first,
            lastSequence: gap.last,
            from: at(gap.timeFrom),
            to: at(gap.timeTo),
            openedAt: at(gap.openedAt),
            closedAt: at(gap.closedAt),
          })),
          gapsInAll: gaps.length,
          losses: list.losses.slice(0, most).map(({ timeFrom, timeTo, ...loss }) => ({
            ...loss,
            from: at(timeFrom),
            to: at(timeTo),
          })),
          lossesInAll: list.losses.length,
        }),
      );
    },
  }),
  STATIONS_ENDPOINT,
  endpoint({
    path: "/v1/status",
    scope: "status",
    summary: "The station, the one-way link, the tags",
    description: "link: up, silent, or unknown just after the start.",
    parameters: {},
    required: [],
    answers: "Status",
    answer: (_, { station, tags, link, now }) =>
      json(
        JSON.stringify({
          publisher: station,
          now: isoMicros(now()),
          link: { state: link.state, since: isoMicros(link.since) },
          tags: { inAll: tags.size, ...tags.counts() },
        }),
      ),
  }),
];

function tagPage(
  tags: TagTable,
  given: { prefix: string | undefined; limit: number | undefined; cursor: string | undefined },
  name: "tags" | "latest",
  render: (row: TagRow) => string,
): HttpAnswer {
  const after = given.cursor === undefined ? undefined : tags.pathOfKey(given.cursor);
  if (given.cursor !== undefined && after === undefined)
    throw wrong("cursor", "the tags have changed since; begin without a cursor");
  const texts: string[] = [];
  let characters = 0;
  let last: TagRow | undefined;
  for (const row of tags.from(given.prefix ?? "", after)) {
    if (texts.length >= (given.limit ?? USUAL_LIMIT) || characters >= ANSWER_CHARACTERS)
      return json(`{"${name}":[${texts.join(",")}],"next":"${keyOf(last!.tag.path)}"}`);
    const text = render(row);
    texts.push(text);
    characters += text.length;
    last = row;
  }
  return json(`{"${name}":[${texts.join(",")}],"next":null}`);
}

function cursorOf({ at, skip }: Place): string {
  return Buffer.from(`${at}.${skip}`).toString("base64url");
}

/** A cursor is a client's text like any other. */
function placeOf(text: string, range: { readonly from: UtcMicros; readonly to: UtcMicros }): Place {
  const match = /^(\d{1,16})\.(\d{1,12})$/.exec(Buffer.from(text, "base64url").toString("latin1"));
  const at = Number(match?.[1] ?? Number.NaN);
  if (match === null || at < range.from || at >= range.to)
    throw wrong("cursor", "this is no cursor of this range; begin without one");
  return { at, skip: Number(match[2]) };
}

export type { Answers, Endpoint };
