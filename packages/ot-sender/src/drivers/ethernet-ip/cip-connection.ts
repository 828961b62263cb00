/** The way to one controller: TCP, session, and a CIP connection as large as it grants. Shared by all devices of a channel.
 *  EtherNet/IP driver → [CIP connection] → session → controller */
import {
  type Clock,
  type HostPort,
  type Log,
  type RateLimitedLog,
  rateLimited,
  StationError,
  writeHostPort,
} from "@nonreturn/station";
import { unreachable } from "../tcp-socket.ts";
import type { OpenStream } from "./byte-stream.ts";
import { type CipReply, readReply, Service } from "./cip-message.ts";
import { isRouteFault, meaningOf } from "./cip-status.ts";
import { judge } from "./cursor.ts";
import {
  type ConnectionIdentity,
  readForwardOpen,
  writeForwardClose,
  writeForwardOpen,
  writeUnconnectedSend,
} from "./forward-open.ts";
import { type Exchange, Session, SessionLost } from "./session.ts";

export type ReadOutcome =
  | { readonly kind: "reply"; readonly reply: CipReply }
  | { readonly kind: "silence" }
  | { readonly kind: "damaged"; readonly what: string };

export interface CipConnectionSettings {
  readonly address: HostPort;
  /** Port segments to the controller. */
  readonly route: Uint8Array;
  readonly connection: "auto" | "large" | "small" | "unconnected";
}

const SEQUENCE_BYTES = 2;
/** Sizes that Logix controllers grant: up to 4002 by Large Forward Open, 504 by Forward Open. */
const CONNECTION_BYTES = { large: 4000, small: 500 } as const;
/** Bridges carry at least so much without a connection (Vol 1 §3-5.5.4 leaves 504 less the wrapping). */
const UNCONNECTED_BYTES = 460;

interface Open {
  readonly session: Session;
  /** Bytes of a CIP message, request or reply. */
  readonly capacity: number;
  readonly mode: "large" | "small" | "unconnected";
  readonly identity: ConnectionIdentity;
}

/** Opened by the first user, ended by the last. Not more than one user calls at a time, and not before the reply. */
export class CipConnection {
  readonly #settings: CipConnectionSettings;
  readonly #clock: Clock;
  readonly #log: RateLimitedLog;
  readonly #openStream: OpenStream;
  readonly #users = new Set<object>();
  #open: Open | undefined;
  #opening: Promise<Open> | undefined;
  #lostBecause = "there is no connection";
  #serial = 0;

  constructor(settings: CipConnectionSettings, clock: Clock, log: Log, openStream: OpenStream) {
    this.#settings = settings;
    this.#clock = clock;
    this.#log = rateLimited(log, clock, 6);
    this.#openStream = openStream;
  }

  /** Bytes that a request or a reply may have. While not connected: what will be tried first. */
  get capacity(): number {
    return this.#open?.capacity ?? this.#capacityOf(this.#modes()[0]!);
  }

  /** "CIP connection of 4000 bytes", for a person. */
  get description(): string {
    const { mode } = this.#open ?? { mode: this.#modes()[0]! };
    return mode === "unconnected" ? "unconnected" : `CIP connection of ${CONNECTION_BYTES[mode]} bytes`;
  }

