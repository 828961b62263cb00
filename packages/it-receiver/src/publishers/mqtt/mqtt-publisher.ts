/** Publishes every sample and alarm event, QoS 1; what the broker confirmed is done.
 *  runner → [MQTT publisher] → broker */
import { type Cancel, type Clock, StationError, sleep } from "@nonreturn/station/thread";
import { isoMicros } from "../iso-micros.ts";
import type { ProgressStep } from "../progress.ts";
import {
  type AlarmStates,
  CutOff,
  type LinkState,
  type MovedOn,
  type Publisher,
  Refusal,
  refusedEntry,
  type StoredEntry,
  Suspicion,
  type ToldRows,
} from "../publisher.ts";
import type { MqttConfig } from "./config.ts";
import { connectClient, type MqttConnection } from "./connect-client.ts";
import { disconnect, FAREWELL_MS } from "./disconnect.ts";
import { rulesOf } from "./presets.ts";
import { Publications } from "./publications.ts";
import { hubAccount } from "./sas-token.ts";
import { LostPublications, type Publication, RefusedPublications, sendAll } from "./send-window.ts";
import { statusTopicOf } from "./topic.ts";

/** Reasons that will be the same next time, in a PUBACK (MQTT 5 §3.4.2.1) or as the broker's last word (§3.14.2.1). */
const REFUSING_REASONS: ReadonlySet<unknown> = new Set([
  0x90, // Topic Name invalid
  0x95, // Packet too large
  0x99, // Payload format invalid
]);

/** In a PUBACK: of this topic, or of everything. */
const SUSPECTED_REASONS: ReadonlySet<unknown> = new Set([
  0x80, // Unspecified error
  0x83, // Implementation specific error
  0x87, // Not authorized
]);

/** Share of an account's life after which the next one is made. */
const RENEW_AT = 0.8;

const OFFLINE = JSON.stringify({ station: "offline" });

export class MqttPublisher implements Publisher {
  readonly events = "wanted";
  readonly #config: MqttConfig;
  readonly #name: string;
  readonly #clock: Clock;
  readonly #publications: Publications;
  #connection: MqttConnection | undefined;
  #lastLink: LinkState | undefined;
  #cancelRenewal: Cancel | undefined;
  #renewal: "not due" | "due" = "not due";
  #closing = new AbortController();
  /** What uses the connection now: a call of the runner, or a renewal between calls. */
  #using: Promise<void> = Promise.resolve();

  constructor(config: MqttConfig, name: string, clock: Clock, alarmStates?: AlarmStates) {
    this.#config = config;
    this.#name = name;
    this.#clock = clock;
    this.#publications = new Publications(config, name, alarmStates);
  }

