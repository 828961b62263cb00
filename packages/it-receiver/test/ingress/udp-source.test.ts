import { createSocket } from "node:dgram";
import { systemClock } from "@nonreturn/station";
import { describe, expect, it, onTestFinished } from "vitest";
import { manualClock } from "../../../../test/support/manual-clock.ts";
import { loadReceiveCalls, type ReceiveCalls } from "../../src/ingress/native-receive.ts";
import { type NativeReceiving, UdpSource } from "../../src/ingress/udp-source.ts";

const loaded = await loadReceiveCalls(process.platform, process.arch);
const soon = setImmediate;
/** Both kinds of socket keep the same promises, where this machine has both. */
const kinds: readonly (readonly [string, NativeReceiving | undefined])[] = [
  ["plain", undefined],
  ...(typeof loaded === "string" ? [] : ([["native", { calls: loaded, soon }]] as const)),
];

function sender() {
  const socket = createSocket("udp4");
  onTestFinished(() => new Promise((resolve) => socket.close(() => resolve())));
  return (bytes: Uint8Array, port: number) =>
    new Promise<void>((resolve, reject) =>
      socket.send(bytes, port, "127.0.0.1", (error) => (error === null ? resolve() : reject(error))),
    );
}

async function open(native: NativeReceiving | undefined, receiveBufferBytes = 262_144, clock = systemClock) {
  const source = new UdpSource({ listen: { host: "127.0.0.1", port: 0 }, receiveBufferBytes }, clock, native);
  onTestFinished(() => source.close());
  const heard: string[] = [];
  source.onDatagram((datagram) => void heard.push(Buffer.from(datagram).toString("latin1")));
  const { port } = await source.open();
  return { source, heard, port };
}

describe.each(kinds)("UDP source, %s socket", (_, native) => {
  it("hands over every datagram as it was sent, in order", async () => {
    const { source, heard, port } = await open(native);
    const send = sender();
    const texts = Array.from({ length: 100 }, (_, number) => `${number} `.padEnd(80 + 14 * number, "x"));
    for (const text of texts) await send(Buffer.from(text, "latin1"), port);
    await send(new Uint8Array(0), port);
    await expect.poll(() => heard.length, { timeout: 30_000 }).toBe(101);
    expect(heard).toEqual([...texts, ""]);
    expect(source.counters).toMatchObject({ received: 101, socketErrors: 0, kernelDrops: 0 });
  });

  it("says which buffer the kernel granted, and how to get what it refused", async () => {
    const { source } = await open(native, 2 ** 30);
    const { grantedBytes, remedy } = source.receiveBuffer();
    expect(grantedBytes).toBeGreaterThan(0);
    expect(remedy).toBe(grantedBytes >= 2 ** 30 ? undefined : "sysctl -w net.core.rmem_max=1073741824");
  });

  it("refuses a port that is taken, and says so", async () => {
    const { port } = await open(native);
    const second = new UdpSource(
      { listen: { host: "127.0.0.1", port }, receiveBufferBytes: 65_536 },
      systemClock,
      native,
    );
    await expect(second.open()).rejects.toMatchObject({
      code: "UDP_LISTEN",
      what: expect.stringMatching(/EADDRINUSE/),
    });
  });

  it("hears nothing once it is closed, also twice", async () => {
    const { source, heard, port } = await open(native);
    await source.close();
    await source.close();
    await sender()(Buffer.from("late"), port);
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard).toEqual([]);
  });
});

describe.runIf(typeof loaded !== "string")("native receives", () => {
  const calls = loaded as ReceiveCalls;

  it("counts what the kernel dropped while nobody read; with room for all of it, nothing", async () => {
    for (const { receiveBufferBytes, drops } of [
      { receiveBufferBytes: 4096, drops: true },
      { receiveBufferBytes: 2_000_000, drops: false },
    ]) {
      let turn: (() => void) | undefined;
      const { source, heard, port } = await open(
        {
          calls,
          soon: (callback) => {
            turn = callback;
          },
        },
        receiveBufferBytes,
      );
      const send = sender();
      for (let number = 0; number < 200; number++) await send(new Uint8Array(1400), port);
      turn?.(); // reads what is left
      await send(new Uint8Array(1400), port); // carries the figure
      turn?.();
      expect(source.counters.kernelDrops + heard.length).toBe(201);
      expect(source.counters.kernelDrops > 0).toBe(drops);
    }
  });

  it("opens a new socket when the old one died", async () => {
    const clock = manualClock();
    let errno = 0;
    const failing: ReceiveCalls = {
      ...calls,
      call: { ...calls.call, recvmmsg: (...values) => (errno === 0 ? calls.call.recvmmsg(...values) : -1) },
      errno: () => (errno === 0 ? calls.errno() : errno),
    };
    const { source } = await open({ calls: failing, soon }, 65_536, clock);
    errno = 9; // EBADF
    await expect.poll(() => source.counters.socketErrors).toBe(1);
    errno = 0;
    clock.advance(1000);
    expect(source.counters.reopened).toBe(1);
    expect(source.receiveBuffer().grantedBytes).toBeGreaterThan(0);
  });

  it("says why where there are no such calls", async () => {
    expect(await loadReceiveCalls("win32", "x64")).toMatch(/win32/);
    expect(await loadReceiveCalls("linux", "s390x")).toMatch(/s390x/);
  });
});
