/** A process that sends a block file over the link as the link thread does: egress, pacer and UDP sink of the product.
 *  block file → [wire sender: FEC, MAC, pacing, UDP] → link */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { systemClock } from "@nonreturn/station";
import { decodeStationKeys, deriveMacKey, sealingKeysOf } from "@nonreturn/wire-format";
import { Egress } from "../../../packages/ot-sender/src/egress/egress.ts";
import { loadSendCalls } from "../../../packages/ot-sender/src/egress/native-send.ts";
import { UdpSink } from "../../../packages/ot-sender/src/egress/udp-sink.ts";
import type { JournalReader } from "../../../packages/ot-sender/src/journal/journal.ts";
import { type BlockFile, readBlockFile } from "./block-file.ts";
import { EPOCH, STREAM } from "./sealed-blocks.ts";

export interface WireSenderSettings {
  readonly blocks: BlockFile;
  readonly keysFile: string;
  readonly destination: { readonly host: string; readonly port: number };
  readonly linkRate: number;
  readonly redundancyPercent: number;
  readonly spreadMs: number;
  readonly sockets: "native" | "plain";
  /** Sent slowly before the clock starts: a station runs for months, and its first seconds are spent compiling. Sequences 1 … this. */
  readonly warmUpBlocks: number;
  /** The blocks over and over, under ever new sequences, for so long; once through the file if left out. */
  readonly seconds?: number;
}

/** Printed as one line of JSON at the end. */
export interface WireSenderResult {
  /** CLOCK_MONOTONIC of the machine, which every process reads alike. */
  readonly startedNs: string;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly blocks: number;
  readonly datagrams: number;
  readonly bytes: number;
  readonly errors: number;
  readonly lastError: string;
  readonly overflowed: number;
}

/** Between two blocks of the warm-up. */
const WARM_UP_MS = 10;

const settings = JSON.parse(parseArgs({ allowPositionals: true }).positionals[0]!) as WireSenderSettings;
const { blocks, destination, linkRate, redundancyPercent, spreadMs } = settings;
/** As much as is spread over time, twice, and two blocks more: enough to keep the link full, and below what makes egress put blocks off. */
const mostWaitingBytes = (linkRate / 8000) * spreadMs * 2 + 512 * 1024;
const keys = sealingKeysOf(decodeStationKeys(readFileSync(settings.keysFile, "utf8")));
const calls = settings.sockets === "native" ? await loadSendCalls(process.platform, process.arch) : undefined;
if (typeof calls === "string") throw new Error(calls);
const sink = new UdpSink({ destination, sendBufferBytes: 4 * 1024 * 1024 }, systemClock, calls);
/** Nothing is repeated here. */
const journal: JournalReader = {
  head: () => ({ sequence: 0, sealingEpoch: 0, hash: new Uint8Array(32) }),
  oldest: () => 1,
  read: () => [],
  firstSealedSince: () => 1,
  close: () => {},
};
const egress = new Egress(
  {
    stream: STREAM,
    generation: keys.generation,
    runEpoch: EPOCH,
    session: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
    linkRate,
    limits: { maxSymbolBytes: 1408, redundancyPercent },
    spreadMs,
    secondPass: undefined,
  },
  {
    macKeys: new Map([[STREAM, deriveMacKey(keys.root, STREAM)]]),
    journal,
    sink,
    clock: systemClock,
    soon: setImmediate,
  },
  journal.head(),
);

let sequence = 0;
let source = readBlockFile(blocks);
const hash = new Uint8Array(32);
const send = (bytes: Uint8Array): void =>
  egress.acceptLive({ stream: STREAM, sealingEpoch: EPOCH, sequence: ++sequence, bytes }, hash);

await new Promise<void>((resolve) => {
  const feed = (): void => {
    if (sequence < settings.warmUpBlocks) send(source.next().value ?? new Uint8Array(1));
    if (sequence === settings.warmUpBlocks && egress.isDrained) resolve();
    else setTimeout(feed, WARM_UP_MS);
  };
  feed();
});
source = readBlockFile(blocks);
const datagramsBefore = sink.counters.sent;
const startedNs = process.hrtime.bigint();
const cpuBefore = process.cpuUsage();
const deadlineMs = performance.now() + (settings.seconds ?? Number.POSITIVE_INFINITY) * 1000;

/** Undefined once there are to be no more. */
function nextBlock(): Uint8Array | undefined {
  if (performance.now() > deadlineMs) return undefined;
  const next = source.next();
  if (next.done !== true) return next.value;
  if (settings.seconds === undefined) return undefined;
  source = readBlockFile(blocks);
  return nextBlock();
}

await new Promise<void>((resolve) => {
  let ended = false;
  const feed = (): void => {
    while (!ended && egress.liveBytesWaiting < mostWaitingBytes) {
      const bytes = nextBlock();
      if (bytes === undefined) ended = true;
      else send(bytes);
    }
    if (ended && egress.isDrained) resolve();
    else setTimeout(feed, 1);
  };
  feed();
});
const seconds = Number(process.hrtime.bigint() - startedNs) / 1e9;
await egress.close();
const { user, system } = process.cpuUsage(cpuBefore);
const result: WireSenderResult = {
  startedNs: String(startedNs),
  seconds,
  cpuSeconds: (user + system) / 1e6,
  blocks: sequence - settings.warmUpBlocks,
  datagrams: sink.counters.sent - datagramsBefore,
  bytes: sink.counters.bytes,
  errors: sink.counters.errors,
  lastError: sink.counters.lastError,
  overflowed: egress.counters.overflowed,
};
console.log(JSON.stringify(result));
