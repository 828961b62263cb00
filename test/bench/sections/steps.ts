/** What each step between batch and verified block costs alone, in one thread: where the time of a GiB goes.
 *  sealed blocks → [steps] → rows */
import {
  checkDatagramStructure,
  DATAGRAM_OVERHEAD_BYTES,
  deriveMacKey,
  encodeDatagram,
  openBlock,
  type SealedBlock,
  verifyBlock,
  verifyMac,
} from "@nonreturn/wire-format";
import { AssemblyTable } from "../../../packages/it-receiver/src/assemble/assembly-table.ts";
import { Admission } from "../../../packages/it-receiver/src/ingress/admit.ts";
import { firstPass, type OutgoingSymbol } from "../../../packages/ot-sender/src/egress/protect-block.ts";
import { testKeys } from "../../support/station-keys.ts";
import type { BenchRow, BenchSection } from "../bench-section.ts";
import { EPOCH, STREAM, sealedBlocks } from "../load/sealed-blocks.ts";

const BLOCKS = 400;
const SAMPLES_PER_BLOCK = 12_000;
const LIMITS = { maxSymbolBytes: 1408, redundancyPercent: 25 };
const GIB = 2 ** 30;

export const section: BenchSection = {
  name: "steps",
  about:
    "CPU seconds of one thread per GiB of sealed blocks, step by step; 1408-byte symbols, 25 % redundancy, 1 symbol in 20 lost",
  async run({ say }): Promise<BenchRow[]> {
    const { keys, opening } = testKeys();
    const macKey = deriveMacKey(keys.root, STREAM);
    const rows: BenchRow[] = [];
    const timed = <Result>(name: string, each: () => Result): Result => {
      const before = process.threadCpuUsage();
      const result = each();
      const seconds = cpuSecondsSince(before);
      rows.push({
        case: name,
        figures: { "s/GiB": (seconds * GIB) / sealedBytes(), "µs/block": (seconds * 1e6) / BLOCKS },
      });
      return result;
    };
    let blocks: SealedBlock[] = [];
    const sealedBytes = (): number => blocks.reduce((sum, { bytes }) => sum + bytes.length, 0);
    say(`sealing ${BLOCKS} blocks`);
    const beforeSealing = process.threadCpuUsage();
    blocks = [...sealedBlocks(keys, BLOCKS, SAMPLES_PER_BLOCK)];
    const sealSeconds = cpuSecondsSince(beforeSealing);
    rows.push({
      case: "encode, compress, seal",
      figures: { "s/GiB": (sealSeconds * GIB) / sealedBytes(), "µs/block": (sealSeconds * 1e6) / BLOCKS },
    });

    const symbols: OutgoingSymbol[] = timed("FEC encode", () =>
      blocks.flatMap(({ bytes, header: { sequence } }) =>
        firstPass({ stream: STREAM, sealingEpoch: EPOCH, sequence, bytes }, LIMITS),
      ),
    );
    const datagrams = symbols.map(({ symbol }) => new Uint8Array(symbol.length + DATAGRAM_OVERHEAD_BYTES));
    const session = new Uint8Array(8);
    timed("header and MAC, sending", () => {
      for (const [number, { block, protection, totalSymbols, index, symbol, flags }] of symbols.entries()) {
        const header = {
          type: 1,
          stream: STREAM,
          generation: keys.generation,
          runEpoch: EPOCH,
          blockEpoch: EPOCH,
          session,
          number,
          sequence: block.sequence,
          blockBytes: block.bytes.length,
          sourceSymbols: protection.sourceSymbols,
          totalSymbols,
          symbolIndex: index,
          flags,
        } as const;
        encodeDatagram(datagrams[number]!, header, symbol, macKey);
      }
    });
    timed("MAC alone, receiving", () => {
      for (const datagram of datagrams) if (!verifyMac(datagram, macKey)) throw new Error("a MAC does not hold");
    });
    timed("structure alone", () => {
      for (const datagram of datagrams)
        if (checkDatagramStructure(datagram) !== undefined) throw new Error("a datagram is malformed");
    });
    const admission = new Admission({
      macKeys: new Map([[STREAM, new Map([[keys.generation, macKey]])]]),
      runEpochs: new Map(),
      storeRunEpoch: () => {},
      isHeld: () => false,
    });
    const received = datagrams.filter((_, number) => number % 20 !== 0);
    timed("admit (with MAC)", () => {
      for (const datagram of received)
        if (admission.admit(datagram) !== "admitted") throw new Error("a datagram was refused");
    });
    const table = new AssemblyTable({ maximumBlocks: 4096, maximumBytes: 64 * 2 ** 20 });
    const assembled = timed("assemble, recover", () => received.flatMap((datagram) => table.accept(datagram) ?? []));
    // With 25 % redundancy a block is complete before its last symbols; those open it again, as they would without `held`.
    timed("verify (hash, signature)", () => {
      for (const { bytes } of assembled) verifyBlock(bytes, opening);
    });
    timed("open (verify, decrypt, parse)", () => {
      for (const { bytes } of assembled) openBlock(bytes, opening);
    });
    if (assembled.length < BLOCKS)
      throw new Error(`${BLOCKS - assembled.length} of ${BLOCKS} blocks were not assembled`);
    return rows;
  },
};

/** Of this thread alone: others on the machine, and the garbage collector's helpers, are not counted. */
function cpuSecondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1e6;
}
