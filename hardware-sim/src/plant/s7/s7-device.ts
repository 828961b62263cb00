/** An S7 CPU on ISO-on-TCP in front of its memory: answers reads, refuses everything else, and misbehaves where it is told to.
 *  CPU memory → answer job → [S7 device] → TCP front → reader */
import { createServer, type Socket } from "node:net";
import { listenOnLoopback } from "../listen-on-loopback.ts";
import { cycleStartMs, type DeviceSurroundings, type SimulatedDevice } from "../simulated-device.ts";
import { answerJob, type JobContext } from "./answer-job.ts";
import { CpuMemory, type MemoryRead, type MemoryRefusal } from "./cpu-memory.ts";
import { ITEM_CODES, type S7Fault } from "./s7-fault.ts";
import { type AreaName, overlaps } from "./s7-range.ts";
import type { S7Settings } from "./s7-section.ts";

const LARGEST_FRAME_BYTES = 8192;

/** A reader's connection, from the COTP request on. */
interface Link {
  readonly socket: Socket;
  received: Buffer;
  /** Undefined until the setup. */
  pduBytes: number | undefined;
  isConfirmed: boolean;
}

export async function startS7Device(
  settings: S7Settings,
  surroundings: DeviceSurroundings,
): Promise<SimulatedDevice<S7Fault>> {
  const { clock, truth } = surroundings;
  const memory = new CpuMemory(settings, surroundings);
  const sockets = new Set<Socket>();
  const waiting = new Set<() => void>();
  const exceptions: Record<string, number> = {};
  let faults: readonly S7Fault[] = [];
  let requests = 0;
  let valuesServed = 0;
  let writesRefused = 0;

  /** One job is answered with values of one instant. */
  function contextNow(): { readonly context: JobContext; readonly delayMs: () => number } {
    const timeMs = cycleStartMs(surroundings, settings.cycle);
    let delayMs = settings.responseTime;
    const read = (area: AreaName, first: number, count: number): MemoryRead | MemoryRefusal => {
      for (const fault of faults) {
        if (fault.kind !== "item-refused") continue;
        if (fault.range !== undefined && !overlaps(fault.range, area, first, first + count - 1)) continue;
        delayMs = Math.max(delayMs, settings.responseTime + fault.delay);
        return { code: ITEM_CODES[fault.code] };
      }
      return memory.read(area, first, count, timeMs, truth.wanted);
    };
    const jobError = faults.find((fault) => fault.kind === "job-refused")?.error;
    return { context: { pdu: settings.pdu, jobs: settings.jobs, jobError, read }, delayMs: () => delayMs };
  }

  function answer(link: Link, job: Buffer): void {
    const { context, delayMs } = contextNow();
    const { pdu, kind, items, pduBytes } = answerJob(job, link.pduBytes ?? 0, context);
    if (kind === "setup") link.pduBytes = pduBytes;
    if (kind === "read") requests++;
    if (kind === "write") writesRefused++;
    if (pdu !== undefined && pdu[1] === 2) note((pdu[10]! << 8) | pdu[11]!);
    const time = clock.nowUtcMicros();
    for (const item of items) {
      if ("code" in item) {
        note(item.code);
        continue;
      }
      valuesServed += item.valueCount;
      truth.count(item.valueCount);
      for (const value of item.values) truth.record({ device: settings.name, time, ...value });
    }
    if (pdu !== undefined)
      later(kind === "setup" ? 0 : delayMs(), () => link.socket.write(frame([2, 0xf0, 0x80], pdu)));
  }

  function note(code: number): void {
    const name = `0x${code.toString(16).padStart(2, "0")}`;
    exceptions[name] = (exceptions[name] ?? 0) + 1;
  }

  function later(ms: number, run: () => void): void {
    if (ms === 0) {
      run();
      return;
    }
    const cancel = clock.after(ms, () => {
      waiting.delete(cancel);
      run();
    });
    waiting.add(cancel);
  }

  function take(link: Link, chunk: Buffer): void {
    link.received = Buffer.concat([link.received, chunk]);
    while (link.received.length >= 4) {
      const length = link.received.readUInt16BE(2);
      if (link.received[0] !== 3 || length < 7 || length > LARGEST_FRAME_BYTES) {
        link.socket.destroy(); // what real CPUs do with anything that is no TPKT
        return;
      }
      if (link.received.length < length) return;
      const tpdu = link.received.subarray(4, length);
      link.received = link.received.subarray(length);
      if (tpdu[1] === 0xe0) confirm(link, tpdu);
      else if (tpdu[1] === 0xf0 && link.isConfirmed) answer(link, tpdu.subarray(tpdu[0]! + 1));
    }
  }

  /** Connection confirm: the request's parameters back, addresses swapped. A TSAP of another slot is refused. */
  function confirm(link: Link, request: Buffer): void {
    const called = request.indexOf(Buffer.from([0xc2, 0x02]));
    const slot = called < 0 ? undefined : request[called + 3];
    if (settings.slot !== undefined && slot !== ((settings.rack << 5) | settings.slot)) {
      link.socket.end(frame([6, 0x80, ...request.subarray(4, 6), 0, 1, 3], new Uint8Array()));
      return;
    }
    link.isConfirmed = true;
    link.socket.write(
      frame([request[0]!, 0xd0, ...request.subarray(4, 6), 0, 1, ...request.subarray(6)], new Uint8Array()),
    );
  }

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay();
    const link: Link = { socket, received: Buffer.alloc(0), pduBytes: undefined, isConfirmed: false };
    socket.on("error", () => {}); // the reader went away; the front counts it
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (chunk: Buffer) => take(link, chunk));
  });
  const inner = await listenOnLoopback(server, settings.name);

  return {
    inner,
    setFaults(next) {
      faults = next;
    },
    statistics: () => ({ requests, valuesServed, exceptions: { ...exceptions }, writesRefused, leftUnanswered: 0 }),
    close: () =>
      new Promise((closed) => {
        for (const cancel of waiting) cancel();
        server.close(() => closed());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** TPKT, TPDU header, bytes. */
function frame(tpduHeader: readonly number[], bytes: Uint8Array): Buffer {
  const length = 4 + tpduHeader.length + bytes.length;
  return Buffer.concat([Buffer.from([3, 0, length >> 8, length & 0xff, ...tpduHeader]), bytes]);
}
