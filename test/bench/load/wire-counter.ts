/** A process that only counts what arrives, and when: it measures a sender.
 *  link → UDP source of the product → [wire counter] → rate */
import { parseArgs } from "node:util";
import { systemClock } from "@nonreturn/station";
import { loadReceiveCalls } from "../../../packages/it-receiver/src/ingress/native-receive.ts";
import { UdpSource } from "../../../packages/it-receiver/src/ingress/udp-source.ts";
import { FRAME_OVERHEAD_BYTES } from "../../../packages/ot-sender/src/egress/pacer.ts";

export interface WireCounterResult {
  readonly datagrams: number;
  /** Frames included, from the first to the last datagram. */
  readonly bitsPerSecond: number;
  /** The most that came within any 10 ms, against the mean: how smooth the sender is. */
  readonly burstiness: number;
  readonly kernelDrops: number;
}

const [host, port] = parseArgs({ allowPositionals: true }).positionals;
const calls = await loadReceiveCalls(process.platform, process.arch);
const source = new UdpSource(
  { listen: { host: host!, port: Number(port) }, receiveBufferBytes: 4 * 1024 * 1024 },
  systemClock,
  typeof calls === "string" ? undefined : { calls, soon: setImmediate },
);
const SLOT_MS = 10;
const slots = new Map<number, number>();
let datagrams = 0;
let bytes = 0;
let firstBytes = 0;
let firstMs = 0;
let lastMs = 0;
source.onDatagram((datagram) => {
  const nowMs = performance.now();
  const wireBytes = datagram.length + FRAME_OVERHEAD_BYTES;
  if (datagrams++ === 0) {
    firstMs = nowMs;
    firstBytes = wireBytes;
  }
  lastMs = nowMs;
  bytes += wireBytes;
  const slot = Math.floor((nowMs - firstMs) / SLOT_MS);
  slots.set(slot, (slots.get(slot) ?? 0) + wireBytes);
});
await source.open();
console.log("listening");
process.stdin.resume();
process.stdin.once("end", async () => {
  await source.close();
  const bytesPerMs = (bytes - firstBytes) / (lastMs - firstMs);
  const result: WireCounterResult = {
    datagrams,
    bitsPerSecond: bytesPerMs * 8000,
    burstiness: Math.max(...slots.values()) / (bytesPerMs * SLOT_MS),
    kernelDrops: source.counters.kernelDrops,
  };
  console.log(JSON.stringify(result));
  process.exit(0);
});
