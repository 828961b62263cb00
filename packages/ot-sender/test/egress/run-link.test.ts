import { createLog, inProcessPair } from "@nonreturn/station";
import { ANNOUNCE_BIT, DatagramFlag } from "@nonreturn/wire-format";
import { describe, expect, it } from "vitest";
import { LinkReceiver } from "../../../../test/support/link-receiver.ts";
import { manualClock } from "../../../../test/support/manual-clock.ts";
import { MemoryDisk, MemoryJournal } from "../../../../test/support/memory-journal.ts";
import { columnsOf, seededBytes, testKeys } from "../../../../test/support/station-keys.ts";
import type { FromLink, JournalToLink, LinkSettings, LinkToJournal, ToLink } from "../../src/egress/link-port.ts";
import { runLink } from "../../src/egress/run-link.ts";
import type { ConfiguredTag, JournaledBlock, JournalReader } from "../../src/journal/journal.ts";

const { keys, opening } = testKeys();
const STREAM = 1;
const TAG: ConfiguredTag = {
  path: "a",
  dataType: "FLOAT32",
  unit: "",
  description: "",
  device: "plc",
  maximumSilenceMs: 0,
};

interface Before {
  /** Blocks that an earlier run journaled, and how many of them it sent. */
  readonly blocks?: number;
  readonly sent?: number;
  readonly agoMs?: number;
  readonly linkRate?: number;
  readonly reader?: (reader: JournalReader) => JournalReader;
}

function start({ blocks = 0, sent = blocks, agoMs = 1000, linkRate = 100e6, reader = (each) => each }: Before = {}) {
  const clock = manualClock();
  const disk = new MemoryDisk();
  const journal = new MemoryJournal(
    disk,
    { stream: STREAM, sealingEpoch: 10, retentionMs: 1e9, maximumBytes: 1e9, maximumBlockBytes: 281_600 },
    keys,
    clock,
    seededBytes(1),
  );
  const append = (samples = 20): JournaledBlock =>
    journal.append([{ kind: "data", directoryRevision: 1, samples: columnsOf(samples) }])[0]!;
  const directory = journal.resolveDirectory([TAG]);
  for (let block = 1; block < blocks; block++) append();
  if (sent > 0) journal.markSent(1, sent);
  clock.advance(agoMs);
  const [main, mainEnd] = inProcessPair<ToLink, FromLink>();
  const [journalPort, journalEnd] = inProcessPair<JournalToLink, LinkToJournal>();
  const heard: FromLink[] = [];
  const sentRanges: { readonly first: number; readonly last: number }[] = [];
  main.onMessage((message) => void heard.push(message));
  journalPort.onMessage(({ ranges }) => void sentRanges.push(...ranges));
  const received = new LinkReceiver(opening);
  const wire = { bytes: 0, state: "open" as "open" | "closed" };
  const head = journal.read(sent, sent, 1, 1e9)[0] ?? { sequence: 0, sealingEpoch: 0, hash: new Uint8Array(32) };
  const settings: LinkSettings = {
    stream: STREAM,
    destination: { host: "127.0.0.1", port: 1 },
    linkRate,
    limits: { maxSymbolBytes: 1408, redundancyPercent: 25 },
    spreadMs: 40,
    secondPass: { afterMs: 60_000, rate: linkRate / 4 },
    heartbeatMs: 250,
    journalPath: "memory",
    journalEpoch: 10,
    sealingEpoch: 11,
    keysFolder: "memory",
    directory: { revision: 1, sequences: directory.sequences },
    unsent: blocks > sent ? [{ first: sent + 1, last: blocks }] : [],
    sentHead: { sequence: head.sequence, sealingEpoch: head.sealingEpoch, hash: head.hash },
    logLevel: "fatal",
  };
  runLink(settings, {
    main: mainEnd,
    journal: journalEnd,
    keys,
    reader: reader(journal),
    sink: {
      counters: { errors: 0, reopened: 0 },
      send(datagram) {
        wire.bytes += datagram.length + 66;
        received.accept(datagram);
      },
      flush: () => undefined,
      close: async () => {
        wire.state = "closed";
      },
    },
    clock,
    log: createLog({ name: "test", level: "fatal" }),
    random: seededBytes(2),
    soon: (callback) => void clock.after(0, callback),
  });
  const sendLive = ({ sequence, sealingEpoch, hash, bytes }: JournaledBlock) =>
    journalPort.post({ type: "block", sequence, sealingEpoch, hash, bytes });
  /** Data blocks in the order in which they were put together. */
  const dataSequences = () => received.blocks.filter(({ stream }) => stream === STREAM).map(({ sequence }) => sequence);
  const figures = () => heard.findLast((message) => message.type === "figures")?.figures;
  const settle = () => clock.advanceAsync(0);
  return {
    clock,
    journal,
    append,
    main,
    journalPort,
    heard,
    sentRanges,
    received,
    wire,
    sendLive,
    dataSequences,
    figures,
    settle,
  };
}

