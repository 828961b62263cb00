/** What the link thread does, without the thread: everything between the journal and the one-way link.
 *  journal thread → [run link: egress, announce, replay] → datagram sink → ║ diode ║ */
import { type Clock, Figures, type Log, type Port, rateLimited } from "@nonreturn/station/thread";
import { announceStreamOf, type Batch, deriveMacKey, type SealingKeys, SequenceSet } from "@nonreturn/wire-format";
import { Announcer } from "../announce/announcer.ts";
import { DirectoryRepeats } from "../announce/directory-repeats.ts";
import { RefreshShare } from "../announce/refresh-share.ts";
import type { JournalReader } from "../journal/journal.ts";
import { survivingReader } from "../journal/surviving-reader.ts";
import type { DatagramSink } from "./datagram-sink.ts";
import { Egress } from "./egress.ts";
import { collectLinkFigures, LINK_FIGURES, type SinkCounters } from "./link-figures.ts";
import type { FromLink, JournalToLink, LinkSettings, LinkToJournal, ToLink } from "./link-port.ts";

/** After a start so much of the journal goes again: what may have been lost with the station that stopped. */
const REPEAT_AT_START_MS = 120_000;
const REPORT_MS = 1000;
const LOOK_DRAINED_MS = 10;
/** What has not left so long after the stop leaves after the next start. */
const LEAVE_MS = 2000;

/** What the worker's entry, or a simulation, puts in. */
export interface LinkThreadSurroundings {
  readonly main: Port<FromLink, ToLink>;
  readonly journal: Port<LinkToJournal, JournalToLink>;
  readonly keys: SealingKeys;
  readonly reader: JournalReader;
  readonly sink: DatagramSink & { readonly counters: SinkCounters };
  readonly clock: Clock;
  readonly log: Log;
  readonly random: (bytes: number) => Uint8Array;
  /** Calls back in the next turn of the event loop. */
  readonly soon: (callback: () => void) => void;
}

