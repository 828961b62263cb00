/** Proves that the IT station's store holds what the driver delivered: every tag, every sample, in order, bit for bit.
 *  store.db, account → [check store] → line section */
import { join } from "node:path";
import { loadOpeningKeys } from "../../../packages/it-receiver/src/keys/pairing-file.ts";
import type { StoreReader } from "../../../packages/it-receiver/src/record/store.ts";
import { openStoreReader } from "../../../packages/it-receiver/src/record/store-reader.ts";
import { openBlock } from "../../../packages/wire-format/src/index.ts";
import type { AccountFile } from "../plant/synthetic-ot.ts";

export interface StoreCheck {
  readonly samples: number;
  readonly blocks: number;
  /** Of the data blocks. */
  readonly sealedBytes: number;
  /** Samples in blocks that came too late for the live lane; they are stored like the others. */
  readonly late: number;
  /** Samples the driver delivered and the store does not hold; below 0 if it holds more. */
  readonly lost: number;
  /** Tags whose samples differ in value or order though their number is right. */
  readonly wrongTags: number;
}

/** Opens every block of both lanes in the order of the chain; stop the station first. */
export function checkStore(folder: string, account: AccountFile): StoreCheck {
  const keys = loadOpeningKeys(join(folder, "it", "keys"));
  const store = openStoreReader(join(folder, "it", "store.db"));
  const counts = new Float64Array(account.counts.length);
  const sums = new Float64Array(account.counts.length);
  const total = { samples: 0, blocks: 0, sealedBytes: 0, late: 0 };
  for (const position of positionsInOrder(store)) {
    const block = store.blockAt(position)!;
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
    if (block.lane === "late") total.late += count;
  }
  store.close();
  const delivered = account.counts.reduce((sum, count) => sum + count, 0);
  const isWrong = (count: number, tag: number): boolean =>
    count === counts[tag] && !Object.is(account.sums[tag], sums[tag]);
  return { ...total, lost: delivered - total.samples, wrongTags: account.counts.filter(isWrong).length };
}

/** Store positions by sequence. */
function positionsInOrder(store: StoreReader): number[] {
  const places: { readonly sequence: number; readonly position: number }[] = [];
  for (const lane of ["live", "late"] as const) {
    for (let position = 0; ; ) {
      const blocks = store.readAfter(lane, position, 64, Number.POSITIVE_INFINITY);
      if (blocks.length === 0) break;
      for (const block of blocks) {
        position = block.position;
        places.push({ sequence: block.identity.sequence, position });
      }
    }
  }
  return places.sort((a, b) => a.sequence - b.sequence).map(({ position }) => position);
}
