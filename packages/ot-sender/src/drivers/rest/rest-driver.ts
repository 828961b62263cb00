/** Reads the tags of one REST device: a request for each resource, a sample for each tag.
 *  plan → [REST driver] → HTTP connection → samples */
import { type Clock, readSecret, StationError } from "@nonreturn/station";
import { type SampleColumns, StatusCode } from "@nonreturn/wire-format";
import type { PollingDriver, RawReading, ReadPlan, TagAddress } from "../driver.ts";
import { localTimeOf, type ToUtc } from "../local-time.ts";
import { incompleteLogin, readPassword, readTls } from "../login.ts";
import { readAborted } from "../reading-ended.ts";
import { SampleRows } from "../sample-rows.ts";
import { portOf, type RestDeviceConfig } from "./config.ts";
import { type Failure, judge, readTag } from "./convert.ts";
import { HttpConnection } from "./http-connection.ts";
import { type Resource, RestPlan } from "./plan.ts";

/** After so many requests in a row without a reply, the rest is not sent in this read. */
const SILENT_REQUESTS = 2;

export class RestDriver implements PollingDriver {
  readonly kind = "polling";
  readonly #config: RestDeviceConfig;
  readonly #toUtc: ToUtc;
  readonly #clock: Clock;
  #connection: HttpConnection | undefined;
  /** The last request was not answered: one silent request is then enough to stop asking. */
  #isSilent = false;

  constructor(config: RestDeviceConfig, timezone: string, clock: Clock) {
    this.#config = config;
    this.#toUtc = localTimeOf(timezone);
    this.#clock = clock;
  }