export function runLink(settings: LinkSettings, surroundings: LinkThreadSurroundings): void {
  const { main, journal, keys, sink, clock, log, random, soon } = surroundings;
  const { stream, sealingEpoch, journalEpoch, linkRate, limits, spreadMs, secondPass, sentHead } = settings;
  const warnings = rateLimited(log, clock, 6);
  const totals = { readErrors: 0, unannounced: 0 };
  const reader = survivingReader(surroundings.reader, (error) => {
    totals.readErrors++;
    warnings.error("JOURNAL_READ", "the journal cannot be read; what cannot be read is not sent again", { err: error });
  });
  const macKeys = new Map([stream, announceStreamOf(stream)].map((id) => [id, deriveMacKey(keys.root, id)]));
  const egress = new Egress(
    {
      stream,
      generation: keys.generation,
      runEpoch: sealingEpoch,
      session: random(8),
      linkRate,
      limits,
      spreadMs,
      secondPass,
    },
    { macKeys, journal: reader, sink, clock, soon },
    sentHead,
  );
  const announcer = new Announcer(stream, { journalEpoch, sealingEpoch }, keys, clock, random);
  const directory = new DirectoryRepeats(stream, linkRate, reader, egress, clock);
  const refresh = new RefreshShare<ToLink & { type: "refresh" }>(linkRate, clock, ({ directoryRevision, samples }) =>
    announce({ kind: "refresh", directoryRevision, samples }),
  );
  const figures = new Figures("ot_link", LINK_FIGURES);
  let directoryRevision = settings.directory.revision;
  let heartbeats = 0;
  let reportedAtMs = clock.monotonicMs();
  let cancelDrain: (() => void) | undefined;

  resumeWhereItStopped();
  directory.announce(settings.directory.sequences);
  const timers = [clock.every(settings.heartbeatMs, sendHeartbeat), clock.every(REPORT_MS, report)];
  sendHeartbeat();

  journal.onMessage((message) => {
    switch (message.type) {
      case "block":
        return egress.acceptLive({ ...message, stream }, message.hash);
      case "epoch":
        heartbeats = 0;
        announcer.startEpoch(message.sealingEpoch);
        return egress.startEpoch(message.sealingEpoch);
      case "directory":
        directoryRevision = message.revision;
        return directory.announce(message.sequences);
      case "drain":
        return whenDrained(() => main.post({ type: "drained", headSequence: egress.head.sequence }));
    }
  });

  main.onMessage((message) => {
    switch (message.type) {
      case "status":
        return void announce(message.status);
      case "refresh":
        return refresh.accept(message);
      case "replay":
        return main.post({ type: "replay", id: message.id, ...replay(message.first, message.last) });
      case "stop":
        return void stop();
    }
  });

  /** What was never sent is backlog; what was sent in the last two minutes goes again. */
  function resumeWhereItStopped(): void {
    const unsent = new SequenceSet(settings.unsent);
    for (const { first, last } of settings.unsent) egress.repeats.addBacklog(first, last);
    const since = reader.firstSealedSince(clock.nowUtcMicros() - REPEAT_AT_START_MS * 1000);
    egress.repeats.againNow(unsent.missing(since, sentHead.sequence), clock.monotonicMs());
    egress.wake();
  }

  /** @returns bytes on the wire, about. */
  function announce(batch: Batch): number {
    try {
      return egress.acceptAnnounce(announcer.seal(batch));
    } catch (error) {
      totals.unannounced++;
      warnings.warn("ANNOUNCE", `a ${batch.kind} does not fit the format and was not sent`, { err: error });
      return 0;
    }
  }

  function replay(first: number, last: number): Omit<FromLink & { type: "replay" }, "type" | "id"> {
    const held = { first: Math.max(first, reader.oldest()), last: Math.min(last, reader.head().sequence) };
    if (held.first > held.last) return { outcome: "gone", ...held };
    const outcome = egress.repeats.addReplay(held.first, held.last) ? "accepted" : "too-many";
    egress.wake();
    return { outcome, ...held };
  }

  function sendHeartbeat(): void {
    const { sequence, sealingEpoch: headSealingEpoch, hash } = egress.head;
    egress.acceptHeartbeat(
      announcer.seal({
        kind: "heartbeat",
        counter: ++heartbeats,
        senderTime: clock.nowUtcMicros(),
        headSequence: sequence,
        headSealingEpoch,
        headHash: hash,
        oldestSequence: Math.min(reader.oldest(), sequence + 1),
        spreadMs,
        secondPassAfterMs: secondPass?.afterMs ?? 0,
        directoryRevision,
      }),
    );
    postSent();
  }

  function postSent(): void {
    const ranges = egress.takeSent();
    if (ranges.length > 0) journal.post({ type: "sent", ranges });
  }

  /** Wait for the last first pass, then for one more heartbeat: it says where the chain ends, so that a lost last block is noticed too. */
  function whenDrained(then: () => void): void {
    let step: "blocks" | "heartbeat" = "blocks";
    cancelDrain?.();
    cancelDrain = clock.every(LOOK_DRAINED_MS, () => {
      if (step === "blocks" && egress.isDrained) {
        step = "heartbeat";
        sendHeartbeat();
      }
      if (step === "blocks" || egress.heartbeatsWaiting > 0) return;
      cancelDrain?.();
      then();
    });
  }

  function report(): void {
    const nowMs = clock.monotonicMs();
    collectLinkFigures(figures, egress, sink.counters, nowMs - reportedAtMs);
    reportedAtMs = nowMs;
    figures.set("journal_read_errors_total", totals.readErrors);
    figures.set("unannounced_total", totals.unannounced + refresh.dropped);
    main.post({ type: "figures", figures: figures.snapshot() });
  }

  /** The last blocks of the journal thread may still be on their way here; they leave first, unless the link is too slow for them. */
  async function stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = clock.after(LEAVE_MS, resolve);
      whenDrained(() => {
        cancel();
        resolve();
      });
    });
    for (const cancel of timers) cancel();
    cancelDrain?.();
    directory.close();
    refresh.close();
    postSent();
    report();
    await egress.close();
    reader.close();
    log.debug("link thread has stopped");
    main.close();
    journal.close();
  }
}
