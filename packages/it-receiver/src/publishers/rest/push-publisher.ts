/** Posts samples or alarm events to a business system's own HTTP endpoint, in the form that it wants. Each request carries a key by which repeats are known.
 *  runner → [push publisher] → ERP */
import { type Clock, StationError } from "@nonreturn/station/thread";
import { type TagDefinition, valueAt } from "@nonreturn/wire-format";
import { rowCount } from "../entry-rows.ts";
import { type HttpAnswer, HttpClient, isSuspected } from "../http-client.ts";
import { passwordOf } from "../password.ts";
import type { ProgressStep } from "../progress.ts";
import { Busy, type MovedOn, type Publisher, refusedEntry, type StoredEntry, Suspicion } from "../publisher.ts";
import { retryAfterMs } from "../retry-after.ts";
import { bodyTemplate, eventTemplate, sampleTemplate } from "./body-template.ts";
import type { RestPushConfig } from "./push-config.ts";

/** What is in the request will be refused the next time too. */
const REFUSING: ReadonlySet<number> = new Set([400, 413, 422]);
const BODY_CHARACTERS = 8 * 1024 * 1024;
/** A batch has fewer requests. */
const MOST_KEYS = 100_000;

export class PushPublisher implements Publisher {
  readonly events: "wanted" | undefined;
  readonly #config: RestPushConfig;
  readonly #name: string;
  readonly #clock: Clock;
  readonly #path: string;
  readonly #base: string;
  readonly #sampleOf: ReturnType<typeof sampleTemplate>;
  readonly #eventOf: ReturnType<typeof eventTemplate>;
  readonly #bodyOf: ReturnType<typeof bodyTemplate>;
  readonly #wanted = new WeakMap<TagDefinition, boolean>();
  /** For when: interval. The last interval of which each path had a sample posted, live ones and late ones. */
  readonly #posted = { live: new Map<string, number>(), late: new Map<string, number>() };
  /** Keys of what was answered 2xx in calls that failed: not posted again when the rest is. */
  readonly #held = new Set<string>();
  #client: HttpClient | undefined;
  #headers: Readonly<Record<string, string>> = {};
  #session: Readonly<Record<string, string>> | undefined;

  constructor(config: RestPushConfig, name: string, clock: Clock) {
    this.#config = config;
    this.#name = name;
    this.#clock = clock;
    const { origin, pathname, search } = new URL(config.url);
    this.#base = origin;
    this.#path = pathname + search;
    this.events = config.what === "events" ? "wanted" : undefined;
    this.#sampleOf = sampleTemplate(config.sample);
    this.#eventOf = eventTemplate(config.event);
    this.#bodyOf = bodyTemplate(config.body ?? { [config.what]: `{{${config.what}}}` });
  }

