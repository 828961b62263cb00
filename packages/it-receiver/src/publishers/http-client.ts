/** Sends requests to one HTTP server over kept connections, with bounded answers.
 *  InfluxDB, REST push → [HTTP client] → server */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { readTlsFiles, type TlsFiles } from "@nonreturn/station/thread";

export interface HttpClientConfig extends TlsFiles {
  readonly url: string; // http:// or https://
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  /** The first 64 KiB. */
  readonly body: string;
}

/** Of an answer that much is kept: enough for any error message. */
const ANSWER_BYTES = 64 * 1024;
const SOCKETS = 4;

/**
 * Of the account, of time and load, of a request that may still be worked on (409), of what stands between (RFC 9110 §15, RFC 6585). Any other
 * refusal, "internal server error" among them, may be the fault of what is in the request.
 */
const OF_THE_SERVER: ReadonlySet<number> = new Set([
  401, 407, 408, 409, 421, 423, 425, 426, 428, 429, 502, 503, 504, 507, 511,
]);

/** Of an answer that is no success. */
export function isSuspected(status: number): boolean {
  return status >= 400 && !OF_THE_SERVER.has(status);
}

export class HttpClient {
  readonly #base: URL;
  readonly #agent: HttpAgent | HttpsAgent;

  /** @throws {StationError} FILE_… */
  constructor({ url, ...files }: HttpClientConfig) {
    this.#base = new URL(url);
    const kept = { keepAlive: true, maxSockets: SOCKETS, maxFreeSockets: SOCKETS };
    this.#agent =
      this.#base.protocol === "https:"
        ? new HttpsAgent({
            ...kept,
            rejectUnauthorized: true,
            ...readTlsFiles(files),
          })
        : new HttpAgent(kept);
  }

  /**
   * One request. Redirections are not followed: they would carry the account elsewhere.
   *
   * @param path  below the path of the base URL, with its query.
   * @throws Error of the socket or of TLS; the signal's reason.
   */
  send(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: string | Uint8Array,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const request = this.#base.protocol === "https:" ? httpsRequest : httpRequest;
    const url = new URL(this.#base.pathname.replace(/\/$/, "") + path, this.#base);
    return new Promise((resolve, reject) => {
      const sent = request(
        url,
        { method, agent: this.#agent, signal, headers: { ...headers, "content-length": Buffer.byteLength(body) } },
        (response) => {
          const parts: Buffer[] = [];
          let bytes = 0;
          response.on("data", (part: Buffer) => {
            if (bytes < ANSWER_BYTES) parts.push(part.subarray(0, ANSWER_BYTES - bytes));
            bytes += part.length;
          });
          response.on("error", reject);
          response.on("end", () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: Buffer.concat(parts).toString("utf8"),
            }),
          );
        },
      );
      sent.on("error", (error) => reject(signal.aborted ? signal.reason : error));
      sent.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
