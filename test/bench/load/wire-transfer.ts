/** One transfer over the link between two processes, by us or by udpcast.
 *  block file → [wire transfer: sender process → veth pair → receiver process] → figures */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { type BenchProcess, startProcess } from "./bench-process.ts";
import type { BlockFile } from "./block-file.ts";
import { STATION_KEYS_FILE } from "./link-keys.ts";
import { STREAM } from "./sealed-blocks.ts";
import type { VethPair } from "./veth-pair.ts";
import type { WireReceiverResult, WireReceiverSettings } from "./wire-receiver.ts";
import type { WireSenderResult, WireSenderSettings } from "./wire-sender.ts";

export interface Transfer {
  /** Of payload: the blocks, or the file. 0 if it did not complete. */
  readonly payloadMbits: number;
  readonly lostBlocks: number | string;
  readonly senderCpuPerGib: number;
  readonly receiverCpuPerGib: number;
  /** Datagrams the receiving kernel dropped for want of buffer. */
  readonly kernelDrops: number;
  /** Frames the link lost. */
  readonly lostFrames: number;
  /** The socket's own counters at the end, as /proc/net/udp and SO_RXQ_OVFL have them. Ours only. */
  readonly socketDrops?: number;
  readonly reportedDrops?: number;
  readonly overflowedBlocks?: number;
  readonly blocks?: number;
  readonly stalls?: number;
  readonly note: string;
}

export interface TransferSettings {
  readonly veth: VethPair;
  readonly blocks: BlockFile;
  readonly folder: string;
  readonly keysFolder: string;
  readonly linkRate: number;
  readonly redundancyPercent: number;
  readonly sockets: "native" | "plain";
  readonly seconds?: number;
  readonly stall?: WireReceiverSettings["stall"];
  readonly receiveBufferBytes?: number;
  /** Flags of Node for both programs: a profile. */
  readonly nodeFlags?: readonly string[];
}

const GIB = 2 ** 30;
const PORT = 47_000;
/** As a station on such a link has it; udpcast gets what net.core.rmem_max grants; its kernel drops are in the table. */
export const RECEIVE_BUFFER_BYTES = 64 * 1024 * 1024;
const WARM_UP_BLOCKS = 200;
const LOAD = import.meta.dirname;
/** BENCH_PRIORITY="chrt -r 10": real time for what is measured, where others keep the machine busy. */
const PRIORITY = process.env.BENCH_PRIORITY?.split(" ") ?? [];

/** Node as the stations run it, at a priority that keeps the rest of the machine out of the measurement where we may have it. */
export function nodeProgram(
  program: string,
  options: readonly string[],
  flags: readonly string[] = [],
): readonly string[] {
  return [
    ...PRIORITY,
    process.execPath,
    "--disallow-code-generation-from-strings",
    ...flags,
    join(LOAD, program),
    ...options,
  ];
}

export async function transfer(settings: TransferSettings): Promise<Transfer> {
  const { veth, blocks, folder, keysFolder, linkRate, redundancyPercent, sockets, nodeFlags = [] } = settings;
  const dataFolder = mkdtempSync(join(folder, "it-"));
  const host = veth.receiverAddress;
  const receiverSettings: WireReceiverSettings = {
    warmUpBlocks: WARM_UP_BLOCKS,
    blocks: settings.seconds === undefined ? blocks.lengths.length : Number.POSITIVE_INFINITY,
    ...(settings.stall === undefined ? {} : { stall: settings.stall }),
    intake: {
      dataFolder,
      keysFolder,
      stream: STREAM,
      listen: { host, port: PORT },
      receiveBufferBytes: settings.receiveBufferBytes ?? RECEIVE_BUFFER_BYTES,
      assembly: { maximumBlocks: 4096, maximumBytes: 256 * 2 ** 20 },
      maximumBytesInFlight: 128 * 2 ** 20,
      logLevel: "warn",
    },
  };
  const senderSettings: WireSenderSettings = {
    blocks,
    keysFile: join(keysFolder, STATION_KEYS_FILE),
    destination: { host, port: PORT },
    linkRate,
    redundancyPercent,
    spreadMs: 40,
    warmUpBlocks: WARM_UP_BLOCKS,
    sockets,
    ...(settings.seconds === undefined ? {} : { seconds: settings.seconds }),
  };
  const dropsBefore = veth.receiveBufferErrors();
  const lostBefore = veth.dropped();
  const receiver = startProcess(
    veth.at("receiver", nodeProgram("wire-receiver.ts", [JSON.stringify(receiverSettings)], nodeFlags)),
  );
  const processes: BenchProcess[] = [receiver];
  try {
    await receiver.line("listening");
    const sender = startProcess(
      veth.at("sender", nodeProgram("wire-sender.ts", [JSON.stringify(senderSettings)], nodeFlags)),
    );
    processes.push(sender);
    const sent = JSON.parse(await sender.line(`{"startedNs"`)) as WireSenderResult;
    await Promise.race([receiver.line("complete"), new Promise((resolve) => setTimeout(resolve, 1000))]);
    const socketDrops = veth.socketDrops(PORT);
    receiver.endInput();
    const received = JSON.parse(await receiver.line(`{"lastNs"`)) as WireReceiverResult;
    const seconds = Number(BigInt(received.lastNs) - BigInt(sent.startedNs)) / 1e9;
    const gib = received.bytes / GIB;
    const evicted = received.figures.blocks_evicted_total ?? 0;
    const overflowed = received.figures.blocks_overflowed_total ?? 0;
    return {
      payloadMbits: received.verified === 0 ? 0 : (received.bytes * 8) / seconds / 1e6,
      lostBlocks: sent.blocks - received.verified,
      senderCpuPerGib: sent.cpuSeconds / gib,
      receiverCpuPerGib: received.cpuSeconds / gib,
      kernelDrops: veth.receiveBufferErrors() - dropsBefore,
      lostFrames: veth.dropped() - lostBefore,
      socketDrops,
      reportedDrops: received.figures.kernel_drops_total ?? 0,
      overflowedBlocks: overflowed,
      blocks: sent.blocks,
      stalls: received.stalls,
      note: [
        ...(sent.errors > 0 ? [`${sent.errors} not sent: ${sent.lastError}`] : []),
        ...(sent.overflowed > 0 ? [`${sent.overflowed} put off`] : []),
        ...(evicted > 0 ? [`${evicted} given up for room`] : []),
        ...(received.refused > 0 ? [`${received.refused} refused`] : []),
        ...(overflowed > 0 ? [`${overflowed} overflowed`] : []),
      ].join(", "),
    };
  } finally {
    for (const { kill } of processes) kill();
    await Promise.all(processes.map(({ ended }) => ended));
  }
}

