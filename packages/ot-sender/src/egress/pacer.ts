/** Lets datagrams go no faster than the link carries them: without flow control, sending faster only loses.
 *  lanes → [pacer] → UDP sink */
import type { Cancel, Clock } from "@nonreturn/station/thread";
import type { Lanes } from "./lanes.ts";
import type { OutgoingSymbol } from "./protect-block.ts";
import type { Schedule } from "./schedule.ts";
import { TokenBucket } from "./token-bucket.ts";

/** What a datagram takes on the wire beside itself: 8 UDP + 20 IPv4 + 14 Ethernet + 4 FCS + 8 preamble + 12 gap. */
export const FRAME_OVERHEAD_BYTES = 66;

/** Timers come late by a millisecond or two; so much may be saved up meanwhile. */
const BURST_MS = 4;
const LEAST_BURST_BYTES = 3000; // two full frames
/**
 * Due symbols leave at the nearest of these ticks, so that blocks which are on their way at the same time share a wake-up, which costs
 * more than the datagram. Of one block no two share one unless they are less than this apart.
 */
const TICK_MS = 2;
/** Datagrams per turn of the event loop, so that messages from other threads are heard. */
const DATAGRAMS_PER_TURN = 264; // 6 × 44, the most full datagrams one system call takes;

export interface PacerSettings {
  /** Bit/s on the wire, Ethernet framing included. */
  readonly linkRate: number;
}

/**
 * Moves due symbols from the schedule into the lanes and sends them in priority order within the link's rate.
 * `wake` after every change of the schedule; between changes it sets its own timer. Accurate to a few percent at any rate that one core
 * can send, because late wake-ups are paid back from the bucket.
 */
export class Pacer {
  readonly #schedule: Schedule;
  readonly #lanes: Lanes;
  readonly #clock: Clock;
  readonly #bucket: TokenBucket;
  readonly #send: (symbol: OutgoingSymbol, lane: number) => number;
  readonly #flush: () => void;
  readonly #onIdle: (nowMs: number) => boolean;
  readonly #soon: (callback: () => void) => void;
  #cancel: Cancel | undefined;
  #wakesAtMs = Number.POSITIVE_INFINITY;
  #state: "running" | "soon" | "closed" = "running";

  /**
   * @param send  sends one symbol as a datagram, returns its bytes
   * @param flush  nothing more is sent for now: what was sent must leave
   * @param onIdle  asked when nothing is due: may add to the schedule (second pass, backlog, replay) and returns true if it did
   * @param soon  calls back in the next turn of the event loop, without the millisecond that a timer costs
   */
  constructor(
    settings: PacerSettings,
    schedule: Schedule,
    lanes: Lanes,
    clock: Clock,
    send: (symbol: OutgoingSymbol, lane: number) => number,
    flush: () => void,
    onIdle: (nowMs: number) => boolean,
    soon: (callback: () => void) => void,
  ) {
    this.#schedule = schedule;
    this.#lanes = lanes;
    this.#clock = clock;
    this.#send = send;
    this.#flush = flush;
    this.#onIdle = onIdle;
    this.#soon = soon;
    const burstBytes = Math.max(LEAST_BURST_BYTES, (settings.linkRate / 8000) * BURST_MS);
    this.#bucket = new TokenBucket(settings.linkRate, burstBytes, clock.monotonicMs());
  }

  /** Look now whether something can be sent. */
  wake(): void {
    if (this.#state === "closed") return;
    const nowMs = this.#clock.monotonicMs();
    let sent = 0;
    let idle = false;
    this.#moveDue(nowMs);
    while (sent < DATAGRAMS_PER_TURN && this.#bucket.hasRoom(nowMs)) {
      const next = this.#lanes.take();
      if (next === undefined) {
        if (this.#moveDue(nowMs + TICK_MS / 2)) continue;
        idle = !this.#onIdle(nowMs);
        if (idle) break;
        this.#moveDue(nowMs);
        continue;
      }
      this.#bucket.spend(this.#send(next.symbol, next.lane) + FRAME_OVERHEAD_BYTES);
      sent++;
    }
    if (sent > 0) this.#flush();
    this.#sleep(this.#clock.monotonicMs(), idle);
  }

  close(): void {
    this.#state = "closed";
    this.#cancel?.();
  }

  /** @returns whether there was any. */
  #moveDue(untilMs: number): boolean {
    const before = this.#lanes.count;
    for (let due = this.#schedule.take(untilMs); due !== undefined; due = this.#schedule.take(untilMs))
      this.#lanes.add(due.symbol, due.lane);
    return this.#lanes.count > before;
  }

  /** @param idle  nothing is due and nothing can be repeated; otherwise there may be more as soon as the bucket has room. */
  #sleep(nowMs: number, idle: boolean): void {
    const next = idle ? tickOf(this.#schedule.nextDueMs) : nowMs + this.#bucket.waitMs(nowMs);
    if (next === Number.POSITIVE_INFINITY || this.#state !== "running") return;
    if (!idle && next <= nowMs) {
      this.#state = "soon";
      this.#soon(() => {
        if (this.#state === "closed") return;
        this.#state = "running";
        this.wake();
      });
      return;
    }
    if (this.#cancel !== undefined && this.#wakesAtMs <= next && this.#wakesAtMs > nowMs) return;
    this.#cancel?.();
    this.#wakesAtMs = next;
    // Timers know whole milliseconds and cut the rest off: before its tick nothing is due, and the wake-up would be one more.
    const delayMs = idle ? Math.ceil(next - nowMs) : next - nowMs;
    this.#cancel = this.#clock.after(Math.max(0, delayMs), () => {
      this.#cancel = undefined;
      this.wake();
    });
  }
}

/** The first tick at which it is taken. */
function tickOf(dueMs: number): number {
  return Math.ceil((dueMs - TICK_MS / 2) / TICK_MS) * TICK_MS;
}