describe("run link", () => {
  it("sends a heartbeat at once and four a second, in one datagram each, on the announce stream", async () => {
    const { clock, received } = start({ blocks: 5 });
    await clock.advanceAsync(1000);
    const beats = received.batches("heartbeat");
    expect(beats.map(({ counter }) => counter)).toEqual([1, 2, 3, 4, 5]);
    expect(beats.at(-1)).toMatchObject({
      headSequence: 5,
      headSealingEpoch: 10,
      oldestSequence: 1,
      spreadMs: 40,
      secondPassAfterMs: 60_000,
      directoryRevision: 1,
      senderTime: clock.nowUtcMicros(),
    });
    const datagrams = received.headers.filter(({ stream }) => stream === (STREAM | ANNOUNCE_BIT));
    expect(datagrams).toHaveLength(5);
    expect(datagrams.every(({ sourceSymbols, totalSymbols }) => sourceSymbols === 1 && totalSymbols === 1)).toBe(true);
    expect(datagrams.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
    expect(datagrams.map(({ number }) => number)).toEqual([0, 1, 2, 3, 4]);
    expect(new Set(received.headers.map(({ runEpoch }) => runEpoch))).toEqual(new Set([11]));
  });

  it("sends live blocks, says what was sent, and moves the head only then", async () => {
    const { clock, append, sendLive, sentRanges, received, dataSequences } = start({ blocks: 1 });
    await clock.advanceAsync(500);
    sendLive(append());
    sendLive(append());
    await clock.advanceAsync(10);
    expect(dataSequences()).toEqual([1, 2, 3]); // decodable after the first symbols …
    expect(sentRanges).toEqual([]); // … but not all of them have left
    await clock.advanceAsync(600);
    expect(sentRanges).toEqual([{ first: 2, last: 3 }]);
    expect(received.batches("heartbeat").at(-1)).toMatchObject({ headSequence: 3 });
  });

  it("sends after a start what was left unsent, newest first, and the last two minutes again", async () => {
    const { clock, dataSequences, sentRanges, received } = start({ blocks: 12, sent: 8 });
    await clock.advanceAsync(2000);
    expect(dataSequences().filter((sequence) => sequence > 8)).toEqual([12, 11, 10, 9]);
    expect(new Set(dataSequences())).toEqual(new Set(Array.from({ length: 12 }, (_, at) => at + 1)));
    expect(sentRanges.flatMap(({ first, last }) => [first, last])).toEqual(expect.arrayContaining([9, 12]));
    const repeated = received.headers
      .filter(({ flags }) => flags === DatagramFlag.repeat)
      .map(({ sequence }) => sequence);
    expect(new Set(repeated)).toEqual(new Set([1, 2, 3, 4, 5, 6, 7, 8]));
    expect(received.batches("heartbeat")[0]).toMatchObject({ headSequence: 8 });
    expect(received.batches("heartbeat").at(-1)).toMatchObject({ headSequence: 12 });
  });

  it("leaves older blocks alone after a start, except the directory", async () => {
    const { clock, dataSequences } = start({ blocks: 5, agoMs: 121_000 });
    await clock.advanceAsync(2000);
    expect(dataSequences()).toEqual([1]);
  });

  it("repeats the directory byte for byte, at once and every eight seconds", async () => {
    const { clock, journal, received } = start({ blocks: 1, agoMs: 121_000 });
    await clock.advanceAsync(65_000);
    const datagrams = received.headers.filter(({ stream, sequence }) => stream === STREAM && sequence === 1);
    expect(datagrams.length / 4).toBe(9); // k = 1, n = 4; nine cycles
    expect(received.batches("directory")[0]).toMatchObject({ revision: 1, tags: [{ path: "a" }] });
    expect(Buffer.from(received.blocks.find(({ stream }) => stream === STREAM)!.bytes)).toEqual(
      Buffer.from(journal.read(1, 1, 1, 1e9)[0]!.bytes),
    );
  });

  it("announces status and refresh, and survives what cannot be sealed", async () => {
    const { clock, main, received, figures } = start();
    const status = {
      kind: "status",
      stationName: "press shop",
      softwareVersion: "1",
      mode: "lab",
      time: 5,
      devices: [],
      figures: [],
    } as const;
    main.post({ type: "status", status });
    const tooMany = Array.from({ length: 2000 }, (_, at) => ({ name: `f${at}`, value: at }));
    main.post({ type: "status", status: { ...status, figures: tooMany } });
    main.post({ type: "refresh", directoryRevision: 1, samples: columnsOf(300) });
    await clock.advanceAsync(1500);
    expect(received.batches("status")).toEqual([status]);
    expect(received.batches("refresh").map(({ samples }) => samples.count)).toEqual([300]);
    expect(figures()).toMatchObject({ unannounced_total: 1 });
  });

  it("answers a replay with what the journal still holds, and sends it", async () => {
    const { clock, main, heard, received, settle, dataSequences } = start({ blocks: 20, agoMs: 200_000 });
    await clock.advanceAsync(100);
    main.post({ type: "replay", id: 1, first: 18, last: 40 });
    main.post({ type: "replay", id: 2, first: 21, last: 40 });
    await settle();
    expect(heard.filter((message) => message.type === "replay")).toEqual([
      { type: "replay", id: 1, outcome: "accepted", first: 18, last: 20 },
      { type: "replay", id: 2, outcome: "gone", first: 21, last: 20 },
    ]);
    await clock.advanceAsync(500);
    expect(dataSequences()).toEqual([1, 18, 19, 20]);
    const replayed = received.headers.filter(({ sequence, stream }) => stream === STREAM && sequence >= 18);
    expect(replayed.every(({ flags }) => flags === DatagramFlag.repeat)).toBe(true);
  });

  it("is drained once everything has left, and says so after a heartbeat that names the end of the chain", async () => {
    const { clock, append, sendLive, journalPort, heard, received } = start({ blocks: 40, sent: 5, linkRate: 1e6 });
    sendLive(append());
    journalPort.post({ type: "drain" });
    await clock.advanceAsync(100);
    expect(heard.some(({ type }) => type === "drained")).toBe(false);
    await clock.advanceAsync(5000);
    expect(heard).toContainEqual({ type: "drained", headSequence: 41 });
    expect(received.batches("heartbeat").at(-1)).toMatchObject({ headSequence: 41 });
    expect(heard.filter(({ type }) => type === "drained")).toHaveLength(1);
  });

  it("goes on in a new epoch with numbers and heartbeats from the start", async () => {
    const { clock, journalPort, received } = start();
    await clock.advanceAsync(1000);
    const before = received.headers.length;
    journalPort.post({ type: "epoch", sealingEpoch: 99 });
    await clock.advanceAsync(600);
    const after = received.headers.slice(before);
    expect(after.length).toBeGreaterThan(1);
    expect(after.map(({ runEpoch, blockEpoch, number, sequence }) => [runEpoch, blockEpoch, number, sequence])).toEqual(
      after.map((_, at) => [99, 99, at, at + 1]),
    );
    expect(
      received
        .batches("heartbeat")
        .slice(-after.length)
        .map(({ counter }) => counter),
    ).toEqual(after.map((_, at) => at + 1));
  });

  it("outlives a journal that cannot be read", async () => {
    const disk = { state: "working" as "working" | "broken" };
    const attempt = <Result>(read: () => Result): Result => {
      if (disk.state === "broken") throw new Error("input/output error");
      return read();
    };
    const { clock, main, heard, received, append, sendLive, dataSequences, figures } = start({
      blocks: 10,
      agoMs: 200_000,
      reader: (journal) => ({
        read: (...range) => attempt(() => journal.read(...range)),
        oldest: () => attempt(() => journal.oldest()),
        head: () => attempt(() => journal.head()),
        firstSealedSince: (time) => attempt(() => journal.firstSealedSince(time)),
        close: () => journal.close(),
      }),
    });
    await clock.advanceAsync(100);
    disk.state = "broken";
    main.post({ type: "replay", id: 1, first: 5, last: 6 });
    sendLive(append());
    await clock.advanceAsync(2000);
    expect(heard).toContainEqual({ type: "replay", id: 1, outcome: "accepted", first: 5, last: 6 });
    expect(dataSequences()).toEqual([1, 11]); // live blocks need no journal
    expect(received.batches("heartbeat").length).toBeGreaterThan(8);
    expect(figures()!.journal_read_errors_total).toBeGreaterThan(5);
    disk.state = "working";
    main.post({ type: "replay", id: 2, first: 7, last: 7 });
    await clock.advanceAsync(500);
    expect(dataSequences()).toEqual([1, 11, 7]);
  });

  it("says what the link carries", async () => {
    const { clock, append, sendLive, figures, wire } = start();
    for (let tick = 0; tick < 100; tick++) {
      sendLive(append(2000));
      await clock.advanceAsync(20);
    }
    await clock.advanceAsync(1000);
    const now = figures()!;
    expect(now['datagrams_sent_total{lane="live"}']).toBeGreaterThan(100);
    expect(now.datagrams_all_total! * 66 + now.datagram_bytes_total!).toBeLessThanOrEqual(wire.bytes);
    expect(now).toMatchObject({ live_blocks_total: 100, head_sequence: 101, backlog_blocks: 0, send_errors_total: 0 });
    expect(now.rate_bits_per_second).toBeGreaterThan(0);
  });

  it("lets the last blocks and a heartbeat that names them leave when it is stopped", async () => {
    const { clock, main, append, sendLive, received, dataSequences, wire } = start({ blocks: 1 });
    await clock.advanceAsync(1000);
    main.post({ type: "stop" });
    sendLive(append()); // the journal thread's last block may come after main's word
    await clock.advanceAsync(150);
    expect(dataSequences().at(-1)).toBe(2);
    expect(received.batches("heartbeat").at(-1)).toMatchObject({ headSequence: 2 });
    expect(wire.state).toBe("closed");
  });

  it("does not wait for a link that is too slow", async () => {
    const { clock, main, dataSequences, wire } = start({ blocks: 400, sent: 1, linkRate: 64_000 });
    await clock.advanceAsync(100);
    main.post({ type: "stop" });
    await clock.advanceAsync(1900);
    expect(wire.state).toBe("open");
    await clock.advanceAsync(200);
    expect(wire.state).toBe("closed");
    expect(dataSequences().length).toBeLessThan(400);
    expect(clock.waiting).toBe(0);
  });

  it("closes everything when it is stopped", async () => {
    const { clock, main, wire } = start({ blocks: 3, sent: 1 });
    await clock.advanceAsync(100);
    main.post({ type: "stop" });
    await clock.advanceAsync(100);
    expect(wire.state).toBe("closed");
    expect(clock.waiting).toBe(0);
  });
});
