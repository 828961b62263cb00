/** The record thread: proves blocks, puts them in order, records them, and names what is missing.
 *  intake worker → [record worker] → publishers worker */
import {
  createLog,
  Figures,
  type Port,
  portOf,
  rateLimited,
  StationError,
  systemClock,
  workerPort,
  workerSettings,
} from "@nonreturn/station/thread";
import {
  announceStreamOf,
  type HeartbeatBatch,
  type StatusBatch,
  transferListOf,
  type UtcMicros,
  WireError,
} from "@nonreturn/wire-format";
import type { IntakeToRecord, RecordToIntake } from "../ingress/intake-port.ts";
import { loadOpeningKeys } from "../keys/pairing-file.ts";
import { BlockOpening, type OpenedBlock } from "../open/open-block.ts";
import type { CursorsMessage } from "../publishers/publishers-port.ts";
import { GapLedger } from "./gap-ledger.ts";
import { LastAnnouncement } from "./last-announcement.ts";
import { LinkWatch } from "./link-watch.ts";
import { BlockOrder, type OrderedBlock } from "./order.ts";
import { RECORD_FIGURES } from "./record-figures.ts";
import type { FromRecord, RecordToPublishers, RecordWorkerInput, ToRecord } from "./record-port.ts";
import { SqliteStore } from "./sqlite-store.ts";

/** Blocks that come within this time share a commit. */
const COMMIT_AFTER_MS = 5;
const BLOCKS_PER_COMMIT = 256;
const LOOK_MS = 200;
/** While the disk is full it is tried so often. */
const RETRY_MS = 1000;
const RETENTION_MS = 2000;

const { settings, intake: intakeEnd, publishers: publishersEnd } = workerSettings<RecordWorkerInput>();
const clock = systemClock;
const log = createLog({ name: "it/record", level: settings.logLevel });
const warnings = rateLimited(log, clock, 6);
const main: Port<FromRecord, ToRecord> = workerPort();
const intake: Port<RecordToIntake, IntakeToRecord> = portOf(intakeEnd);
const publishers: Port<RecordToPublishers, CursorsMessage> = portOf(publishersEnd);
const opening = new BlockOpening(loadOpeningKeys(settings.keysFolder));
const store = new SqliteStore(
  { path: settings.storePath, retentionMs: settings.retentionMs, maximumBytes: settings.maximumBytes },
  clock,
);
const announceStream = announceStreamOf(settings.stream);
const gaps = new GapLedger(store, settings.stream, clock);
const announcement = new LastAnnouncement(store.database, settings.stream, clock);
const watch = new LinkWatch(store.database, announceStream, settings.silentAfterMs, clock);
const order = new BlockOrder(clock, store.highestLive(), (ordered) => enqueue(ordered));
const headHashes = store.database.prepare<[number, number, number], { hash: Buffer }>(
  "SELECT hash FROM blocks WHERE stream = ? AND journal_epoch = ? AND sequence = ?",
);
const figures = new Figures("it_record", RECORD_FIGURES);
const queue: OrderedBlock[] = [];
const totals = {
  live: 0,
  late: 0,
  samples: 0,
  events: 0,
  held: 0,
  forks: 0,
  heartbeats: 0,
  failures: 0,
  removed: 0,
  losses: 0,
};
const lastPosition = { live: 0, late: 0 };
let cursors = { live: 0, late: 0 };
let queuedBytes = 0;
let longestCommitMs = 0;
let alarm = "";
let cancelCommit: (() => void) | undefined;
let lastHeartbeat: UtcMicros | undefined;
let ot: StatusBatch | undefined;

intake.onMessage(accept);
publishers.onMessage(({ live, late }) => {
  cursors = { live, late };
});
main.onMessage((message) => {
  if (message.type === "stop") return stop();
  order.flush();
  commit();
  look();
  main.post({ type: "flushed", head: lastPosition.live, missing: gaps.counts().openBlocks });
});
main.post({ type: "ready" });
intake.post({ type: "held", ranges: store.heldRanges() });
const timers = [clock.every(LOOK_MS, look), clock.every(1000, report), clock.every(RETENTION_MS, retain)];

