/** Listens to a broker for one device: what is published becomes samples, as it comes.
 *  plan → [MQTT driver] → MQTT session → reception → samples */
import { type Clock, type Log, StationError } from "@nonreturn/station";
import { type Sample, StatusCode } from "@nonreturn/wire-format";
import type { Browsed, RawReading, ReadPlan, SubscribingDriver, TagAddress } from "../driver.ts";
import { localTimeOf, type ToUtc } from "../local-time.ts";
import { readPassword, readTls } from "../login.ts";
import { untilLost } from "../reading-ended.ts";
import { SampleRows } from "../sample-rows.ts";
import { BrowseList } from "./browse.ts";
import { type MqttDeviceConfig, portOf } from "./config.ts";
import { badOf, type Converted } from "./convert.ts";
import type { MqttSession } from "./mqtt-session.ts";
import { MqttPlan } from "./plan.ts";
import { type Dropped, noneDropped, Reception } from "./reception.ts";

export interface MqttSurroundings {
  readonly device: string;
  readonly timezone: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly purpose: "station" | "person";
}

const STALE_PERIOD_MS = 500;
const DROPS_PERIOD_MS = 60_000;

export class MqttDriver implements SubscribingDriver {
  readonly kind = "subscribing";
  readonly #config: MqttDeviceConfig;
  readonly #around: MqttSurroundings;
  readonly #toUtc: ToUtc;
  readonly #dropped = noneDropped();
  readonly #droppedSaid = noneDropped();
  #session: MqttSession | undefined;
  /** Outlives connections: a persistent session goes on where it was. */
  #reception: { readonly plan: MqttPlan; readonly reception: Reception } | undefined;

  constructor(config: MqttDeviceConfig, surroundings: MqttSurroundings) {
    this.#config = config;
    this.#around = surroundings;
    this.#toUtc = localTimeOf(surroundings.timezone);
  }

  get dropped(): ReadonlyMap<Dropped, number> {
    return this.#dropped;
  }

  plan(tags: readonly TagAddress[]): MqttPlan {
    return new MqttPlan(tags, this.#config);
  }

  /** Password and certificates are read anew each time. */
  async connect(signal: AbortSignal): Promise<void> {
    await this.close();
    const { device, clock, purpose } = this.#around;
    const config = this.#config;
    const { host, tls, protocol, username, session, sessionExpiry, maxPayloadBytes, keepAlive } = config;
    const clientId = config.clientId ?? `nonreturn-ot-${device}`;
    // Stations with MQTT are few: only they pay for the library.
    const { MqttSession: Session } = await import("./mqtt-session.ts");
    this.#session = await Session.open(
      {
        host,
        port: portOf(config),
        tls: readTls(config, tls === "on"),
        protocol,
        // A second client of the same name would throw the running station off the broker, and take what is kept for it.
        clientId: purpose === "station" ? clientId : `${clientId}-${clock.nowUtcMicros().toString(36)}`,
        username,
        password: readPassword(username, config.passwordFile),
        kind: purpose === "station" ? session : "clean",
        expiryMs: sessionExpiry,
        maxPayloadBytes,
        keepAliveMs: keepAlive,
        connectTimeoutMs: config.connectTimeout,
      },
      clock,
      signal,
    );
  }

  close(): Promise<void> {
    this.#session?.close();
    this.#session = undefined;
    return Promise.resolve();
  }

