/** One TCP connection to a Modbus device or gateway, shared by all units behind it.
 *  modbus driver → [modbus connection] → modbus-serial → MBAP port → device */
import { Socket } from "node:net";
import {
  type Clock,
  type HostPort,
  type Log,
  type RateLimitedLog,
  rateLimited,
  StationError,
  writeHostPort,
} from "@nonreturn/station";
import modbusSerial from "modbus-serial";
import { FUNCTION_CODE, isBitTable, type Table } from "./address.ts";
import { MbapPort } from "./mbap-port.ts";

// A CommonJS module whose class is its own `default`.
const ModbusRTU = modbusSerial.default;
type ModbusClient = InstanceType<typeof ModbusRTU>;

/** What is asked for. */
export interface ReadRequest {
  readonly unit: number;
  readonly table: Table;
  readonly start: number;
  readonly quantity: number;
}

/** What came of a request. Garbage is an outcome, not an error: only a lost connection rejects. */
export type ReadOutcome =
  /** Registers: two bytes each. Bits: eight to a byte, the first in the least significant bit. Of the expected length. */
  | { readonly kind: "reply"; readonly bytes: Uint8Array }
  | { readonly kind: "exception"; readonly code: number }
  | { readonly kind: "silence" }
  | { readonly kind: "damaged"; readonly what: string };

/** A stream that is damaged so often, with no good reply between, is given up: what is there does not speak Modbus TCP. */
const DAMAGES_TOLERATED = 3;

const KEEP_ALIVE_MS = 30_000;

interface Open {
  readonly socket: Socket;
  readonly port: MbapPort;
  readonly client: ModbusClient;
  /** One entry per request in flight: how to end it. Its index is the slot. */
  readonly inFlight: (Flight | undefined)[];
  damagesInARow: number;
}

interface Flight {
  end(outcome: ReadOutcome): void;
  lose(error: StationError): void;
}

/** Opened by the first user, ended by the last. Not more than one user calls at a time. */
export class ModbusConnection {
  readonly #address: HostPort;
  readonly #clock: Clock;
  readonly #log: RateLimitedLog;
  readonly #users = new Set<object>();
  #open: Open | undefined;
  #opening: Promise<Open> | undefined;
  #strayReplies = 0;

  constructor(address: HostPort, clock: Clock, log: Log) {
    this.#address = address;
    this.#clock = clock;
    this.#log = rateLimited(log, clock, 6);
  }

