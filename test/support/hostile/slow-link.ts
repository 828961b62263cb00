/** A link slower than the data in simulated time: journal and link thread as they are, on one clock.
 *  samples → run journal → run link → [slow link] → what arrived, when, and what was named as lost */
import { createLog, inProcessPair } from "@nonreturn/station";
import { SampleColumnsBuilder, SequenceSet } from "@nonreturn/wire-format";
import { BlockOrder } from "../../../packages/it-receiver/src/record/order.ts";
import type {
  FromLink,
  JournalToLink,
  LinkToJournal,
  ToLink,
} from "../../../packages/ot-sender/src/egress/link-port.ts";
import { runLink } from "../../../packages/ot-sender/src/egress/run-link.ts";
import type { ConfiguredTag } from "../../../packages/ot-sender/src/journal/journal.ts";
import type { FromJournal, ToJournal } from "../../../packages/ot-sender/src/journal/journal-port.ts";
import { runJournal } from "../../../packages/ot-sender/src/journal/run-journal.ts";
import { LinkReceiver } from "../link-receiver.ts";
import { manualClock } from "../manual-clock.ts";
import { MemoryDisk, MemoryJournal } from "../memory-journal.ts";
import { seededBytes, testKeys } from "../station-keys.ts";

const STREAM = 1;
/** About 4 kB a second sealed, 6 kB with protection and frames: three times what the link carries. */
const SAMPLES_PER_SECOND = 500;
const LINK_RATE = 16_000;

const { keys, opening } = testKeys();
const TAGS: readonly ConfiguredTag[] = Array.from({ length: SAMPLES_PER_SECOND }, (_, at) => ({
  path: `t/${at}`,
  dataType: "FLOAT64",
  unit: "",
  description: "",
  device: "plc",
  maximumSilenceMs: 0,
}));

function startLine(journalBytes: number) {
  const clock = manualClock();
  const log = createLog({ name: "test", level: "silent" });
  const [journalMain, journalMainEnd] = inProcessPair<ToJournal, FromJournal>();
  const [linkMain, linkMainEnd] = inProcessPair<ToLink, FromLink>();
  const [toJournal, toLink] = inProcessPair<LinkToJournal, JournalToLink>();
  const disk = new MemoryDisk();
  let journal: MemoryJournal | undefined;
  runJournal(
    { batch: { maxAgeMs: 50, lingerMs: 1, maxSamples: 8192, maxBytes: 64_000 }, tags: TAGS },
    {
      main: journalMainEnd,
      link: toLink,
      clock,
      log,
      nextEpoch: () => 10,
      openJournal(sealingEpoch) {
        journal = new MemoryJournal(
          disk,
          { stream: STREAM, sealingEpoch, retentionMs: 1e12, maximumBytes: journalBytes, maximumBlockBytes: 281_600 },
          keys,
          clock,
          seededBytes(1),
        );
        return journal;
      },
      journalPath: "memory",
    },
  );
  journalMain.onMessage(() => undefined);
  linkMain.onMessage(() => undefined);
  const received = new LinkReceiver(opening);
  const lanes = new Map<number, "live" | "late">();
  const order = new BlockOrder(clock, new Map(), ({ block, lane }) => void lanes.set(block.header.sequence, lane));
  const arrivals: { readonly sequence: number; readonly ageMs: number }[] = [];
  let looked = 0;
  runLink(
    {
      stream: STREAM,
      destination: { host: "127.0.0.1", port: 1 },
      linkRate: LINK_RATE,
      limits: { maxSymbolBytes: 1408, redundancyPercent: 25 },
      spreadMs: 40,
      heartbeatMs: 1000,
      journalPath: "memory",
      journalEpoch: 10,
      sealingEpoch: 10,
      keysFolder: "memory",
      directory: { revision: 1, sequences: [] },
      unsent: [],
      sentHead: { sequence: 0, sealingEpoch: 0, hash: new Uint8Array(32) },
      logLevel: "silent",
    },
    {
      main: linkMainEnd,
      journal: toJournal,
      keys,
      reader: journal!,
      sink: {
        counters: { errors: 0, reopened: 0 },
        send(datagram: Uint8Array) {
          received.accept(datagram);
          for (; looked < received.blocks.length; looked++) {
            const block = received.blocks[looked]!;
            if (block.stream !== STREAM) continue;
            arrivals.push({
              sequence: block.sequence,
              ageMs: (clock.nowUtcMicros() - block.header.sealedAt) / 1000,
            });
            order.accept({ ...block, hash: new Uint8Array(32) });
          }
        },
        flush: () => undefined,
        close: async () => undefined,
      },
      clock,
      log,
      random: seededBytes(2),
      soon: (callback) => void clock.after(0, callback),
    },
  );
  return { clock, journal: journal!, journalMain, received, lanes, arrivals };
}

