/** Finds the refused samples of an entry by halving it, so that the others of its block are published.
 *  runner → [publish parts] → publisher */
import { type SampleColumns, SampleColumnsBuilder, sampleAt } from "@nonreturn/wire-format";
import type { StoredEntry } from "./publisher.ts";

/** Offers per entry: 30 refused samples of 8192 cost fewer. What has not been offered by then is set aside with them. */
const MOST_OFFERS = 1000;

export interface RefusedRows {
  readonly accepted: number;
  /** Of the first refused sample; "" if none was. */
  readonly reason: string;
  readonly refused: number;
}

/**
 * Offer an entry that was refused in halves, and those again, down to single samples; in order.
 *
 * @param offer  resolves with the reason of a refusal, undefined when the part is held. What it throws ends the search.
 */
export async function publishParts(
  entry: StoredEntry,
  offer: (part: StoredEntry) => Promise<string | undefined>,
): Promise<RefusedRows> {
  const { samples } = entry;
  const middle = samples.count >>> 1;
  const waiting = [
    [middle, samples.count],
    [0, middle],
  ] as [first: number, end: number][];
  let [accepted, refused, reason] = [0, 0, ""];
  for (let offers = 0; ; ) {
    const part = waiting.pop();
    if (part === undefined) return { accepted, refused, reason };
    const [first, end] = part;
    if (first === end) continue;
    const why = offers++ < MOST_OFFERS ? await offer({ ...entry, samples: rowsOf(samples, first, end) }) : reason;
    if (why === undefined) accepted += end - first;
    else if (end - first === 1 || offers > MOST_OFFERS) {
      refused += end - first;
      reason ||= why;
    } else {
      const half = (first + end) >>> 1;
      waiting.push([half, end], [first, half]);
    }
  }
}

function rowsOf(samples: SampleColumns, first: number, end: number): SampleColumns {
  const builder = new SampleColumnsBuilder(end - first);
  for (let row = first; row < end; row++) builder.pushSample(sampleAt(samples, row));
  return builder.take();
}
