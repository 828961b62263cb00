/** The link thread's centre: takes blocks from the journal, and decides what leaves when.
 *  journal → [egress: protect → schedule → lanes → pacer] → UDP sink → ║ diode ║ */
import type { KeyObject } from "node:crypto";
import type { Clock } from "@nonreturn/station/thread";
import { DATAGRAM_OVERHEAD_BYTES, encodeDatagram, SequenceSet } from "@nonreturn/wire-format";
import type { JournalHead, JournalReader } from "../journal/journal.ts";
import type { DatagramSink } from "./datagram-sink.ts";
import { LANES, type Lane, Lanes, laneNumber } from "./lanes.ts";
import { LiveQueue } from "./live-queue.ts";
import { FRAME_OVERHEAD_BYTES, Pacer } from "./pacer.ts";
import {
  firstPass,
  laterPass,
  type OutgoingBlock,
  type OutgoingSymbol,
  type ProtectionLimits,
  singleSymbol,
} from "./protect-block.ts";
import { type NextRepeat, Repeats, type SecondPassSettings } from "./repeats.ts";
import { Schedule, symbolDelays } from "./schedule.ts";

export interface EgressSettings {
  readonly stream: number;
  readonly generation: number;
  /** Sealing epoch of this run. */
  readonly runEpoch: number;
  readonly session: Uint8Array; // 8
  /** Bit/s on the wire. */
  readonly linkRate: number;
  readonly limits: ProtectionLimits;
  readonly spreadMs: number;
  readonly secondPass: SecondPassSettings | undefined;
}

export interface EgressSurroundings {
  /** By stream: data and announce. */
  readonly macKeys: ReadonlyMap<number, KeyObject>;
  readonly journal: JournalReader;
  readonly sink: DatagramSink;
  readonly clock: Clock;
  /** Calls back in the next turn of the event loop. */
  readonly soon: (callback: () => void) => void;
}

/** In the schedule at once, so that neighbours can be interleaved; on a slow link at most a second of it. */
const SCHEDULED_BYTES = 256 * 1024;
/** Repeated blocks on their way at once. */
const REPEAT_BYTES_IN_FLIGHT = 256 * 1024;

/** A block whose first pass is under way. */
interface FirstPass {
  left: number;
  readonly block: OutgoingBlock;
  readonly hash: Uint8Array;
}

export interface EgressCounters {
  /** By lane number. */
  readonly datagrams: Float64Array;
  bytes: number;
  liveBlocks: number;
  /** Live blocks that were put off because the link is slower than the data. */
  overflowed: number;
  /** Blocks too large for the link; they cannot exist unless limits were lowered. */
  refused: number;
}

/** Everything between the journal and the socket. Single-threaded; time and socket are injected. */
export class Egress {
  readonly counters: EgressCounters = {
    datagrams: new Float64Array(LANES.length),
    bytes: 0,
    liveBlocks: 0,
    overflowed: 0,
    refused: 0,
  };
  readonly repeats: Repeats;
  readonly #settings: EgressSettings;
  readonly #macKeys: ReadonlyMap<number, KeyObject>;
  readonly #sink: DatagramSink;
  readonly #clock: Clock;
  readonly #schedule = new Schedule();
  readonly #lanes = new Lanes();
  readonly #pacer: Pacer;
  readonly #numbers = new Map<number, number>();
  readonly #buffer: Uint8Array;
  readonly #live: LiveQueue;
  #liveBytesInFlight = 0;
  #repeatBytesInFlight = 0;
  readonly #firstPasses = new Map<OutgoingBlock, FirstPass>();
  readonly #sent = new SequenceSet();
  #heartbeats = 0;
  #runEpoch: number;
  #head: JournalHead;
  #cancelRepeat: (() => void) | undefined;

