import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { systemClock } from "@nonreturn/station";
import { afterEach, describe, expect, test, vi } from "vitest";
import { startTcpFront, type TcpFront } from "../../src/faults/tcp-front.ts";
import { seededRandom } from "../../src/random/seeded-random.ts";
import { type FrontFault, faultSection } from "../../src/scenario/fault-section.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

const fault = (settings: object) => faultSection.parse(settings) as FrontFault;
const WAIT = { timeout: 30_000, interval: 5 };

/** A device that answers every piece it receives with the same bytes in upper case. */
async function startFront(maxConnections = 10): Promise<{ front: TcpFront; deviceSockets: Set<Socket> }> {
  const deviceSockets = new Set<Socket>();
  const device: Server = createServer((socket) => {
    deviceSockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => deviceSockets.delete(socket));
    socket.on("data", (bytes) => socket.write(bytes.toString().toUpperCase()));
  });
  await new Promise<void>((listening) => device.listen(0, "127.0.0.1", listening));
  open.push({
    close: () =>
      new Promise<void>((closed) => {
        for (const socket of deviceSockets) socket.destroy();
        device.close(() => closed());
      }),
  });
  const inner = { host: "127.0.0.1", port: (device.address() as AddressInfo).port };
  const listen = { host: "127.0.0.1", port: 0 };
  const front = await startTcpFront({ listen, inner, maxConnections }, systemClock, seededRandom(1, "garbage"));
  open.push(front);
  return { front, deviceSockets };
}

/** A reader that remembers what came and how it ended. */
class Reader {
  text = "";
  bytes = Buffer.alloc(0);
  ended: "closed" | "reset" | "refused" | undefined;
  readonly socket: Socket;

  constructor(front: TcpFront) {
    this.socket = connect(front.listening.port, "127.0.0.1");
    this.socket.on("data", (bytes) => {
      this.bytes = Buffer.concat([this.bytes, bytes]);
      this.text = this.bytes.toString();
    });
    this.socket.on("error", (error: NodeJS.ErrnoException) => {
      this.ended = error.code === "ECONNREFUSED" ? "refused" : "reset";
    });
    this.socket.on("close", () => {
      this.ended ??= "closed";
    });
    open.push({ close: () => this.socket.destroy() });
  }

  async asks(text: string, answer: string): Promise<void> {
    this.socket.write(text);
    await vi.waitFor(() => expect(this.text.endsWith(answer)).toBe(true), WAIT);
  }
}

