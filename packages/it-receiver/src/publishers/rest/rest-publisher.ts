/** Answers questions about tags, current values, history and gaps over HTTP(S). Nothing can be written.
 *  runner → [REST publisher] → endpoints → clients */
import type { Server } from "node:http";
import {
  closeHttpServer,
  createHttpServer,
  type HttpAnswer,
  type HttpRequest,
  type HttpRoutes,
  readPrivate,
  readPublic,
  StationError,
  writeHostPort,
} from "@nonreturn/station";
import { type TagDefinition, valueAt } from "@nonreturn/wire-format";
import {
  type GapList,
  type LinkState,
  type Publisher,
  type PublisherSurroundings,
  refusedEntry,
  type StoredEntry,
} from "../publisher.ts";
import type { RestConfig } from "./config.ts";
import { type Answers, ENDPOINTS, type Endpoint } from "./endpoints.ts";
import { HistoryQueries } from "./history-queries.ts";
import { openApiDocument } from "./openapi.ts";
import { descriptionPage, PAGE_POLICY } from "./page.ts";
import { answerToProblem, Problem } from "./problem.ts";
import { TagTable } from "./tag-table.ts";
import { Tokens } from "./tokens.ts";

/** The gap list opens the store and reads up to 30,000 rows: not for every request anew. */
const GAPS_KEPT_MS = 1000;

interface Serving {
  readonly server: Server;
  readonly history: HistoryQueries;
}

export class RestPublisher implements Publisher {
  readonly #config: RestConfig;
  readonly #around: PublisherSurroundings;
  readonly #tags = new TagTable();
  #serving: Serving | undefined;
  #link: LinkState = { state: "unknown", since: 0 };
  #gaps: { readonly list: GapList; readonly readMs: number } | undefined;

  constructor(config: RestConfig, surroundings: PublisherSurroundings) {
    this.#config = config;
    this.#around = surroundings;
    this.#link = { state: "unknown", since: surroundings.clock.nowUtcMicros() };
  }

  /** The server starts; clients come when they like. */
  async connect(signal: AbortSignal): Promise<void> {
    const { clock, log, openHistory } = this.#around;
    const { certificateFile, keyFile, listen } = this.#config;
    const tokens = new Tokens(this.#config.tokens, clock, log);
    const tls =
      certificateFile === undefined ? {} : { tls: { cert: readPublic(certificateFile), key: readPrivate(keyFile!) } };
    const history = new HistoryQueries(openHistory, clock);
    try {
      const server = createHttpServer(
        this.#routes(tokens, history),
        (error) => log.error({ err: error }, "a REST request failed"),
        {
          ...tls,
          refuse: (status, what) => answerToProblem(new Problem(status, what)),
          headers: { "content-security-policy": PAGE_POLICY, "referrer-policy": "no-referrer" },
        },
      );
      this.#serving = { server, history };
      await bind(server, listen);
    } catch (cause) {
      await this.close();
      throw new StationError(
        {
          code: "REST_SERVER",
          what: `the REST server cannot start (${cause instanceof Error ? cause.message : String(cause)})`,
          where: writeHostPort(listen),
          action:
            "Choose an address of this machine and a free port, and see that certificate and key belong together.",
        },
        { cause },
      );
    }
    if (signal.aborted) await this.close();
    signal.throwIfAborted();
  }

  async tagsChanged(tags: readonly TagDefinition[]): Promise<void> {
    this.#tags.setTags(tags);
  }

  async publish(entries: readonly StoredEntry[], signal: AbortSignal): Promise<void> {
    if (this.#serving === undefined) throw new RangeError("publish before connect");
    for (const { samples, lane, origin, tagOf } of entries) {
      signal.throwIfAborted();
      const role = origin === "stale" ? "stale" : lane;
      for (let row = 0; row < samples.count; row++) {
        const tag = tagOf(samples.tagIds[row]!);
        if (tag === undefined)
          throw refusedEntry(this.#around.publisher, `tag ${samples.tagIds[row]} has no definition`);
        const { statusCodes, timestamps } = samples;
        this.#tags.setValue(tag, valueAt(samples, row), statusCodes[row]!, timestamps[row]!, role);
      }
    }
  }

  async linkChanged(link: LinkState): Promise<void> {
    this.#link = link;
  }

  async close(): Promise<void> {
    const serving = this.#serving;
    this.#serving = undefined;
    this.#tags.clear();
    if (serving === undefined) return;
    await closeHttpServer(serving.server);
    await serving.history.close();
  }

  #routes(tokens: Tokens, history: HistoryQueries): HttpRoutes {
    const document = `${JSON.stringify(openApiDocument())}\n`;
    const page = descriptionPage();
    return {
      // They say what could be asked, nothing of the plant: no token is needed.
      "GET /": () => ({ text: page, contentType: "text/html; charset=utf-8" }),
      "GET /openapi.json": () => ({ text: document, contentType: "application/json" }),
      ...Object.fromEntries(
        ENDPOINTS.map((endpoint) => [
          `GET ${endpoint.path}`,
          (request: HttpRequest) => this.#answer(endpoint, request, tokens, history),
        ]),
      ),
    };
  }

  async #answer(
    endpoint: Endpoint,
    { query, headers, address }: HttpRequest,
    tokens: Tokens,
    history: HistoryQueries,
  ): Promise<HttpAnswer> {
    try {
      tokens.admit(headers.authorization, address, endpoint.scope);
      return await endpoint.answer(query, this.#answers(history));
    } catch (error) {
      if (error instanceof Problem) return answerToProblem(error);
      if (error instanceof StationError) return answerToProblem(new Problem(503, error.what, { code: error.code }));
      throw error;
    }
  }

  #answers(history: HistoryQueries): Answers {
    return {
      station: this.#around.publisher,
      tags: this.#tags,
      history,
      alarms: this.#around.alarms,
      link: this.#link,
      readGaps: () => this.#readGaps(),
      readMissingTimes: this.#around.readMissingTimes,
      readMissingList: this.#around.readMissingList,
      readStations: this.#around.readStations,
      now: () => this.#around.clock.nowUtcMicros(),
    };
  }

  #readGaps(): GapList | undefined {
    const { clock, readGaps } = this.#around;
    if (readGaps === undefined) return undefined;
    const nowMs = clock.monotonicMs();
    if (this.#gaps === undefined || nowMs - this.#gaps.readMs >= GAPS_KEPT_MS)
      this.#gaps = { list: readGaps(), readMs: nowMs };
    return this.#gaps.list;
  }
}

function bind(server: Server, { host, port }: RestConfig["listen"]): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.removeAllListeners("error");
      server.on("error", () => undefined); // accepting failed (EMFILE …): the client sees it, the station goes on
      resolve();
    });
  });
}