  async connect(signal: AbortSignal): Promise<void> {
    const config = this.#config;
    const clientId = config.clientId ?? `nonreturn-it-${this.#name}`;
    const account = config.preset === "azure-iot-hub" ? hubAccount(config, this.#clock.nowUtcMicros()) : undefined;
    this.#connection = await connectClient(config, clientId, this.#status(OFFLINE), signal, account);
    this.#renewal = "not due";
    if (account?.expiresAfterMs === undefined) return;
    this.#cancelRenewal?.();
    this.#cancelRenewal = this.#clock.after(account.expiresAfterMs * RENEW_AT, () => void this.#becomeDue());
  }

  async publish(
    entries: readonly StoredEntry[],
    signal: AbortSignal,
    _step?: ProgressStep,
    movedOn?: MovedOn,
  ): Promise<void> {
    await this.#use((connection) => this.#publish(connection, entries, signal, movedOn), signal);
  }

  async #publish(
    connection: MqttConnection,
    entries: readonly StoredEntry[],
    signal: AbortSignal,
    movedOn?: MovedOn,
  ): Promise<void> {
    const { receiveMaximum, maximumPacketBytes } = connection;
    const inFlight = Math.min(this.#config.inFlight, rulesOf(this.#config).inFlight, receiveMaximum);
    // A refusal can be the last word of a connection; it is not one for what is offered afterwards.
    const { ended } = connection;
    if (ended !== undefined) throw ended;
    const publications = this.#publications.of(entries, maximumPacketBytes);
    try {
      const isRefused = (error: Error): boolean => isRefusing(error) || isSuspected(error);
      await sendAll(connection, publications, inFlight, signal, isRefused, () => movedOn?.("by this call"));
    } catch (error) {
      if (error instanceof RefusedPublications) throw this.#refused(error);
      if (error instanceof LostPublications) throw this.#cutOff(error);
      if (isRefusing(error)) throw refusedEntry(this.#name, wordsOf(error), { cause: error });
      throw asStationError(error, this.#config.url);
    }
  }

  #refused(error: RefusedPublications): StationError {
    const { cause } = error;
    if (!isSuspected(cause)) return refusedEntry(this.#name, wordsOf(cause), { cause }, this.#told(error));
    return new Suspicion(notTaken(cause, this.#config.url), String(codeOf(cause)), this.#told(error));
  }

  #cutOff({ confirmed, sent, cause }: LostPublications): Error {
    if (isRefusing(cause)) return refusedEntry(this.#name, wordsOf(cause), { cause });
    return this.#publications.format === "grouped" ? new CutOff(cause, 0, 0) : new CutOff(cause, confirmed, sent);
  }

  /** One publication is one row, unless rows share one. */
  #told({ refused, sent }: RefusedPublications): ToldRows | undefined {
    if (this.#publications.format === "grouped") return undefined;
    return { through: sent, refused: refused.map((first) => ({ first, end: first + 1 })) };
  }

  /** Retained, so that whoever subscribes later knows at once; the last will takes its place when this station dies. */
  async linkChanged(link: LinkState, signal: AbortSignal): Promise<void> {
    this.#lastLink = link;
    await this.#use((connection) => this.#tellLink(connection, link, signal), signal);
  }

  async close(): Promise<void> {
    this.#cancelRenewal?.();
    this.#cancelRenewal = undefined;
    this.#lastLink = undefined;
    this.#closing.abort();
    this.#closing = new AbortController();
    await this.#leave("with farewell");
  }

  async #tellLink(connection: MqttConnection, { state, since }: LinkState, signal: AbortSignal): Promise<void> {
    const payload = JSON.stringify({ station: "online", link: state, since: isoMicros(since) });
    try {
      await sendAll(connection, [this.#status(payload)].values(), 1, signal);
    } catch (error) {
      throw error instanceof LostPublications ? error.cause : error;
    }
  }

  /** One user of the connection at a time; a renewal that is due comes first. */
  #use(work: (connection: MqttConnection) => Promise<void>, signal: AbortSignal): Promise<void> {
    const used = this.#using.then(async () => {
      if (this.#renewal === "due") await this.#renew(signal);
      await work(this.#connected());
    });
    this.#using = used.catch(() => undefined);
    return used;
  }

  /** Between calls at once, so that an idle station does not lose its connection; during one, before the next. */
  async #becomeDue(): Promise<void> {
    this.#renewal = "due";
    // What fails here is tried again by the next call, which says why.
    await this.#use(async () => undefined, this.#closing.signal).catch(() => undefined);
  }

  async #renew(signal: AbortSignal): Promise<void> {
    await this.#leave("quietly");
    await this.connect(signal);
    if (this.#lastLink !== undefined) await this.#tellLink(this.#connected(), this.#lastLink, signal);
  }

  async #leave(how: "with farewell" | "quietly"): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#connection = undefined;
    const { client } = connection;
    let confirmed = how === "quietly";
    if (client.connected && !confirmed) {
      const giveUp = new AbortController();
      const farewell = sendAll(connection, [this.#status(OFFLINE)].values(), 1, giveUp.signal).then(
        () => {
          confirmed = true;
        },
        () => undefined,
      );
      await Promise.race([farewell, sleep(this.#clock, FAREWELL_MS, giveUp.signal)]);
      giveUp.abort();
    }
    // Without the farewell the last will takes its place.
    await disconnect(client, confirmed ? "with DISCONNECT" : "at once", this.#clock);
  }

  #status(payload: string): Publication {
    const { topicOnWire, retainStatus } = rulesOf(this.#config);
    const topic = statusTopicOf(this.#config.prefix);
    return { topic: topicOnWire?.(topic, this.#config) ?? topic, payload, retain: retainStatus };
  }

  #connected(): MqttConnection {
    if (this.#connection === undefined) throw new RangeError("publish before connect");
    return this.#connection;
  }
}

/** In an answer, as the last word of a lost connection, or known before it is sent. */
function isRefusing(error: unknown): boolean {
  if (error instanceof Refusal) return true;
  return REFUSING_REASONS.has(codeOf(error instanceof StationError ? error.cause : error));
}

function isSuspected(error: unknown): boolean {
  return !(error instanceof StationError) && SUSPECTED_REASONS.has(codeOf(error));
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | undefined)?.code;
}

function wordsOf(error: unknown): string {
  return error instanceof StationError ? error.what : error instanceof Error ? error.message : String(error);
}

function asStationError(error: unknown, url: string): unknown {
  if (error instanceof StationError || !(error instanceof Error) || error.name === "AbortError") return error;
  return notTaken(error, url);
}

function notTaken(error: Error, url: string): StationError {
  return new StationError(
    {
      code: "MQTT_PUBLISH",
      what: `the broker did not take a publication (${error.message})`,
      where: url,
      action:
        "Check the account's rights on the topics and the broker's log. It is tried again by itself; nothing is lost meanwhile.",
    },
    { cause: error },
  );
}
