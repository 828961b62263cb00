/** Notices a unit that does not answer, and keeps it from taking the channel's time from the others.
 *  polling channel → [unit liveness] → polling channel */
import { type SampleColumns, StatusCode } from "@nonreturn/wire-format";

/** A dead unit on a shared channel may cost this share of its time. */
const SHARE = 0.05;

/** Every tag of a unit has one of these when nobody answered for it. */
const NOBODY_ANSWERED: ReadonlySet<number> = new Set([StatusCode.BadTimeout, StatusCode.BadNoCommunication]);

export class UnitLiveness {
  readonly name: string;
  /** Alone: nobody else waits for the channel, so it is asked with every scan. */
  readonly #channel: "shared" | "alone";
  #statusCode: number = StatusCode.Good;
  #silentReads = 0;
  #askAgainMs = 0;

  constructor(name: string, channel: "shared" | "alone") {
    this.name = name;
    this.#channel = channel;
  }

  get isSilent(): boolean {
    return this.#statusCode !== StatusCode.Good;
  }

  /** What its tags are while it is not asked; Good unless it is silent. */
  get statusCode(): number {
    return this.#statusCode;
  }

  /** Reads in a row that timed out altogether. A gateway's "target does not respond" is an answer of the connection, and does not count. */
  get silentReads(): number {
    return this.#silentReads;
  }

  mayBeAsked(nowMs: number): boolean {
    return !this.isSilent || nowMs >= this.#askAgainMs;
  }

  /** @param columns  one read; @param refused  how many of them the plan refused without asking; @param tookMs  how long the channel was busy with it. */
  observe({ count, statusCodes }: SampleColumns, refused: number, tookMs: number, nowMs: number): void {
    if (count === refused) return; // nothing was asked: nothing is known
    const codes = statusCodes.subarray(0, count);
    let answered = 0;
    for (const code of codes)
      if (!NOBODY_ANSWERED.has(code) && ++answered > refused) {
        this.forget();
        return;
      }
    const unanswered = codes.filter((code) => NOBODY_ANSWERED.has(code));
    this.#statusCode = unanswered[0] ?? StatusCode.BadNoCommunication;
    this.#silentReads = unanswered.every((code) => code === StatusCode.BadTimeout) ? this.#silentReads + 1 : 0;
    // took / (took + wait) = SHARE
    this.#askAgainMs = this.#channel === "alone" ? nowMs : nowMs + tookMs * (1 / SHARE - 1);
  }

  /** It answered, or the connection is new. */
  forget(): void {
    this.#statusCode = StatusCode.Good;
    this.#silentReads = 0;
    this.#askAgainMs = 0;
  }
}
