import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { HttpClient } from "../../src/publishers/http-client.ts";

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

async function serve(answer: Answer): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (part: string) => {
      body += part;
    });
    request.on("end", () => answer(request, response, body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/base`, server };
}

function client(url: string): HttpClient {
  const made = new HttpClient({ url });
  onTestFinished(() => made.close());
  return made;
}

const { signal } = new AbortController();

describe("HTTP client", () => {
  it("sends below the base path, with a length, and keeps its connection", async () => {
    const ports = new Set<number | undefined>();
    const { url } = await serve((request, response, body) => {
      ports.add(request.socket.remotePort);
      response.writeHead(201, { "x-seen": `${request.method} ${request.url} ${request.headers["content-length"]}` });
      response.end(`got ${body}`);
    });
    const sender = client(url);
    for (let time = 0; time < 3; time++) {
      const answer = await sender.send("POST", "/write?a=1", { "content-type": "text/plain" }, "grüße", signal);
      expect(answer).toMatchObject({ status: 201, body: "got grüße" });
      expect(answer.headers["x-seen"]).toBe("POST /base/write?a=1 7");
    }
    expect(ports.size).toBe(1);
  });

  it("keeps no more than 64 KiB of an answer, and follows no redirection", async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(302, { location: "http://127.0.0.1:1/" });
      response.end("x".repeat(300_000));
    });
    const { status, body } = await client(url).send("GET", "/", {}, "", signal);
    expect([status, body.length]).toEqual([302, 65_536]);
  });

  it("ends soon after its signal aborted, with the signal's reason", async () => {
    const { url } = await serve(() => undefined); // never answers
    const controller = new AbortController();
    const answer = client(url).send("GET", "/", {}, "", controller.signal);
    const reason = new Error("enough");
    setTimeout(() => controller.abort(reason), 20);
    await expect(answer).rejects.toBe(reason);
  });

  it("rejects when the server cuts the answer short", async () => {
    const { url } = await serve((request, response) => {
      response.writeHead(200, { "content-length": 1000 });
      response.write("half");
      setTimeout(() => request.socket.destroy(), 10);
    });
    await expect(client(url).send("GET", "/", {}, "", signal)).rejects.toThrow();
  });
});