export interface SlowLinkReport {
  /** Blocks in the journal when the plant fell quiet, and how many of them had arrived by then. */
  readonly head: number;
  readonly arrivedByThen: number;
  /** Blocks that were newer than everything before them when they arrived, and the greatest age of one. */
  readonly freshBlocks: number;
  readonly oldestFreshMs: number;
  readonly backlogBlocks: number;
  /** Backlog blocks that were not recorded as late. */
  readonly backlogNotLate: number;
  readonly samplesProduced: number;
  readonly samplesArrived: number;
  readonly samplesNamedLost: number;
  /** Sequences that neither arrived nor lie in a loss record. */
  readonly unnamed: number;
}

/** @param journalBytes  room of the journal: what does not fit must be named. */
export async function runSlowLink(seconds: number, journalBytes: number): Promise<SlowLinkReport> {
  const { clock, journal, journalMain, received, lanes, arrivals } = startLine(journalBytes);
  const random = new Uint32Array(SAMPLES_PER_SECOND);
  for (let second = 0; second < seconds; second++) {
    const columns = new SampleColumnsBuilder();
    for (let tag = 0; tag < SAMPLES_PER_SECOND; tag++) {
      random[tag] = Math.imul(random[tag]! ^ (tag + second), 0x9e3779b1) + 0x6d2b79f5;
      columns.push(tag + 1, random[tag]! / 7, 0, clock.nowUtcMicros());
    }
    journalMain.post({ type: "columns", columns: columns.take(), channel: "plc", complete: true });
    await clock.advanceAsync(1000);
  }
  const head = journal.head().sequence;
  const arrivedByThen = arrivals.length;
  let highest = 0;
  const fresh = arrivals.filter(({ sequence }) => {
    const isNewest = sequence > highest;
    highest = Math.max(highest, sequence);
    return isNewest;
  });
  // The plant falls quiet: the backlog follows.
  for (let quiet = 0; quiet < 20 * seconds && journal.unsent().length > 0; quiet += 10)
    await clock.advanceAsync(10_000);
  await clock.advanceAsync(10_000);
  const backlog = arrivals.slice(arrivedByThen).filter(({ sequence }) => sequence < highest);

  const losses = received.batches("loss").flatMap(({ records }) => records);
  const arrived = new SequenceSet();
  let samplesArrived = 0;
  for (const { stream, sequence, batch } of received.blocks) {
    if (stream !== STREAM) continue;
    arrived.add(sequence);
    if (batch.kind === "data") samplesArrived += batch.samples.count;
  }
  const named = new SequenceSet();
  for (const { firstSequence, lastSequence } of losses) named.add(firstSequence, lastSequence);
  let unnamed = 0;
  for (const { first, last } of arrived.missing(1, journal.head().sequence))
    for (const gap of named.missing(first, last)) unnamed += gap.last - gap.first + 1;
  return {
    head,
    arrivedByThen,
    freshBlocks: fresh.length,
    oldestFreshMs: Math.max(...fresh.map(({ ageMs }) => ageMs)),
    backlogBlocks: backlog.length,
    backlogNotLate: backlog.filter(({ sequence }) => lanes.get(sequence) !== "late").length,
    samplesProduced: seconds * SAMPLES_PER_SECOND,
    samplesArrived,
    samplesNamedLost: losses.reduce((sum, { sampleCount }) => sum + sampleCount, 0),
    unnamed,
  };
}