  plan(tags: readonly TagAddress[]): RestPlan {
    return new RestPlan(tags, this.#config);
  }

  /** Account and certificates are read anew each time: a renewed token needs no restart. */
  async connect(signal: AbortSignal): Promise<void> {
    await this.close();
    const { host, scheme, requestsInFlight, maxBodyBytes, timeout, connectTimeout } = this.#config;
    const isSecure = scheme === "https";
    const connection = new HttpConnection(
      {
        host,
        port: portOf(this.#config),
        isSecure,
        tls: readTls(this.#config, isSecure),
        headers: headersOf(this.#config),
        requestsInFlight,
        maxBodyBytes,
        timeoutMs: timeout,
        connectTimeoutMs: connectTimeout,
      },
      this.#clock,
    );
    this.#connection = connection;
    await connection.open(signal);
  }

  close(): Promise<void> {
    this.#connection?.close();
    this.#connection = undefined;
    return Promise.resolve();
  }

  async read(plan: ReadPlan, signal: AbortSignal): Promise<SampleColumns> {
    return (await this.#readRows(plan, signal, "samples")).columns();
  }

  async readRaw(plan: ReadPlan, signal: AbortSignal): Promise<readonly RawReading[]> {
    return (await this.#readRows(plan, signal, "samples and raw")).rawReadings();
  }

  async #readRows(plan: ReadPlan, signal: AbortSignal, wanted: "samples" | "samples and raw"): Promise<SampleRows> {
    const { resources } = ownPlan(plan);
    const connection = this.#connection;
    if (connection === undefined) throw notConnected();
    const rows = new SampleRows(plan, this.#clock.nowUtcMicros(), wanted);
    const nowMs = this.#clock.monotonicMs();
    const queue: Resource[] = [];
    for (const resource of resources) {
      const { refusal } = resource;
      if (refusal === undefined || refusal.retryAtMs <= nowMs) queue.push(resource);
      else this.#fail(resource, refusal, rows);
    }
    const turn: Turn = { connection, rows, queue, signal, silentInARow: 0 };
    const workers = Array.from({ length: this.#config.requestsInFlight }, () => this.#work(turn));
    try {
      await Promise.all(workers);
    } finally {
      // One worker may have met the lost connection before the others: nobody must be left behind without a listener.
      await Promise.allSettled(workers);
    }
    return rows;
  }

  async #work(turn: Turn): Promise<void> {
    for (let resource = turn.queue.shift(); resource !== undefined; resource = turn.queue.shift()) {
      if (turn.signal.aborted) throw readAborted();
      if (turn.silentInARow >= (this.#isSilent ? 1 : SILENT_REQUESTS)) {
        this.#isSilent = true;
        const reason = "not asked: the device did not answer the requests before";
        this.#fail(resource, { statusCode: StatusCode.BadTimeout, reason }, turn.rows);
        continue;
      }
      const exchange = await turn.connection.exchange(resource.request, turn.signal);
      turn.silentInARow = exchange.kind === "silence" ? turn.silentInARow + 1 : 0;
      if (exchange.kind !== "silence") this.#isSilent = false;
      const judged = judge(exchange, this.#config);
      if ("document" in judged) this.#take(resource, judged.document, turn.rows);
      else this.#refuse(resource, judged, turn.rows);
    }
  }

  #take(resource: Resource, document: unknown, rows: SampleRows): void {
    resource.refusal = undefined;
    const now = this.#clock.nowUtcMicros();
    for (const [index, planned] of resource.tags.entries()) {
      const row = resource.firstRow + index;
      const reading = readTag(document, planned, this.#toUtc, now);
      if ("value" in reading) rows.good(row, reading.value, reading.time);
      else rows.bad(row, reading.statusCode, reading.reason, reading.time);
      rows.raw(row, reading.raw);
    }
  }

  #refuse(resource: Resource, failure: Failure, rows: SampleRows): void {
    const { kind, statusCode, reason } = failure;
    const retryAtMs = this.#clock.monotonicMs() + this.#config.badAddressRetry;
    resource.refusal = kind === "refused" ? { statusCode, reason, retryAtMs } : undefined;
    this.#fail(resource, failure, rows);
  }

  #fail({ firstRow, tags }: Resource, failure: Pick<Failure, "statusCode" | "reason">, rows: SampleRows): void {
    const now = this.#clock.nowUtcMicros();
    for (let row = firstRow; row < firstRow + tags.length; row++)
      rows.bad(row, failure.statusCode, failure.reason, now);
  }
}

/** One call of read. */
interface Turn {
  readonly connection: HttpConnection;
  readonly rows: SampleRows;
  readonly queue: Resource[];
  readonly signal: AbortSignal;
  silentInARow: number;
}

/** @throws {StationError} FILE_MISSING, FILE_NOT_PRIVATE, DEVICE_LOGIN */
function headersOf(config: RestDeviceConfig): Record<string, string> {
  const { username, passwordFile, tokenFile, headers, secretHeaders } = config;
  if (username !== undefined && tokenFile !== undefined)
    throw incompleteLogin("username and tokenFile exclude one another");
  const password = readPassword(username, passwordFile) ?? "";
  const secrets = Object.entries(secretHeaders).map(([name, file]) => [name, headerValueIn(file)] as const);
  return {
    ...headers,
    ...Object.fromEntries(secrets),
    ...(username === undefined
      ? {}
      : { Authorization: `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}` }), // RFC 7617
    ...(tokenFile === undefined ? {} : { Authorization: `Bearer ${headerValueIn(tokenFile)}` }), // RFC 6750
  };
}

/** Node would name the whole header in its error. */
function headerValueIn(file: string): string {
  const text = readSecret(file);
  if (/^[\x20-\x7e]{1,8000}$/.test(text)) return text;
  throw incompleteLogin(`what is in ${file} cannot stand in a header: one line of visible ASCII is needed`);
}

function ownPlan(plan: ReadPlan): RestPlan {
  if (plan instanceof RestPlan) return plan;
  throw new TypeError("the plan was made by another driver");
}

function notConnected(): StationError {
  return new StationError({
    code: "CONNECTION_LOST",
    what: "there is no connection",
    action: "Nothing: the station reconnects.",
  });
}
