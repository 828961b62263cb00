/** Alarms: what is active now, and every event of the past.
 *  request → [alarm endpoints] → alarm states, history queries */
import type { UtcMicros } from "@nonreturn/wire-format";
import type { AlarmRecord } from "../publisher.ts";
import { eventMembers } from "../sample-json.ts";
import { ANSWER_CHARACTERS, type Endpoint, endpoint, json, rangeOf, USUAL_LIMIT } from "./endpoint.ts";
import { PARAMETERS, wrong } from "./parameters.ts";
import { Problem } from "./problem.ts";
import { keyOf } from "./tag-table.ts";

/** Events looked at for one answer, whether its filter lets them pass or not. */
const MOST_LOOKED_AT = 20_000;
const PAGE = 1000;

const { path, key, prefix, from, to, limit, cursor } = PARAMETERS;

/** Where a page goes on: behind this event. */
interface Behind {
  readonly time: UtcMicros;
  readonly id: number;
}

export const ALARM_ENDPOINTS: readonly Endpoint[] = [
  endpoint({
    path: "/v1/alarms",
    scope: "alarms",
    summary: "The alarms that are active now",
    description:
      "In the order in which this station came to know them, page by page. link: while it is silent, these are the alarms of before.",
    parameters: { prefix, limit, cursor },
    required: [],
    answers: "Alarms",
    answer(values, { alarms, link }) {
      if (alarms === undefined) throw new Problem(503, "this station has stored nothing yet");
      const page = new PageOfTexts(values.limit ?? USUAL_LIMIT);
      let after = values.cursor === undefined ? 0 : behindOf(values.cursor).id;
      let next = false;
      for (let looked = 0; !next; looked += PAGE) {
        const some = alarms.active(after, PAGE);
        for (const { id, event, tag } of some) {
          next = page.full;
          if (next) break;
          after = id;
          // Without a tag there is no name: its directory has not come yet.
          if (tag?.path.startsWith(values.prefix ?? ""))
            page.push(
              `{"path":${JSON.stringify(tag.path)},"key":"${keyOf(tag.path)}",${eventMembers(event, tag.unit)}}`,
            );
        }
        if (some.length < PAGE) break;
        next ||= looked + PAGE >= MOST_LOOKED_AT;
      }
      const shown = next ? `"${cursorOf({ time: 0, id: after })}"` : "null";
      return json(`{"link":"${link.state}","alarms":[${page.text}],"next":${shown}}`);
    },
  }),
  endpoint({
    path: "/v1/alarms/history",
    scope: "alarms",
    summary: "Every alarm event in a range of time",
    description:
      "Of one tag by path or key, of all below a prefix, or of all; in order of time, page by page. Healed events lie where they belong.",
    parameters: { path, key, prefix, from, to, limit, cursor },
    required: ["from"],
    answers: "AlarmHistory",
    async answer(values, { tags, history, now }) {
      if ([values.path, values.key, values.prefix].filter((one) => one !== undefined).length > 1)
        throw wrong("path", "write path, key or prefix, not several of them");
      const named = values.key === undefined ? values.path : tags.pathOfKey(values.key);
      if (values.key !== undefined && named === undefined)
        throw new Problem(404, "there is no such tag; /v1/tags shows those there are");
      const range = rangeOf(values, now());
      const page = new PageOfTexts(values.limit ?? USUAL_LIMIT);
      let after = values.cursor === undefined ? undefined : behindOf(values.cursor);
      let next = false;
      for (let looked = 0; !next; looked += PAGE) {
        const some: AlarmRecord[] = await history.alarms({ path: named, ...range, after, limit: PAGE });
        for (const { id, event, path: of, unit, historical } of some) {
          next = page.full;
          if (next) break;
          after = { time: event.time, id };
          if (of.startsWith(values.prefix ?? ""))
            page.push(
              `{"path":${JSON.stringify(of)},"key":"${keyOf(of)}",${eventMembers(event, unit)},"historical":${historical}}`,
            );
        }
        if (some.length < PAGE) break;
        next ||= looked + PAGE >= MOST_LOOKED_AT;
      }
      return json(`{"events":[${page.text}],"next":${next && after !== undefined ? `"${cursorOf(after)}"` : "null"}}`);
    },
  }),
];

/** Bounded by items and characters; at least one item finds room. */
class PageOfTexts {
  readonly #most: number;
  #count = 0;
  #text = "";

  constructor(most: number) {
    this.#most = most;
  }

  get full(): boolean {
    return this.#count >= this.#most || this.#text.length >= ANSWER_CHARACTERS;
  }

  get text(): string {
    return this.#text;
  }

  push(text: string): void {
    this.#text += this.#count === 0 ? text : `,${text}`;
    this.#count++;
  }
}

function cursorOf({ time, id }: Behind): string {
  return Buffer.from(`${time}:${id}`).toString("base64url");
}

/** A cursor is a client's text like any other. */
function behindOf(text: string): Behind {
  const match = /^(\d{1,16}):(\d{1,16})$/.exec(Buffer.from(text, "base64url").toString("latin1"));
  const [time, id] = [Number(match?.[1]), Number(match?.[2])];
  if (!Number.isSafeInteger(time) || !Number.isSafeInteger(id))
    throw wrong("cursor", "this is no cursor of this list; begin without one");
  return { time, id };
}
