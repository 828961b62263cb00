/** Reads the tags of one Logix or Micro800 controller.
 *  plan → [EtherNet/IP driver] → CIP connection → replies → samples */
import { type Clock, StationError } from "@nonreturn/station";
import { type SampleColumns, StatusCode, type UtcMicros } from "@nonreturn/wire-format";
import type { Browsed, PollingDriver, RawReading, ReadPlan, TagAddress } from "../driver.ts";
import { readAborted } from "../reading-ended.ts";
import { AttributeRefused, browseController } from "./browse.ts";
import type { CipConnection, ReadOutcome } from "./cip-connection.ts";
import { type CipReply, readReply, Service } from "./cip-message.ts";
import { CipStatus, meaningOf } from "./cip-status.ts";
import type { EthernetIpDeviceConfig } from "./config.ts";
import { DamagedReply, judge } from "./cursor.ts";
import { Fragments } from "./fragments.ts";
import { type Packet, pack, readMultiple, replyBytesOf, writeMultiple } from "./packet.ts";
import { MAX_VALUE_BYTES } from "./place-tag.ts";
import { EthernetIpPlan, type Packing, planTags } from "./plan.ts";
import { plainTagBytes, readTagBytes, type TagBytes } from "./read-reply.ts";
import { Reading } from "./reading.ts";
import { readFragmentRequest, readTagRequest, type TagRead } from "./tag-read.ts";

/** After so many requests in a row without a reply, the rest is not sent in this read. */
const SILENT_REQUESTS = 2;

/** A packet found too large is made smaller by this, for as long as the connection lasts. */
const SHRINK = 0.75;
const LEAST_CAPACITY = 200;

export class EthernetIpDriver implements PollingDriver {
  readonly kind = "polling";
  readonly #config: EthernetIpDeviceConfig;
  readonly #connection: CipConnection;
  readonly #clock: Clock;
  /** The last request was not answered: one silent request is then enough to stop asking. */
  #isSilent = false;
  /** A controller may not know the Multiple Service Packet (some Micro800), or not one so large. */
  #services: "many" | "one" = "many";
  #shrunkTo = Number.POSITIVE_INFINITY;

  constructor(config: EthernetIpDeviceConfig, connection: CipConnection, clock: Clock) {
    this.#config = config;
    this.#connection = connection;
    this.#clock = clock;
  }

