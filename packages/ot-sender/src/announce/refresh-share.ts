/** Keeps value refresh within its share of the link, so that it never competes with live data.
 *  main → [refresh share] → announcer → egress */
import type { Cancel, Clock } from "@nonreturn/station/thread";
import { TokenBucket } from "../egress/token-bucket.ts";

/** Of the link rate. */
const SHARE = 0.02;
/** Slices that wait for their turn; then the oldest is dropped, and its tags are refreshed in the next round. */
const MOST_WAITING = 64;
/** Samples per refresh block: two or three datagrams. */
export const REFRESH_SLICE_SAMPLES = 256;
/** A slice of numbers on the wire, a bit more than measured: about 11 bytes a sample, header, repair symbols, framing. */
const SLICE_WIRE_BYTES = 11_000;
const LEAST_TICK_MS = 50;

/**
 * Time between two slices when every value is to be refreshed once per `periodMs`; longer where that would take more than its share of
 * the link.
 */
export function refreshTickMs(tags: number, periodMs: number, linkRate: number): number {
  const slices = Math.max(1, Math.ceil(tags / REFRESH_SLICE_SAMPLES));
  const tagsPerSlice = Math.min(tags, REFRESH_SLICE_SAMPLES);
  const bytes = (SLICE_WIRE_BYTES * Math.max(32, tagsPerSlice)) / REFRESH_SLICE_SAMPLES;
  return Math.max(LEAST_TICK_MS, periodMs / slices, (bytes * 8000) / (linkRate * SHARE));
}

/** Enforces by measuring what `refreshTickMs` estimates: long texts take more than numbers. */
export class RefreshShare<Slice> {
  readonly #send: (slice: Slice) => number;
  readonly #clock: Clock;
  readonly #budget: TokenBucket;
  readonly #waiting: Slice[] = [];
  #dropped = 0;
  #cancel: Cancel | undefined;

  /** @param send  seals and sends one slice, returns its bytes on the wire; must not throw. */
  constructor(linkRate: number, clock: Clock, send: (slice: Slice) => number) {
    this.#send = send;
    this.#clock = clock;
    const rate = linkRate * SHARE;
    this.#budget = new TokenBucket(rate, Math.max(16_384, rate / 80), clock.monotonicMs());
  }

  /** Slices that had to give way. */
  get dropped(): number {
    return this.#dropped;
  }

  accept(slice: Slice): void {
    this.#waiting.push(slice);
    if (this.#waiting.length > MOST_WAITING) {
      this.#waiting.shift();
      this.#dropped++;
    }
    this.#look();
  }

  close(): void {
    this.#cancel?.();
    this.#waiting.length = 0;
  }

  #look(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const nowMs = this.#clock.monotonicMs();
    while (this.#waiting.length > 0 && this.#budget.hasRoom(nowMs)) {
      this.#budget.spend(this.#send(this.#waiting.shift()!));
    }
    if (this.#waiting.length > 0) this.#cancel = this.#clock.after(this.#budget.waitMs(nowMs), () => this.#look());
  }
}
