/** The OT stations that are known: link, journal, newest block, devices, gaps.
 *  request → [stations endpoint] → known stations */
import { isoMicros } from "../iso-micros.ts";
import type { KnownStation } from "../publisher.ts";
import { ANSWER_CHARACTERS, type Endpoint, endpoint, json, USUAL_LIMIT } from "./endpoint.ts";
import { PARAMETERS } from "./parameters.ts";
import { Problem } from "./problem.ts";

const { stream, limit } = PARAMETERS;
const NO_GAPS = { open: 0, openBlocks: 0, healed: 0, lost: 0 };

export const STATIONS_ENDPOINT: Endpoint = endpoint({
  path: "/v1/stations",
  scope: "stations",
  summary: "The OT stations there are: link, journal, newest block, devices, gaps",
  description:
    "One per stream, in the order of their numbers: the one that is received, and those of which the store still holds something. What a station said of itself is as old as announcedAt; old where it was heard before this station started, or the link is not up.",
  parameters: { stream, limit },
  required: [],
  answers: "Stations",
  answer(values, { readStations, now }) {
    if (readStations === undefined) throw new Problem(503, "this station has stored nothing yet");
    const known = readStations().filter((one) => values.stream === undefined || one.stream === values.stream);
    if (known.length === 0) throw new Problem(404, "there is no such stream; without stream all of them are shown");
    const texts: string[] = [];
    let characters = 0;
    for (const one of known) {
      if (texts.length >= (values.limit ?? USUAL_LIMIT) || characters >= ANSWER_CHARACTERS) break;
      const text = JSON.stringify(stationOf(one, now()));
      texts.push(text);
      characters += text.length;
    }
    return json(`{"stations":[${texts.join(",")}],"stationsInAll":${known.length}}`);
  },
});

function stationOf({ stream, announced, link, stored, tags }: KnownStation, now: number): object {
  const last = stored?.lastBlock;
  const status = announced?.status;
  return {
    name: status?.stationName ?? null,
    mode: status?.mode ?? null,
    softwareVersion: status?.softwareVersion ?? null,
    announcedAt: status === undefined ? null : isoMicros(status.time),
    heardAt: announced === undefined ? null : isoMicros(announced.heardAt),
    announced: announced?.is ?? null,
    stream,
    link: { ...link, since: link.since === undefined ? null : isoMicros(link.since) },
    journal: stored === undefined ? null : { epoch: stored.journalEpoch, head: stored.head, oldest: stored.oldest },
    journals: stored?.journals ?? 0,
    lastBlock:
      last === undefined
        ? null
        : {
            sequence: last.sequence,
            sealedAt: isoMicros(last.sealedAt),
            recordedAt: isoMicros(last.recordedAt),
            ageSeconds: Math.max(0, now - last.recordedAt) / 1_000_000, // the wall clock may have been set back
          },
    tags,
    devices: (status?.devices ?? []).map(({ device, state, reason, since }) => ({
      name: device,
      state,
      reason,
      since: isoMicros(since),
    })),
    gaps: stored?.gaps ?? NO_GAPS,
  };
}
