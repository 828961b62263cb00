/** What is missing of a range of history, for whoever reads history: as JSON and as CSV, and beside the samples themselves.
 *  request → [gap endpoints] → missing times */
import type { HttpAnswer } from "@nonreturn/station";
import type { UtcMicros } from "@nonreturn/wire-format";
import { isoMicros } from "../iso-micros.ts";
import { marksOf } from "../mark-gaps.ts";
import type { MissingTime, MissingTimes, ReadMissingList } from "../publisher.ts";
import { type Answers, type Endpoint, endpoint, json, rangeOf, USUAL_LIMIT } from "./endpoint.ts";
import { PARAMETERS, wrong } from "./parameters.ts";
import { Problem } from "./problem.ts";

/** Of one file, and of the marks in one: more is refused rather than cut off. */
const MAXIMUM_GAPS = 100_000;

const { from, to, limit, cursor } = PARAMETERS;

export interface Range {
  readonly from: UtcMicros;
  /** Not included. */
  readonly to: UtcMicros;
}

const ABOUT =
  "In order of their beginnings, of whatever tags. open: may still be healed. lost: the OT station does not hold it any more. unrecorded: it could not keep it. What was healed is not among them.";

export const GAP_ENDPOINTS: readonly Endpoint[] = [
  endpoint({
    path: "/v1/history/gaps",
    scope: "history",
    summary: "What is known to be missing in a range of time",
    description: `${ABOUT} Page by page.`,
    parameters: { from, to, limit, cursor },
    required: ["from"],
    answers: "MissingPage",
    answer(values, { now, readMissingList }) {
      const range = rangeOf(values, now());
      const most = values.limit ?? USUAL_LIMIT;
      const after = values.cursor === undefined ? undefined : placeOf(values.cursor);
      const found = listed(readMissingList)(range.from, range.to, most + 1, after);
      const shown = found.slice(0, most);
      const next = found.length > most ? cursorOf(shown.at(-1)!) : null;
      return json(JSON.stringify({ gaps: shown.map(gapOf), next }));
    },
  }),
  endpoint({
    path: "/v1/history/gaps.csv",
    scope: "history",
    summary: "The same as CSV",
    description: `${ABOUT} RFC 4180 with a header line, in UTF-8. At most ${MAXIMUM_GAPS}.`,
    parameters: { from, to },
    required: ["from"],
    answers: "CSV",
    answer(values, { now, readMissingList }): HttpAnswer {
      const rows = allOf(listed(readMissingList), rangeOf(values, now())).map(
        ({ state, from: begin, to: end, reason, blocks, samples }) =>
          `${state},${isoMicros(begin)},${isoMicros(end)},${reason},${blocks ?? ""},${samples ?? ""}\r\n`,
      );
      return {
        contentType: "text/csv; charset=utf-8; header=present",
        headers: { "content-disposition": 'attachment; filename="gaps.csv"' },
        text: `state,from,to,reason,blocks,samples\r\n${rows.join("")}`,
      };
    },
  }),
];

export function gapOf({ state, from: begin, to: end, reason, blocks, samples }: MissingTime): object {
  return { state, from: isoMicros(begin), to: isoMicros(end), reason, blocks, samples };
}

/** The members by which a JSON answer names what is missing of a range: the first hundred. */
export function gapMembers(range: Range, answers: Pick<Answers, "readMissingTimes">): string {
  return membersOf(missingOf(range, answers));
}

function membersOf(missing: MissingTimes | undefined): string {
  return `"gaps":${JSON.stringify(missing?.list.map(gapOf) ?? [])},"gapsInAll":${missing?.inAll ?? 0}`;
}

function missingOf({ from: begin, to: end }: Range, { readMissingTimes }: Pick<Answers, "readMissingTimes">) {
  return readMissingTimes?.(begin, end, end - begin);
}

/** What a file of samples says of what is missing beside them: how much, where all of it stands, and, where that was asked for, where to mark it. */
export interface GapsOfFile {
  readonly headers: Readonly<Record<string, string>>;
  readonly inAll: number;
  /** The first hundred, as JSON. */
  readonly text: string;
  readonly marks: readonly UtcMicros[];
}

/** @throws {Problem} 400, 503 */
export function gapsOfFile(range: Range, gaps: "marked" | "beside", answers: Answers): GapsOfFile {
  const missing = missingOf(range, answers);
  const inAll = missing?.inAll ?? 0;
  const query = new URLSearchParams({ from: isoMicros(range.from), to: isoMicros(range.to) });
  return {
    headers: {
      "nonreturn-gaps": String(inAll),
      link: `</v1/history/gaps.csv?${query}>; rel="related"; type="text/csv"`,
    },
    inAll,
    text: `{${membersOf(missing)}}`,
    marks: gaps === "marked" ? marksOf(allOf(listed(answers.readMissingList), range), range.from) : [],
  };
}

function listed(read: ReadMissingList | undefined): ReadMissingList {
  if (read === undefined) throw new Problem(503, "this station has stored nothing yet");
  return read;
}

function allOf(read: ReadMissingList, range: Range): MissingTime[] {
  const all = read(range.from, range.to, MAXIMUM_GAPS + 1);
  if (all.length > MAXIMUM_GAPS)
    throw wrong("to", `the range holds more than ${MAXIMUM_GAPS} gaps; write a shorter one`);
  return all;
}

function cursorOf({ from: begin, id }: MissingTime): string {
  return Buffer.from(`${begin}.${id}`).toString("base64url");
}

/** A cursor is a client's text like any other. */
function placeOf(text: string): { readonly from: UtcMicros; readonly id: number } {
  const match = /^(\d{1,16})\.(\d{1,15})$/.exec(Buffer.from(text, "base64url").toString("latin1"));
  if (match === null) throw wrong("cursor", "this is no cursor of gaps; begin without one");
  return { from: Number(match[1]), id: Number(match[2]) };
}
