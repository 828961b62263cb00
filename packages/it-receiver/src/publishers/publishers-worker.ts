/** Entry of the publishers thread.
 *  main → [publishers worker] → run publishers */
import { collectGarbage, createLog, portOf, systemClock, workerPort, workerSettings } from "@nonreturn/station/thread";
import { loadOpeningKeys } from "../keys/pairing-file.ts";
import { openStored } from "../open/open-stored.ts";
import type { RecordToPublishers } from "../record/record-port.ts";
import { openStoreReader } from "../record/store-reader.ts";
import type { CursorsMessage, FromPublishers, PublishersWorkerSettings, ToPublishers } from "./publishers-port.ts";
import { runPublishers } from "./run-publishers.ts";

const settings = workerSettings<PublishersWorkerSettings>();
const main = workerPort<FromPublishers, ToPublishers>();
const keys = loadOpeningKeys(settings.keysFolder);

/** After the start, once: what the directory and the newest values were read from. */
const COLLECT_AFTER_MS = 10_000;
const cancelCollection = systemClock.after(COLLECT_AFTER_MS, collectGarbage);

await runPublishers(settings, {
  clock: systemClock,
  log: createLog({ name: "it/publishers", level: settings.logLevel }),
  random: Math.random,
  soon: setImmediate,
  busyMs() {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  },
  store: openStoreReader(settings.storePath),
  // The record worker verified the signature before it stored the block; hash and authentication tag are checked again here.
  open: (_, block) => openStored(block, keys),
  main,
  record: portOf<CursorsMessage, RecordToPublishers>(settings.recordPort),
});
cancelCollection();
main.close();
