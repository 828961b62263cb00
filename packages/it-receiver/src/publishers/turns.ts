/** Work that goes on for long takes turns: one piece of it per turn of the event loop, and what waits on this thread, live samples above all, comes between.
 *  runners, look-aheads → [turns] → event loop */
import type { Clock } from "@nonreturn/station/thread";

/** Processor time of a piece, about. */
const TURN_MS = 5;
const LEAST_SAMPLES = 256;

export interface TurnSurroundings {
  readonly clock: Pick<Clock, "monotonicMs">;
  /** Calls back in a later turn of the event loop. Two that are asked for together run one right after the other, settled promises between them. */
  readonly soon: (callback: () => void) => void;
  /** Processor time of this thread so far: unlike a clock it does not say that work is long because others load the machine. */
  readonly busyMs: () => number;
}

interface Turn {
  readonly begin: () => void;
  readonly over: (tookMs: number) => void;
}

/** One for all publishers of a thread. */
export class Turns {
  readonly #soon: TurnSurroundings["soon"];
  readonly #clock: TurnSurroundings["clock"];
  readonly #busyMs: () => number;
  readonly #first: Turn[] = [];
  readonly #waiting: Turn[] = [];
  #given: Turn | undefined;

  constructor({ clock, soon, busyMs }: TurnSurroundings) {
    this.#clock = clock;
    this.#soon = soon;
    this.#busyMs = busyMs;
  }

  /**
   * Resolves in a turn of its own: in the order of asking, but those who have caught up before those who are behind.
   *
   * @param over  told how much processor time passed until everything that went on from here had to wait.
   */
  next(who: "caught up" | "behind", over: (tookMs: number) => void = () => undefined): Promise<void> {
    return new Promise((resolve) => {
      const turn = { begin: resolve, over };
      if (who === "behind") this.#waiting.push(turn);
      else this.#first.push(turn);
      if (this.#given === undefined) this.#give();
    });
  }

  /** @returns whether a piece of work that begins now has taken its time. */
  piece(): () => boolean {
    const [atMs, begunMs] = [this.#clock.monotonicMs(), this.#busyMs()];
    // The clock first: asking it costs less, and processor time is never more.
    return () => this.#clock.monotonicMs() - atMs >= TURN_MS && this.#busyMs() - begunMs >= TURN_MS;
  }

  #give(): void {
    const turn = this.#first.shift() ?? this.#waiting.shift();
    this.#given = turn;
    if (turn === undefined) return;
    let begunMs = 0;
    this.#soon(() => {
      begunMs = this.#busyMs();
      turn.begin();
    });
    this.#soon(() => {
      turn.over(this.#busyMs() - begunMs);
      this.#give();
    });
  }
}

/** How many samples a publisher that is behind gets in one turn: as many as it can make its messages or rows of without keeping others waiting. */
export class TurnPace {
  readonly #most: number;
  #samples: number;

  /** @param most  samples of a full batch */
  constructor(most: number) {
    this.#most = most;
    this.#samples = most;
  }

  get samples(): number {
    return this.#samples;
  }

  /** A batch was cut and given to the publisher in one turn, which took so long. Those that wait for an answer first take nearly nothing of it. */
  took(tookMs: number): void {
    if (tookMs > TURN_MS * 2) this.#samples = Math.max(Math.min(LEAST_SAMPLES, this.#most), this.#samples / 2);
    else if (tookMs < TURN_MS) this.#samples = Math.min(this.#most, this.#samples * 2);
  }
}
