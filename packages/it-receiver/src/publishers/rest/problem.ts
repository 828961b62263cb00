/** A request that is refused, as the client is told: problem details.
 *  endpoints, parameters, tokens → [problem] → client
 *  Source: RFC 9457. */
import type { HttpAnswer } from "@nonreturn/station";

const TITLES: Readonly<Record<number, string>> = {
  400: "The request is not understood",
  401: "A token is needed",
  403: "The token does not allow this",
  404: "Not found",
  405: "Only reading is possible",
  413: "Too large",
  429: "Too many failed attempts",
  500: "The station failed",
  503: "Not available now",
};

export class Problem extends Error {
  readonly status: number;
  readonly more: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  /** @param detail  what is wrong and what to write instead, for the person who made the request. */
  constructor(
    status: number,
    detail: string,
    more: Readonly<Record<string, unknown>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
    this.status = status;
    this.more = more;
    this.headers = headers;
  }
}

export function answerToProblem({ status, message, more, headers }: Problem): HttpAnswer {
  const body = { type: "about:blank", title: TITLES[status] ?? "Refused", status, detail: message, ...more };
  return { status, headers, text: `${JSON.stringify(body)}\n`, contentType: "application/problem+json" };
}
