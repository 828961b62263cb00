/** Both threads as they run in production: real workers, a real journal on disk, a real socket.
 *  columns → journal worker → link worker → UDP on loopback → link receiver */
import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { join } from "node:path";
import { messagePortPair, startWorker, systemClock, type WorkerThread } from "@nonreturn/station";
import { type OpeningKeys, type SampleColumns, sampleAt } from "@nonreturn/wire-format";
import { describe, expect, it, onTestFinished } from "vitest";
import { LinkReceiver } from "../../../../test/support/link-receiver.ts";
import { columnsOf, openingKeysOf } from "../../../../test/support/station-keys.ts";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import type { FromLink, LinkSettings, LinkWorkerInput, ToLink } from "../../src/egress/link-port.ts";
import { encodeTags } from "../../src/journal/configured-tags.ts";
import type { FromJournal, JournalWorkerInput, ToJournal } from "../../src/journal/journal-port.ts";
import { loadOrCreateStationKeys, loadSealingKeys } from "../../src/keys/station-key-file.ts";

async function listen(opening: OpeningKeys) {
  const socket = createSocket({ type: "udp4", recvBufferSize: 4 * 1024 * 1024 });
  onTestFinished(() => new Promise<void>((resolve) => socket.close(() => resolve())));
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const received = new LinkReceiver(opening);
  socket.on("message", (bytes) => received.accept(bytes));
  return { port: socket.address().port, received, socket };
}

function nextOf<Message extends { readonly type: string }, Type extends Message["type"]>(
  thread: WorkerThread<never, Message>,
  type: Type,
): Promise<Message & { readonly type: Type }> {
  return new Promise((resolve, reject) => {
    thread.exited.then(() => reject(new Error("the thread ended")), reject);
    thread.onMessage((message) => {
      if (message.type === type) resolve(message as Message & { type: Type });
    });
  });
}

async function startThreads(folder: string, port: number) {
  const [journalEnd, linkEnd] = messagePortPair();
  const journal = startWorker<ToJournal, FromJournal>(
    new URL("../../src/journal/journal-worker.ts", import.meta.url),
    {
      settings: {
        dataFolder: folder,
        keysFolder: folder,
        stream: 1,
        batch: { maxAgeMs: 50, lingerMs: 2, maxSamples: 8192, maxBytes: 64_000 },
        retentionMs: 3_600_000,
        maximumBytes: 1e9,
        maximumBlockBytes: 281_600,
        logLevel: "fatal",
      },
      tags: encodeTags([
        { path: "a", dataType: "FLOAT32", unit: "", description: "", device: "plc", maximumSilenceMs: 0 },
      ]),
      link: journalEnd,
    } satisfies JournalWorkerInput,
    "journal",
    { transfer: [journalEnd] },
  );
  onTestFinished(() => journal.stop());
  const { journalPath, journalEpoch, sealingEpoch, directory, unsent, sentHead } = await nextOf(journal, "ready");
  const settings: LinkSettings = {
    stream: 1,
    destination: { host: "127.0.0.1", port },
    linkRate: 200e6,
    limits: { maxSymbolBytes: 1408, redundancyPercent: 25 },
    spreadMs: 40,
    secondPass: { afterMs: 60_000, rate: 20e6 },
    heartbeatMs: 250,
    keysFolder: folder,
    logLevel: "fatal",
    journalPath,
    journalEpoch,
    sealingEpoch,
    directory,
    unsent,
    sentHead,
  };
  const link = startWorker<ToLink, FromLink>(
    new URL("../../src/egress/link-worker.ts", import.meta.url),
    { settings, journal: linkEnd } satisfies LinkWorkerInput,
    "link",
    { transfer: [linkEnd] },
  );
  onTestFinished(() => link.stop());
  const drain = async () => {
    const drained = nextOf(link, "drained");
    journal.post({ type: "drain" });
    return (await drained).headSequence;
  };
  const stop = async () => {
    expect(await journal.finish({ type: "stop" }, systemClock, 60_000)).toBe("finished");
    expect(await link.finish({ type: "stop" }, systemClock, 60_000)).toBe("finished");
  };
  return { journal, link, ready: { journalEpoch, sealingEpoch, unsent, sentHead }, drain, stop };
}

describe("journal and link threads", () => {
  it("carry every reported sample over the link, and go on where they stopped", async () => {
    const folder = temporaryFolder();
    loadOrCreateStationKeys(folder, randomBytes, 0);
    const { port, received } = await listen(openingKeysOf(loadSealingKeys(folder)));
    const reported: SampleColumns[] = [];
    const report = (threads: { journal: WorkerThread<ToJournal, FromJournal> }, scans: number, tags: number) => {
      for (let scan = 0; scan < scans; scan++) {
        const columns = columnsOf(tags, 1 + reported.length, 1_795_420_800_000_000 + reported.length);
        reported.push(columns);
        threads.journal.post({ type: "columns", columns, channel: "plc", complete: true });
      }
    };
    const rowsOf = (parts: readonly SampleColumns[]) =>
      parts.flatMap((columns) => Array.from({ length: columns.count }, (_, row) => sampleAt(columns, row)));
    const arrived = () => {
      const data = received.blocks.filter(({ batch }) => batch.kind === "data").sort((a, b) => a.sequence - b.sequence);
      return rowsOf(data.map(({ batch }) => (batch as { samples: SampleColumns }).samples));
    };

    const first = await startThreads(folder, port);
    report(first, 30, 700);
    const headAfterFirst = await first.drain();
    await expect.poll(arrived).toEqual(rowsOf(reported));
    await expect.poll(() => received.batches("heartbeat").at(-1)).toMatchObject({ headSequence: headAfterFirst });
    await first.stop();

    const second = await startThreads(folder, port);
    expect(second.ready.journalEpoch).toBe(first.ready.journalEpoch);
    expect(second.ready.sealingEpoch).toBeGreaterThan(first.ready.sealingEpoch);
    expect(second.ready.sentHead.sequence).toBe(headAfterFirst);
    expect(second.ready.unsent).toEqual([]);
    report(second, 5, 100);
    expect(await second.drain()).toBeGreaterThan(headAfterFirst);
    await expect.poll(arrived).toEqual(rowsOf(reported));
    const sequences = received.blocks.filter(({ stream }) => stream === 1).map(({ sequence }) => sequence);
    expect(new Set(sequences).size).toBe(sequences.length);
    await second.stop();
  });

  it("a mutated journal ends the thread with what is wrong and what to do", async () => {
    const folder = temporaryFolder();
    loadOrCreateStationKeys(folder, randomBytes, 0);
    const { port } = await listen(openingKeysOf(loadSealingKeys(folder)));
    const threads = await startThreads(folder, port);
    await threads.stop();
    const { openDatabase } = await import("@nonreturn/station");
    const database = openDatabase(join(folder, "journal.db"), { durability: "full" });
    database.exec("UPDATE head SET hash = zeroblob(32)");
    database.close();
    await expect(startThreads(folder, port)).rejects.toMatchObject({ code: "JOURNAL_MUTATED" });
  });
});
