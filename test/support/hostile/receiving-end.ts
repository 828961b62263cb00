/** What the intake and record threads do with a datagram, in one thread and without a disk: admit, assemble, open.
 *  datagrams → [receiving end] → opened blocks, counts by reason */
import type { OpeningKeys, SealingKeys, WireErrorCode } from "@nonreturn/wire-format";
import { type AssemblyLimits, AssemblyTable } from "../../../packages/it-receiver/src/assemble/assembly-table.ts";
import { HeldBlocks } from "../../../packages/it-receiver/src/assemble/held-blocks.ts";
import { Admission, type Verdict } from "../../../packages/it-receiver/src/ingress/admit.ts";
import { BlockOpening } from "../../../packages/it-receiver/src/open/open-block.ts";
import { openingKeysOf } from "../station-keys.ts";
import { macKeysOf, RUN_EPOCH } from "./hostile-traffic.ts";

/** As configured if nothing is said. */
const LIMITS: AssemblyLimits = { maximumBlocks: 16_384, maximumBytes: 256 * 1024 * 1024 };

export class ReceivingEnd {
  readonly admission: Admission;
  readonly table: AssemblyTable;
  readonly held = new HeldBlocks();
  readonly opening: BlockOpening;
  /** Run epochs that were stored, in order. */
  readonly storedEpochs: number[] = [];
  /** Sequences of blocks that were opened, in order. */
  readonly opened: number[] = [];
  /** What became of the last datagram, where it completed a block. */
  lastRefusal: WireErrorCode | undefined;

  constructor(keys: SealingKeys, limits: AssemblyLimits = LIMITS, opening: OpeningKeys = openingKeysOf(keys)) {
    this.table = new AssemblyTable(limits);
    this.opening = new BlockOpening(opening);
    this.admission = new Admission({
      macKeys: macKeysOf(keys),
      runEpochs: new Map([[keys.generation, RUN_EPOCH]]),
      storeRunEpoch: (_, epoch) => void this.storedEpochs.push(epoch),
      isHeld: (stream, epoch, sequence) => this.held.has(stream, epoch, sequence),
    });
  }

  accept(datagram: Uint8Array): Verdict {
    this.lastRefusal = undefined;
    const verdict = this.admission.admit(datagram);
    if (verdict !== "admitted") return verdict;
    const block = this.table.accept(datagram);
    if (block === undefined) return verdict;
    const { stream, sealingEpoch, sequence } = block;
    this.held.add(stream, sealingEpoch, sequence);
    const opened = this.opening.open(block.bytes, block);
    if ("code" in opened) {
      this.lastRefusal = opened.code;
      this.held.remove(stream, sealingEpoch, sequence);
    } else this.opened.push(sequence);
    return verdict;
  }

  /** Refusals by code. */
  refusals(): Record<string, number> {
    return Object.fromEntries(this.opening.refusals);
  }
}
