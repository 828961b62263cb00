/** The station's own publishers thread over a store that is filled by somebody else.
 *  filled store → [publishers thread] → far sides; figures → drain process, backlog process */
import { join } from "node:path";
import { publisherConfigs } from "../../../packages/it-receiver/src/publishers/known-configs.ts";
import type {
  CursorsMessage,
  FromPublishers,
  PublishersWorkerSettings,
  ToPublishers,
} from "../../../packages/it-receiver/src/publishers/publishers-port.ts";
import type { RecordToPublishers } from "../../../packages/it-receiver/src/record/record-port.ts";
import { STORE_FILE } from "../../../packages/it-receiver/src/record/store-schema.ts";
import { messagePortPair, portOf, startWorker } from "../../../packages/station/src/index.ts";
import { STREAM } from "../load/sealed-blocks.ts";

/** @param publishers  items of `publishers:`. @returns the thread, and the port on which it hears what the record thread would tell it. */
export function startPublishersThread(
  folder: string,
  publishers: readonly Readonly<Record<string, unknown>>[],
  logLevel: PublishersWorkerSettings["logLevel"],
) {
  const [mine, theirs] = messagePortPair();
  const recorded = portOf<RecordToPublishers, CursorsMessage>(mine);
  recorded.onMessage(() => undefined);
  const settings: PublishersWorkerSettings = {
    station: "it",
    dataFolder: folder,
    keysFolder: folder,
    storePath: join(folder, STORE_FILE),
    stream: STREAM,
    silentAfterMs: 3_600_000,
    logLevel,
    publishers: publisherConfigs.parse(publishers),
    recordPort: theirs,
  };
  const worker = startWorker<ToPublishers, FromPublishers>(
    new URL("../../../packages/it-receiver/src/publishers/publishers-worker.ts", import.meta.url),
    settings,
    "publishers",
    { transfer: [theirs] },
  );
  return { worker, recorded };
}
