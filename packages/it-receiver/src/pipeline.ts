/** The IT station as a line.
 *
 *            intake thread                    record thread                          publishers thread
 *            ┌───────────────────────┐        ┌───────────────────────────────┐      ┌─────────────────────────────┐
 *  ║ diode ║─┤ UDP → admit → assemble├───────▶│ open → order → record (fsync) ├─────▶│ one loop per publisher:     ├──▶ MQTT
 *            │ never waits for a disk│ blocks │ ledger, gaps, link watch      │ news │ read the store, publish     ├──▶ SQL
 *            └───────────────────────┘        └───────────────┬───────────────┘      └──────────────▲──────────────┘
 *                                                             └────────── store.db ─────────────────┘
 *
 *  Nothing here can send to the link. */
import {
  type Clock,
  type FigureSnapshot,
  type Figures,
  type HostPort,
  type Log,
  plural,
  stopThreads,
  type WorkerThread,
} from "@nonreturn/station";
import type { FromIntake, ToIntake } from "./ingress/intake-port.ts";
import type { FromPublishers, ToPublishers } from "./publishers/publishers-port.ts";
import type { FromRecord, RecordState, ToRecord } from "./record/record-port.ts";

type IntakeThread = WorkerThread<ToIntake, FromIntake>;
type RecordThread = WorkerThread<ToRecord, FromRecord>;
type PublishersThread = WorkerThread<ToPublishers, FromPublishers>;
type PublisherStatuses = (FromPublishers & { type: "figures" })["publishers"];

/** What `compose.ts` injects. Each thread starts once the one behind it in the line is ready for its data. */
export interface PipelineSurroundings {
  readonly clock: Clock;
  readonly log: Log;
  startRecord(): RecordThread;
  startPublishers(): PublishersThread;
  startIntake(): IntakeThread;
  readonly figures: {
    readonly intake: Figures;
    readonly record: Figures;
    readonly publishers: Figures;
  };
}

export interface PipelineStatus {
  readonly listening: HostPort;
  readonly record: RecordState | undefined;
  readonly publishers: PublisherStatuses;
  readonly figures: FigureSnapshot;
  readonly alarms: readonly string[];
}

export interface Drained {
  /** Blocks named as missing. */
  readonly missing: number;
  readonly outcome: "complete" | "timeout";
}

export interface Pipeline {
  status(): PipelineStatus;
  /** Record what has arrived, then wait, for half a minute at most, until every publisher has published all of it. */
  drain(): Promise<Drained>;
  /** In the order of the data. Idempotent. */
  stop(): Promise<void>;
  /** Rejects when a thread died. */
  readonly failed: Promise<never>;
}

const DRAIN_MS = 30_000;

export async function startPipeline(surroundings: PipelineSurroundings, signal: AbortSignal): Promise<Pipeline> {
  const { clock, log, figures } = surroundings;
  let recordState: RecordState | undefined;
  let publisherStatuses: PublisherStatuses = [];
  let onFlushed: ((message: FromRecord & { type: "flushed" }) => void) | undefined;
  let onDrained: ((outcome: Drained["outcome"]) => void) | undefined;
  const started: { stop(): Promise<void> }[] = [];
  const begin = <Thread extends { stop(): Promise<void> }>(thread: Thread): Thread => {
    started.push(thread);
    return thread;
  };

  try {
    const record = begin(surroundings.startRecord());
    await readyOf(record, signal, (ready) =>
      record.onMessage((message) => {
        if (message.type === "ready") ready();
        else if (message.type === "state") recordState = message.state;
        else if (message.type === "figures") figures.record.absorb(message.figures);
        else onFlushed?.(message);
      }),
    );
    const publishers = begin(surroundings.startPublishers());
    await readyOf(publishers, signal, (ready) =>
      publishers.onMessage((message) => {
        if (message.type === "ready") ready();
        else if (message.type === "drained") onDrained?.(message.outcome);
        else {
          publisherStatuses = message.publishers;
          figures.publishers.absorb(message.snapshot);
        }
      }),
    );
    const intake = begin(surroundings.startIntake());
    let listening: HostPort = { host: "", port: 0 };
    await readyOf(intake, signal, (ready) =>
      intake.onMessage((message) => {
        if (message.type === "figures") figures.intake.absorb(message.figures);
        else {
          listening = message.address;
          ready();
        }
      }),
    );

    let stopping: Promise<void> | undefined;
    const failed = Promise.race([intake.exited, record.exited, publishers.exited]).then((): never => {
      if (stopping !== undefined) return new Promise<never>(() => undefined) as never;
      throw new Error("a thread ended by itself");
    });
    failed.catch(() => undefined);
    return {
      failed,
      status: () => ({
        listening,
        record: recordState,
        publishers: publisherStatuses,
        figures: {
          ...figures.intake.snapshot("intake_"),
          ...figures.record.snapshot("record_"),
          ...figures.publishers.snapshot(),
        },
        alarms: alarmsOf(recordState, publisherStatuses),
      }),
      async drain() {
        const flushed = await new Promise<FromRecord & { type: "flushed" }>((resolve) => {
          onFlushed = resolve;
          record.post({ type: "flush" });
        });
        const outcome = await new Promise<Drained["outcome"]>((resolve) => {
          onDrained = resolve;
          publishers.post({ type: "drain", timeoutMs: DRAIN_MS });
        });
        return { missing: flushed.missing, outcome };
      },
      stop() {
        stopping ??= stopThreads([intake, record, publishers], clock, log);
        return stopping;
      },
    };
  } catch (error) {
    for (const thread of started) await thread.stop();
    throw error;
  }
}

function readyOf(
  thread: { readonly exited: Promise<void> },
  signal: AbortSignal,
  listen: (ready: () => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    thread.exited.then(() => reject(new Error("a thread ended while starting")), reject);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    listen(resolve);
  });
}

function alarmsOf(record: RecordState | undefined, publishers: PublisherStatuses): string[] {
  const alarms: string[] = [];
  if (record === undefined) return alarms;
  if (record.alarm !== "") alarms.push(`blocks cannot be recorded: ${record.alarm}`);
  if (record.link.state === "silent")
    alarms.push(`the link has been silent for ${Math.round(record.link.silentForMs / 1000)} s`);
  if (record.gaps.open > 0)
    alarms.push(`${plural(record.gaps.openBlocks, "block")} missing in ${plural(record.gaps.open, "gap")}`);
  if (record.forks > 0)
    alarms.push(`${plural(record.forks, "fork")} of the chain (a cloned or rolled-back OT station)`);
  for (const { name, state, reason } of publishers)
    if (reason !== "") alarms.push(`publisher ${name} is ${state}: ${reason}`);
  return alarms;
}