  plan(tags: readonly TagAddress[]): EthernetIpPlan {
    return planTags(tags, this.#config, () => this.#packing);
  }

  connect(signal: AbortSignal): Promise<void> {
    this.#services = "many";
    this.#shrunkTo = Number.POSITIVE_INFINITY;
    return this.#connection.open(this, this.#config.connectTimeout, signal);
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

  async browse(signal: AbortSignal): Promise<Browsed> {
    try {
      return await browseController((request) => this.#askForBrowsing(request, signal));
    } catch (error) {
      if (error instanceof DamagedReply) throw notListed(`what it lists is damaged: ${error.message}`);
      throw error;
    }
  }

  async #askForBrowsing(request: Buffer, signal: AbortSignal): Promise<CipReply> {
    if (signal.aborted) throw readAborted();
    const outcome = await this.#connection.request(request, this.#config.timeout);
    if (outcome.kind === "silence") throw notListed("it did not answer");
    if (outcome.kind === "damaged") throw notListed(`a damaged reply: ${outcome.what}`);
    const { reply } = outcome;
    if (reply.status === CipStatus.success || reply.status === CipStatus.partial) return reply;
    const refused = notListed(meaningOf(reply).text);
    throw request[0] === Service.getInstanceAttributeList
      ? new AttributeRefused(refused.message, { cause: refused })
      : refused;
  }

  get #packing(): Packing {
    return { capacity: Math.min(this.#connection.capacity, this.#shrunkTo), services: this.#services };
  }

  async #readPlan(plan: ReadPlan, signal: AbortSignal, wanted: "samples" | "samples and raw"): Promise<Reading> {
    const reading = new Reading(ownPlan(plan), this.#clock, wanted);
    const { reads } = reading.plan;
    const { capacity, services } = this.#packing;
    for (const [read, { statusCode, reason }] of reads.refused) reading.fail(read, statusCode, reason);
    const due = reads.due(this.#clock.monotonicMs(), capacity, services);
    const turn: Turn = { reading, again: [], silentInARow: 0, signal };
    let queue: readonly Packet[] = [...reads.packets(capacity, services), ...(due === undefined ? [] : [due])];
    while (queue.length > 0) {
      for (const packet of queue) await this.#ask(packet, turn);
      // Halves of refused reads, and what has to travel alone. Each round they are fewer tags or fewer to a packet.
      queue = turn.again.splice(0);
    }
    return reading;
  }

  async #ask(packet: Packet, turn: Turn): Promise<void> {
    if (turn.signal.aborted) throw readAborted();
    const [first] = packet.reads;
    if (first === undefined) return;
    if (this.#isGivenUp(turn)) {
      for (const read of packet.reads)
        turn.reading.fail(read, StatusCode.BadTimeout, "not asked: the controller did not answer the requests before");
    } else if (packet.reads.length === 1) await this.#askOne(first, turn);
    else await this.#askMany(packet, turn);
  }

  async #askMany(packet: Packet, turn: Turn): Promise<void> {
    const { reads } = packet;
    packet.request ??= writeMultiple(reads);
    const outcome = await this.#send(packet.request, turn);
    if (outcome.kind !== "reply") {
      this.#failAll(reads, outcome, turn);
      return;
    }
    const { reply } = outcome;
    if (reply.status === CipStatus.success || reply.status === CipStatus.embeddedFault) {
      const offsets = judge(() => readMultiple(reply.data, reads.length));
      if ("damage" in offsets) this.#failAll(reads, { kind: "damaged", what: offsets.damage }, turn);
      else this.#takeMany(reads, reply.data, offsets, turn);
      return;
    }
    const meaning = meaningOf(reply);
    if (meaning.kind === "lost") throw this.#connection.lose(meaning.text);
    if (meaning.kind === "unsupported") this.#services = "one";
    else if (meaning.kind === "size")
      this.#shrunkTo = Math.max(LEAST_CAPACITY, Math.floor(this.#packing.capacity * SHRINK));
    else {
      for (const read of reads) turn.reading.fail(read, meaning.statusCode, meaning.text);
      return;
    }
    turn.again.push(...reads.map((read) => ({ reads: [read] })));
  }

  #takeMany(reads: readonly TagRead[], data: Buffer, offsets: Uint16Array, turn: Turn): void {
    const now = this.#clock.nowUtcMicros();
    for (let index = 0; index < reads.length; index++) {
      const read = reads[index]!;
      const from = offsets[index]!;
      const to = offsets[index + 1]!;
      const plain = plainTagBytes(data, from, to);
      if (plain === undefined) this.#takeOfMany(read, data.subarray(from, to), now, turn);
      else this.#takeBytes(read, plain, now, turn);
    }
  }

  #takeOfMany(read: TagRead, bytes: Buffer, now: UtcMicros, turn: Turn): void {
    const reply = judge(() => readReply(bytes, Service.readTag));
    if ("damage" in reply) {
      this.#failAll([read], { kind: "damaged", what: reply.damage }, turn);
      return;
    }
    if (reply.status === CipStatus.success) {
      this.#takeData(read, reply.data, now, turn);
      return;
    }
    const meaning = meaningOf(reply);
    // It was longer than expected, and its part of the packet was not enough.
    if (meaning.kind === "size") {
      turn.reading.plan.reads.learn(read, Number.POSITIVE_INFINITY);
      turn.again.push({ reads: [read] });
    } else this.#refuse(read, reply, turn);
  }