  async connect(signal: AbortSignal): Promise<void> {
    const client = new HttpClient({ ...this.#config, url: this.#base });
    this.#client = client;
    this.#headers = headersOf(this.#config);
    if (this.#config.csrf === "fetch") {
      await this.#fetchSession(client, signal);
      return;
    }
    // Many endpoints know POST only: any answer but these two kinds says that somebody is there who knows us.
    const answer = await this.#ask(
      "PUSH_CONNECT",
      () => client.send("HEAD", this.#path, this.#headers, "", signal),
      signal,
    );
    if (answer.status === 401 || answer.status >= 502) throw this.#failed("PUSH_CONNECT", answer);
  }

  async publish(
    entries: readonly StoredEntry[],
    signal: AbortSignal,
    _step?: ProgressStep,
    movedOn: MovedOn = () => undefined,
  ): Promise<void> {
    const client = this.#client;
    if (client === undefined) throw new RangeError("publish before connect");
    let start = 0;
    for (const entry of entries) {
      if (entry.identity !== undefined) await this.#postEntry(client, entry, start, signal, movedOn); // only history is posted
      start += rowCount(entry);
    }
    this.#held.clear();
  }

  async close(): Promise<void> {
    this.#client?.close();
    this.#client = undefined;
    this.#session = undefined;
  }

  /** @param start  number of the entry's first row in the call */
  async #postEntry(
    client: HttpClient,
    entry: StoredEntry,
    start: number,
    signal: AbortSignal,
    movedOn: MovedOn,
  ): Promise<void> {
    const items = this.#config.what === "events" ? this.#eventsOf(entry) : this.#samplesOf(entry);
    const posted = (through: number): void => {
      for (const { row, path, interval } of items)
        if (row < through && interval !== undefined) this.#posted[entry.lane].set(path, interval);
    };
    let part = 0;
    for (const some of parts(items, this.#config.samplesPerRequest)) {
      const [first, end] = [some[0]!.row, some.at(-1)!.row + 1];
      const texts = some.map(({ text }) => text);
      const key = keyOfPart(this.#name, entry, part++, first, end);
      if (this.#held.has(key)) continue;
      const answer = await this.#post(client, texts, key, signal);
      if (answer.status >= 200 && answer.status < 300) {
        if (this.#held.size >= MOST_KEYS) this.#held.clear();
        this.#held.add(key);
        movedOn("for good");
        continue;
      }
      posted(first);
      const rows = { through: start + end, refused: [{ first: start + first, end: start + end }] };
      if (REFUSING.has(answer.status))
        throw refusedEntry(this.#name, `the endpoint refuses it: ${told(answer)}`, {}, rows);
      const explained = this.#failed("PUSH_PUBLISH", answer);
      throw isSuspected(answer.status) ? new Suspicion(explained, String(answer.status), rows) : explained;
    }
    posted(Number.POSITIVE_INFINITY);
  }

  /** The samples of one block that are wanted, rendered; with the intervals they stand for, which count once they are posted. */
  #samplesOf({ samples, lane, tagOf }: StoredEntry): Item[] {
    const items: Item[] = [];
    const taken = new Map<string, number>();
    const intervalMicros = (this.#config.interval ?? 0) * 1000;
    for (let row = 0; row < samples.count; row++) {
      const tag = tagOf(samples.tagIds[row]!);
      if (tag === undefined) throw refusedEntry(this.#name, `tag ${samples.tagIds[row]} has no definition`);
      if (!this.#wants(tag)) continue;
      const sourceTimestamp = samples.timestamps[row]!;
      const { path } = tag;
      let interval: number | undefined;
      if (intervalMicros > 0) {
        interval = Math.floor(sourceTimestamp / intervalMicros);
        if (interval === (taken.get(path) ?? this.#posted[lane].get(path))) continue;
        taken.set(path, interval);
      }
      const role = lane === "late" ? "historical" : "live";
      const value = valueAt(samples, row);
      const text = this.#sampleOf({ tag, value, statusCode: samples.statusCodes[row]!, sourceTimestamp, role });
      items.push({ text, row, path, interval });
    }
    return items;
  }

  #eventsOf({ events = [], lane, tagOf }: StoredEntry): Item[] {
    const role = lane === "late" ? "historical" : "live";
    return events.flatMap((event, row) => {
      const tag = tagOf(event.tagId);
      if (tag === undefined) throw refusedEntry(this.#name, `tag ${event.tagId} has no definition`);
      if (!this.#wants(tag)) return [];
      return [{ text: this.#eventOf({ tag, event, role }), row, path: tag.path, interval: undefined }];
    });
  }

  #wants(tag: TagDefinition): boolean {
    let wanted = this.#wanted.get(tag);
    if (wanted === undefined) {
      wanted = this.#config.tags.some((pattern) =>
        pattern.endsWith("*") ? tag.path.startsWith(pattern.slice(0, -1)) : tag.path === pattern,
      );
      this.#wanted.set(tag, wanted);
    }
    return wanted;
  }

  async #post(client: HttpClient, items: readonly string[], key: string, signal: AbortSignal): Promise<HttpAnswer> {
    const body = this.#bodyOf({ items, idempotencyKey: key });
    let answer = await this.#send(client, body, key, signal);
    // SAP Gateway: 403 with this header means that the session has ended, not that the account may not.
    if (
      answer.status === 403 &&
      this.#config.csrf === "fetch" &&
      /^required$/i.test(headerOf(answer, "x-csrf-token"))
    ) {
      await this.#fetchSession(client, signal);
      answer = await this.#send(client, body, key, signal);
    }
    return answer;
  }

  #send(client: HttpClient, body: string, key: string, signal: AbortSignal): Promise<HttpAnswer> {
    const headers = { ...this.#headers, ...this.#session, [this.#config.idempotencyHeader]: key };
    return this.#ask("PUSH_PUBLISH", () => client.send("POST", this.#path, headers, body, signal), signal);
  }

  async #fetchSession(client: HttpClient, signal: AbortSignal): Promise<void> {
    const headers = { ...this.#headers, "x-csrf-token": "Fetch" };
    const answer = await this.#ask("PUSH_CONNECT", () => client.send("GET", this.#path, headers, "", signal), signal);
    const token = headerOf(answer, "x-csrf-token");
    if (token === "" && retryAfterMs(answer, 0) !== undefined) throw this.#failed("PUSH_CONNECT", answer);
    if (token === "" || /^required$/i.test(token))
      throw this.#explain("PUSH_CONNECT", `${told(answer)}; it gives no CSRF token`);
    const cookie = (answer.headers["set-cookie"] ?? []).map((one) => one.split(";")[0]).join("; ");
    this.#session = { "x-csrf-token": token, ...(cookie === "" ? {} : { cookie }) };
  }

  async #ask(code: PushCode, send: () => Promise<HttpAnswer>, signal: AbortSignal): Promise<HttpAnswer> {
    try {
      return await send();
    } catch (error) {
      if (signal.aborted || !(error instanceof Error)) throw error;
      throw this.#explain(code, error.message || (error as NodeJS.ErrnoException).code || "it was closed", error);
    }
  }

  #failed(code: PushCode, answer: HttpAnswer): StationError {
    const waitMs = retryAfterMs(answer, this.#clock.nowUtcMicros() / 1000);
    const explained = this.#explain(code, told(answer));
    return waitMs === undefined ? explained : new Busy(explained, waitMs);
  }

  #explain(code: PushCode, what: string, cause?: Error): StationError {
    const where = this.#config.url;
    const options = cause === undefined ? undefined : { cause };
    return code === "PUSH_CONNECT"
      ? new StationError(
          {
            code: "PUSH_CONNECT",
            what: `the endpoint does not answer (${what})`,
            where,
            action: "Check address, port, TLS and account. It is tried again by itself; nothing is lost meanwhile.",
          },
          options,
        )
      : new StationError(
          {
            code: "PUSH_PUBLISH",
            what: `the endpoint did not take the samples (${what})`,
            where,
            action:
              "Check the url, the account's rights and the endpoint's log. It is tried again by itself; nothing is lost meanwhile.",
          },
          options,
        );
  }
}

type PushCode = "PUSH_CONNECT" | "PUSH_PUBLISH";

interface Item {
  readonly text: string;
  /** In the entry. */
  readonly row: number;
  readonly path: string;
  readonly interval: number | undefined;
}

/**
 * The same items have the same key whenever and beside whatever they are posted: requests never mix blocks. Where the block was cut to find a refused
 * row, its rows name the part.
 */
function keyOfPart(
  publisher: string,
  { identity, firstRow }: StoredEntry,
  part: number,
  first: number,
  end: number,
): string {
  const { stream, sealingEpoch, sequence } = identity!;
  const block = `${publisher}-${stream}-${sealingEpoch}-${sequence}`;
  return firstRow === undefined ? `${block}-${part}` : `${block}-rows-${firstRow + first}-${firstRow + end - 1}`;
}

/** Bounded in number and in characters. */
function* parts(items: readonly Item[], most: number): Generator<readonly Item[], void, void> {
  let some: Item[] = [];
  let characters = 0;
  for (const item of items) {
    if (some.length === most || (some.length > 0 && characters + item.text.length > BODY_CHARACTERS)) {
      yield some;
      some = [];
      characters = 0;
    }
    some.push(item);
    characters += item.text.length;
  }
  if (some.length > 0) yield some;
}

function headersOf(config: RestPushConfig): Record<string, string> {
  const { tokenFile, username } = config;
  const headers: Record<string, string> = {
    "content-type": "application/json",
    accept: "application/json",
    ...Object.fromEntries(Object.entries(config.headers).map(([name, value]) => [name.toLowerCase(), value])),
  };
  if (tokenFile !== undefined) headers.authorization = `Bearer ${passwordOf({ passwordFile: tokenFile })}`;
  else if (username !== undefined)
    headers.authorization = `Basic ${Buffer.from(`${username}:${passwordOf(config)}`).toString("base64")}`;
  return headers;
}

function headerOf({ headers }: HttpAnswer, name: string): string {
  const value = headers[name];
  return typeof value === "string" ? value : "";
}

/** Status and the first words of the answer. */
function told({ status, body }: HttpAnswer): string {
  return `${status}${body === "" ? "" : `: ${body.trim().slice(0, 300)}`}`;
}
