import { createSocket } from "node:dgram";
import { once } from "node:events";
import { systemClock } from "@nonreturn/station";
import { describe, expect, it, onTestFinished } from "vitest";
import { manualClock } from "../../../../test/support/manual-clock.ts";
import { UdpSink, type UdpSinkSettings } from "../../src/egress/udp-sink.ts";

async function listen() {
  const socket = createSocket("udp4");
  let state: "open" | "closed" = "open";
  const close = (): Promise<void> => {
    if (state === "closed") return Promise.resolve();
    state = "closed";
    return new Promise((resolve) => socket.close(() => resolve()));
  };
  onTestFinished(close);
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const heard: { readonly bytes: Buffer; readonly port: number }[] = [];
  socket.on("message", (bytes, { port }) => void heard.push({ bytes, port }));
  const hear = async (count: number) => {
    while (heard.length < count) await once(socket, "message");
    return heard.map(({ bytes }) => bytes.toString());
  };
  return { hear, close, port: socket.address().port };
}

function sinkTo(port: number, more: Partial<UdpSinkSettings> = {}, clock = systemClock) {
  const sink = new UdpSink({ destination: { host: "127.0.0.1", port }, sendBufferBytes: 65_536, ...more }, clock);
  onTestFinished(() => sink.close());
  return sink;
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn();
}

describe("UDP sink", () => {
  it("sends what it was given, although the buffer is used again at once", async () => {
    const { port, hear } = await listen();
    const sink = sinkTo(port, { bindAddress: "127.0.0.1" });
    const buffer = new Uint8Array(5);
    for (const text of ["first", "other", "third"]) {
      buffer.set(Buffer.from(text));
      sink.send(buffer);
    }
    expect(await hear(3)).toEqual(["first", "other", "third"]);
    await until(() => sink.counters.sent === 3);
    expect(sink.counters).toMatchObject({ sent: 3, bytes: 15, errors: 0, reopened: 0 });
  });

  it("hears nothing of a closed port, where a connected socket would", async () => {
    const { port, close } = await listen();
    await close();
    const sink = sinkTo(port);
    for (let count = 1; count <= 20; count++) {
      sink.send(new Uint8Array(100));
      await until(() => sink.counters.sent + sink.counters.errors === count);
    }
    expect(sink.counters).toMatchObject({ sent: 20, errors: 0, reopened: 0 });
    // The control: the answers are there, for whoever listens to them.
    const connected = createSocket("udp4");
    connected.connect(port, "127.0.0.1");
    await once(connected, "connect");
    const refused = once(connected, "error");
    connected.send(new Uint8Array(100));
    expect(String((await refused)[0])).toMatch(/ECONNREFUSED/);
    connected.close();
  });

  it("counts what the kernel refuses, and goes on", async () => {
    const { port, hear } = await listen();
    const sink = sinkTo(port);
    sink.send(new Uint8Array(70_000)); // larger than any datagram
    sink.send(Buffer.from("after"));
    expect(await hear(1)).toEqual(["after"]);
    expect(sink.counters.errors).toBe(1);
    expect(sink.counters.lastError).toMatch(/EMSGSIZE/);
  });

  it("opens a new socket when the old one died, and counts what was sent meanwhile", async () => {
    const { port, hear } = await listen();
    const clock = manualClock();
    const settings: { destination: { host: string; port: number }; bindAddress?: string; sendBufferBytes: number } = {
      destination: { host: "127.0.0.1", port },
      bindAddress: "192.0.2.1", // TEST-NET-1: no interface has it
      sendBufferBytes: 65_536,
    };
    const sink = new UdpSink(settings, clock);
    onTestFinished(() => sink.close());
    await until(() => sink.counters.errors > 0);
    expect(sink.counters.lastError).toMatch(/EADDRNOTAVAIL/);
    sink.send(Buffer.from("lost"));
    expect(sink.counters.errors).toBe(2);
    clock.advance(1000);
    await until(() => sink.counters.errors === 3);
    delete settings.bindAddress; // the interface is back
    clock.advance(1000);
    sink.send(Buffer.from("back"));
    expect(await hear(1)).toEqual(["back"]);
    expect(sink.counters.reopened).toBe(2);
  });

  it("closes, also twice, and sends nothing afterwards", async () => {
    const { port } = await listen();
    const sink = sinkTo(port);
    await sink.close();
    await sink.close();
    sink.send(Buffer.from("late"));
    expect(sink.counters).toMatchObject({ sent: 0, errors: 1 });
  });
});
