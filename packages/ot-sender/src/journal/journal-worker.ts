/** The journal thread's entry: files, keys and the machine's clock for `run-journal`.
 *  main → [journal worker] → link worker */
import { createPublicKey, randomBytes } from "node:crypto";
import { join } from "node:path";
import { collectGarbage, createLog, portOf, systemClock, workerPort, workerSettings } from "@nonreturn/station/thread";
import type { OpeningKeys, SealingKeys } from "@nonreturn/wire-format";
import { loadSealingKeys } from "../keys/station-key-file.ts";
import { decodeTags } from "./configured-tags.ts";
import { openNextEpoch } from "./epoch-store.ts";
import type { JournalWorkerInput } from "./journal-port.ts";
import { JOURNAL_FILE } from "./journal-schema.ts";
import { runJournal } from "./run-journal.ts";
import { openJournal } from "./sqlite-journal.ts";

const EPOCH_FILE = "sealing-epoch";

const { settings, tags, link } = workerSettings<JournalWorkerInput>();
const { dataFolder, keysFolder, stream, retentionMs, maximumBytes, maximumBlockBytes, logLevel } = settings;
const clock = systemClock;
const keys = loadSealingKeys(keysFolder);
const journalPath = join(dataFolder, JOURNAL_FILE);

runJournal(
  { batch: settings.batch, tags: takeTags() },
  {
    main: workerPort(),
    link: portOf(link),
    clock,
    log: createLog({ name: "ot/journal", level: logLevel }),
    nextEpoch: () => openNextEpoch(join(dataFolder, EPOCH_FILE), clock, keys.epochFloor),
    openJournal: (sealingEpoch) =>
      openJournal(
        { path: journalPath, stream, sealingEpoch, retentionMs, maximumBytes, maximumBlockBytes },
        { keys, opening: openingKeysOfOwn(keys), clock, random: randomBytes },
      ),
    journalPath,
    onDirectoryChanged: collectGarbage,
  },
);
collectGarbage(); // what the directory was made of; main and the link thread are still starting

function openingKeysOfOwn({ site, generation, root, signingKey, epochFloor }: SealingKeys): OpeningKeys {
  return {
    site,
    generations: new Map([[generation, { generation, root, verifyKey: createPublicKey(signingKey), epochFloor }]]),
  };
}

/** Node keeps workerData as long as the thread lives: emptied, it costs nothing. */
function takeTags(): ReturnType<typeof decodeTags> {
  const taken = decodeTags(tags);
  tags.buffer.transfer(0);
  return taken;
}
