/** Proves that the IT station's store holds what the driver delivered: every tag, every sample, in order, bit for bit.
 *  store.db, account → [check store] → line section */
import { join } from "node:path";
import { loadOpeningKeys } from "../../../packages/it-receiver/src/keys/pairing-file.ts";
import { openStoreReader } from "../../../packages/it-receiver/src/record/store-reader.ts";
import { openBlock } from "../../../packages/wire-format/src/index.ts";
import type { AccountFile } from "../plant/synthetic-ot.ts";

export interface StoreCheck {
  readonly samples: number;
  readonly blocks: number;
  /** Of the data blocks. */
  readonly sealedBytes: number;
  /** Samples the driver delivered and the store does not hold; below 0 if it holds more. */
  readonly lost: number;
  /** Tags whose samples differ in value or order though their number is right. */
  readonly wrongTags: number;
}

/** Reads all live blocks; stop the station first. Late blocks would disturb the order: runs with loss count only. */
export function checkStore(folder: string, account: AccountFile): StoreCheck {
  const keys = loadOpeningKeys(join(folder, "it", "keys"));
  const store = openStoreReader(join(folder, "it", "store.db"));
  const counts = new Float64Array(account.counts.length);
  const sums = new Float64Array(account.counts.length);
  const total = { samples: 0, blocks: 0, sealedBytes: 0 };
  for (let position = 0; ; ) {
    const blocks = store.readAfter("live", position, 64, Number.POSITIVE_INFINITY);
    if (blocks.length === 0) break;
    for (const block of blocks) {
      position = block.position;
      const { batch } = openBlock(block.bytes, keys, { signature: "trusted" });
      if (batch.kind !== "data") continue;
      const { count, tagIds, numbers } = batch.samples;
      for (let row = 0; row < count; row++) {
        counts[tagIds[row]!]!++;
        sums[tagIds[row]!]! += numbers[row]!;
      }
      total.samples += count;
      total.blocks++;
      total.sealedBytes += block.bytes.length;
    }
  }
  store.close();
  const delivered = account.counts.reduce((sum, count) => sum + count, 0);
  const isWrong = (count: number, tag: number): boolean =>
    count === counts[tag] && !Object.is(account.sums[tag], sums[tag]);
  return { ...total, lost: delivered - total.samples, wrongTags: account.counts.filter(isWrong).length };
}
