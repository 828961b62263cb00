/** What an endpoint is, and what several of them need.
 *  request → [endpoint] ← endpoints, alarm endpoints */
import type { HttpAnswer } from "@nonreturn/station";
import type { UtcMicros } from "@nonreturn/wire-format";
import type { AlarmStates, GapList, KnownStation, LinkState, ReadMissingList, ReadMissingTimes } from "../publisher.ts";
import type { Scope } from "./config.ts";
import type { HistoryQueries } from "./history-queries.ts";
import { type Parameters, readParameters, type Values, wrong } from "./parameters.ts";
import { Problem } from "./problem.ts";
import type { TagTable } from "./tag-table.ts";

/** What the endpoints answer from. */
export interface Answers {
  readonly station: string;
  readonly tags: TagTable;
  readonly history: HistoryQueries;
  readonly alarms: AlarmStates | undefined;
  readonly link: LinkState;
  readonly readGaps: () => GapList | undefined;
  readonly readMissingTimes: ReadMissingTimes | undefined;
  readonly readMissingList: ReadMissingList | undefined;
  readonly readStations: (() => readonly KnownStation[]) | undefined;
  readonly now: () => UtcMicros;
}

export interface Endpoint {
  readonly path: string;
  readonly scope: Scope;
  readonly summary: string;
  readonly description: string;
  readonly parameters: Parameters;
  readonly required: readonly string[];
  /** One of the document's schemas, or a file. */
  readonly answers:
    | "TagPage"
    | "LatestPage"
    | "SamplePage"
    | "Intervals"
    | "MissingPage"
    | "Gaps"
    | "Alarms"
    | "AlarmHistory"
    | "Stations"
    | "Status"
    | "CSV"
    | "Parquet";
  /** @throws {Problem} */
  answer(query: URLSearchParams, from: Answers): HttpAnswer | Promise<HttpAnswer>;
}

export const USUAL_LIMIT = 1000;
/** An answer stays about this small, however long the values are. */
export const ANSWER_CHARACTERS = 4 * 1024 * 1024;

export function endpoint<P extends Parameters>(
  made: Omit<Endpoint, "answer" | "parameters"> & {
    readonly parameters: P;
    answer(values: Values<P>, from: Answers): HttpAnswer | Promise<HttpAnswer>;
  },
): Endpoint {
  return { ...made, answer: (query, answers) => made.answer(readParameters(made.parameters, query), answers) };
}

export function rangeOf(
  given: { from: UtcMicros | undefined; to: UtcMicros | undefined },
  now: UtcMicros,
): { readonly from: UtcMicros; readonly to: UtcMicros } {
  if (given.from === undefined) throw wrong("from", "write from, the beginning of the range");
  const end = given.to ?? Math.max(now, given.from + 1);
  if (end <= given.from) throw wrong("to", "the range is empty; write a to that is after from");
  return { from: given.from, to: end };
}

export function json(text: string): HttpAnswer {
  return { text: `${text}\n`, contentType: "application/json" };
}

/** @throws {Problem} 400, 404 */
export function pathOf(given: { path: string | undefined; key: string | undefined }, tags: TagTable): string {
  if ((given.path === undefined) === (given.key === undefined)) throw wrong("path", "write either path or key");
  if (given.path !== undefined) return given.path;
  const named = tags.pathOfKey(given.key!);
  if (named === undefined) throw noTag();
  return named;
}

export function noTag(): Problem {
  return new Problem(404, "there is no such tag; /v1/tags shows those there are");
}