  /** One read with a request of its own, in fragments where one reply does not hold it. */
  async #askOne(read: TagRead, turn: Turn): Promise<void> {
    const expected = replyBytesOf(read);
    const wanted = expected === undefined || expected <= this.#packing.capacity ? "whole" : "in fragments";
    const fragments = new Fragments(read.elements);
    for (let request = wanted === "whole" ? readTagRequest(read) : readFragmentRequest(read, 0); ; ) {
      if (turn.signal.aborted) throw readAborted();
      const outcome = await this.#send(request, turn);
      if (outcome.kind !== "reply") return this.#failAll([read], outcome, turn);
      const { status, data } = outcome.reply;
      if (status !== CipStatus.success && status !== CipStatus.partial) return this.#refuse(read, outcome.reply, turn);
      const value = fragments.take(status, data);
      if (value === "too large") break;
      if (value === "more") request = readFragmentRequest(read, fragments.offset);
      else if ("damage" in value) return this.#failAll([read], { kind: "damaged", what: value.damage }, turn);
      else return this.#takeBytes(read, value, this.#clock.nowUtcMicros(), turn);
    }
    const reason = `it has more than ${MAX_VALUE_BYTES} bytes or comes in too many pieces; read its members`;
    turn.reading.fail(read, StatusCode.BadEncodingLimitsExceeded, reason);
  }

  /** One request, repeated as the configuration says while the controller is silent. */
  async #send(request: Buffer, turn: Turn): Promise<ReadOutcome> {
    for (let left = this.#config.retries; ; left--) {
      const outcome = await this.#connection.request(request, this.#config.timeout);
      if (turn.signal.aborted) throw readAborted();
      if (outcome.kind !== "silence") {
        turn.silentInARow = 0;
        this.#isSilent = false;
        return outcome;
      }
      if (left > 0) continue;
      turn.silentInARow++;
      if (this.#isGivenUp(turn)) this.#isSilent = true;
      return outcome;
    }
  }

  #isGivenUp({ silentInARow }: Turn): boolean {
    return silentInARow >= (this.#isSilent ? 1 : SILENT_REQUESTS);
  }

  #takeData(read: TagRead, data: Buffer, now: UtcMicros, turn: Turn): void {
    const reply = judge(() => readTagBytes(data));
    if ("damage" in reply) this.#failAll([read], { kind: "damaged", what: reply.damage }, turn);
    else this.#takeBytes(read, reply, now, turn);
  }

  #takeBytes(read: TagRead, reply: TagBytes, now: UtcMicros, { reading }: Turn): void {
    reading.takeReply(read, reply, now);
    reading.plan.reads.learn(read, reply.to - reply.from);
    reading.plan.reads.restore(read);
  }

  #failAll(reads: readonly TagRead[], outcome: Exclude<ReadOutcome, { kind: "reply" }>, { reading }: Turn): void {
    for (const read of reads)
      if (outcome.kind === "silence") reading.fail(read, StatusCode.BadTimeout, "no reply");
      else reading.fail(read, StatusCode.BadDecodingError, `damaged reply: ${outcome.what}`);
  }

  /** @throws {StationError} CONNECTION_LOST where the controller says so. */
  #refuse(read: TagRead, reply: CipReply, { reading, again }: Turn): void {
    const { reads } = reading.plan;
    const { statusCode, text: reason, kind } = meaningOf(reply);
    if (kind === "lost") throw this.#connection.lose(reason);
    reading.fail(read, statusCode, reason);
    if (kind !== "tag") return;
    const parts = reads.split(read);
    if (parts === undefined) {
      const retryAtMs = this.#clock.monotonicMs() + this.#config.badAddressRetry;
      reads.refuse(read, { statusCode, reason, retryAtMs });
    } else {
      const { capacity, services } = this.#packing;
      again.push(...pack(parts, capacity, services));
    }
  }
}

/** One call of read: what is still to be asked, and what was learnt on the way. */
interface Turn {
  readonly reading: Reading;
  readonly again: Packet[];
  silentInARow: number;
  readonly signal: AbortSignal;
}

function ownPlan(plan: ReadPlan): EthernetIpPlan {
  if (!(plan instanceof EthernetIpPlan)) throw new TypeError("the plan was made by another driver");
  return plan;
}

function notListed(reason: string): StationError {
  return new StationError({
    code: "BROWSE_FAILED",
    what: `the device does not list its tags: ${reason}`,
    action: "Write the addresses by hand, from the controller's project; reading does not need the list.",
  });
}
