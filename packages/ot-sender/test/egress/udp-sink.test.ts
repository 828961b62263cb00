import { createSocket } from "node:dgram";
import { once } from "node:events";
import { systemClock } from "@nonreturn/station";
import { describe, expect, it, onTestFinished } from "vitest";
import { freeUdpPort } from "../../../../test/support/free-port.ts";
import { manualClock } from "../../../../test/support/manual-clock.ts";
import { loadSendCalls, type SendCalls } from "../../src/egress/native-send.ts";
import { UdpSink, type UdpSinkSettings } from "../../src/egress/udp-sink.ts";

const loaded = await loadSendCalls(process.platform, process.arch);
/** Both kinds of socket keep the same promises, where this machine has both. */
const kinds: readonly (readonly [string, SendCalls | undefined])[] = [
  ["plain", undefined],
  ...(typeof loaded === "string" ? [] : ([["native", loaded]] as const)),
];

async function listen() {
  const socket = createSocket({ type: "udp4", recvBufferSize: 2_000_000 }); // it reads only when the test waits
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
  return { hear, close, senders: () => heard.map(({ port }) => port), port: socket.address().port };
}

function sinkTo(port: number, calls: SendCalls | undefined, more: Partial<UdpSinkSettings> = {}) {
  const settings = { destination: { host: "127.0.0.1", port }, sendBufferBytes: 65_536, ...more };
  const sink = new UdpSink(settings, systemClock, calls);
  onTestFinished(() => sink.close());
  return sink;
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn();
}

describe.each(kinds)("UDP sink, %s socket", (_, calls) => {
  it("sends from the port it was given, which is what a packet filter can name", async () => {
    const { port, hear, senders } = await listen();
    const sourcePort = await freeUdpPort();
    const sink = sinkTo(port, calls, { bindAddress: "127.0.0.1", sourcePort });
    sink.send(Buffer.from("one"));
    sink.flush();
    await hear(1);
    expect(senders()).toEqual([sourcePort]);
  });

  it("sends what it was given, although the buffer is used again at once", async () => {
    const { port, hear } = await listen();
    const sink = sinkTo(port, calls, { bindAddress: "127.0.0.1" });
    const buffer = new Uint8Array(5);
    for (const text of ["first", "other", "third"]) {
      buffer.set(Buffer.from(text));
      sink.send(buffer);
    }
    sink.flush();
    expect(await hear(3)).toEqual(["first", "other", "third"]);
    await until(() => sink.counters.sent === 3);
    expect(sink.counters).toMatchObject({ sent: 3, bytes: 15, errors: 0, reopened: 0 });
  });

  it("hears nothing of a closed port, where a connected socket would", async () => {
    const { port, close } = await listen();
    await close();
    const sink = sinkTo(port, calls);
    for (let count = 1; count <= 20; count++) {
      sink.send(new Uint8Array(100));
      sink.flush();
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
    const sink = sinkTo(port, calls);
    sink.send(new Uint8Array(70_000)); // larger than any datagram
    sink.send(Buffer.from("after"));
    sink.flush();
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
    const sink = new UdpSink(settings, clock, calls);
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
    sink.flush();
    expect(await hear(1)).toEqual(["back"]);
    expect(sink.counters.reopened).toBe(2);
  });

  it("closes, also twice, and sends nothing afterwards", async () => {
    const { port } = await listen();
    const sink = sinkTo(port, calls);
    await sink.close();
    await sink.close();
    sink.send(Buffer.from("late"));
    expect(sink.counters).toMatchObject({ sent: 0, errors: 1 });
  });
});

/** `calls` whose system calls are counted, and refused where `refuses` says so. */
function observed(calls: SendCalls, refuses: (segments: boolean) => number) {
  const seen = { together: 0, single: 0, errno: 0 };
  const sendmsg = (...values: unknown[]): number => {
    const segments = (values[1] as Buffer).readUInt32LE(40) > 0; // msg_controllen
    seen[segments ? "together" : "single"]++;
    seen.errno = refuses(segments);
    return seen.errno === 0 ? calls.call.sendmsg(...values) : -1;
  };
  const wrapped: SendCalls = {
    ...calls,
    call: { ...calls.call, sendmsg },
    errno: () => (seen.errno === 0 ? calls.errno() : seen.errno),
  };
  return { seen, wrapped };
}

const EINVAL = 22;
const EAGAIN = 11;

describe.runIf(typeof loaded !== "string")("native sends", () => {
  const calls = loaded as SendCalls;
  /** Full datagrams, a shorter one, other sizes: as blocks of different lengths and heartbeats come. */
  const lengths = [...Array.from({ length: 100 }, () => 1472), 700, 1456, 1456, 80, 80, 1472];
  const sendAll = (sink: UdpSink): string[] => {
    const texts = lengths.map((length, number) => `${number} `.padEnd(length, "x"));
    for (const text of texts) sink.send(Buffer.from(text));
    sink.flush();
    return texts;
  };

  it("gathers datagrams of one size, and every one arrives as it was sent", async () => {
    const { port, hear } = await listen();
    const { seen, wrapped } = observed(calls, () => 0);
    const sink = sinkTo(port, wrapped);
    const texts = sendAll(sink);
    expect(await hear(texts.length)).toEqual(texts);
    expect(sink.counters).toMatchObject({ sent: lengths.length, errors: 0 });
    expect(seen.together + seen.single).toBeLessThan(10);
  });

  it("sends one by one for good where segments are refused, and loses nothing by it", async () => {
    const { port, hear } = await listen();
    const { seen, wrapped } = observed(calls, (segments) => (segments ? EINVAL : 0));
    const sink = sinkTo(port, wrapped);
    const texts = sendAll(sink);
    expect(await hear(texts.length)).toEqual(texts);
    expect(sink.counters).toMatchObject({ sent: lengths.length, errors: 0 });
    expect(seen).toMatchObject({ together: 1, single: lengths.length });
  });

  it("counts every datagram of a call that fails for another reason, and tries together again", async () => {
    const { port, hear } = await listen();
    let failing = true;
    const { wrapped } = observed(calls, () => (failing ? EAGAIN : 0));
    const sink = sinkTo(port, wrapped);
    sendAll(sink);
    expect(sink.counters).toMatchObject({ sent: 0, errors: lengths.length });
    expect(sink.counters.lastError).toMatch(/EAGAIN/);
    failing = false;
    const texts = sendAll(sink);
    expect(await hear(texts.length)).toEqual(texts);
  });

  it("sends over IPv6", async () => {
    const socket = createSocket("udp6");
    onTestFinished(() => new Promise((resolve) => socket.close(() => resolve())));
    const bound = once(socket, "listening");
    socket.bind(0, "::1");
    await bound;
    const sink = sinkTo(0, calls, { destination: { host: "::1", port: socket.address().port } });
    const heard = once(socket, "message");
    sink.send(Buffer.from("six"));
    sink.flush();
    expect(String((await heard)[0])).toBe("six");
  });

  it("says why where there are no such calls", async () => {
    expect(await loadSendCalls("darwin", "arm64")).toMatch(/darwin/);
    expect(await loadSendCalls("linux", "ia32")).toMatch(/ia32/);
  });
});
