import { createSocket, type Socket } from "node:dgram";
import { systemClock } from "@nonreturn/station";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type Diode, startDiode } from "../../src/diode/start-diode.ts";
import { diodeSection, impairmentsSection } from "../../src/scenario/diode-section.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function startPair(
  impairments: object = {},
  seed = 1,
  more: object = {},
): Promise<{ diode: Diode; received: Buffer[]; it: Socket; ot: Socket }> {
  const received: Buffer[] = [];
  const it = await bound();
  it.setRecvBufferSize(4 << 20);
  it.on("message", (bytes) => received.push(bytes));
  const settings = diodeSection.parse({
    listen: "127.0.0.1:0",
    target: `127.0.0.1:${it.address().port}`,
    impairments,
    ...more,
  });
  const diode = await startDiode(settings, seed, systemClock);
  const ot = await bound();
  open.push(diode, it, ot);
  return { diode, received, it, ot };
}

/** Numbered datagrams, a few at a time so that no kernel buffer overflows. */
async function sendNumbered(ot: Socket, diode: Diode, count: number): Promise<void> {
  const before = diode.statistics().received;
  for (let n = 0; n < count; n++) {
    const bytes = Buffer.alloc(100);
    bytes.writeUInt32BE(n);
    ot.send(bytes, diode.listening.port, "127.0.0.1");
    if (n % 100 === 99) await vi.waitFor(() => expect(diode.statistics().received - before).toBe(n + 1), WAIT);
  }
  await vi.waitFor(() => expect(diode.statistics().received - before).toBe(count), WAIT);
}

const WAIT = { timeout: 30_000, interval: 2 };
const numbers = (received: readonly Buffer[]) => received.map((bytes) => bytes.readUInt32BE());

describe("diode over loopback", () => {
  test("without impairments everything crosses, in order and unchanged", async () => {
    const { diode, received, ot } = await startPair();
    await sendNumbered(ot, diode, 500);
    await vi.waitFor(() => expect(received.length).toBe(500), WAIT);
    expect(numbers(received)).toEqual(Array.from({ length: 500 }, (_, n) => n));
    expect(diode.statistics()).toMatchObject({
      received: 500,
      receivedBytes: 50_000,
      forwarded: 500,
      forwardedBytes: 50_000,
      droppedTotal: 0,
      inFlight: 0,
    });
  });

  test("with seeded loss: received + dropped = sent, exactly; the same seed loses the same datagrams", async () => {
    const lossy = { loss: "10%", burst: { share: "10%", mean: "6 datagrams" } };
    const arrivedOf = async (seed: number) => {
      const { diode, received, ot } = await startPair(lossy, seed);
      await sendNumbered(ot, diode, 2000);
      const { forwarded, droppedTotal, dropped } = diode.statistics();
      expect(forwarded + droppedTotal).toBe(2000);
      expect(dropped.loss).toBeGreaterThan(100);
      expect(dropped.burst).toBeGreaterThan(60);
      await vi.waitFor(() => expect(received.length).toBe(forwarded), WAIT);
      return numbers(received);
    };
    const first = await arrivedOf(5);
    expect(await arrivedOf(5)).toEqual(first);
    expect(await arrivedOf(6)).not.toEqual(first);
  });

  test("duplicated, reordered, delayed: received + duplicated = forwarded + dropped once nothing is in flight", async () => {
    const { diode, received, ot } = await startPair({
      duplicate: { share: "20%", delay: "5ms" },
      reorder: { share: "20%", window: "20ms" },
      latency: { fixed: "3ms", jitter: "5ms" },
      corrupt: { share: "10%" },
    });
    await sendNumbered(ot, diode, 1000);
    await vi.waitFor(() => expect(diode.statistics().inFlight).toBe(0), WAIT);
    const statistics = diode.statistics();
    expect(statistics.received + statistics.duplicated).toBe(statistics.forwarded + statistics.droppedTotal);
    expect(statistics.duplicated).toBeGreaterThan(100);
    expect(statistics.reordered).toBeGreaterThan(50);
    expect(statistics.corrupted).toBeGreaterThan(50);
    await vi.waitFor(() => expect(received.length).toBe(statistics.forwarded), WAIT);
  });

  test("nothing that the IT side sends, to whichever port it knows, reaches the OT side", async () => {
    const { diode, received, it, ot } = await startPair();
    const back: Buffer[] = [];
    ot.on("message", (bytes) => back.push(bytes));
    let diodePort = 0;
    it.once("message", (_, from) => {
      diodePort = from.port;
    });
    await sendNumbered(ot, diode, 10);
    await vi.waitFor(() => expect(received.length).toBe(10), WAIT);
    for (let n = 0; n < 20; n++) it.send("answer", diodePort, "127.0.0.1");
    await sendNumbered(ot, diode, 100); // a hundred crossings later the answers would have arrived
    await vi.waitFor(() => expect(received.length).toBe(110), WAIT);
    expect(back).toEqual([]);
    expect(diode.statistics().received).toBe(110);
    // Positive control: the OT socket does hear what is sent to it.
    it.send("control", ot.address().port, "127.0.0.1");
    await vi.waitFor(() => expect(back.map(String)).toEqual(["control"]), WAIT);
  });

  test("a blackout on command drops and counts, and ends on command", async () => {
    const { diode, received, ot } = await startPair();
    diode.blackout(600_000);
    await sendNumbered(ot, diode, 50);
    expect(diode.statistics().dropped.blackout).toBe(50);
    diode.blackout(0);
    await sendNumbered(ot, diode, 50);
    await vi.waitFor(() => expect(received.length).toBe(50), WAIT);
  });

  test("impairments can be replaced while it runs", async () => {
    const { diode, ot } = await startPair();
    diode.impair(impairmentsSection.parse({ loss: "100%" }));
    await sendNumbered(ot, diode, 50);
    expect(diode.statistics()).toMatchObject({ forwarded: 0, dropped: { loss: 50 } });
  });

  test("what is inside is bounded: more is dropped and counted", async () => {
    const { diode, ot } = await startPair({ latency: { fixed: "600s" } }, 1, { inFlight: "1kB" });
    await sendNumbered(ot, diode, 50);
    expect(diode.statistics()).toMatchObject({ inFlight: 10, inFlightBytes: 1000, dropped: { "in-flight-full": 40 } });
  });

  test("a target that nobody listens on does not stop the diode", async () => {
    const { diode, it, ot } = await startPair();
    await new Promise<void>((closed) => it.close(() => closed()));
    open.splice(open.indexOf(it), 1);
    await sendNumbered(ot, diode, 300);
    expect(diode.statistics().received).toBe(300);
  });

  test("a port that is taken is an error for the operator", async () => {
    const { diode } = await startPair();
    const settings = diodeSection.parse({ listen: `127.0.0.1:${diode.listening.port}`, target: "127.0.0.1:9" });
    await expect(startDiode(settings, 1, systemClock)).rejects.toMatchObject({ code: "SOCKET_CANNOT_LISTEN" });
  });
});

function bound(): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    socket.bind(0, "127.0.0.1", () => resolve(socket));
  });
}