/** The same file by udpcast, as its manual has it for links without a way back. @param maximumRate  as udp-sender takes it ("900m"); none: as fast as it goes */
export async function udpcastTransfer(
  veth: VethPair,
  { path, bytes }: BlockFile,
  maximumRate: string | undefined,
): Promise<Transfer> {
  // Both print their CPU time through the shell that waits for them.
  const timed = (command: readonly string[]) => [
    ...PRIORITY,
    "bash",
    "-c",
    `TIMEFORMAT='cpu %U %S'; time "$@"`,
    "-",
    ...command,
  ];
  const dropsBefore = veth.receiveBufferErrors();
  const lostBefore = veth.dropped();
  const receiver = startProcess(
    veth.at(
      "receiver",
      timed([
        "udp-receiver",
        "--nokbd",
        "--nosync",
        "--interface",
        "far",
        "--file",
        "/dev/null",
        "--rcvbuf",
        String(RECEIVE_BUFFER_BYTES),
      ]),
    ),
  );
  await receiver.line("UDP receiver");
  const rate = maximumRate === undefined ? [] : ["--max-bitrate", maximumRate];
  const sender = startProcess(
    veth.at(
      "sender",
      timed([
        "udp-sender",
        "--nokbd",
        "--no-progress",
        "--async",
        "--fec",
        "8x8/128",
        "--interface",
        "near",
        "--file",
        path,
        "--autostart",
        "1",
        "--rexmit-hello-interval",
        "100",
        ...rate,
      ]),
    ),
  );
  // The clock starts with the transfer, not with the hello.
  await sender.line("Starting transfer").catch(() => undefined);
  const startedMs = performance.now();
  void receiver.ended.then(() => setTimeout(sender.kill, 2000)); // nobody tells a sender that its receiver gave up
  const sent = await sender.ended;
  const graceful = setTimeout(() => receiver.kill(), 5000);
  const received = await receiver.ended;
  clearTimeout(graceful);
  const seconds = (performance.now() - startedMs) / 1000;
  const wholeFile = [String(bytes), `${Math.floor(bytes / 1024)}K`].some((count) =>
    received.output.replaceAll(" ", "").includes(`bytes=${count}`),
  );
  const complete = wholeFile && /Transfer complete/.test(received.output) && !/Dropped|Stripe/.test(received.output);
  const cpu = (output: string): number => {
    const found = /cpu ([\d.]+) ([\d.]+)/.exec(output);
    return found === null ? Number.NaN : Number(found[1]) + Number(found[2]);
  };
  return {
    payloadMbits: complete ? (bytes * 8) / seconds / 1e6 : 0,
    lostBlocks: complete ? 0 : "aborted",
    senderCpuPerGib: (cpu(sent.output) * GIB) / bytes,
    receiverCpuPerGib: (cpu(received.output) * GIB) / bytes,
    kernelDrops: veth.receiveBufferErrors() - dropsBefore,
    lostFrames: veth.dropped() - lostBefore,
    note: complete
      ? ""
      : (received.output
          .split(/[\r\n]+/)
          .filter((line) => /slice|Stripe|missing|Short|bytes=/i.test(line))
          .at(-1) ?? "no end"),
  };
}