  /** Connect, unless another user has. @throws {StationError} DEVICE_UNREACHABLE */
  async open(user: object, timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (this.#open === undefined) {
      this.#opening ??= this.#connect(timeoutMs, signal).finally(() => {
        this.#opening = undefined;
      });
      this.#open = await this.#opening;
    }
    this.#users.add(user);
  }

  /** Idempotent. A request of a user still in flight is lost once the last user has gone. */
  release(user: object): void {
    this.#users.delete(user);
    if (this.#users.size > 0) return;
    const open = this.#open;
    this.#open = undefined;
    this.#lostBecause = "it was closed";
    if (open !== undefined) farewell(open, this.#settings.route);
  }

  /**
   * One request to the controller.
   * @throws {StationError} CONNECTION_LOST if there is no connection or it is lost before the reply.
   */
  async request(request: Uint8Array, timeoutMs: number): Promise<ReadOutcome> {
    const open = this.#open;
    if (open === undefined) throw this.#lost(this.#lostBecause);
    const { session, mode } = open;
    const { route } = this.#settings;
    const service = request[0]!;
    try {
      const exchange = await (mode !== "unconnected"
        ? session.connected(request, timeoutMs)
        : session.unconnected(route.length === 0 ? request : writeUnconnectedSend(request, route), timeoutMs));
      return this.#judge(exchange, service, mode);
    } catch (error) {
      throw error instanceof SessionLost ? this.#lost(error.message) : error;
    }
  }

  /** End the connection because of what a reply said. Whoever asks next is told so. */
  lose(reason: string): StationError {
    this.#open?.session.lose(reason);
    return this.#lost(reason);
  }

  #judge(exchange: Exchange, service: number, mode: Open["mode"]): ReadOutcome {
    if (exchange.kind !== "message") return exchange;
    const reply = judge(() => readReply(exchange.message, service));
    if (!("damage" in reply)) return { kind: "reply", reply };
    // The connection manager answers itself if the request did not reach the controller.
    const refused = mode === "unconnected" ? judge(() => readReply(exchange.message, Service.unconnectedSend)) : reply;
    if (!("damage" in refused) && refused.status !== 0) return { kind: "reply", reply: refused };
    this.#logDamage(reply.damage);
    return { kind: "damaged", what: reply.damage };
  }

  #modes(): readonly Open["mode"][] {
    const { connection } = this.#settings;
    return connection === "auto" ? ["large", "small", "unconnected"] : [connection];
  }

  #capacityOf(mode: Open["mode"]): number {
    return mode === "unconnected" ? UNCONNECTED_BYTES : CONNECTION_BYTES[mode] - SEQUENCE_BYTES;
  }

  async #connect(timeoutMs: number, signal: AbortSignal): Promise<Open> {
    const { address } = this.#settings;
    const stream = await this.#openStream(address, timeoutMs, signal);
    const session = new Session(stream, this.#clock, {
      onDamage: (what) => this.#logDamage(what),
      onLost: (reason) => {
        if (this.#open?.session !== session) return;
        this.#open = undefined;
        this.#lostBecause = reason;
      },
    });
    const onAbort = (): void => session.lose("connecting was given up");
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      const fault = await session.register(timeoutMs);
      if (fault !== undefined) throw unreachable(address, fault);
      return await this.#forwardOpen(session, timeoutMs);
    } catch (error) {
      session.end(undefined);
      throw error instanceof SessionLost ? unreachable(address, error.message) : error;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** The largest connection that is allowed and granted. */
  async #forwardOpen(session: Session, timeoutMs: number): Promise<Open> {
    const { address, route } = this.#settings;
    let refusal = "";
    for (const mode of this.#modes()) {
      const identity = this.#identity();
      const open: Open = { session, mode, identity, capacity: this.#capacityOf(mode) };
      if (mode === "unconnected") return open;
      const request = writeForwardOpen(mode, CONNECTION_BYTES[mode], identity, route);
      const exchange = await session.unconnected(request, timeoutMs);
      const outcome = this.#judge(exchange, request[0]!, mode);
      if (outcome.kind !== "reply") {
        refusal = outcome.kind === "silence" ? "Forward Open was not answered" : outcome.what;
        continue;
      }
      if (outcome.reply.status === 0) {
        const toDevice = judge(() => readForwardOpen(outcome.reply.data));
        if (typeof toDevice !== "number") {
          refusal = toDevice.damage;
          continue;
        }
        session.connect({ toDevice, toUs: identity.connectionId });
        return open;
      }
      refusal = meaningOf(outcome.reply).text;
      if (isRouteFault(outcome.reply)) break;
    }
    throw unreachable(address, `the controller grants no CIP connection: ${refusal}`);
  }

  /** New for each attempt: a connection that the device still holds for dead must not be taken for this one. */
  #identity(): ConnectionIdentity {
    this.#serial = (this.#serial + 1) & 0xffff;
    // Time tells stations and restarts apart; the low bits of milliseconds suffice beside the serial number.
    const originatorSerial = Math.floor(this.#clock.nowUtcMicros() / 1000) >>> 0;
    return { originatorSerial, connectionSerial: this.#serial, connectionId: (0x4e52_0000 | this.#serial) >>> 0 };
  }

  #logDamage(what: string): void {
    const device = writeHostPort(this.#settings.address);
    this.#log.warn("ENIP_REPLY_DAMAGED", "a damaged reply was dropped", { device, what });
  }

  #lost(reason: string): StationError {
    return new StationError({
      code: "CONNECTION_LOST",
      what: `the connection was lost: ${reason}`,
      where: writeHostPort(this.#settings.address),
      action:
        "Nothing: the station reconnects by itself. If it happens often, check the network and how many connections the device allows.",
    });
  }
}

/** The controller frees the connection at once instead of after its time-out. */
function farewell({ session, mode, identity }: Open, route: Uint8Array): void {
  session.end(mode === "unconnected" ? undefined : writeForwardClose(identity, route));
}
