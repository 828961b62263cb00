/** Reads the tags of one Modbus device.
 *  plan → [modbus driver] → modbus connection → replies → samples */
import { type Clock, sleep } from "@nonreturn/station";
import { type SampleColumns, StatusCode } from "@nonreturn/wire-format";
import type { PollingDriver, RawReading, ReadPlan, TagAddress } from "../driver.ts";
import { readAborted } from "../reading-ended.ts";
import { type Block, describeBlock } from "./block.ts";
import type { ModbusDeviceConfig } from "./config.ts";
import { meaningOf } from "./exception-status.ts";
import type { ModbusConnection, ReadOutcome } from "./modbus-connection.ts";
import { ModbusPlan, planTags } from "./plan.ts";
import { Reading } from "./reading.ts";

/** Requests spent per read on halving, beside one per block: one bad address among 125 registers takes 14. What remains is halved by later reads. */
const HALVING_REQUESTS = 16;

/** After so many requests in a row without a reply, the rest of this unit's are not sent in this read. */
const SILENT_REQUESTS = 2;

export class ModbusDriver implements PollingDriver {
  readonly kind = "polling";
  readonly #config: ModbusDeviceConfig;
  readonly #connection: ModbusConnection;
  readonly #clock: Clock;
  /** Units whose last request was not answered: one silent request is then enough to stop asking. */
  readonly #silentUnits = new Set<number>();

  constructor(config: ModbusDeviceConfig, connection: ModbusConnection, clock: Clock) {
    this.#config = config;
    this.#connection = connection;
    this.#clock = clock;
  }

