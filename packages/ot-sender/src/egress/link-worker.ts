/** The link thread's entry: socket, keys and the machine's clock for `run-link`.
 *  journal thread → [link worker] → UDP → ║ diode ║ */
import { randomBytes } from "node:crypto";
import { createLog, portOf, systemClock, workerPort, workerSettings } from "@nonreturn/station/thread";
import { openJournalReader } from "../journal/journal-reader.ts";
import { loadSealingKeys } from "../keys/station-key-file.ts";
import type { LinkWorkerInput } from "./link-port.ts";
import { loadSendCalls } from "./native-send.ts";
import { runLink } from "./run-link.ts";
import { SEND_BUFFER_BYTES } from "./send-buffer.ts";
import { UdpSink } from "./udp-sink.ts";

const { settings, journal } = workerSettings<LinkWorkerInput>();
const { destination, bindAddress, sourcePort, keysFolder, journalPath, logLevel } = settings;
const log = createLog({ name: "ot/link", level: logLevel });

const native = await loadSendCalls(process.platform, process.arch);
if (typeof native === "string") log.info({ because: native }, "datagrams leave one by one, through plain sockets");
else log.info("datagrams leave many per system call (UDP_SEGMENT)");

runLink(settings, {
  main: workerPort(),
  journal: portOf(journal),
  keys: loadSealingKeys(keysFolder),
  reader: openJournalReader(journalPath),
  sink: new UdpSink(
    {
      destination,
      sendBufferBytes: SEND_BUFFER_BYTES,
      ...(bindAddress === undefined ? {} : { bindAddress }),
      ...(sourcePort === undefined ? {} : { sourcePort }),
    },
    systemClock,
    typeof native === "string" ? undefined : native,
  ),
  clock: systemClock,
  log,
  random: randomBytes,
  soon: setImmediate,
});
