import { request, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import {
  closeHttpServer,
  createHttpServer,
  type HttpRoutes,
  type HttpServerSettings,
} from "../../src/http/http-server.ts";
import { StationError } from "../../src/index.ts";

async function serve(
  routes: HttpRoutes,
  onFailure: (error: unknown) => void = () => undefined,
  settings: HttpServerSettings = {},
): Promise<{ base: string; port: number; server: Server }> {
  const server = createHttpServer(routes, onFailure, settings);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => closeHttpServer(server));
  const { port } = server.address() as AddressInfo;
  return { base: `http://127.0.0.1:${port}`, port, server };
}

test("exact routes, queries, bodies, statuses", async () => {
  const { base } = await serve({
    "GET /a": ({ query }) => ({ json: { x: query.get("x") } }),
    "POST /a": ({ body }) => ({ status: 201, json: { got: body ?? "nothing" } }),
    "GET /text": async () => ({ text: "plain", contentType: "text/plain" }),
  });
  expect(await (await fetch(`${base}/a?x=1`)).json()).toEqual({ x: "1" });
  const posted = await fetch(`${base}/a`, { method: "POST", body: '{"n":[1]}' });
  expect([posted.status, await posted.json()]).toEqual([201, { got: { n: [1] } }]);
  expect(await (await fetch(`${base}/a`, { method: "POST" })).json()).toEqual({ got: "nothing" });
  const text = await fetch(`${base}/text`);
  expect([text.headers.get("content-type"), await text.text()]).toEqual(["text/plain", "plain"]);
  const head = await fetch(`${base}/text`, { method: "HEAD" });
  expect([head.status, head.headers.get("content-length")]).toEqual([200, "5"]);
});

test("unknown path 404, known path with another method 405, names of Object.prototype are no routes", async () => {
  const { base } = await serve({ "GET /a": () => ({ json: 1 }) });
  expect((await fetch(`${base}/b`)).status).toBe(404);
  const refused = await fetch(`${base}/a`, { method: "DELETE" });
  expect([refused.status, refused.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  expect((await fetch(`${base}/__proto__`)).status).toBe(404);
  expect((await fetch(`${base}/a/`)).status).toBe(404);
});

test("errors: a StationError is told, anything else is logged and hidden; the server goes on", async () => {
  const failures: unknown[] = [];
  const { base } = await serve(
    {
      "GET /told": () => {
        throw new StationError({ code: "GAP_CODE", what: "wrong", action: "Type it again." });
      },
      "GET /hidden": () => {
        throw new Error("inner detail");
      },
      "GET /ok": () => ({ json: true }),
    },
    (error) => failures.push(error),
  );
  const told = await fetch(`${base}/told`);
  expect([told.status, await told.json()]).toEqual([
    400,
    { code: "GAP_CODE", what: "wrong", action: "Type it again." },
  ]);
  const hidden = await fetch(`${base}/hidden`);
  expect(hidden.status).toBe(500);
  expect(await hidden.text()).not.toContain("inner detail");
  expect(failures).toEqual([expect.objectContaining({ message: "inner detail" })]);
  expect(await (await fetch(`${base}/ok`)).json()).toBe(true);
});

test("bodies are bounded, announced or not, and must be JSON", async () => {
  const { base, port } = await serve({ "POST /a": ({ body }) => ({ json: typeof body }) });
  const big = await fetch(`${base}/a`, { method: "POST", body: `"${"x".repeat(70_000)}"` });
  expect(big.status).toBe(413);
  const status = await new Promise<number | string | undefined>((resolve) => {
    const outgoing = request({ port, host: "127.0.0.1", method: "POST", path: "/a" }, (response) => {
      response.resume();
      resolve(response.statusCode);
      outgoing.destroy();
    });
    outgoing.on("error", (error) => resolve(error.message));
    const more = (): void => {
      if (!outgoing.destroyed && outgoing.write("x".repeat(10_000))) setImmediate(more);
      else outgoing.once("drain", more);
    };
    more();
  });
  expect(status).toBe(413);
  expect((await fetch(`${base}/a`, { method: "POST", body: "{not json" })).status).toBe(400);
});

test("garbage on the connection harms nobody", async () => {
  const { base, port } = await serve({ "GET /a": () => ({ json: 1 }) });
  const answer = await new Promise<string>((resolve) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => socket.write("\x00\xff\x16\x03garbage\r\n\r\n"));
    socket.on("data", (part) => {
      text += part.toString("latin1");
    });
    socket.on("close", () => resolve(text));
    socket.on("error", () => undefined);
  });
  expect(answer).toContain("400 Bad Request");
  expect((await fetch(`${base}/a`)).status).toBe(200);
});

test("answers of any length go as fast as the client reads, and end when it leaves", async () => {
  let made = 0;
  let ended = 0;
  async function* endless() {
    try {
      for (;;) {
        made++;
        yield "x".repeat(10_000);
      }
    } finally {
      ended++;
    }
  }
  const { base, port } = await serve({
    "GET /endless": () => ({ parts: endless(), contentType: "text/csv" }),
    "GET /few": () => ({
      parts: (async function* () {
        yield* ["a", "", "ü"];
      })(),
      contentType: "text/csv",
      headers: { "x-y": "z" },
    }),
  });
  const few = await fetch(`${base}/few`);
  expect([await few.text(), few.headers.get("x-y"), few.headers.get("content-type")]).toEqual(["aü", "z", "text/csv"]);
  expect((await fetch(`${base}/few`, { method: "HEAD" })).status).toBe(200);
  const socket = connect(port, "127.0.0.1", () => socket.write("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n"));
  onTestFinished(() => void socket.destroy());
  socket.pause();
  let before = -1;
  await expect
    .poll(
      () => {
        const grown = made > 0 && made === before;
        before = made;
        return grown;
      },
      { timeout: 30_000, interval: 300 },
    )
    .toBe(true);
  expect(made).toBeLessThan(5000); // what the kernel's buffers take, not more
  socket.destroy();
  await expect.poll(() => ended, { timeout: 30_000 }).toBe(1);
});

test("a streamed answer that fails is broken off, not ended", async () => {
  const failures: unknown[] = [];
  const { base } = await serve(
    {
      "GET /breaks": () => ({
        parts: (async function* () {
          yield "first";
          throw new Error("disk");
        })(),
        contentType: "text/csv",
      }),
    },
    (error) => failures.push(error),
  );
  await expect(fetch(`${base}/breaks`).then((answer) => answer.text())).rejects.toThrow();
  expect(failures).toEqual([expect.objectContaining({ message: "disk" })]);
});

test("refusals and headers in the server's own form", async () => {
  const { base } = await serve({ "GET /a": () => ({ json: 1 }) }, undefined, {
    refuse: (status, what) => ({ status, text: what, contentType: "text/x" }),
    headers: { "x-always": "1" },
  });
  const missing = await fetch(`${base}/b`);
  expect([missing.status, await missing.text(), missing.headers.get("content-type")]).toEqual([
    404,
    "there is no GET /b",
    "text/x",
  ]);
  expect((await fetch(`${base}/a`)).headers.get("x-always")).toBe("1");
});