  plan(tags: readonly TagAddress[]): ModbusPlan {
    return planTags(tags, this.#config);
  }

  connect(signal: AbortSignal): Promise<void> {
    const { connectTimeout, connectDelay } = this.#config;
    return this.#connection.open(this, connectTimeout, connectDelay, signal);
  }

  close(): Promise<void> {
    return this.#connection.release(this);
  }

  async read(plan: ReadPlan, signal: AbortSignal): Promise<SampleColumns> {
    return (await this.#readPlan(plan, signal, "samples")).columns();
  }

  async readRaw(plan: ReadPlan, signal: AbortSignal): Promise<readonly RawReading[]> {
    return (await this.#readPlan(plan, signal, "samples and raw")).rawReadings();
  }

  async #readPlan(plan: ReadPlan, signal: AbortSignal, wanted: "samples" | "samples and raw"): Promise<Reading> {
    const reading = new Reading(ownPlan(plan), this.#clock, wanted);
    const { blocks } = reading.plan;
    const nowMs = this.#clock.monotonicMs();
    // A twentieth of the requests goes to addresses that were refused: many bad tags do not slow down the good ones.
    const due = blocks.due(nowMs, Math.max(1, Math.floor(blocks.active.length / 20)));
    const queue: Block[] = [...blocks.active, ...due.map(({ block }) => block)];
    for (const { block, statusCode, reason } of blocks.refused) reading.fail(block, statusCode, reason);
    const retried = new Set(due.map(({ block }) => block));
    const turn: Turn = {
      reading,
      queue,
      retried,
      halvings: HALVING_REQUESTS + blocks.active.length,
      silentInARow: new Map(),
      signal,
    };
    const workers = Array.from({ length: this.#config.requestsInFlight }, () => this.#work(turn));
    try {
      await Promise.all(workers);
    } finally {
      // One worker may have met the lost connection before the others: nobody must be left behind without a listener.
      await Promise.allSettled(workers);
    }
    return reading;
  }

  async #work(turn: Turn): Promise<void> {
    for (let block = turn.queue.shift(); block !== undefined; block = turn.queue.shift()) {
      if (turn.signal.aborted) throw readAborted();
      if (this.#isGivenUp(block.unit, turn)) {
        turn.reading.fail(block, StatusCode.BadTimeout, "not asked: the unit did not answer the requests before");
        continue;
      }
      const outcome = await this.#ask(block, turn);
      if (turn.retried.has(block)) await this.#takeRetried(block, outcome, turn);
      else this.#take(block, outcome, turn);
    }
  }

  #isGivenUp(unit: number, turn: Turn): boolean {
    const tolerated = this.#silentUnits.has(unit) ? 1 : SILENT_REQUESTS;
    return (turn.silentInARow.get(unit) ?? 0) >= tolerated;
  }

  /** One request, repeated as the configuration says while the device is busy or silent. */
  async #ask(block: Block, turn: Turn): Promise<ReadOutcome> {
    let busy = this.#config.busyRetries;
    let silent = this.#config.retries;
    for (;;) {
      const outcome = await this.#connection.request(block, this.#config, turn.signal);
      if (turn.signal.aborted) throw readAborted();
      if (outcome.kind === "silence") {
        if (silent-- > 0) continue;
        turn.silentInARow.set(block.unit, (turn.silentInARow.get(block.unit) ?? 0) + 1);
        if (this.#isGivenUp(block.unit, turn)) this.#silentUnits.add(block.unit);
        return outcome;
      }
      turn.silentInARow.set(block.unit, 0);
      this.#silentUnits.delete(block.unit);
      if (outcome.kind !== "exception" || meaningOf(outcome.code).kind !== "busy" || busy-- <= 0) return outcome;
      await sleep(this.#clock, this.#config.busyDelay, turn.signal);
      if (turn.signal.aborted) throw readAborted();
    }
  }

  #take(block: Block, outcome: ReadOutcome, turn: Turn): void {
    const { reading } = turn;
    if (outcome.kind === "reply") {
      reading.takeReply(block, outcome.bytes);
      return;
    }
    const { statusCode, reason, kind } = failureOf(outcome, block);
    reading.fail(block, statusCode, reason);
    if (kind !== "address") return;
    const halves = reading.plan.blocks.split(block);
    if (halves === undefined) {
      reading.plan.blocks.refuse(block, { statusCode, reason, retryAtMs: this.#retryAtMs() });
      return;
    }
    // Without budget the halves stay in the plan for the next read; their tags are Bad until then.
    turn.halvings -= halves.length;
    if (turn.halvings >= 0) turn.queue.unshift(...halves);
  }

  /** A block that was refused before and is asked again. */
  async #takeRetried(block: Block, outcome: ReadOutcome, turn: Turn): Promise<void> {
    const { blocks } = turn.reading.plan;
    if (outcome.kind === "reply") {
      turn.reading.takeReply(block, outcome.bytes);
      blocks.restore(block);
      return;
    }
    const { statusCode, reason } = failureOf(outcome, block);
    turn.reading.fail(block, statusCode, reason);
    blocks.refuse(block, { statusCode, reason, retryAtMs: this.#retryAtMs() });
    const probe = blocks.probe(block);
    if (probe === undefined || this.#isGivenUp(block.unit, turn)) return;
    const answer = await this.#ask(probe, turn);
    if (answer.kind !== "reply") return;
    turn.reading.takeReply(probe, answer.bytes);
    blocks.restore(block); // the next read fails as a whole and halves it
  }

  #retryAtMs(): number {
    return this.#clock.monotonicMs() + this.#config.badAddressRetry;
  }
}

/** One call of read: what is still to be asked, and what was learnt on the way. */
interface Turn {
  readonly reading: Reading;
  readonly queue: Block[];
  readonly retried: ReadonlySet<Block>;
  /** Requests left for halves of failing blocks. */
  halvings: number;
  /** By unit. */
  readonly silentInARow: Map<number, number>;
  readonly signal: AbortSignal;
}

interface Failure {
  readonly statusCode: number;
  readonly reason: string;
  readonly kind: "address" | "busy" | "other";
}

function failureOf(outcome: Exclude<ReadOutcome, { kind: "reply" }>, block: Block): Failure {
  switch (outcome.kind) {
    case "exception": {
      const { statusCode, text, kind } = meaningOf(outcome.code);
      return { statusCode, reason: text, kind };
    }
    case "silence":
      return {
        statusCode: StatusCode.BadTimeout,
        reason: `no reply to ${describeBlock(block)}${outcome.heard === undefined ? "" : `; ${outcome.heard}`}`,
        kind: "other",
      };
    case "damaged":
      return { statusCode: StatusCode.BadDecodingError, reason: `damaged reply: ${outcome.what}`, kind: "other" };
  }
}

function ownPlan(plan: ReadPlan): ModbusPlan {
  if (!(plan instanceof ModbusPlan)) throw new TypeError("the plan was made by another driver");
  return plan;
}
