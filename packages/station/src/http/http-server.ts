/** A small HTTP or HTTPS server: exact paths, bounded bodies; JSON, text or streamed answers. For figures, health, local control, the REST API.
 *  Plain node:http, because Fastify's router compiles code from strings (docs/decisions/0005-node-http.md). */
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { StationError } from "../station-error.ts";

export interface HttpRequest {
  /** The parsed JSON body; undefined without one. */
  readonly body: unknown;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Of whoever is connected; "" for a local socket. */
  readonly address: string;
}

/**
 * What a route answers with: `json` (any JSON value), `text` with its content type, or `parts`, taken as fast as the client reads and
 * ended (`return`) when it leaves. A `parts` that throws breaks the connection off, so that nobody takes the answer for whole.
 */
export type HttpAnswer = { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } & (
  | { readonly json: unknown }
  | { readonly text: string; readonly contentType: string }
  | { readonly parts: AsyncIterable<string | Uint8Array>; readonly contentType: string }
);

export type HttpRoute = (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>;

/** By method and exact path: "GET /metrics". */
export type HttpRoutes = Readonly<Record<string, HttpRoute>>;

export interface HttpServerSettings {
  /** HTTPS with this certificate chain and key, PEM. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer };
  /** Headers of every answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The form of a refusal that no route made: 404, 405, 413, 400, 500. JSON `{"what":…}` if left out. */
  readonly refuse?: (status: number, what: string) => HttpAnswer;
}

/** A client that takes nothing of a streamed answer for so long is cut off. */
const STALLED_MS = 30_000;
const MAXIMUM_BODY_BYTES = 64 * 1024;
const MAXIMUM_CONNECTIONS = 64;

/**
 * A server that is not listening yet. A StationError thrown by a route is answered with 400 and its fields, anything else with 500 and
 * `onFailure`; neither ends the station. Slow clients are cut off after 10 s.
 */
export function createHttpServer(
  routes: HttpRoutes,
  onFailure: (error: unknown) => void,
  settings: HttpServerSettings = {},
): Server {
  const { tls, headers = {}, refuse = refusal } = settings;
  const options: ServerOptions = {
    requestTimeout: 10_000,
    headersTimeout: 10_000,
    keepAliveTimeout: 5_000,
    connectionsCheckingInterval: 5_000,
    maxHeaderSize: 16 * 1024,
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    answer(routes, request, refuse).then(
      (result) => send(response, result, headers, onFailure),
      (error: unknown) => {
        if (!(error instanceof StationError)) onFailure(error);
        send(response, answerToError(error, refuse), headers, onFailure);
      },
    );
  };
  const server =
    tls === undefined ? createServer(options, onRequest) : createTlsServer({ ...options, ...tls }, onRequest);
  server.maxConnections = MAXIMUM_CONNECTIONS;
  return server;
}

/** Stop listening and cut every connection, also of answers that are still being made. */
export function closeHttpServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

type Refuse = (status: number, what: string, more?: object) => HttpAnswer;

async function answer(routes: HttpRoutes, request: IncomingMessage, refuse: Refuse): Promise<HttpAnswer> {
  const { path, query } = split(request.url ?? "/");
  const key = `${request.method === "HEAD" ? "GET" : request.method} ${path}`;
  const route = Object.hasOwn(routes, key) ? routes[key] : undefined;
  if (route === undefined) {
    request.resume();
    const known = Object.keys(routes);
    const allowed = known.filter((other) => other.split(" ")[1] === path).map((other) => other.split(" ")[0]!);
    if (allowed.includes("GET")) allowed.push("HEAD");
    const refused = refuse(allowed.length > 0 ? 405 : 404, `there is no ${key.slice(0, 200)}`, { known });
    // RFC 9110 §15.5.6: a 405 names the methods that there are.
    return allowed.length > 0 ? { ...refused, headers: { ...refused.headers, allow: allowed.join(", ") } } : refused;
  }
  const body = await readBody(request);
  if (body === "too large") return refuse(413, `the body is larger than ${MAXIMUM_BODY_BYTES} bytes`);
  const parsed = parse(body);
  if (parsed === "not JSON") return refuse(400, "the body is not JSON");
  return route({ ...parsed, query, headers: request.headers, address: request.socket.remoteAddress ?? "" });
}

function parse(body: Buffer): { readonly body: unknown } | "not JSON" {
  if (body.length === 0) return { body: undefined };
  try {
    return { body: JSON.parse(body.toString("utf8")) as unknown };
  } catch {
    return "not JSON";
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer | "too large"> {
  if (Number(request.headers["content-length"] ?? 0) > MAXIMUM_BODY_BYTES) return "too large";
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MAXIMUM_BODY_BYTES) return "too large";
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function split(target: string): { path: string; query: URLSearchParams } {
  const mark = target.indexOf("?");
  return mark < 0
    ? { path: target, query: new URLSearchParams() }
    : { path: target.slice(0, mark), query: new URLSearchParams(target.slice(mark + 1)) };
}

function refusal(status: number, what: string, more: object = {}): HttpAnswer {
  return { status, json: { what, ...more } };
}

function answerToError(error: unknown, refuse: Refuse): HttpAnswer {
  if (error instanceof StationError) {
    const { code, what, where, action } = error;
    return { status: 400, json: { code, what, ...(where === undefined ? {} : { where }), action } };
  }
  return refuse(500, "the station failed to answer; its log says why");
}

function send(
  response: ServerResponse,
  result: HttpAnswer,
  always: Readonly<Record<string, string>>,
  onFailure: (error: unknown) => void,
): void {
  if (response.destroyed) return;
  const headers = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    // What was left unread of a refused body must not be taken for the next request.
    ...(result.status === 413 ? { connection: "close" } : {}),
    ...always,
  };
  if ("parts" in result) {
    response.writeHead(result.status ?? 200, { "content-type": result.contentType, ...headers, ...result.headers });
    if (response.req.method === "HEAD") {
      response.end();
      return;
    }
    response.setTimeout(STALLED_MS, () => response.destroy());
    pipeline(Readable.from(result.parts, { objectMode: false }), response).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ERR_STREAM_PREMATURE_CLOSE" && error.code !== "ECONNRESET") onFailure(error);
    });
    return;
  }
  const [text, contentType] =
    "json" in result ? [`${JSON.stringify(result.json)}\n`, "application/json"] : [result.text, result.contentType];
  response.writeHead(result.status ?? 200, {
    "content-type": contentType,
    "content-length": Buffer.byteLength(text),
    ...headers,
    ...result.headers,
  });
  response.end(response.req.method === "HEAD" ? undefined : text);
}
