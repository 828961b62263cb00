/** Reads the tags of one S7 CPU.
 *  plan → [S7 driver] → S7 connection → answers → samples */
import type { Clock } from "@nonreturn/station";
import { type SampleColumns, StatusCode } from "@nonreturn/wire-format";
import type { PollingDriver, RawReading, ReadPlan, TagAddress } from "../driver.ts";
import type { ToUtc } from "../local-time.ts";
import { readAborted } from "../reading-ended.ts";
import { type Block, describeRange } from "./block.ts";
import type { S7DeviceConfig } from "./config.ts";
import type { Item, Request } from "./pack-requests.ts";
import { planTags, S7Plan } from "./plan.ts";
import type { ReadOutcome } from "./read-jobs.ts";
import { Reading } from "./reading.ts";
import type { S7Connection } from "./s7-connection.ts";
import { ItemAnswers } from "./s7-pdu.ts";
import { itemRefusal, requestRefusal, type S7Refusal } from "./s7-refusal.ts";

/** Rounds spent per read on halving refused ranges: 2^8 bytes are more than a reply of the smallest PDU carries. What remains is halved by later reads. */
const HALVING_ROUNDS = 8;

/** After so many requests in a row without a reply, the rest are not sent in this read. */
const SILENT_REQUESTS = 2;

export class S7Driver implements PollingDriver {
  readonly kind = "polling";
  readonly #config: S7DeviceConfig;
  readonly #connection: S7Connection;
  readonly #clock: Clock;
  readonly #toUtc: ToUtc;
  /** Whether the last read ended in silence: one silent request is then enough to stop asking. */
  #wasSilent = false;

  constructor(config: S7DeviceConfig, connection: S7Connection, clock: Clock, toUtc: ToUtc) {
    this.#config = config;
    this.#connection = connection;
    this.#clock = clock;
    this.#toUtc = toUtc;
  }

