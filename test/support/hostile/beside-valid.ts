/** Sends hostile datagrams of every kind into a receiving end, with valid blocks between them, and keeps the books.
 *  hostile traffic → [beside valid] → receiving end → expected and counted, to be compared */
import { BLOCK_KINDS, HostileTraffic, KEYED_KINDS, KEYLESS_KINDS } from "./hostile-traffic.ts";
import { ReceivingEnd } from "./receiving-end.ts";

/** Most are refused at admission; those that reach the opening cost a signature check each. */
const CHEAP_KINDS = [...KEYLESS_KINDS, ...KEYED_KINDS].filter((kind) => !BLOCK_KINDS.includes(kind));
const BLOCK_ONE_IN = 40;
/** One valid block between so many hostile datagrams. */
const HOSTILE_PER_BLOCK = 100;
/** Every so many blocks a large one, whose symbols the hostile datagrams come between. */
const LARGE_EVERY = 50;
/** Samples of growth, to see whether memory is flat: taken after a collection, in the second half. */
const MEMORY_LOOKS = 10;

export interface Books {
  /** Of every reason, how many were sent that must be refused for it. */
  readonly expected: Record<string, number>;
  readonly counted: Record<string, number>;
  /** The first few that got another answer than they should. */
  readonly surprises: readonly string[];
  readonly validBlocks: number;
  readonly validOpened: number;
  readonly openBlocksAtMost: number;
  /** Bytes of heap and buffers after a collection, at even distances. */
  readonly memory: readonly number[];
}

/** @param collect  `globalThis.gc` */
export function sendHostileBesideValid(seed: number, count: number, collect: () => void): Books {
  const traffic = new HostileTraffic(seed);
  const end = new ReceivingEnd(traffic.keys);
  const expected: Record<string, number> = {};
  const surprises: string[] = [];
  const memory: number[] = [];
  const valid: Uint8Array[] = [];
  let validBlocks = 0;
  let validDatagrams = 0;
  let openBlocksAtMost = 0;
  const sendValid = (): void => {
    const { datagrams } = traffic.validBlock(validBlocks % LARGE_EVERY === 0 ? 2000 : 20);
    validBlocks++;
    valid.push(...datagrams);
  };
  sendValid();
  for (let sent = 0; sent < count; sent++) {
    if (sent % HOSTILE_PER_BLOCK === 0) sendValid();
    if (valid.length > 0 && (sent % 10 === 0 || valid.length > 200)) {
      end.accept(valid.shift()!);
      validDatagrams++;
    }
    const kind = traffic.chance.pick(sent % BLOCK_ONE_IN === 0 ? BLOCK_KINDS : CHEAP_KINDS);
    // What is replayed must have been sent before: nothing waits.
    if (kind === "replayed") for (; valid.length > 0; validDatagrams++) end.accept(valid.shift()!);
    const { datagram, expected: expectation } = traffic.hostile(kind);
    const verdict = end.accept(datagram);
    const wanted = "verdict" in expectation ? expectation.verdict : expectation.refusal;
    expected[wanted] = (expected[wanted] ?? 0) + 1;
    const got = verdict === "admitted" ? (end.lastRefusal ?? "ACCEPTED") : verdict;
    if (got !== wanted && surprises.length < 5) surprises.push(`${kind}: ${got} where ${wanted} was due`);
    openBlocksAtMost = Math.max(openBlocksAtMost, end.table.openBlocks);
    if ((sent + 1) % Math.ceil(count / MEMORY_LOOKS) === 0) {
      collect();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      memory.push(heapUsed + arrayBuffers);
    }
  }
  for (; valid.length > 0; validDatagrams++) end.accept(valid.shift()!);
  const { admitted, held, ...refusedCounts } = end.admission.counts;
  const counted: Record<string, number> = { ...end.refusals() };
  for (const [reason, times] of Object.entries(refusedCounts)) if (times > 0) counted[reason] = times;
  const refusals = Object.values(end.refusals()).reduce((sum, times) => sum + times, 0);
  // Every valid datagram was admitted, or held because its block was whole already.
  if (admitted + held !== validDatagrams + refusals)
    surprises.push(`${admitted} admitted and ${held} held, of ${validDatagrams} valid and ${refusals} sound ones`);
  return { expected, counted, surprises, validBlocks, validOpened: end.opened.length, openBlocksAtMost, memory };
}
