/** Publishes to InfluxDB by its line protocol over HTTP. A repeated sample overwrites itself: same series, same time.
 *  runner → [InfluxDB publisher] → InfluxDB 1, 2, 3 */
import { type Clock, StationError } from "@nonreturn/station/thread";
import { type TagDefinition, valueAt } from "@nonreturn/wire-format";
import { type HttpAnswer, HttpClient, isSuspected } from "../http-client.ts";
import { passwordOf } from "../password.ts";
import { Busy, type Publisher, refusedEntry, type StoredEntry, Suspicion } from "../publisher.ts";
import { retryAfterMs } from "../retry-after.ts";
import type { InfluxConfig } from "./config.ts";
import { alarmLineOf, lineOf, type Series, seriesOf } from "./map-sample.ts";

/** Below the 25 MB that InfluxDB 1 takes in one request. */
const BODY_CHARACTERS = 4 * 1024 * 1024;

export class InfluxPublisher implements Publisher {
  readonly events = "wanted";
  readonly #config: InfluxConfig;
  readonly #name: string;
  readonly #clock: Clock;
  readonly #writePath: string;
  readonly #series = new WeakMap<TagDefinition, Series>();
  #client: HttpClient | undefined;
  #headers: Readonly<Record<string, string>> = {};

  constructor(config: InfluxConfig, name: string, clock: Clock) {
    this.#config = config;
    this.#name = name;
    this.#clock = clock;
    this.#writePath =
      config.database === undefined
        ? `/api/v2/write?${new URLSearchParams({ org: config.organization!, bucket: config.bucket!, precision: "us" })}`
        : `/write?${new URLSearchParams({ db: config.database, precision: "u" })}`;
  }

  async connect(signal: AbortSignal): Promise<void> {
    const client = new HttpClient(this.#config);
    this.#client = client;
    this.#headers = headersOf(this.#config);
    const answer = await this.#ask(
      "INFLUX_CONNECT",
      () => client.send("GET", "/ping", this.#headers, "", signal),
      signal,
    );
    if (answer.status !== 200 && answer.status !== 204) throw this.#failed("INFLUX_CONNECT", answer);
  }

  async publish(entries: readonly StoredEntry[], signal: AbortSignal): Promise<void> {
    const client = this.#client;
    if (client === undefined) throw new RangeError("publish before connect");
    for (const body of this.#bodies(entries)) {
      const send = () => client.send("POST", this.#writePath, this.#headers, body, signal);
      const answer = await this.#ask("INFLUX_PUBLISH", send, signal);
      if (answer.status === 200 || answer.status === 204) continue;
      // 400: malformed, of another type, or too old for its retention; 413, 422: too large. It will be so the next time.
      if (answer.status === 400 || answer.status === 413 || answer.status === 422)
        throw refusedEntry(this.#name, `InfluxDB refuses it: ${told(answer)}`);
      const explained = this.#failed("INFLUX_PUBLISH", answer);
      throw isSuspected(answer.status) ? new Suspicion(explained, String(answer.status)) : explained;
    }
  }

  async close(): Promise<void> {
    this.#client?.close();
    this.#client = undefined;
  }

  *#bodies(entries: readonly StoredEntry[]): Generator<string, void, void> {
    let body = "";
    for (const { samples, events = [], lane, tagOf } of entries) {
      for (let row = 0; row < samples.count; row++) {
        const tag = tagOf(samples.tagIds[row]!);
        if (tag === undefined) throw refusedEntry(this.#name, `tag ${samples.tagIds[row]} has no definition`);
        const role = lane === "late" ? "historical" : "live";
        body += lineOf(
          this.#seriesOf(tag),
          valueAt(samples, row),
          samples.statusCodes[row]!,
          samples.timestamps[row]!,
          role,
        );
        if (body.length < BODY_CHARACTERS) continue;
        yield body;
        body = "";
      }
      for (const event of events) {
        const tag = tagOf(event.tagId);
        if (tag === undefined) throw refusedEntry(this.#name, `tag ${event.tagId} has no definition`);
        body += alarmLineOf(this.#config.measurement, tag, event, lane === "late" ? "historical" : "live");
        if (body.length < BODY_CHARACTERS) continue;
        yield body;
        body = "";
      }
    }
    if (body !== "") yield body;
  }

  #seriesOf(tag: TagDefinition): Series {
    let series = this.#series.get(tag);
    if (series === undefined) {
      series = seriesOf(this.#config.measurement, tag);
      this.#series.set(tag, series);
    }
    return series;
  }

  async #ask(
    code: "INFLUX_CONNECT" | "INFLUX_PUBLISH",
    send: () => Promise<HttpAnswer>,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    try {
      return await send();
    } catch (error) {
      if (signal.aborted || !(error instanceof Error)) throw error;
      throw this.#explain(code, error.message || (error as NodeJS.ErrnoException).code || "it was closed", error);
    }
  }

  #failed(code: "INFLUX_CONNECT" | "INFLUX_PUBLISH", answer: HttpAnswer): StationError {
    const waitMs = retryAfterMs(answer, this.#clock.nowUtcMicros() / 1000);
    const explained = this.#explain(code, told(answer));
    return waitMs === undefined ? explained : new Busy(explained, waitMs);
  }

  #explain(code: "INFLUX_CONNECT" | "INFLUX_PUBLISH", what: string, cause?: Error): StationError {
    const where = this.#config.url;
    const options = cause === undefined ? undefined : { cause };
    return code === "INFLUX_CONNECT"
      ? new StationError(
          {
            code: "INFLUX_CONNECT",
            what: `InfluxDB does not answer (${what})`,
            where,
            action: "Check address, port, TLS and account. It is tried again by itself; nothing is lost meanwhile.",
          },
          options,
        )
      : new StationError(
          {
            code: "INFLUX_PUBLISH",
            what: `InfluxDB did not take the samples (${what})`,
            where,
            action:
              "Check that database or bucket exist, the account's rights and the server's disk. It is tried again by itself; nothing is lost meanwhile.",
          },
          options,
        );
  }
}

function headersOf(config: InfluxConfig): Record<string, string> {
  const { tokenFile, username } = config;
  const headers: Record<string, string> = { "content-type": "text/plain; charset=utf-8" };
  if (tokenFile !== undefined) headers.authorization = `Token ${passwordOf({ passwordFile: tokenFile })}`;
  else if (username !== undefined)
    headers.authorization = `Basic ${Buffer.from(`${username}:${passwordOf(config)}`).toString("base64")}`;
  return headers;
}

/** Status and the first words of the answer. */
function told({ status, body }: HttpAnswer): string {
  return `${status}${body === "" ? "" : `: ${body.trim().slice(0, 300)}`}`;
}
