/** Posts samples or alarm events to a business system's own HTTP endpoint, in the form that it wants. Each request carries a key by which repeats are known.
 *  runner → [push publisher] → ERP */
import { StationError } from "@nonreturn/station/thread";
import { type BlockIdentity, type TagDefinition, valueAt } from "@nonreturn/wire-format";
import { type HttpAnswer, HttpClient } from "../http-client.ts";
import { passwordOf } from "../password.ts";
import { type Publisher, refusedEntry, type StoredEntry } from "../publisher.ts";
import { bodyTemplate, eventTemplate, sampleTemplate } from "./body-template.ts";
import type { RestPushConfig } from "./push-config.ts";

const BODY_CHARACTERS = 8 * 1024 * 1024;

export class PushPublisher implements Publisher {
  readonly events: "wanted" | undefined;
  readonly #config: RestPushConfig;
  readonly #name: string;
  readonly #path: string;
  readonly #base: string;
  readonly #sampleOf: ReturnType<typeof sampleTemplate>;
  readonly #eventOf: ReturnType<typeof eventTemplate>;
  readonly #bodyOf: ReturnType<typeof bodyTemplate>;
  readonly #wanted = new WeakMap<TagDefinition, boolean>();
  /** For when: interval. The last interval of which each path had a sample posted, live ones and late ones. */
  readonly #posted = { live: new Map<string, number>(), late: new Map<string, number>() };
  #client: HttpClient | undefined;
  #headers: Readonly<Record<string, string>> = {};
  #session: Readonly<Record<string, string>> | undefined;

  constructor(config: RestPushConfig, name: string) {
    this.#config = config;
    this.#name = name;
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
    if (answer.status === 401 || answer.status >= 502) throw this.#explain("PUSH_CONNECT", told(answer));
  }

  async publish(entries: readonly StoredEntry[], signal: AbortSignal): Promise<void> {
    const client = this.#client;
    if (client === undefined) throw new RangeError("publish before connect");
    for (const entry of entries) {
      if (entry.identity === undefined) continue; // only history is posted
      const { items, taken } = this.#config.what === "events" ? this.#eventsOf(entry) : this.#samplesOf(entry);
      let part = 0;
      for (const some of parts(items, this.#config.samplesPerRequest)) {
        await this.#post(client, some, keyOfPart(this.#name, entry.identity, part++), signal);
      }
      for (const [path, interval] of taken) this.#posted[entry.lane].set(path, interval);
    }
  }

  async close(): Promise<void> {
    this.#client?.close();
    this.#client = undefined;
    this.#session = undefined;
  }

  /** The samples of one block that are wanted, rendered; and the intervals they stand for, which count once they are posted. */
  #samplesOf({ samples, lane, tagOf }: StoredEntry): { items: string[]; taken: ReadonlyMap<string, number> } {
    const rendered: string[] = [];
    const taken = new Map<string, number>();
    const intervalMicros = (this.#config.interval ?? 0) * 1000;
    for (let row = 0; row < samples.count; row++) {
      const tag = tagOf(samples.tagIds[row]!);
      if (tag === undefined) throw refusedEntry(this.#name, `tag ${samples.tagIds[row]} has no definition`);
      if (!this.#wants(tag)) continue;
      const sourceTimestamp = samples.timestamps[row]!;
      if (intervalMicros > 0) {
        const interval = Math.floor(sourceTimestamp / intervalMicros);
        if (interval === (taken.get(tag.path) ?? this.#posted[lane].get(tag.path))) continue;
        taken.set(tag.path, interval);
      }
      const role = lane === "late" ? "historical" : "live";
      const value = valueAt(samples, row);
      rendered.push(this.#sampleOf({ tag, value, statusCode: samples.statusCodes[row]!, sourceTimestamp, role }));
    }
    return { items: rendered, taken };
  }

  #eventsOf({ events = [], lane, tagOf }: StoredEntry): { items: string[]; taken: ReadonlyMap<string, number> } {
    const role = lane === "late" ? "historical" : "live";
    const items = events.flatMap((event) => {
      const tag = tagOf(event.tagId);
      if (tag === undefined) throw refusedEntry(this.#name, `tag ${event.tagId} has no definition`);
      return this.#wants(tag) ? [this.#eventOf({ tag, event, role })] : [];
    });
    return { items, taken: new Map() };
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

  async #post(client: HttpClient, items: readonly string[], key: string, signal: AbortSignal): Promise<void> {
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
    if (answer.status >= 200 && answer.status < 300) return;
    // It will be refused the next time too. 409 is not among them: the same key may still be worked on.
    if (answer.status === 400 || answer.status === 413 || answer.status === 422)
      throw refusedEntry(this.#name, `the endpoint refuses it: ${told(answer)}`);
    throw this.#explain("PUSH_PUBLISH", told(answer));
  }

  #send(client: HttpClient, body: string, key: string, signal: AbortSignal): Promise<HttpAnswer> {
    const headers = { ...this.#headers, ...this.#session, [this.#config.idempotencyHeader]: key };
    return this.#ask("PUSH_PUBLISH", () => client.send("POST", this.#path, headers, body, signal), signal);
  }

  async #fetchSession(client: HttpClient, signal: AbortSignal): Promise<void> {
    const headers = { ...this.#headers, "x-csrf-token": "Fetch" };
    const answer = await this.#ask("PUSH_CONNECT", () => client.send("GET", this.#path, headers, "", signal), signal);
    const token = headerOf(answer, "x-csrf-token");
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

/** The same items have the same key whenever and beside whatever they are posted: requests never mix blocks. */
function keyOfPart(publisher: string, { stream, sealingEpoch, sequence }: BlockIdentity, part: number): string {
  return `${publisher}-${stream}-${sealingEpoch}-${sequence}-${part}`;
}

/** Bounded in number and in characters. */
function* parts(items: readonly string[], most: number): Generator<readonly string[], void, void> {
  let some: string[] = [];
  let characters = 0;
  for (const item of items) {
    if (some.length === most || (some.length > 0 && characters + item.length > BODY_CHARACTERS)) {
      yield some;
      some = [];
      characters = 0;
    }
    some.push(item);
    characters += item.length;
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
