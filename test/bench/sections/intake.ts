/** Whether the kernel drops anything while what is behind the intake stands still.
 *  sender process at the rated load → veth pair → intake thread → a thread that stalls → rows */
import { join } from "node:path";
import type { BenchRow, BenchSection } from "../bench-section.ts";
import { writeBlockFile } from "../load/block-file.ts";
import { writeLinkKeys } from "../load/link-keys.ts";
import { makeVethPair } from "../load/veth-pair.ts";
import { transfer } from "../load/wire-transfer.ts";

const RATED = 200e6;
const SECONDS = 12;
/** What an ordinary machine grants without help: a large one would hide a slow intake. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;
const CASES = [
  { name: "no stall", stall: undefined, receiveBufferBytes: RECEIVE_BUFFER_BYTES, limit: "0 drops" },
  {
    name: "disk and publishers stall 500 ms every 2 s",
    stall: { ms: 500, everyMs: 2000 },
    receiveBufferBytes: RECEIVE_BUFFER_BYTES,
    limit: "0 drops",
  },
  {
    name: "control: a receive buffer of 16 KiB",
    stall: { ms: 500, everyMs: 2000 },
    receiveBufferBytes: 16 * 1024,
    limit: "must drop",
  },
] as const;

export const section: BenchSection = {
  name: "intake",
  about: `${RATED / 1e6} Mbit/s for ${SECONDS} s; the thread behind the intake stands still; drop counters of socket, /proc/net/udp and /proc/net/snmp`,
  async run({ folder, say }): Promise<BenchRow[]> {
    const keys = writeLinkKeys(folder);
    const blocks = writeBlockFile(join(folder, "blocks"), keys, 32 * 2 ** 20, 64 * 1024);
    const veth = makeVethPair();
    try {
      const rows: BenchRow[] = [];
      for (const { name, stall, receiveBufferBytes, limit } of CASES) {
        say(name);
        const result = await transfer({
          veth,
          blocks,
          folder,
          keysFolder: folder,
          linkRate: RATED,
          redundancyPercent: 25,
          sockets: "native",
          seconds: SECONDS,
          receiveBufferBytes,
          ...(stall === undefined ? {} : { stall }),
        });
        rows.push({
          case: name,
          figures: {
            stalls: result.stalls ?? 0,
            blocks: result.blocks ?? 0,
            "lost blocks": result.lostBlocks,
            SO_RXQ_OVFL: result.reportedDrops ?? 0,
            "/proc/net/udp drops": result.socketDrops ?? 0,
            RcvbufErrors: result.kernelDrops,
            "overflowed blocks": result.overflowedBlocks ?? 0,
            "receiver cpu s/GiB": result.receiverCpuPerGib,
          },
          limit,
        });
      }
      return rows;
    } finally {
      veth.close();
    }
  },
};
