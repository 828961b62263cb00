/** Keys, randomness and samples for tests of what lies between report and link.
 *  test → [station keys] → journal, egress, announce */
import { createPublicKey } from "node:crypto";
import {
  newStationKeys,
  type OpeningKeys,
  type SampleColumns,
  SampleColumnsBuilder,
  type SealingKeys,
  sealingKeysOf,
} from "@nonreturn/wire-format";

/** The same bytes for the same seed (mulberry32). Not fit for keys outside tests. */
export function seededBytes(seed: number): (bytes: number) => Uint8Array {
  let state = seed >>> 0;
  return (bytes) =>
    Uint8Array.from({ length: bytes }, () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return (mixed ^ (mixed >>> 14)) & 0xff;
    });
}

export interface TestKeys {
  readonly keys: SealingKeys;
  /** Open what `keys` sealed. */
  readonly opening: OpeningKeys;
}

export function testKeys(seed = 1): TestKeys {
  const keys = sealingKeysOf(newStationKeys(seededBytes(seed), 1));
  return { keys, opening: openingKeysOf(keys) };
}

export function openingKeysOf({ site, generation, root, signingKey, epochFloor }: SealingKeys): OpeningKeys {
  const verifyKey = createPublicKey(signingKey);
  return { site, generations: new Map([[generation, { generation, root, verifyKey, epochFloor }]]) };
}

/** `count` samples of tags firstTag, firstTag + 1, … at one instant; every value differs. */
export function columnsOf(count: number, firstTag = 1, time = 1_795_420_800_000_000): SampleColumns {
  const builder = new SampleColumnsBuilder();
  for (let tag = firstTag; tag < firstTag + count; tag++) builder.push(tag, Math.fround(tag * 1.37), 0, time);
  return builder.take();
}
