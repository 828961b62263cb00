/** Sends the tag directory again and again, in slices, so that a receiver that starts late learns the names by itself.
 *  journal reader → [directory repeats] → egress, announce lane */
import type { Clock } from "@nonreturn/station/thread";
import type { Egress } from "../egress/egress.ts";
import { TokenBucket } from "../egress/token-bucket.ts";
import type { JournalReader } from "../journal/journal.ts";

/** Largest share of the link that repeats may take; what is longer than fits takes longer. */
const SHARE = 0.05;
/** A whole cycle at least this often, if the share allows: a receiver that starts in between knows every tag ten seconds later. 100,000 tags are
 *  about 3 MB a cycle, 3 Mbit/s. */
const CYCLE_MS = 8000;
const LOOK_MS = 100;

/** The sealed blocks themselves are sent, byte-identical: they are data blocks of the chain like any other. */
export class DirectoryRepeats {
  readonly #stream: number;
  readonly #journal: JournalReader;
  readonly #egress: Egress;
  readonly #clock: Clock;
  readonly #budget: TokenBucket;
  readonly #cancel: () => void;
  #sequences: readonly number[] = [];
  #next = 0;
  #cycleStartedMs = Number.NEGATIVE_INFINITY;

  constructor(stream: number, linkRate: number, journal: JournalReader, egress: Egress, clock: Clock) {
    this.#stream = stream;
    this.#journal = journal;
    this.#egress = egress;
    this.#clock = clock;
    const rate = linkRate * SHARE;
    this.#budget = new TokenBucket(rate, Math.max(16_384, rate / 80), clock.monotonicMs());
    this.#cancel = clock.every(LOOK_MS, () => this.#look());
  }

  /** A new revision, or the one this start found: sent at once, then in cycles. */
  announce(sequences: readonly number[]): void {
    this.#sequences = sequences;
    this.#next = 0;
    this.#cycleStartedMs = this.#clock.monotonicMs();
    this.#look();
  }

  close(): void {
    this.#cancel();
  }

  #look(): void {
    const nowMs = this.#clock.monotonicMs();
    if (this.#next >= this.#sequences.length) {
      if (nowMs - this.#cycleStartedMs < CYCLE_MS) return;
      this.#next = 0;
      this.#cycleStartedMs = nowMs;
    }
    while (this.#next < this.#sequences.length && this.#budget.hasRoom(nowMs)) {
      const sequence = this.#sequences[this.#next++]!;
      const [block] = this.#journal.read(sequence, sequence, 1, Number.POSITIVE_INFINITY);
      if (block === undefined) continue;
      const { sealingEpoch, bytes } = block;
      this.#budget.spend(this.#egress.acceptAnnounce({ stream: this.#stream, sealingEpoch, sequence, bytes }));
    }
  }
}
