/** Sends hostile datagrams beside valid ones to a real port, as fast as the station takes them.
 *  hostile traffic → [flood link] → UDP → IT station */
import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { sleep, systemClock } from "@nonreturn/station";
import { BLOCK_KINDS, type HostileTraffic, KEYED_KINDS, KEYLESS_KINDS } from "./hostile-traffic.ts";

const CHEAP_KINDS = [...KEYLESS_KINDS, ...KEYED_KINDS].filter((kind) => !BLOCK_KINDS.includes(kind));
const BLOCK_ONE_IN = 40;
const HOSTILE_PER_BLOCK = 100;
const BURST = 32;
/** What may wait in the kernel: then nothing is dropped there, and every count must fit. */
const QUEUE_BYTES = 64 * 1024;

export interface Flood {
  /** By verdict of admission or code of refusal. */
  readonly expected: Readonly<Record<string, number>>;
  readonly validBlocks: number;
  readonly datagrams: number;
  readonly seconds: number;
}

export async function floodLink(traffic: HostileTraffic, port: number, count: number): Promise<Flood> {
  const socket = createSocket("udp4");
  const expected: Record<string, number> = {};
  const startedMs = systemClock.monotonicMs();
  let validBlocks = 0;
  let datagrams = 0;
  const send = async (datagram: Uint8Array): Promise<void> => {
    await new Promise<void>((resolve) => socket.send(datagram, port, "127.0.0.1", () => resolve()));
    if (++datagrams % BURST !== 0) return;
    while (queueOf(port).bytes > QUEUE_BYTES) await sleep(systemClock, 1);
  };
  for (let sent = 0; sent < count; sent++) {
    if (sent % HOSTILE_PER_BLOCK === 0) {
      for (const datagram of traffic.validBlock().datagrams) await send(datagram);
      validBlocks++;
    }
    const kind = traffic.chance.pick(sent % BLOCK_ONE_IN === 0 ? BLOCK_KINDS : CHEAP_KINDS);
    const { datagram, expected: expectation } = traffic.hostile(kind);
    const reason = "verdict" in expectation ? expectation.verdict : expectation.refusal;
    expected[reason] = (expected[reason] ?? 0) + 1;
    await send(datagram);
  }
  const seconds = (systemClock.monotonicMs() - startedMs) / 1000;
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return { expected, validBlocks, datagrams, seconds };
}

/** The kernel's view of the port: bytes that wait, datagrams it dropped. Source: proc(5), /proc/net/udp. */
export function queueOf(port: number): { readonly bytes: number; readonly drops: number } {
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  for (const line of readFileSync("/proc/net/udp", "utf8").split("\n")) {
    const fields = line.trim().split(/\s+/);
    if (fields[1]?.endsWith(local))
      return { bytes: Number.parseInt(fields[4]!.split(":")[1]!, 16), drops: Number(fields.at(-1)) };
  }
  throw new Error(`nobody listens at UDP port ${port}`);
}
