/** Spoilt replies through everything that reads them: frames, PDU, items, conversion to values.
 *  [mutated replies] → test, soak */
import { localTimeOf } from "../../../src/drivers/local-time.ts";
import { blockOf } from "../../../src/drivers/s7/block.ts";
import { dataFrame, IsoFrames } from "../../../src/drivers/s7/iso-frames.ts";
import { type PlacedTag, placeTag } from "../../../src/drivers/s7/place-tag.ts";
import { ItemAnswers, parseAnswer } from "../../../src/drivers/s7/s7-pdu.ts";
import { spoiler, tagsAt } from "./s7-fixture.ts";

const ADDRESSES = [
  "DB1,REAL0",
  "DB1,X4.3.5",
  "DB1,STRING6.20",
  "DB1,WSTRING28.10",
  "DB1,DT52",
  "DB1,DTL60",
  "DB1,LDT72",
  "DB1,S5TIME80",
  "DB1,LINT82",
  "DB1,INT90.5",
  "DB1,CHAR100.7",
];

export interface MutationCounts {
  values: number;
  noValues: number;
  refused: number;
  damagedItems: number;
  damagedFrames: number;
  other: number;
}

/** @returns what became of them. Whatever is thrown goes through: a throw is the failure. */
export function readMutated(count: number, seed: number): MutationCounts {
  const toUtc = localTimeOf("Europe/Berlin");
  const places = tagsAt(ADDRESSES).map((tag) => placeTag(tag, toUtc) as PlacedTag);
  const blocks = [places.slice(0, 6), places.slice(6)].map((part) =>
    blockOf(part.map((place, row) => ({ row, place }))),
  );
  const good = dataFrame(goodAnswer(blocks.map(({ quantity }) => quantity)));
  const spoil = spoiler(seed);
  const counts = { values: 0, noValues: 0, refused: 0, damagedItems: 0, damagedFrames: 0, other: 0 };
  for (let round = 0; round < count; round++) {
    // A stream of its own: what a reply leaves behind is another test's.
    for (const frame of new IsoFrames().take(spoil(good))) {
      if (frame.kind === "damage") counts.damagedFrames++;
      if (frame.kind !== "data") continue;
      const answer = parseAnswer(frame.bytes);
      if (answer.kind !== "read") {
        counts.other++;
        continue;
      }
      const answers = new ItemAnswers(answer.data);
      for (const { start, quantity, members } of blocks) {
        const kind = answers.next(quantity);
        if (kind === "refused") counts.refused++;
        if (kind === "damaged") counts.damagedItems++;
        if (kind !== "bytes") continue;
        // Of this item alone: a conversion that reads beyond it throws.
        const view = new DataView(answer.data.buffer, answer.data.byteOffset + answers.from, quantity);
        for (const { place } of members) {
          if (place.convert(view, place.start - start) === undefined) counts.noValues++;
          else counts.values++;
        }
      }
    }
  }
  return counts;
}

function goodAnswer(quantities: readonly number[]): Uint8Array {
  const items = quantities.flatMap((quantity, index) => {
    const bytes = Array.from({ length: quantity + (index === 0 ? quantity % 2 : 0) }, (_, at) => (at * 7) & 0xff);
    return [0xff, 4, ((quantity * 8) >> 8) & 0xff, (quantity * 8) & 0xff, ...bytes];
  });
  return Uint8Array.from([
    0x32,
    3,
    0,
    0,
    0,
    9,
    0,
    2,
    items.length >> 8,
    items.length & 0xff,
    0,
    0,
    4,
    quantities.length,
    ...items,
  ]);
}
