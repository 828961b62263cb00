/** Says at most once a minute what one publisher had to drop.
 *  runner → [drop warning] → log */
import type { Clock, Log } from "@nonreturn/station";
import type { RetentionGap } from "./progress.ts";

const WARN_EVERY_MS = 60_000;

export class DropWarning {
  readonly #publisher: string;
  readonly #clock: Clock;
  readonly #log: Log;
  #warnedMs = Number.NEGATIVE_INFINITY;
  #blocks = 0;
  #samples = 0;

  constructor(publisher: string, clock: Clock, log: Log) {
    this.#publisher = publisher;
    this.#clock = clock;
    this.#log = log;
  }

  /** What is not said now is counted and said with the next. */
  dropped(gaps: readonly RetentionGap[]): void {
    for (const { blocks = 0, samples = 0 } of gaps) {
      this.#blocks += blocks;
      this.#samples += samples;
    }
    if (gaps.length === 0 || this.#clock.monotonicMs() - this.#warnedMs < WARN_EVERY_MS) return;
    this.#warnedMs = this.#clock.monotonicMs();
    this.#log.warn(
      { publisher: this.#publisher, blocks: this.#blocks, samples: this.#samples, gaps },
      "the backlog is beyond backlogFor or backlogSize: the oldest blocks are dropped for this publisher, as a named gap",
    );
    this.#blocks = 0;
    this.#samples = 0;
  }
}