  async subscribe(
    plan: ReadPlan,
    onSamples: (samples: readonly Sample[]) => void,
    signal: AbortSignal,
  ): Promise<never> {
    const session = this.#opened();
    const { clock } = this.#around;
    const own = ownPlan(plan);
    const reception = this.#receptionOf(own);
    const give = (converted: readonly Converted[]): void => {
      if (converted.length > 0) onSamples(converted.map(({ sample }) => sample));
    };
    give(reception.begin(session.hasStored));
    session.listen((message) => give(reception.take(message)));
    const cancelStale = clock.every(STALE_PERIOD_MS, () => give(reception.silent()));
    const cancelDrops = clock.every(DROPS_PERIOD_MS, () => this.#sayDropped());
    try {
      give(this.#refuse(own, await session.subscribe(own.filters, this.#config.qos, this.#config.timeout)));
      return await untilLost(session, signal);
    } finally {
      cancelStale();
      cancelDrops();
    }
  }

  /** Waits until every tag has had a message, `readWait` at most. */
  async readRaw(plan: ReadPlan, signal: AbortSignal): Promise<readonly RawReading[]> {
    const session = this.#opened();
    const { clock } = this.#around;
    const own = ownPlan(plan);
    const rows = new SampleRows(own, clock.nowUtcMicros(), "samples and raw");
    const rowOf = new Map(own.tags.map(({ tag }, row) => [tag.tagId, row]));
    const missing = new Set(rowOf.keys());
    const { promise: heard, resolve } = Promise.withResolvers<void>();
    const take = (converted: readonly Converted[]): void => {
      for (const { sample, reason, raw } of converted) {
        const row = rowOf.get(sample.tagId)!;
        rows.take(row, sample, reason);
        rows.raw(row, raw);
        missing.delete(sample.tagId);
      }
      if (missing.size === 0) resolve();
    };
    const reception = new Reception(own, this.#config, this.#toUtc, clock);
    const waiting = `no message within ${this.#config.readWait} ms`;
    for (const { sample } of reception.begin(false)) rows.take(rowOf.get(sample.tagId)!, sample, waiting);
    session.listen((message) => take(reception.take(message)));
    take(this.#refuse(own, await session.subscribe(own.filters, this.#config.qos, this.#config.timeout)));
    await this.#wait(session, heard, signal);
    return rows.rawReadings();
  }

  /** What is published within `readWait`; retained messages come at once, Sparkplug metrics with the next birth. */
  async browse(signal: AbortSignal): Promise<Browsed> {
    const session = this.#opened();
    const { filters, qos, timeout } = this.#config;
    const list = new BrowseList();
    session.listen((message) => list.take(message));
    await session.subscribe(filters.length > 0 ? filters : ["#"], qos, timeout);
    await this.#wait(session, new Promise<never>(() => undefined), signal);
    return list.browsed();
  }

  /** Rejects if the connection is lost first. */
  async #wait(session: MqttSession, heard: Promise<void>, signal: AbortSignal): Promise<void> {
    const time = Promise.withResolvers<void>();
    const cancel = this.#around.clock.after(this.#config.readWait, time.resolve);
    try {
      await Promise.race([heard, time.promise, untilLost(session, signal)]);
    } finally {
      cancel();
    }
  }

  #receptionOf(plan: MqttPlan): Reception {
    if (this.#reception?.plan !== plan) this.#reception = { plan, reception: this.#newReception(plan) };
    return this.#reception.reception;
  }

  #newReception(plan: MqttPlan): Reception {
    return new Reception(plan, this.#config, this.#toUtc, this.#around.clock, this.#dropped);
  }

  /** What came since it was said last. */
  #sayDropped(): void {
    const since: Partial<Record<Dropped, number>> = {};
    for (const [dropped, count] of this.#dropped) {
      const more = count - this.#droppedSaid.get(dropped)!;
      if (more > 0) since[dropped] = more;
      this.#droppedSaid.set(dropped, count);
    }
    if (Object.keys(since).length === 0) return;
    const { log, device } = this.#around;
    log.warn({ device, ...since }, "messages that gave no value, or reason to doubt");
  }

  /** Tags of a topic that the broker lets nobody subscribe to. */
  #refuse(plan: MqttPlan, refused: readonly string[]): Converted[] {
    const now = this.#around.clock.nowUtcMicros();
    return refused.flatMap((filter) => {
      const rows = plan.topics.get(filter) ?? [];
      if (rows.length === 0)
        this.#around.log.warn({ device: this.#around.device, filter }, "the broker refused a subscription");
      return rows.map((row) =>
        badOf(plan.tags[row]!.tag.tagId, StatusCode.BadUserAccessDenied, "the broker refused the subscription", now),
      );
    });
  }

  #opened(): MqttSession {
    const session = this.#session;
    if (session !== undefined && session.lost === undefined) return session;
    throw (
      session?.lost ??
      new StationError({
        code: "CONNECTION_LOST",
        what: "there is no connection",
        action: "Nothing: the station reconnects.",
      })
    );
  }
}

function ownPlan(plan: ReadPlan): MqttPlan {
  if (plan instanceof MqttPlan) return plan;
  throw new TypeError("the plan was made by another driver");
}
