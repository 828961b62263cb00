/** The intake thread: reads the link and assembles blocks. It never waits for a disk.
 *  ║ diode ║ → UDP → [intake worker] → record worker */
import { join } from "node:path";
import {
  createLog,
  Figures,
  type Port,
  portOf,
  rateLimited,
  systemClock,
  workerPort,
  workerSettings,
} from "@nonreturn/station/thread";
import { announceStreamOf, deriveMacKey } from "@nonreturn/wire-format";
import { AssemblyTable } from "../assemble/assembly-table.ts";
import { HeldBlocks } from "../assemble/held-blocks.ts";
import { loadOpeningKeys } from "../keys/pairing-file.ts";
import { Admission } from "./admit.ts";
import { collectIntakeFigures, INTAKE_FIGURES } from "./intake-figures.ts";
import type { FromIntake, IntakeToRecord, IntakeWorkerInput, RecordToIntake, ToIntake } from "./intake-port.ts";
import { loadReceiveCalls } from "./native-receive.ts";
import { RUN_EPOCH_FILE, readRunEpochs, writeRunEpochs } from "./run-epochs.ts";
import { UdpSource } from "./udp-source.ts";

const { settings, record: recordEnd } = workerSettings<IntakeWorkerInput>();
const clock = systemClock;
const log = createLog({ name: "it/intake", level: settings.logLevel });
const warnings = rateLimited(log, clock, 6);
const main: Port<FromIntake, ToIntake> = workerPort();
const record: Port<IntakeToRecord, RecordToIntake> = portOf(recordEnd);
const { generations } = loadOpeningKeys(settings.keysFolder);
const epochPath = join(settings.dataFolder, RUN_EPOCH_FILE);
const runEpochs = readRunEpochs(epochPath);
const held = new HeldBlocks();
const table = new AssemblyTable(settings.assembly);
const admission = new Admission({
  macKeys: new Map(
    [settings.stream, announceStreamOf(settings.stream)].map((stream) => [
      stream,
      new Map([...generations].map(([generation, { root }]) => [generation, deriveMacKey(root, stream)])),
    ]),
  ),
  runEpochs,
  storeRunEpoch(generation, epoch) {
    const next = new Map(runEpochs).set(generation, epoch);
    writeRunEpochs(epochPath, next);
    runEpochs.set(generation, epoch);
    log.info({ generation, epoch }, "the OT station started a new run");
  },
  isHeld: (stream, blockEpoch, sequence) => held.has(stream, blockEpoch, sequence),
});
const calls = await loadReceiveCalls(process.platform, process.arch);
if (typeof calls === "string") log.info({ because: calls }, "datagrams are read one by one, through a plain socket");
else log.info("datagrams are read many per system call (recvmmsg, UDP_GRO)");
const source = new UdpSource(
  { listen: settings.listen, receiveBufferBytes: settings.receiveBufferBytes },
  clock,
  typeof calls === "string" ? undefined : { calls, soon: setImmediate },
);
const figures = new Figures("it_intake", INTAKE_FIGURES);
let inFlightBytes = 0;
let overflowed = 0;
let cancelReport = (): void => undefined;

record.onMessage((message) => {
  switch (message.type) {
    case "held":
      for (const { stream, sealingEpoch, first, last } of message.ranges) held.add(stream, sealingEpoch, first, last);
      return void listen();
    case "settled":
      inFlightBytes -= message.bytes;
      return;
    case "refused":
      return held.remove(message.stream, message.sealingEpoch, message.sequence);
  }
});

main.onMessage(() => void stop());

async function listen(): Promise<void> {
  source.onDatagram(accept);
  const address = await source.open(); // a port that cannot be had ends the thread with UDP_LISTEN
  const receiveBuffer = source.receiveBuffer();
  const { askedBytes, grantedBytes, remedy } = receiveBuffer;
  if (remedy !== undefined) {
    log.warn(
      { code: "RECEIVE_BUFFER_CLIPPED", askedBytes, grantedBytes, action: remedy },
      "the kernel clipped the receive buffer: bursts may be lost before this station sees them",
    );
  }
  cancelReport = clock.every(1000, report);
  main.post({ type: "listening", address, receiveBuffer });
}

function accept(datagram: Uint8Array): void {
  const verdict = admission.admit(datagram);
  if (verdict !== "admitted") {
    if (verdict === "clone")
      warnings.error(
        "LINK_CLONE",
        "a second sender uses this station's keys and epoch: a clone or a restored snapshot",
      );
    else if (verdict === "epoch-not-stored")
      warnings.error("EPOCH_FILE", "a new run of the OT station cannot be admitted: its epoch could not be stored", {
        path: epochPath,
      });
    else if (verdict === "mac") warnings.warn("LINK_MAC", "datagrams that were not made with this pairing's key");
    else if (verdict === "old-epoch")
      warnings.warn("LINK_OLD_EPOCH", "datagrams of an earlier run: a recording, or an OT clock that was wrong", {
        action: "If the OT station's clock was wrong before, run nonreturn-it accept-epoch.",
      });
    return;
  }
  const block = table.accept(datagram);
  if (block === undefined) return;
  const { stream, sealingEpoch, sequence, bytes } = block;
  if (inFlightBytes + bytes.length > settings.maximumBytesInFlight) {
    overflowed++;
    warnings.warn("RECORD_BEHIND", "the record thread is behind: a block was dropped; the second pass brings it again");
    return;
  }
  held.add(stream, sealingEpoch, sequence);
  inFlightBytes += bytes.length;
  record.post({ type: "block", stream, sealingEpoch, sequence, bytes }, [bytes.buffer as ArrayBuffer]);
}

function report(): void {
  const { grantedBytes } = source.receiveBuffer();
  collectIntakeFigures(figures, source, admission, table, {
    inFlightBytes,
    overflowed,
    receiveBufferBytes: grantedBytes,
  });
  main.post({ type: "figures", figures: figures.snapshot() });
}

async function stop(): Promise<void> {
  cancelReport();
  report();
  warnings.flush();
  await source.close();
  main.close();
  record.close();
}
