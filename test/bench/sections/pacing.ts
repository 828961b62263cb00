/** How exactly the sender keeps to the link's rate, measured where the datagrams arrive.
 *  sender process (egress, pacer) → veth pair → counting process → rows */
import { join } from "node:path";
import type { BenchRow, BenchSection } from "../bench-section.ts";
import { startProcess } from "../load/bench-process.ts";
import { type BlockFile, writeBlockFile } from "../load/block-file.ts";
import { STATION_KEYS_FILE, writeLinkKeys } from "../load/link-keys.ts";
import { makeVethPair, type VethPair } from "../load/veth-pair.ts";
import type { WireCounterResult } from "../load/wire-counter.ts";
import type { WireSenderSettings } from "../load/wire-sender.ts";
import { nodeProgram } from "../load/wire-transfer.ts";

const RATES_MBIT = [1, 3, 10, 30, 100, 300, 600, 900];
const SECONDS = 6;
const PORT = 47_001;

export const section: BenchSection = {
  name: "pacing",
  about: `bit/s on the wire, framing included, at the receiver against what link.rate asks, ${SECONDS} s each; 5 % redundancy, MTU 1500`,
  async run({ folder, say }): Promise<BenchRow[]> {
    const keys = writeLinkKeys(folder);
    const blocks = writeBlockFile(join(folder, "blocks"), keys, 32 * 2 ** 20, 64 * 1024);
    const veth = makeVethPair();
    try {
      const rows: BenchRow[] = [];
      for (const rate of RATES_MBIT) {
        const { bitsPerSecond, burstiness, datagrams, kernelDrops } = await measure(veth, folder, blocks, rate * 1e6);
        const error = (bitsPerSecond / (rate * 1e6) - 1) * 100;
        say(`${rate} Mbit/s: ${(bitsPerSecond / 1e6).toFixed(2)}`);
        rows.push({
          case: `${rate} Mbit/s`,
          figures: {
            "measured Mbit/s": bitsPerSecond / 1e6,
            "error %": error,
            "peak in 10 ms, × mean": burstiness,
            datagrams,
            "kernel drops": kernelDrops,
          },
          limit: "± 5 %",
        });
      }
      return rows;
    } finally {
      veth.close();
    }
  },
};

async function measure(
  veth: VethPair,
  folder: string,
  blocks: BlockFile,
  linkRate: number,
): Promise<WireCounterResult> {
  const host = veth.receiverAddress;
  const settings: WireSenderSettings = {
    blocks,
    keysFile: join(folder, STATION_KEYS_FILE),
    destination: { host, port: PORT },
    linkRate,
    redundancyPercent: 5,
    spreadMs: 40,
    sockets: "native",
    warmUpBlocks: 0,
    seconds: SECONDS,
  };
  const counter = startProcess(veth.at("receiver", nodeProgram("wire-counter.ts", [host, String(PORT)])));
  try {
    await counter.line("listening");
    const sender = startProcess(veth.at("sender", nodeProgram("wire-sender.ts", [JSON.stringify(settings)])));
    await sender.line("{");
    counter.endInput();
    return JSON.parse(await counter.line("{")) as WireCounterResult;
  } finally {
    counter.kill();
    await counter.ended;
  }
}
