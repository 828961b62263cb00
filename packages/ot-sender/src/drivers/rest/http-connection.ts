/** Sends requests to one server over kept connections and bounds what comes back, in time and in bytes.
 *  REST driver → [HTTP connection] → secure stream → device */
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request as startRequest } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Clock, type HostPort, StationError, writeHostPort } from "@nonreturn/station";
import { showText } from "../json-document.ts";
import type { TlsSettings } from "../login.ts";
import { openStream } from "../secure-stream.ts";
import type { HttpRequest } from "./plan.ts";

export type Exchange =
  | { readonly kind: "reply"; readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: Buffer }
  /** Nothing, or not all of it, within the time. */
  | { readonly kind: "silence"; readonly heard: string }
  | { readonly kind: "damaged"; readonly what: string }
  | { readonly kind: "too-long" };

export interface HttpSettings extends HostPort {
  readonly tls: TlsSettings | undefined;
  readonly isSecure: boolean;
  /** Of every request, the account's included. */
  readonly headers: Readonly<Record<string, string>>;
  readonly requestsInFlight: number;
  readonly maxBodyBytes: number;
  readonly timeoutMs: number;
  readonly connectTimeoutMs: number;
}

const HEADER_BYTES = 16_384;
const ENDED_WITHIN = "the connection ended within it";

export class HttpConnection {
  readonly #settings: HttpSettings;
  readonly #clock: Clock;
  readonly #agent: StreamAgent;
  /** Aborts whatever is going on. */
  readonly #end = new AbortController();
  /** Opened by `open`, for the first request. */
  #first: Socket | undefined;
  #lost: StationError | undefined;

  constructor(settings: HttpSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.#agent = new StreamAgent(settings.requestsInFlight, () => this.#stream());
  }

  /** @throws {StationError} DEVICE_UNREACHABLE, DEVICE_CERTIFICATE */
  async open(signal: AbortSignal): Promise<void> {
    const onAbort = (): void => this.#end.abort();
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      this.#first = await this.#dial(this.#end.signal);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /**
   * @throws {StationError} CONNECTION_LOST if the connection ends before a reply, or none can be made anew.
   * A connection that the server closed while it was idle is made anew without a word.
   */
  async exchange(request: HttpRequest, signal: AbortSignal): Promise<Exchange> {
    for (;;) {
      if (this.#lost !== undefined) throw this.#lost;
      const outcome = await this.#once(request, signal);
      if (outcome === "idle connection ended") continue;
      if (!(outcome instanceof Error)) return outcome;
      this.#lose(outcome);
    }
  }

  close(): void {
    this.#lose(new Error("it was closed"));
    this.#end.abort();
    this.#first?.destroy();
    this.#agent.destroy();
  }

  #once(request: HttpRequest, signal: AbortSignal): Promise<Exchange | Error | "idle connection ended"> {
    const { host, port, headers, isSecure, maxBodyBytes, timeoutMs } = this.#settings;
    const isDefaultPort = port === (isSecure ? 443 : 80);
    const { body } = request;
    return new Promise((resolve) => {
      let cancelTimeout = (): void => undefined;
      let heard = "";
      let isDone = false;
      const sent = startRequest({
        agent: this.#agent,
        method: request.method,
        path: request.path,
        maxHeaderSize: HEADER_BYTES,
        headers: {
          Host: isDefaultPort ? writeHost(host) : writeHostPort({ host, port }),
          Accept: "application/json",
          "Accept-Encoding": "identity",
          ...headers,
          ...request.headers,
          ...(body === undefined ? {} : { "Content-Length": Buffer.byteLength(body) }),
        },
      });
      const give = (outcome: Exchange | Error | "idle connection ended"): void => {
        if (isDone) return;
        isDone = true;
        cancelTimeout();
        this.#end.signal.removeEventListener("abort", onEnd);
        signal.removeEventListener("abort", onEnd);
        resolve(outcome);
      };
      /** What is still to come belongs to nobody: the connection goes with it. */
      const giveUp = (outcome: Exchange | Error): void => {
        give(outcome);
        sent.destroy();
      };
      const onEnd = (): void => giveUp(new Error("it was closed"));
      this.#end.signal.addEventListener("abort", onEnd, { once: true });
      signal.addEventListener("abort", onEnd, { once: true });
      sent.on("socket", () => {
        cancelTimeout = this.#clock.after(timeoutMs, () => giveUp({ kind: "silence", heard }));
        if (isDone) cancelTimeout();
      });
      sent.on("error", (error: NodeJS.ErrnoException) => {
        if (error.code?.startsWith("HPE_")) give({ kind: "damaged", what: "it is no HTTP" });
        else if (sent.reusedSocket && heard === "" && error.code === "ECONNRESET") give("idle connection ended");
        else give(heard === "" ? error : { kind: "damaged", what: ENDED_WITHIN });
      });
      // Whatever happened: nobody is left waiting.
      sent.on("close", () =>
        give(heard === "" ? new Error("the device closed it") : { kind: "damaged", what: ENDED_WITHIN }),
      );
      sent.on("upgrade", (_, socket) => {
        socket.destroy();
        give({ kind: "damaged", what: "the server wants to speak another protocol" });
      });
      sent.on("response", (response) => {
        heard = `only the head (HTTP ${response.statusCode}) came in time`;
        collect(response, maxBodyBytes, giveUp, give);
      });
      sent.end(body);
    });
  }

  async #stream(): Promise<Socket> {
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined && !first.destroyed && first.readable) return first;
    first?.destroy();
    return this.#dial(this.#end.signal);
  }

  #dial(signal: AbortSignal): Promise<Socket> {
    const { host, port, tls, connectTimeoutMs: timeoutMs } = this.#settings;
    return openStream({ host, port }, { tls, timeoutMs, signal, clock: this.#clock });
  }

  #lose(cause: Error): void {
    this.#lost ??= new StationError(
      {
        code: "CONNECTION_LOST",
        what: `the connection is lost: ${cause instanceof StationError ? cause.what : showText(cause.message, 200)}`,
        where: writeHostPort(this.#settings),
        action: "Nothing: the station reconnects. If it happens often, check the network and the device.",
      },
      { cause },
    );
  }
}

function collect(
  response: IncomingMessage,
  maxBodyBytes: number,
  giveUp: (outcome: Exchange) => void,
  give: (outcome: Exchange) => void,
): void {
  if (Number(response.headers["content-length"] ?? 0) > maxBodyBytes) {
    giveUp({ kind: "too-long" });
    return;
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) giveUp({ kind: "too-long" });
    else chunks.push(chunk);
  });
  response.on("error", (error: NodeJS.ErrnoException) =>
    giveUp({
      kind: "damaged",
      what: error.code?.startsWith("HPE_") ? "it is no HTTP" : ENDED_WITHIN,
    }),
  );
  response.on("end", () => {
    if (!response.complete) return; // "error" follows
    const { statusCode = 0, headers } = response;
    give({ kind: "reply", status: statusCode, headers, body: Buffer.concat(chunks) });
  });
}

function writeHost(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

/** Takes its connections from elsewhere. */
class StreamAgent extends Agent {
  readonly #open: () => Promise<Socket>;

  constructor(sockets: number, open: () => Promise<Socket>) {
    super({ keepAlive: true, maxSockets: sockets, maxFreeSockets: sockets });
    this.#open = open;
  }

  override createConnection(_options: object, callback?: (error: Error | null, stream: Duplex) => void): undefined {
    this.#open().then(
      (socket) => callback?.(null, socket),
      (error: Error) => callback?.(error, undefined as unknown as Duplex),
    );
  }
}