describe("TCP front", () => {
  test("passes bytes on when nothing is wrong, and counts them", async () => {
    const { front } = await startFront();
    const reader = new Reader(front);
    await reader.asks("ping", "PING");
    expect(front.statistics()).toMatchObject({ accepted: 1, open: 1, requestBytes: 4, replyBytes: 4, resets: 0 });
  });

  test("a reader that goes away takes its connection to the device with it", async () => {
    const { front, deviceSockets } = await startFront();
    const reader = new Reader(front);
    await reader.asks("a", "A");
    reader.socket.destroy();
    await vi.waitFor(() => expect([front.statistics().open, deviceSockets.size]).toEqual([0, 0]), WAIT);
  });

  test("more connections than the device allows are closed at once, the first ones live on", async () => {
    const { front } = await startFront(2);
    const [first, second] = [new Reader(front), new Reader(front)];
    await first.asks("a", "A");
    await second.asks("a", "A");
    const third = new Reader(front);
    await vi.waitFor(() => expect(third.ended).toBeDefined(), WAIT);
    await first.asks("b", "AB");
    expect(front.statistics()).toMatchObject({ accepted: 3, tooMany: 1, open: 2, openPeak: 2 });
  });

  test("slow: the reply comes after the delay, in order; what is held back is let go when the fault ends", async () => {
    const { front } = await startFront();
    const reader = new Reader(front);
    await reader.asks("x", "X");
    await front.setFault(fault({ kind: "slow", delay: "80ms" }));
    const startMs = systemClock.monotonicMs();
    await reader.asks("one", "XONE");
    expect(systemClock.monotonicMs() - startMs).toBeGreaterThanOrEqual(79);
    await front.setFault(fault({ kind: "slow", delay: "1h" }));
    reader.socket.write("two");
    await vi.waitFor(() => expect(front.statistics().requestBytes).toBe(7), WAIT);
    await front.setFault(undefined);
    await reader.asks("three", "XONETWOTHREE");
  });

  test("trickle: a byte at a time", async () => {
    const { front } = await startFront();
    const reader = new Reader(front);
    const pieces: number[] = [];
    reader.socket.on("data", (bytes) => pieces.push(bytes.length));
    await front.setFault(fault({ kind: "trickle", interval: "15ms" }));
    await reader.asks("abcdef", "ABCDEF");
    expect(pieces.length).toBeGreaterThan(2);
  });

  test("silent: requests vanish, the connection stays and works afterwards", async () => {
    const { front } = await startFront();
    const reader = new Reader(front);
    await reader.asks("x", "X");
    await front.setFault(fault({ kind: "silent" }));
    reader.socket.write("lost");
    await vi.waitFor(() => expect(front.statistics().requestBytes).toBe(5), WAIT);
    const late = new Reader(front); // accepted, never answered
    await vi.waitFor(() => expect(front.statistics().open).toBe(2), WAIT);
    late.socket.write("lost");
    await vi.waitFor(() => expect(front.statistics().requestBytes).toBe(9), WAIT);
    await front.setFault(undefined);
    await reader.asks("y", "XY");
    await late.asks("z", "Z");
    expect([reader.text, late.text, reader.ended]).toEqual(["XY", "Z", undefined]);
  });

  test("refused: open connections are reset, new ones refused; afterwards the same port answers again", async () => {
    const { front } = await startFront();
    const reader = new Reader(front);
    await reader.asks("x", "X");
    await front.setFault(fault({ kind: "refused" }));
    await vi.waitFor(() => expect(reader.ended).toBe("reset"), WAIT);
    const refused = new Reader(front);
    await vi.waitFor(() => expect(refused.ended).toBe("refused"), WAIT);
    await front.setFault(undefined);
    await new Reader(front).asks("y", "Y");
  });

  test("reset: part of the reply arrives, then the connection breaks", async () => {
    const { front } = await startFront();
    const reader = new Reader(front);
    await front.setFault(fault({ kind: "reset", after: 3 }));
    reader.socket.write("abcdef");
    await vi.waitFor(() => expect(reader.ended).toBe("reset"), WAIT);
    expect(reader.text).toBe("ABC");
    expect(front.statistics().resets).toBe(1);
  });

  test("garbage: as many bytes as the reply, other ones, after those to be kept", async () => {
    const { front } = await startFront();
    const reader = new Reader(front);
    await front.setFault(fault({ kind: "garbage", keep: 4 }));
    reader.socket.write("abcdefghijklmnop");
    await vi.waitFor(() => expect(reader.bytes.length).toBe(16), WAIT);
    expect(reader.bytes.subarray(0, 4).toString()).toBe("ABCD");
    expect(reader.bytes.subarray(4).toString()).not.toBe("EFGHIJKLMNOP");
  });

  test("half-open: connections of that moment are dead for good and never closed, new ones work", async () => {
    const { front, deviceSockets } = await startFront();
    const reader = new Reader(front);
    await reader.asks("x", "X");
    await front.setFault(fault({ kind: "half-open" }));
    await vi.waitFor(() => expect(deviceSockets.size).toBe(0), WAIT);
    await new Reader(front).asks("y", "Y");
    await front.setFault(undefined);
    reader.socket.write("again");
    await new Reader(front).asks("z", "Z"); // time in which the dead one would have answered
    expect([reader.text, reader.ended]).toEqual(["X", undefined]);
  });

  test("a reader that never takes its replies cannot fill the memory", async () => {
    const { front } = await startFront();
    const reader = new Reader(front);
    await front.setFault(fault({ kind: "slow", delay: "1h" }));
    for (let n = 0; n < 40; n++) reader.socket.write("a".repeat(50_000));
    await vi.waitFor(() => expect(reader.ended).toBe("reset"), WAIT);
  });

  test("close ends everything", async () => {
    const { front, deviceSockets } = await startFront();
    const reader = new Reader(front);
    await reader.asks("x", "X");
    await front.close();
    await vi.waitFor(() => expect([reader.ended !== undefined, deviceSockets.size]).toEqual([true, 0]), WAIT);
  });
});
