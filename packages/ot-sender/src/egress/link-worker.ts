/** The link thread: everything between the journal and the one-way link.
 *  journal thread → [link worker] → UDP → ║ diode ║ */
import { randomBytes } from "node:crypto";
import { createLog, Figures, type Port, portOf, systemClock, workerPort, workerSettings } from "@nonreturn/station";
import { announceStreamOf, deriveMacKey } from "@nonreturn/wire-format";
import { Announcer } from "../announce/announcer.ts";
import { DirectoryRepeats } from "../announce/directory-repeats.ts";
import { openJournalReader } from "../journal/journal-reader.ts";
import { loadSealingKeys } from "../keys/station-key-file.ts";
import { Egress } from "./egress.ts";
import { collectLinkFigures, LINK_FIGURES } from "./link-figures.ts";
import type { FromLink, JournalToLink, LinkToJournal, LinkWorkerInput, ToLink } from "./link-port.ts";
import { UdpSink } from "./udp-sink.ts";

/** After a start so much of the journal goes again: what may have been lost with the station that stopped. */
const REPEAT_AT_START_MS = 120_000;
const SEND_BUFFER_BYTES = 4 * 1024 * 1024;

const { settings, journal: journalEnd } = workerSettings<LinkWorkerInput>();
const clock = systemClock;
const log = createLog({ name: "ot/link", level: settings.logLevel });
const main: Port<FromLink, ToLink> = workerPort();
const journalPort: Port<LinkToJournal, JournalToLink> = portOf(journalEnd);
const keys = loadSealingKeys(settings.keysFolder);
const reader = openJournalReader(settings.journalPath);
const sink = new UdpSink(
  {
    destination: settings.destination,
    sendBufferBytes: SEND_BUFFER_BYTES,
    ...(settings.bindAddress === undefined ? {} : { bindAddress: settings.bindAddress }),
  },
  clock,
);
const figures = new Figures("ot_link", LINK_FIGURES);
const macKeys = new Map(
  [settings.stream, announceStreamOf(settings.stream)].map((stream) => [stream, deriveMacKey(keys.root, stream)]),
);
const egress = new Egress(
  {
    stream: settings.stream,
    generation: keys.generation,
    runEpoch: settings.sealingEpoch,
    session: randomBytes(8),
    linkRate: settings.linkRate,
    limits: settings.limits,
    spreadMs: settings.spreadMs,
    secondPass: settings.secondPass,
  },
  { macKeys },
  reader,
  sink,
  clock,
  sentHead(),
);
const announcer = new Announcer(
  settings.stream,
  { journalEpoch: settings.journalEpoch, sealingEpoch: settings.sealingEpoch },
  keys,
  clock,
  randomBytes,
);
const directory = new DirectoryRepeats(settings.stream, settings.linkRate, reader, egress, clock);
let directoryRevision = settings.directory.revision;
let heartbeats = 0;
let draining = false;

resumeWhereItStopped();
directory.announce(settings.directory.sequences);
const timers = [clock.every(settings.heartbeatMs, sendHeartbeat), clock.every(1000, report)];
sendHeartbeat();

journalPort.onMessage((message) => {
  if (message.type === "block") {
    const { sequence, sealingEpoch, hash, bytes } = message;
    egress.acceptLive({ stream: settings.stream, sealingEpoch, sequence, bytes }, hash);
  } else if (message.type === "epoch") {
    heartbeats = 0;
    announcer.startEpoch(message.sealingEpoch);
    egress.startEpoch(message.sealingEpoch);
  } else if (message.type === "drain") {
    draining = true;
    lookDrained();
  } else {
    directoryRevision = message.revision;
    directory.announce(message.sequences);
  }
});

main.onMessage((message) => {
  switch (message.type) {
    case "status":
      return egress.acceptAnnounce(announcer.seal(message.status));
    case "refresh":
      return egress.acceptAnnounce(
        announcer.seal({ kind: "refresh", directoryRevision: message.directoryRevision, samples: message.samples }),
      );
    case "replay":
      return main.post({ type: "replay", id: message.id, ...replay(message.first, message.last) });
    case "stop":
      return void stop();
  }
});

/** The head as the receiver may know it: the last block before the first unsent one. */
function sentHead(): { sequence: number; sealingEpoch: number; hash: Uint8Array } {
  const head = reader.head();
  const firstUnsent = settings.unsent[0]?.first ?? head.sequence + 1;
  if (firstUnsent > head.sequence) return head;
  const [block] = reader.read(firstUnsent - 1, firstUnsent - 1, 1, Number.POSITIVE_INFINITY);
  return block ?? { sequence: 0, sealingEpoch: 0, hash: new Uint8Array(32) };
}

function resumeWhereItStopped(): void {
  for (const { first, last } of settings.unsent) egress.repeats.addBacklog(first, last);
  const since = reader.firstSealedSince(clock.nowUtcMicros() - REPEAT_AT_START_MS * 1000);
  egress.repeats.againNow(since, (settings.unsent[0]?.first ?? reader.head().sequence + 1) - 1, clock.monotonicMs());
  egress.wake();
}

function replay(
  first: number,
  last: number,
): { outcome: "accepted" | "too-many" | "gone"; first: number; last: number } {
  const held = { first: Math.max(first, reader.oldest()), last: Math.min(last, reader.head().sequence) };
  if (held.first > held.last) return { outcome: "gone", ...held };
  const accepted = egress.repeats.addReplay(held.first, held.last);
  egress.wake();
  return { outcome: accepted ? "accepted" : "too-many", ...held };
}

function sendHeartbeat(): void {
  const { sequence, sealingEpoch, hash } = egress.head;
  egress.acceptHeartbeat(
    announcer.seal({
      kind: "heartbeat",
      counter: ++heartbeats,
      senderTime: clock.nowUtcMicros(),
      headSequence: sequence,
      headSealingEpoch: sealingEpoch,
      headHash: hash,
      oldestSequence: Math.min(reader.oldest(), sequence + 1),
      spreadMs: settings.spreadMs,
      secondPassAfterMs: settings.secondPass?.afterMs ?? 0,
      directoryRevision,
    }),
  );
  postSent();
  if (draining) lookDrained();
}

function postSent(): void {
  const ranges = egress.takeSent();
  if (ranges.length > 0) journalPort.post({ type: "sent", ranges });
}

function lookDrained(): void {
  if (!draining || !egress.isDrained) return;
  draining = false;
  sendHeartbeat(); // says where the chain ends, so that the loss of the last block is noticed too
  main.post({ type: "drained", headSequence: egress.head.sequence });
}

function report(): void {
  collectLinkFigures(figures, egress, sink);
  main.post({ type: "figures", figures: figures.snapshot() });
}

async function stop(): Promise<void> {
  for (const cancel of timers) cancel();
  directory.close();
  postSent();
  report();
  await egress.close();
  reader.close();
  log.debug("link thread has stopped");
  main.close();
  journalPort.close();
}
