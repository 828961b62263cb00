/** The calls of one publisher, each with a deadline. An object that hung is thrown away and a new one made.
 *  runner → [publisher calls] → publisher */
import type { Clock, Log } from "@nonreturn/station/thread";
import type { MovedOn, Publisher } from "./publisher.ts";
import type { RunnerSettings, RunnerSurroundings } from "./runner-settings.ts";
import { PUBLISHER_HUNG, withDeadline } from "./with-deadline.ts";

/** How long a call may go on after the station asked it to stop, and then closing: together less than the 5 s after which the thread is ended. */
const GRACE_MS = 1000;
const CLOSE_MS = 3000;

export class PublisherCalls {
  readonly #settings: RunnerSettings;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #create: () => Publisher;
  #publisher: Publisher;
  #toldByHung = 0;
  #moves = 0;

  constructor(settings: RunnerSettings, { clock, log, create }: RunnerSurroundings) {
    this.#settings = settings;
    this.#clock = clock;
    this.#log = log;
    this.#create = create;
    this.#publisher = create();
  }

  /** The one that the next call goes to. */
  get publisher(): Publisher {
    return this.#publisher;
  }

  /** Of all objects that there were. */
  get eventsTold(): number | undefined {
    const { eventsTold } = this.#publisher;
    return eventsTold === undefined ? undefined : eventsTold + this.#toldByHung;
  }

  /** How often a call moved on for good before its end, so far. */
  get moves(): number {
    return this.#moves;
  }

  /** @throws whatever the publisher throws; PUBLISHER_HUNG if it does not answer in time. */
  async make(
    what: string,
    signal: AbortSignal,
    operation: (publisher: Publisher, signal: AbortSignal, movedOn: MovedOn) => Promise<void> | undefined,
    deadlineMs = this.#settings.deadlineMs,
  ): Promise<void> {
    const publisher = this.#publisher;
    try {
      await withDeadline(this.#clock, what, this.#settings.name, deadlineMs, GRACE_MS, signal, async (inner, movedOn) =>
        operation(publisher, inner, (held) => {
          if (held === "for good") this.#moves++;
          movedOn();
        }),
      );
    } catch (error) {
      if (codeOf(error) === PUBLISHER_HUNG) {
        this.#toldByHung += publisher.eventsTold ?? 0;
        this.#publisher = this.#create();
        publisher.close().catch(() => undefined);
      }
      throw error;
    }
  }

  /** Never throws. */
  async close(): Promise<void> {
    try {
      await this.make("close", new AbortController().signal, (publisher) => publisher.close(), CLOSE_MS);
    } catch (error) {
      this.#log.warn({ err: error, publisher: this.#settings.name }, "publisher did not close well");
    }
  }
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null | undefined)?.code;
}