  /** Replies that nothing waited for, since the start. */
  get strayReplies(): number {
    return this.#strayReplies;
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

  /** Idempotent. Requests of a user still in flight are lost once the last user has gone. */
  release(user: object): void {
    this.#users.delete(user);
    if (this.#users.size === 0) this.#lose("it was closed");
  }

  /**
   * One request. At most 16 at a time.
   *
   * @throws {StationError} CONNECTION_LOST if there is no connection or it is lost before the reply.
   */
  request(request: ReadRequest, timeoutMs: number): Promise<ReadOutcome> {
    const open = this.#open;
    if (open === undefined) return Promise.reject(this.#lost("there is no connection"));
    return new Promise((resolve, reject) => {
      const free = open.inFlight.indexOf(undefined);
      const slot = free < 0 ? open.inFlight.length : free;
      let waiting = true;
      const end = (settle: () => void): void => {
        if (!waiting) return;
        waiting = false;
        cancelTimeout();
        open.port.forget(slot);
        open.inFlight[slot] = undefined;
        settle();
      };
      const flight: Flight = {
        end: (outcome) => {
          if (outcome.kind === "reply" || outcome.kind === "exception") open.damagesInARow = 0;
          end(() => resolve(outcome));
        },
        lose: (error) => end(() => reject(error)),
      };
      const cancelTimeout = this.#clock.after(timeoutMs, () => end(() => resolve({ kind: "silence" })));
      open.inFlight[slot] = flight;
      open.port._transactionIdWrite = slot;
      send(open.client, request, (outcome) => {
        if (waiting && outcome.kind === "damaged") this.#logDamage(outcome.what);
        flight.end(outcome);
      });
    });
  }

  async #connect(timeoutMs: number, signal: AbortSignal): Promise<Open> {
    const socket = new Socket();
    socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
    let cause: Error | undefined;
    // Always listened to: an "error" nobody hears would end the process.
    socket.on("error", (error) => {
      cause = error;
    });
    await new Promise<void>((resolve, reject) => {
      const give = (settle: () => void): void => {
        cancelTimeout();
        signal.removeEventListener("abort", onAbort);
        socket.removeListener("connect", onConnect);
        socket.removeListener("close", onClose);
        settle();
      };
      const fail = (reason: string): void =>
        give(() => {
          socket.destroy();
          reject(this.#unreachable(reason, cause));
        });
      const onConnect = (): void => give(resolve);
      const onClose = (): void => fail(cause === undefined ? "the device closed the connection" : explain(cause));
      const onAbort = (): void => fail("connecting was given up");
      const cancelTimeout = this.#clock.after(timeoutMs, () => fail(`no connection within ${timeoutMs} ms`));
      signal.addEventListener("abort", onAbort, { once: true });
      socket.once("connect", onConnect).once("close", onClose);
      if (signal.aborted) onAbort();
      else socket.connect({ host: this.#address.host, port: this.#address.port });
    });
    const port = new MbapPort(socket, {
      onDamage: (what) => this.#damaged(open, what),
      onStray: () => {
        this.#strayReplies++;
      },
    });
    const client = new ModbusRTU(port);
    client.on("error", () => undefined);
    client.open(() => undefined); // calls back at once: the port is open
    const open: Open = { socket, port, client, inFlight: [], damagesInARow: 0 };
    socket.once("close", () => {
      if (this.#open === open) this.#lose(cause === undefined ? "the device closed it" : explain(cause));
    });
    return open;
  }

  /** The stream itself is damaged: no request in flight will get its reply. */
  #damaged(open: Open, what: string): void {
    this.#logDamage(what);
    open.damagesInARow++;
    for (const flight of open.inFlight) flight?.end({ kind: "damaged", what });
    if (open.damagesInARow >= DAMAGES_TOLERATED && this.#open === open)
      this.#lose(`what came was no Modbus TCP, ${DAMAGES_TOLERATED} times in a row; the last: ${what}`);
  }

  #logDamage(what: string): void {
    const device = writeHostPort(this.#address);
    this.#log.warn("MODBUS_REPLY_DAMAGED", "a damaged reply was dropped", { device, what });
  }

  #lose(reason: string): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    open.socket.destroy();
    const error = this.#lost(reason);
    for (const flight of open.inFlight) flight?.lose(error);
  }

  #lost(reason: string): StationError {
    return new StationError({
      code: "CONNECTION_LOST",
      what: `the connection was lost: ${reason}`,
      where: writeHostPort(this.#address),
      action:
        "Nothing: the station reconnects by itself. If it happens often, check the network and how many connections the device allows.",
    });
  }

  #unreachable(reason: string, cause: Error | undefined): StationError {
    return new StationError(
      {
        code: "DEVICE_UNREACHABLE",
        what: `cannot connect: ${reason}`,
        where: writeHostPort(this.#address),
        action: "Check host and port, that the device runs, and that a firewall lets this station through.",
      },
      cause === undefined ? undefined : { cause },
    );
  }
}

/** Hand the request to modbus-serial, which checks the reply: unit, function code, length, exception. */
function send(client: ModbusClient, request: ReadRequest, onOutcome: (outcome: ReadOutcome) => void): void {
  const { unit, table, start, quantity } = request;
  const expected = isBitTable(table) ? Math.ceil(quantity / 8) : quantity * 2;
  const onReply = (error: unknown, result: { readonly buffer: Buffer } | undefined): void =>
    onOutcome(outcomeOf(error, result?.buffer, expected));
  const read = {
    1: client.writeFC1,
    2: client.writeFC2,
    3: client.writeFC3,
    4: client.writeFC4,
  }[FUNCTION_CODE[table]];
  read.call(client, unit, start, quantity, onReply);
}

function outcomeOf(error: unknown, bytes: Uint8Array | undefined, expected: number): ReadOutcome {
  const code = (error as { readonly modbusCode?: unknown } | null | undefined)?.modbusCode;
  if (typeof code === "number") return { kind: "exception", code };
  if (error !== null && error !== undefined)
    return { kind: "damaged", what: error instanceof Error ? error.message : String(error) };
  // modbus-serial trusts the byte count inside the reply; a wrong one shortens or lengthens the buffer.
  if (bytes?.length !== expected)
    return { kind: "damaged", what: `${bytes?.length ?? 0} bytes where ${expected} were asked for` };
  return { kind: "reply", bytes };
}

/** Node's own words, and for a name with several addresses those of the first that failed. */
function explain(error: Error): string {
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  return first instanceof Error ? first.message : String(first);
}
