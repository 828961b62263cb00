/** The samples of a block as JSON messages: one, or several where one would be too large for the usual server.
 *  stored entry → [map sample] → publish */
import { valueAt } from "@nonreturn/wire-format";
import { refusedEntry, type StoredEntry } from "../publisher.ts";
import { payloadOf } from "../sample-json.ts";

export interface BlockMessage {
  /** The same for the same part of the same block, whoever publishes it and when. */
  readonly id: string;
  readonly payload: string;
}

/** Below the 1 MB that a server takes by default, whatever characters cost in UTF-8. Fixed, so that a repeated block is cut alike. */
const PART_CHARACTERS = 256 * 1024;

/** `{"stream":…,"sealingEpoch":…,"sequence":…,"part":…,"samples":[{…},…]}`; samples as everywhere (docs/publishers.md), each with its path. */
export function* messagesOf(entry: StoredEntry, publisher: string): Generator<BlockMessage, void, void> {
  const { identity, samples, lane, tagOf } = entry;
  if (identity === undefined) return; // current values are no history
  const { stream, sealingEpoch, sequence } = identity;
  const role = lane === "late" ? "historical" : "live";
  let list = "";
  let part = 0;
  const message = (): BlockMessage => ({
    id: `${stream}-${sealingEpoch}-${sequence}-${part}`,
    payload: `{"stream":${stream},"sealingEpoch":${sealingEpoch},"sequence":${sequence},"part":${part},"samples":[${list}]}`,
  });
  for (let row = 0; row < samples.count; row++) {
    const tag = tagOf(samples.tagIds[row]!);
    if (tag === undefined) throw refusedEntry(publisher, `tag ${samples.tagIds[row]} has no definition`);
    const sample = payloadOf(
      valueAt(samples, row),
      samples.statusCodes[row]!,
      samples.timestamps[row]!,
      tag,
      role,
      tag.path,
    );
    if (list !== "" && list.length + sample.length > PART_CHARACTERS) {
      yield message();
      part++;
      list = "";
    }
    list += list === "" ? sample : `,${sample}`;
  }
  if (list !== "") yield message();
}
