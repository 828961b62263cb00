/** Chunks that are lent by the socket. */
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { systemClock } from "@nonreturn/station";
import { expect, onTestFinished, test } from "vitest";
import { dialTcp } from "../../src/drivers/tcp-socket.ts";

async function dialed(chunks: "kept" | "lent"): Promise<{ socket: Socket; peer: Socket; received: Buffer[] }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const accepting = once(server, "connection");
  const { signal } = new AbortController();
  const socket = await dialTcp({ host: "127.0.0.1", port }, { clock: systemClock, timeoutMs: 10_000, signal, chunks });
  const [peer] = (await accepting) as [Socket];
  peer.on("error", () => undefined);
  onTestFinished(() => {
    socket.destroy();
    peer.destroy();
    server.close();
  });
  const received: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => received.push(chunk));
  return { socket, peer, received };
}

test("a lent chunk is overwritten by the next, a kept one is not", async () => {
  const [lent, kept] = [await dialed("lent"), await dialed("kept")];
  for (const { peer, received } of [lent, kept]) {
    peer.write("first");
    await expect.poll(() => received.map(String)).toEqual(["first"]);
    peer.write("other");
    await expect.poll(() => received.length).toBe(2);
  }
  expect(lent.received.map(String)).toEqual(["other", "other"]);
  expect(kept.received.map(String)).toEqual(["first", "other"]);
});

test("what is longer than the buffer comes in several chunks, all of it and in order", async () => {
  const { socket, peer } = await dialed("lent");
  const parts: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => parts.push(Buffer.from(chunk)));
  const sent = Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 7) & 0xff));
  peer.end(sent);
  await once(socket, "close");
  expect(parts.length).toBeGreaterThan(10);
  expect(Buffer.concat(parts).equals(sent)).toBe(true);
});
