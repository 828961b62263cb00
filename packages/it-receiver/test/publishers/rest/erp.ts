/** An endpoint of a business system that a test looks into: it remembers idempotency keys, and may ask for CSRF tokens as SAP Gateway does.
 *  push publisher → [ERP] → test */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface Posted {
  readonly body: unknown;
  readonly headers: IncomingMessage["headers"];
  readonly path: string;
}

export async function startErp() {
  const erp = {
    /** Bodies with new keys, in the order in which they came. */
    held: [] as Posted[],
    posts: 0,
    url: "",
    /** Answered instead of 201, one each. */
    answers: [] as number[],
    /** Beside any answer but 201. */
    retryAfter: undefined as string | undefined,
    /** To HEAD. */
    headAnswer: 405,
    /** Bodies that are answered 422. */
    refuses: (_body: string): boolean => false,
    refusesWith: 422,
    /** The token that a POST must carry; changing it ends the sessions. */
    csrf: undefined as string | undefined,
  };
  const keys = new Set<string>();
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => answer(request, response, Buffer.concat(parts).toString("utf8")));
  });
  const asked = (): Record<string, string> => (erp.retryAfter === undefined ? {} : { "retry-after": erp.retryAfter });
  function answer(request: IncomingMessage, response: ServerResponse, text: string): void {
    const session = `SAP_SESSIONID=${erp.csrf}`;
    if (request.method !== "POST") {
      const told = request.headers["x-csrf-token"] === "Fetch" && erp.csrf !== undefined;
      const headers = { "x-csrf-token": erp.csrf, "set-cookie": [`${session}; path=/; HttpOnly`, "other=1"] };
      response
        .writeHead(request.method === "HEAD" ? erp.headAnswer : 200, { ...asked(), ...(told ? headers : {}) })
        .end();
      return;
    }
    erp.posts++;
    const { headers } = request;
    const knows = headers["x-csrf-token"] === erp.csrf && headers.cookie === `${session}; other=1`;
    if (erp.csrf !== undefined && !knows) {
      response.writeHead(403, { "x-csrf-token": "Required" }).end("CSRF token validation failed");
      return;
    }
    const status = erp.answers.shift() ?? (erp.refuses(text) ? erp.refusesWith : 201);
    const key = String(headers["idempotency-key"]);
    if (status === 201 && !keys.has(key)) {
      keys.add(key);
      erp.held.push({ body: JSON.parse(text), headers, path: request.url ?? "" });
    }
    response.writeHead(status, status === 201 ? {} : asked()).end(status === 201 ? "" : "no");
  }
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  erp.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/odata/MeasurementSet?sap-client=100`;
  return erp;
}