function accept(message: IntakeToRecord): void {
  const { stream, sealingEpoch, sequence, bytes } = message;
  const opened = opening.open(bytes, message);
  if (opened instanceof WireError) {
    warnings.error(opened.code, "an assembled block was refused", { stream, sealingEpoch, sequence });
    intake.post({ type: "refused", stream, sealingEpoch, sequence });
    intake.post({ type: "settled", bytes: bytes.length });
  } else if (stream === announceStream) {
    intake.post({ type: "settled", bytes: bytes.length });
    hear(opened);
  } else {
    queuedBytes += bytes.length;
    order.accept(opened);
  }
}

/** Announcements are not recorded: they are about now. The last status is kept, for a start while the link is silent. */
function hear(opened: OpenedBlock): void {
  const { header, batch } = opened;
  if (batch.kind === "heartbeat") hearHeartbeat(header.journalEpoch, header.sealingEpoch, batch);
  else if (batch.kind === "status") {
    ot = batch;
    announcement.hear(opened);
    publishers.post({ type: "status", status: batch });
  } else if (batch.kind === "refresh") {
    const { directoryRevision, samples } = batch;
    publishers.post(
      { type: "refresh", journalEpoch: header.journalEpoch, directoryRevision, samples },
      transferListOf(samples),
    );
  }
}

function hearHeartbeat(journalEpoch: number, sealingEpoch: number, heartbeat: HeartbeatBatch): void {
  const before = watch.look().state;
  try {
    const saved = store.database
      .transaction(() => {
        if (!watch.hear(announceStream, sealingEpoch, heartbeat)) return undefined;
        gaps.announce(journalEpoch, heartbeat);
        return announcement.save();
      })
      .immediate();
    if (saved === undefined) return;
    saved();
    // At once: to the publishers, blocks recorded from here on would otherwise be stragglers of a silent link, and their values stale.
    if (before !== "up") tellLink();
    totals.heartbeats++;
    lastHeartbeat = heartbeat.senderTime;
    order.spreadIs(heartbeat.spreadMs);
    checkHead(journalEpoch, heartbeat);
  } catch (error) {
    raise(error);
  }
}

/** The head that the sender names must be the block that we hold. */
function checkHead(journalEpoch: number, { headSequence, headHash }: HeartbeatBatch): void {
  if (headSequence === 0) return;
  const hashes = headHashes.all(settings.stream, journalEpoch, headSequence);
  if (hashes.length === 0 || hashes.some(({ hash }) => hash.equals(headHash))) return;
  warnings.error(
    "LEDGER_FORK",
    "the OT station names another head than the one that was recorded: a clone or a restored snapshot",
    {
      journalEpoch,
      sequence: headSequence,
    },
  );
}

function enqueue(ordered: OrderedBlock): void {
  queue.push(ordered);
  if (queue.length >= BLOCKS_PER_COMMIT && alarm === "") commit();
  else cancelCommit ??= clock.after(alarm === "" ? COMMIT_AFTER_MS : RETRY_MS, commit);
}

/** Everything that waits, in commits of bounded size. A commit that fails leaves the queue as it is: recording pauses, and goes on by itself. */
function commit(): void {
  cancelCommit?.();
  cancelCommit = undefined;
  while (queue.length > 0) {
    const blocks = queue.slice(0, BLOCKS_PER_COMMIT);
    const startedMs = clock.monotonicMs();
    try {
      const { outcomes, live, late } = store.record(blocks);
      if (alarm !== "") log.info("blocks can be recorded again");
      alarm = "";
      longestCommitMs = Math.max(longestCommitMs, clock.monotonicMs() - startedMs);
      queue.splice(0, blocks.length);
      account(blocks, outcomes);
      if (live > 0) lastPosition.live = live;
      if (late > 0) lastPosition.late = late;
      publishers.post({ type: "recorded", ...lastPosition });
    } catch (error) {
      raise(error);
      cancelCommit = clock.after(RETRY_MS, commit);
      return;
    }
  }
}