  plan(tags: readonly TagAddress[]): S7Plan {
    return planTags(tags, this.#config, this.#toUtc);
  }

  connect(signal: AbortSignal): Promise<void> {
    return this.#connection.open(this, signal);
  }

  async close(): Promise<void> {
    this.#connection.release(this);
  }

  async read(plan: ReadPlan, signal: AbortSignal): Promise<SampleColumns> {
    return (await this.#readPlan(plan, signal, "samples")).columns();
  }

  async readRaw(plan: ReadPlan, signal: AbortSignal): Promise<readonly RawReading[]> {
    return (await this.#readPlan(plan, signal, "samples and raw")).rawReadings();
  }

  async #readPlan(plan: ReadPlan, signal: AbortSignal, wanted: "samples" | "samples and raw"): Promise<Reading> {
    const reading = new Reading(ownPlan(plan), this.#clock, wanted);
    const { granted } = this.#connection;
    if (granted !== undefined) reading.plan.fit(granted.pduBytes);
    const { blocks } = reading.plan;
    // A twentieth of the ranges asked for are ones that were refused: many bad tags do not slow down the good ones.
    const due = blocks.due(this.#clock.monotonicMs(), Math.max(1, Math.floor(blocks.active.length / 20)));
    for (const { block, statusCode, reason } of blocks.refused) reading.fail(block, statusCode, reason);
    const turn: Turn = { reading, refused: [], silentInARow: 0, signal };
    await this.#ask(reading.plan.scan, turn);
    for (let round = 0; turn.refused.length > 0; round++) {
      const parts = this.#settle(turn.refused.splice(0), reading);
      // Without rounds left the parts stay in the plan for the next read; their tags are Bad until then.
      if (round < HALVING_ROUNDS && parts.length > 0) await this.#ask(reading.plan.pack(parts), turn);
    }
    if (due.length > 0)
      await this.#askAgain(
        due.map(({ block }) => block),
        turn,
      );
    return reading;
  }

  async #ask(requests: readonly Request[], turn: Turn): Promise<void> {
    let asked = 0;
    const next = (): Request | undefined => {
      while (asked < requests.length && !turn.signal.aborted) {
        const request = requests[asked++]!;
        if (turn.silentInARow < (this.#wasSilent ? 1 : SILENT_REQUESTS)) return request;
        this.#wasSilent = true;
        for (const { block } of request.items)
          turn.reading.fail(block, StatusCode.BadTimeout, "not asked: the CPU did not answer the requests before");
      }
      return undefined;
    };
    const take = (request: Request, outcome: ReadOutcome): void => this.#take(request, outcome, turn);
    await this.#connection.ask({ next, take }, this.#config.timeout);
    if (turn.signal.aborted) throw readAborted();
  }

  #take({ items }: Request, outcome: ReadOutcome, turn: Turn): void {
    const { reading } = turn;
    this.#wasSilent = outcome.kind === "silence" && this.#wasSilent;
    turn.silentInARow = outcome.kind === "silence" ? turn.silentInARow + 1 : 0;
    switch (outcome.kind) {
      case "silence":
        for (const item of items)
          reading.fail(item.block, StatusCode.BadTimeout, `no reply to Read Var ${describeRange(item)}`);
        return;
      case "damaged":
        for (const { block } of items)
          reading.fail(block, StatusCode.BadDecodingError, `damaged reply: ${outcome.what}`);
        return;
      case "refused": {
        const { statusCode, text } = requestRefusal(outcome.error);
        for (const { block } of items) reading.fail(block, statusCode, text);
        return;
      }
      case "answers":
        this.#takeAnswers(items, outcome.data, turn);
    }
  }

  #takeAnswers(items: readonly Item[], data: DataView, { reading, refused }: Turn): void {
    const answers = new ItemAnswers(data);
    for (const item of items) {
      const { block } = item;
      switch (answers.next(item.quantity)) {
        case "bytes":
          reading.takeItem(item, data, answers.from);
          break;
        case "damaged":
          reading.fail(block, StatusCode.BadDecodingError, `damaged reply: ${answers.what}`);
          break;
        case "refused": {
          const refusal = itemRefusal(answers.code);
          reading.fail(block, refusal.statusCode, refusal.text);
          if (refusal.kind === "address") refused.push({ block, refusal });
        }
      }
    }
  }

  /** Refused ranges become halves, or are not asked for a while. @returns the halves. */
  #settle(refused: readonly RefusedRange[], { plan }: Reading): Block[] {
    const { blocks } = plan;
    const parts: Block[] = [];
    // A range in several items is refused in each of them.
    for (const [block, { statusCode, text }] of new Map(refused.map((each) => [each.block, each.refusal]))) {
      const halves = blocks.split(block);
      if (halves !== undefined) parts.push(...halves);
      else blocks.refuse(block, { statusCode, reason: text, retryAtMs: this.#retryAtMs() });
    }
    return parts;
  }

  /** Ranges that were refused before. One that answers is read with the others from now on. */
  async #askAgain(due: readonly Block[], turn: Turn): Promise<void> {
    const { blocks } = turn.reading.plan;
    await this.#ask(turn.reading.plan.pack(due), turn);
    const still = new Map(turn.refused.splice(0).map(({ block, refusal }) => [block, refusal]));
    const probes: Block[] = [];
    for (const block of due) {
      const refusal = still.get(block);
      if (refusal === undefined) {
        // No reply is no permission either; it stays refused until the CPU says something.
        if (turn.silentInARow === 0) blocks.restore(block);
        continue;
      }
      blocks.refuse(block, { statusCode: refusal.statusCode, reason: refusal.text, retryAtMs: this.#retryAtMs() });
      const probe = blocks.probe(block);
      if (probe !== undefined) probes.push(probe);
    }
    if (probes.length === 0) return;
    await this.#ask(turn.reading.plan.pack(probes), turn);
    const refusedAgain = new Set(turn.refused.splice(0).map(({ block }) => block));
    if (turn.silentInARow > 0) return;
    for (const probe of probes) if (!refusedAgain.has(probe)) blocks.restore(probe.origin!); // the next read halves it
  }

  #retryAtMs(): number {
    return this.#clock.monotonicMs() + this.#config.badAddressRetry;
  }
}

interface RefusedRange {
  readonly block: Block;
  readonly refusal: S7Refusal;
}

/** One call of read: what was refused, and what was learnt on the way. */
interface Turn {
  readonly reading: Reading;
  readonly refused: RefusedRange[];
  silentInARow: number;
  readonly signal: AbortSignal;
}

function ownPlan(plan: ReadPlan): S7Plan {
  if (!(plan instanceof S7Plan)) throw new TypeError("the plan was made by another driver");
  return plan;
}