  /** @param head  what the link had sent before this start; sequence 0 for a new journal. */
  constructor(
    settings: EgressSettings,
    { macKeys, journal, sink, clock, soon }: EgressSurroundings,
    head: JournalHead,
  ) {
    this.#settings = settings;
    this.#macKeys = macKeys;
    this.#sink = sink;
    this.#clock = clock;
    this.#head = head;
    this.#runEpoch = settings.runEpoch;
    this.#buffer = new Uint8Array(settings.limits.maxSymbolBytes + DATAGRAM_OVERHEAD_BYTES);
    this.#live = new LiveQueue(settings.linkRate / 8000);
    this.repeats = new Repeats(journal, settings.secondPass, clock.monotonicMs());
    this.#pacer = new Pacer(
      settings,
      this.#schedule,
      this.#lanes,
      clock,
      (symbol, lane) => this.#sendSymbol(symbol, lane),
      () => sink.flush(),
      (nowMs) => this.#addRepeat(nowMs),
      soon,
    );
  }

  /** Newest data block all of whose first-pass symbols were handed to the link. */
  get head(): JournalHead {
    return this.#head;
  }

  /** Live symbols, or live blocks, that have not left yet. */
  get liveBytesWaiting(): number {
    return this.#live.bytes + this.#liveBytesInFlight;
  }

  /** Symbols that are due and wait for room, by lane. */
  waitingIn(lane: Lane): number {
    return this.#lanes.countOf(laneNumber(lane));
  }

  /** Accepted heartbeats that have not left yet. */
  get heartbeatsWaiting(): number {
    return this.#heartbeats - this.counters.datagrams[laneNumber("heartbeat")]!;
  }

  /** Everything accepted has had its first pass. */
  get isDrained(): boolean {
    return this.#live.length === 0 && this.#firstPasses.size === 0 && this.repeats.backlog === 0;
  }

  /** Ranges whose first pass ended since the last call. */
  takeSent(): readonly { readonly first: number; readonly last: number }[] {
    const ranges = this.#sent.ranges();
    this.#sent.clear();
    return ranges;
  }

  /** A block that was just journaled. */
  acceptLive(block: OutgoingBlock, hash: Uint8Array): void {
    this.#live.push({ block, hash });
    this.#overflow();
    this.#startLive();
    this.#pacer.wake();
  }

  /** A sealed heartbeat: one datagram, before everything else. */
  acceptHeartbeat(block: OutgoingBlock): void {
    const symbol = singleSymbol(block, this.#settings.limits);
    if (symbol === undefined) {
      this.counters.refused++;
      return;
    }
    this.#heartbeats++;
    this.#schedule.add(symbol, laneNumber("heartbeat"), this.#clock.monotonicMs());
    this.#pacer.wake();
  }

  /** A status, refresh or directory block. @returns its bytes on the wire. */
  acceptAnnounce(block: OutgoingBlock): number {
    const symbols = this.#protect(block, "later");
    this.#spread(block, symbols, "announce", "announce");
    this.#pacer.wake();
    return wireBytesOf(symbols);
  }

  /** Look for backlog, second pass and replay again; call it after adding to `repeats`. */
  wake(): void {
    this.#pacer.wake();
  }

  /** The run goes on in a higher epoch: datagram numbers start anew. */
  startEpoch(runEpoch: number): void {
    this.#runEpoch = runEpoch;
    this.#numbers.clear();
  }

  async close(): Promise<void> {
    this.#cancelRepeat?.();
    this.#pacer.close();
    await this.#sink.close();
  }

  /** When the link is slower than the data: the oldest waiting blocks become backlog, and are read from the journal when there is room. */
  #overflow(): void {
    for (let live = this.#live.nextOverflow(); live !== undefined; live = this.#live.nextOverflow()) {
      this.counters.overflowed++;
      this.repeats.addBacklog(live.block.sequence, live.block.sequence);
    }
  }

  /** Move waiting blocks into the schedule while what is in flight is within a spread's worth of the link; the newest first under overload. */
  #startLive(): void {
    const bytesPerMs = this.#settings.linkRate / 8000;
    const most = Math.max(bytesPerMs * this.#settings.spreadMs * 2, Math.min(SCHEDULED_BYTES, bytesPerMs * 1000));
    while (this.#live.length > 0 && this.#liveBytesInFlight < most) {
      const { block, hash } = this.#live.next()!;
      this.counters.liveBlocks++;
      const symbols = this.#protect(block, "first");
      if (symbols.length === 0) continue;
      this.#firstPasses.set(block, { left: symbols.length, block, hash });
      this.#spread(block, symbols, "live", "repair");
    }
  }

  #protect(block: OutgoingBlock, pass: "first" | "later"): OutgoingSymbol[] {
    try {
      return pass === "first" ? firstPass(block, this.#settings.limits) : laterPass(block, this.#settings.limits);
    } catch {
      this.counters.refused++; // too large for the symbol size: the batcher's bound is below it
      return [];
    }
  }

  #spread(block: OutgoingBlock, symbols: readonly OutgoingSymbol[], sourceLane: Lane, repairLane: Lane): void {
    if (symbols.length === 0) return;
    const { sourceSymbols } = symbols[0]!.protection;
    const delays = symbolDelays(sourceSymbols, symbols.length, this.#settings.spreadMs);
    const nowMs = this.#clock.monotonicMs();
    // Interleaved blocks keep the order of the schedule: in a lane of their own, repair symbols would gather behind a full link's source
    // symbols and leave in one run, where one burst takes all repair of several blocks.
    const own = symbols.length - sourceSymbols >= sourceSymbols ? repairLane : sourceLane;
    symbols.forEach((symbol, at) => {
      const lane = laneNumber(symbol.index < sourceSymbols ? sourceLane : own);
      if (this.#firstPasses.has(block)) this.#liveBytesInFlight += symbol.symbol.length;
      this.#schedule.add(symbol, lane, nowMs + delays[at]!);
    });
  }

  /** Called by the pacer when nothing is due: one more repeated block, if there is one and not too many are under way. */
  #addRepeat(nowMs: number): boolean {
    if (this.#repeatBytesInFlight >= REPEAT_BYTES_IN_FLIGHT) return false;
    const next = this.repeats.next(nowMs);
    if (next === undefined) {
      this.#wakeForRepeat(nowMs);
      return false;
    }
    this.#startRepeat(next);
    return true;
  }

  #startRepeat({ block: { sequence, sealingEpoch, bytes, hash }, lane }: NextRepeat): void {
    const block: OutgoingBlock = { stream: this.#settings.stream, sealingEpoch, sequence, bytes };
    const symbols = this.#protect(block, lane === "backlog" ? "first" : "later");
    if (lane === "backlog" && symbols.length > 0) this.#firstPasses.set(block, { left: symbols.length, block, hash });
    for (const symbol of symbols) this.#repeatBytesInFlight += symbol.symbol.length;
    this.repeats.spend(lane, wireBytesOf(symbols));
    this.#spread(block, symbols, lane, lane);
  }

  #wakeForRepeat(nowMs: number): void {
    const dueMs = this.repeats.nextDueMs(nowMs);
    this.#cancelRepeat?.();
    this.#cancelRepeat = undefined;
    if (dueMs === Number.POSITIVE_INFINITY) return;
    this.#cancelRepeat = this.#clock.after(Math.max(1, dueMs - nowMs), () => this.#pacer.wake());
  }

  /** The one place where a symbol becomes a datagram. Number and MAC are made here, at the moment of sending. */
  #sendSymbol(outgoing: OutgoingSymbol, lane: number): number {
    const { block, protection, totalSymbols, index, symbol, flags } = outgoing;
    const number = this.#numbers.get(block.stream) ?? 0;
    this.#numbers.set(block.stream, number + 1);
    const bytes = encodeDatagram(
      this.#buffer,
      {
        type: 1,
        stream: block.stream,
        generation: this.#settings.generation,
        runEpoch: this.#runEpoch,
        blockEpoch: block.sealingEpoch,
        session: this.#settings.session,
        number,
        sequence: block.sequence,
        blockBytes: block.bytes.length,
        sourceSymbols: protection.sourceSymbols,
        totalSymbols,
        symbolIndex: index,
        flags,
      },
      symbol,
      this.#macKeys.get(block.stream)!,
    );
    this.#sink.send(this.#buffer.subarray(0, bytes));
    this.counters.datagrams[lane]!++;
    this.counters.bytes += bytes;
    this.#account(outgoing, lane);
    return bytes;
  }

  #account({ block, symbol }: OutgoingSymbol, lane: number): void {
    if (lane >= laneNumber("backlog")) this.#repeatBytesInFlight -= symbol.length;
    const pass = this.#firstPasses.get(block);
    if (pass === undefined) return;
    this.#liveBytesInFlight -= symbol.length;
    if (--pass.left > 0) return;
    this.#firstPasses.delete(block);
    this.#sent.add(block.sequence);
    this.repeats.firstPassDone(block.sequence, this.#clock.monotonicMs());
    if (block.sequence > this.#head.sequence)
      this.#head = { sequence: block.sequence, sealingEpoch: block.sealingEpoch, hash: pass.hash };
    this.#startLive();
  }
}

/** With datagram headers, MACs and frames. */
function wireBytesOf(symbols: readonly OutgoingSymbol[]): number {
  return symbols.reduce((sum, { symbol }) => sum + symbol.length + DATAGRAM_OVERHEAD_BYTES + FRAME_OVERHEAD_BYTES, 0);
}