function account(blocks: readonly OrderedBlock[], outcomes: readonly string[]): void {
  let bytes = 0;
  blocks.forEach(({ block, lane }, at) => {
    bytes += block.bytes.length;
    if (outcomes[at] === "held") {
      totals.held++;
      return;
    }
    totals[lane]++;
    if (block.batch.kind === "events") totals.events += block.header.sampleCount;
    else totals.samples += block.header.sampleCount;
    if (block.batch.kind === "loss") totals.losses += block.batch.records.length;
    if (outcomes[at] !== "fork") return;
    totals.forks++;
    const { journalEpoch, sealingEpoch, sequence } = block.header;
    warnings.error(
      "LEDGER_FORK",
      "a block contradicts the chain and was kept beside it: a clone or a restored snapshot",
      {
        journalEpoch,
        sealingEpoch,
        sequence,
      },
    );
  });
  queuedBytes -= bytes;
  intake.post({ type: "settled", bytes });
}

function tellLink(): void {
  const { state } = watch.look();
  if (state !== "unknown") publishers.post({ type: "link", state });
}

function look(): void {
  tellLink();
  try {
    if (announcement.isOverdue) store.database.transaction(() => announcement.save()).immediate()();
    if (!gaps.hasNews) return;
    const named = store.database.transaction(() => gaps.look()).immediate();
    for (const { journalEpoch, first, last } of named)
      warnings.warn("GAP_NAMED", "blocks are missing", { journalEpoch, first, last });
  } catch (error) {
    raise(error);
  }
}

function retain(): void {
  try {
    totals.removed += store.retain(cursors);
  } catch (error) {
    raise(error);
  }
}

function raise(error: unknown): void {
  totals.failures++;
  const reason = error instanceof StationError ? error.what : String(error);
  if (alarm !== reason)
    log.error({ err: error }, "blocks cannot be recorded; they wait, and the rest is named as a gap");
  alarm = reason;
}

function report(): void {
  const life = watch.look();
  const counts = gaps.counts();
  figures.set("blocks_recorded_total", totals.live, { lane: "live" });
  figures.set("blocks_recorded_total", totals.late, { lane: "late" });
  figures.set("samples_recorded_total", totals.samples);
  figures.set("events_recorded_total", totals.events);
  figures.set("blocks_held_total", totals.held);
  figures.set("forks_total", totals.forks);
  for (const [code, count] of opening.refusals) figures.set("blocks_refused_total", count, { code });
  figures.set("heartbeats_total", totals.heartbeats);
  figures.set("commit_ms", longestCommitMs);
  longestCommitMs = 0;
  figures.set("commit_failures_total", totals.failures);
  figures.set("waiting_bytes", queuedBytes);
  figures.set("stored_blocks", store.blocks);
  figures.set("stored_bytes", store.bytes);
  figures.set("gaps_open", counts.open);
  figures.set("gap_blocks_open", counts.openBlocks);
  figures.set("gaps_healed_total", counts.healed);
  figures.set("gaps_lost_total", counts.lost);
  figures.set("loss_records_total", totals.losses);
  figures.set("removed_blocks_total", totals.removed);
  figures.set("link_up", life.state === "up" ? 1 : 0);
  figures.set("link_silent_ms", life.silentForMs);
  main.post({ type: "figures", figures: figures.snapshot() });
  main.post({
    type: "state",
    state: { link: life, gaps: counts, forks: totals.forks, lossRecords: totals.losses, alarm, lastHeartbeat, ot },
  });
}

function stop(): void {
  for (const cancel of timers) cancel();
  order.flush();
  commit();
  try {
    announcement.save()();
  } catch (error) {
    raise(error);
  }
  report();
  warnings.flush();
  store.close();
  main.close();
  intake.close();
  publishers.close();
}
