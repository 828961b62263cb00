/** How fast sealed blocks cross a lossy link between two processes, and what that costs, beside udpcast on the same link.
 *  block file → sender process → veth pair (MTU 1500, losses) → receiver process → rows */
import { join } from "node:path";
import type { BenchRow, BenchSection, Figures } from "../bench-section.ts";
import { writeBlockFile } from "../load/block-file.ts";
import { writeLinkKeys } from "../load/link-keys.ts";
import { type Loss, makeVethPair } from "../load/veth-pair.ts";
import { type Transfer, type TransferSettings, transfer, udpcastTransfer } from "../load/wire-transfer.ts";

/** Of sealed blocks. A quick look: BENCH_WIRE_MIB=256 npm run bench -- wire */
const MIB = Number(process.env.BENCH_WIRE_MIB ?? 1024);
const BLOCK_BYTES = 256 * 1024;
/** Part of a case's name: BENCH_WIRE_CASE=bursts npm run bench -- wire */
const ONLY = process.env.BENCH_WIRE_CASE ?? "";
/** Tried from the fastest down until one carries everything; bit/s on the wire. */
const LINK_RATES = {
  native: [2500e6, 2000e6, 1600e6, 1300e6, 1100e6, 900e6, 750e6, 600e6, 450e6, 300e6, 200e6, 120e6],
  plain: [800e6, 500e6, 300e6, 150e6, 80e6],
};
const UDPCAST_RATES = [undefined, "900m", "600m", "300m", "120m"];

interface Case {
  readonly name: string;
  readonly loss: Loss;
  readonly redundancyPercent: number;
  readonly sockets: "native" | "plain";
  readonly peer: "udpcast" | "none";
}

const CASES: readonly Case[] = [
  {
    name: "1 % independent",
    loss: { kind: "independent", percent: 1 },
    redundancyPercent: 6,
    sockets: "native",
    peer: "udpcast",
  },
  {
    name: "5 % independent",
    loss: { kind: "independent", percent: 5 },
    redundancyPercent: 15,
    sockets: "native",
    peer: "udpcast",
  },
  {
    name: "1 % in bursts of 50",
    loss: { kind: "bursts", length: 50, period: 5000 },
    redundancyPercent: 6,
    sockets: "native",
    peer: "udpcast",
  },
  {
    name: "1 % independent, plain sockets",
    loss: { kind: "independent", percent: 1 },
    redundancyPercent: 6,
    sockets: "plain",
    peer: "none",
  },
];

export const section: BenchSection = {
  name: "wire",
  about: `${MIB} MiB of sealed blocks of 256 KiB, FEC → UDP → admit → decode → verify, two processes, MTU 1500, no second pass, fastest rate that loses nothing`,
  async run({ folder, say }): Promise<BenchRow[]> {
    const keys = writeLinkKeys(folder);
    say(`sealing ${MIB} MiB`);
    const blocks = writeBlockFile(join(folder, "blocks"), keys, MIB * 2 ** 20, BLOCK_BYTES);
    const veth = makeVethPair();
    const rows: BenchRow[] = [];
    try {
      for (const { name, loss, redundancyPercent, sockets, peer } of CASES.filter((each) => each.name.includes(ONLY))) {
        veth.lose(loss);
        const common: Omit<TransferSettings, "linkRate"> = {
          veth,
          blocks,
          folder,
          keysFolder: folder,
          redundancyPercent,
          sockets,
        };
        const ours = await fastest(
          LINK_RATES[sockets],
          (linkRate) => transfer({ ...common, linkRate }),
          (rate, result) => say(`${name}, ${rate / 1e6} Mbit/s: ${described(result)}`),
        );
        const row: BenchRow = { case: `${name}, ${redundancyPercent} % redundancy`, figures: figuresOf(ours) };
        if (peer === "none") {
          rows.push(row);
          continue;
        }
        const theirs = await fastest(
          UDPCAST_RATES,
          (rate) => udpcastTransfer(veth, blocks, rate),
          (rate, result) => say(`${name}, udpcast ${rate ?? "unlimited"}: ${described(result)}`),
        );
        rows.push({
          ...row,
          peer: { name: "udpcast --async --fec 8x8/128", figures: figuresOf(theirs) },
          limit: "≥ udpcast, aim × 2",
          ...(theirs.payloadMbits > 0 ? { ratio: ours.payloadMbits / theirs.payloadMbits } : {}),
        });
      }
    } finally {
      veth.close();
    }
    return rows;
  },
};

/** The first rate that loses nothing; if none does, the last try. */
async function fastest<Rate>(
  rates: readonly Rate[],
  run: (rate: Rate) => Promise<Transfer>,
  tell: (rate: Rate, result: Transfer) => void,
): Promise<Transfer> {
  let result: Transfer | undefined;
  for (const rate of rates) {
    result = await run(rate);
    tell(rate, result);
    if (result.lostBlocks === 0) break;
  }
  return result!;
}

function figuresOf({
  payloadMbits,
  lostBlocks,
  senderCpuPerGib,
  receiverCpuPerGib,
  kernelDrops,
  lostFrames,
  note,
}: Transfer): Figures {
  return {
    "payload Mbit/s": payloadMbits,
    "lost blocks": lostBlocks,
    "sender cpu s/GiB": senderCpuPerGib,
    "receiver cpu s/GiB": receiverCpuPerGib,
    "lost frames": lostFrames,
    "kernel drops": kernelDrops,
    ...(note === "" ? {} : { note }),
  };
}

function described({ payloadMbits, lostBlocks, kernelDrops, note }: Transfer): string {
  return `${Math.round(payloadMbits)} Mbit/s of payload, ${lostBlocks} blocks lost, ${kernelDrops} dropped by the kernel${note === "" ? "" : ` (${note})`}`;
}
