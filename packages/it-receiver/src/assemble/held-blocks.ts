/** Which blocks need no more symbols, because they were handed on already.
 *  ledger, assembly table → [held blocks] → admit */
import { SequenceSet } from "@nonreturn/wire-format";

/** Sequences of announce streams are never repeated after so many others. */
const ANNOUNCE_MEMORY = 4096;
const ANNOUNCE_BIT = 0x8000;
/** Epochs remembered per stream; older ones belong to runs long gone and are looked up in the ledger by the record thread. */
const EPOCHS_PER_STREAM = 64;

/** Intervals per (stream, sealing epoch): memory grows with gaps, not with blocks. */
export class HeldBlocks {
  readonly #byStream = new Map<number, Map<number, SequenceSet>>();

  has(stream: number, sealingEpoch: number, sequence: number): boolean {
    return this.#byStream.get(stream)?.get(sealingEpoch)?.has(sequence) ?? false;
  }

  add(stream: number, sealingEpoch: number, first: number, last: number = first): void {
    const set = this.#setOf(stream, sealingEpoch);
    set.add(first, last);
    // Heartbeats that were lost would leave an interval each.
    if ((stream & ANNOUNCE_BIT) !== 0 && set.intervals > ANNOUNCE_MEMORY / 2) {
      const keepFrom = set.highest! - ANNOUNCE_MEMORY;
      if (keepFrom > 1) set.add(1, keepFrom);
    }
  }

  /** Recording failed: its symbols are welcome again. */
  remove(stream: number, sealingEpoch: number, sequence: number): void {
    this.#byStream.get(stream)?.get(sealingEpoch)?.remove(sequence);
  }

  #setOf(stream: number, sealingEpoch: number): SequenceSet {
    let epochs = this.#byStream.get(stream);
    if (epochs === undefined) {
      epochs = new Map();
      this.#byStream.set(stream, epochs);
    }
    let set = epochs.get(sealingEpoch);
    if (set === undefined) {
      set = new SequenceSet();
      epochs.set(sealingEpoch, set);
      if (epochs.size > EPOCHS_PER_STREAM) epochs.delete(Math.min(...epochs.keys()));
    }
    return set;
  }
}
