/** The samples or alarm events of a block as JSON messages: one, or several where one would be too large for the usual server.
 *  stored entry → [map sample] → publish */
import { createHash } from "node:crypto";
import { valueAt } from "@nonreturn/wire-format";
import { rowCount } from "../entry-rows.ts";
import { refusedEntry, type StoredEntry } from "../publisher.ts";
import { eventPayloadOf, payloadOf } from "../sample-json.ts";

export interface BlockMessage {
  /** The same for the same rows of the same block, whoever publishes them and when. */
  readonly id: string;
  readonly payload: string;
  /** After the configured subject: live, late, alarms.live or alarms.late. */
  readonly subject: string;
}

/**
 * Below the 1 MB that a server takes by default, whatever characters cost in UTF-8; less where the server takes less. The same for one server
 * from call to call, so that a repeated block is cut alike.
 */
const PART_CHARACTERS = 256 * 1024;
const BYTES_PER_CHARACTER = 3; // of UTF-8, at most, for one of UTF-16
/** What stands around the samples. */
const HEAD_BYTES = 200;

/**
 * `{"stream":…,"sealingEpoch":…,"sequence":…,"part":…,"samples":[{…},…]}`, or "events" in the place of "samples"; both as everywhere
 * (docs/publishers.md), each with its path.
 *
 * @param mostBytes  of a message. One sample that is larger has a message of its own all the same.
 */
export function* messagesOf(
  entry: StoredEntry,
  publisher: string,
  mostBytes = Number.POSITIVE_INFINITY,
): Generator<BlockMessage, void, void> {
  const mostCharacters = Math.min(PART_CHARACTERS, Math.floor((mostBytes - HEAD_BYTES) / BYTES_PER_CHARACTER));
  const { identity, lane, offer, firstRow } = entry;
  const rows = offer === "retried" ? `rows-${firstRow}-${rowCount(entry)}-` : "";
  const first = offer === "retried" ? `"firstRow":${firstRow},` : "";
  if (identity === undefined) return; // current values are no history
  const { stream, sealingEpoch, sequence } = identity;
  const [items, name] = entry.events === undefined ? [samplesOf, "samples"] : [eventsOf, "events"];
  const subject = entry.events === undefined ? lane : `alarms.${lane}`;
  let list = "";
  let part = 0;
  let from = 0;
  let end = 0;
  const message = (): BlockMessage => ({
    id: `${stream}-${sealingEpoch}-${sequence}-${rows}${part}-${fingerprintOf(entry, from, end)}`,
    payload: `{"stream":${stream},"sealingEpoch":${sealingEpoch},"sequence":${sequence},"part":${part},${first}"${name}":[${list}]}`,
    subject,
  });
  for (const item of items(entry, publisher)) {
    if (list !== "" && list.length + item.length > mostCharacters) {
      yield message();
      part++;
      list = "";
      from = end;
    }
    end++;
    list += list === "" ? item : `,${item}`;
  }
  if (list !== "") yield message();
}

/**
 * Which rows of its block a message holds, whoever publishes it and in which lane. Where a limit was changed, or a row is left out, the block is cut
 * otherwise: what is held already must not stand for other rows.
 */
function fingerprintOf({ samples, events }: StoredEntry, from: number, end: number): string {
  const names = new Float64Array(2 * (end - from));
  for (let row = from; row < end; row++) {
    const at = 2 * (row - from);
    names[at] = events === undefined ? samples.tagIds[row]! : events[row]!.tagId;
    names[at + 1] = events === undefined ? samples.timestamps[row]! : events[row]!.eventSequence;
  }
  return createHash("sha256").update(names).digest("hex").slice(0, 16);
}

function* samplesOf({ samples, lane, tagOf }: StoredEntry, publisher: string): Generator<string, void, void> {
  const role = lane === "late" ? "historical" : "live";
  for (let row = 0; row < samples.count; row++) {
    const tag = tagOf(samples.tagIds[row]!);
    if (tag === undefined) throw refusedEntry(publisher, `tag ${samples.tagIds[row]} has no definition`);
    yield payloadOf(valueAt(samples, row), samples.statusCodes[row]!, samples.timestamps[row]!, tag, role, tag.path);
  }
}

function* eventsOf({ events = [], lane, tagOf }: StoredEntry, publisher: string): Generator<string, void, void> {
  for (const event of events) {
    const tag = tagOf(event.tagId);
    if (tag === undefined) throw refusedEntry(publisher, `tag ${event.tagId} has no definition`);
    yield eventPayloadOf(event, tag, lane === "late" ? "historical" : "live");
  }
}
