/** A small HTTP server: exact paths, bounded bodies, JSON or text answers. For figures, health and local control.
 *  Plain node:http, because Fastify's router compiles code from strings (docs/decisions/0005-node-http.md). */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { StationError } from "../station-error.ts";

export interface HttpRequest {
  /** The parsed JSON body; undefined without one. */
  readonly body: unknown;
  readonly query: URLSearchParams;
}

/** What a route answers with: `json` (any JSON value) or `text` with its content type. */
export type HttpAnswer =
  | { readonly status?: number; readonly json: unknown }
  | { readonly status?: number; readonly text: string; readonly contentType: string };

export type HttpRoute = (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>;

/** By method and exact path: "GET /metrics". */
export type HttpRoutes = Readonly<Record<string, HttpRoute>>;

const MAXIMUM_BODY_BYTES = 64 * 1024;
const MAXIMUM_CONNECTIONS = 64;

/**
 * A server that is not listening yet. A StationError thrown by a route is answered with 400 and its fields, anything else with 500 and
 * `onFailure`; neither ends the station. Slow clients are cut off after 10 s.
 */
export function createHttpServer(routes: HttpRoutes, onFailure: (error: unknown) => void): Server {
  const server = createServer(
    {
      requestTimeout: 10_000,
      headersTimeout: 10_000,
      keepAliveTimeout: 5_000,
      connectionsCheckingInterval: 5_000,
      maxHeaderSize: 16 * 1024,
    },
    (request, response) => {
      answer(routes, request).then(
        (result) => send(response, result),
        (error: unknown) => {
          if (!(error instanceof StationError)) onFailure(error);
          send(response, refusal(error));
        },
      );
    },
  );
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

async function answer(routes: HttpRoutes, request: IncomingMessage): Promise<HttpAnswer> {
  const { path, query } = split(request.url ?? "/");
  const key = `${request.method === "HEAD" ? "GET" : request.method} ${path}`;
  const route = Object.hasOwn(routes, key) ? routes[key] : undefined;
  if (route === undefined) {
    request.resume();
    const paths = Object.keys(routes).map((known) => known.split(" ")[1]);
    return {
      status: paths.includes(path) ? 405 : 404,
      json: { what: `there is no ${key.slice(0, 200)}`, known: Object.keys(routes) },
    };
  }
  const body = await readBody(request);
  return body === "too large"
    ? { status: 413, json: { what: `the body is larger than ${MAXIMUM_BODY_BYTES} bytes` } }
    : parseThen(body, query, route);
}

function parseThen(body: Buffer, query: URLSearchParams, route: HttpRoute): HttpAnswer | Promise<HttpAnswer> {
  if (body.length === 0) return route({ body: undefined, query });
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString("utf8"));
  } catch {
    return { status: 400, json: { what: "the body is not JSON" } };
  }
  return route({ body: parsed, query });
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

function refusal(error: unknown): HttpAnswer {
  if (error instanceof StationError) {
    const { code, what, where, action } = error;
    return { status: 400, json: { code, what, ...(where === undefined ? {} : { where }), action } };
  }
  return { status: 500, json: { what: "the station failed to answer; its log says why" } };
}

function send(response: ServerResponse, result: HttpAnswer): void {
  if (response.destroyed) return;
  const [text, contentType] =
    "json" in result ? [`${JSON.stringify(result.json)}\n`, "application/json"] : [result.text, result.contentType];
  response.writeHead(result.status ?? 200, {
    "content-type": contentType,
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    // What was left unread of a refused body must not be taken for the next request.
    ...(result.status === 413 ? { connection: "close" } : {}),
  });
  response.end(response.req.method === "HEAD" ? undefined : text);
}
