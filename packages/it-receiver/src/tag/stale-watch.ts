/** Decides when a link counts as silent, on the monotonic clock, even if whoever should say so has fallen silent too.
 *  record → signs of life, link state → [stale watch] → last values */
import type { Cancel, Clock } from "@nonreturn/station";

export interface StaleWatchSettings {
  /** Without a sign of life for so long the link is silent, whatever was last said about it. */
  readonly silentAfterMs: number;
}

export type LinkFreshness = "unknown" | "up" | "silent";

/**
 * `unknown` only until the first sign of life or the first time-out after the start; a station that starts on a dead link therefore turns
 * silent after `silentAfterMs`. Wall-clock steps have no influence.
 */
export class StaleWatch {
  readonly #clock: Clock;
  readonly #settings: StaleWatchSettings;
  readonly #onChange: (freshness: LinkFreshness) => void;
  #freshness: LinkFreshness = "unknown";
  #deadlineMs: number;
  #cancel: Cancel;

  constructor(clock: Clock, settings: StaleWatchSettings, onChange: (freshness: LinkFreshness) => void) {
    this.#clock = clock;
    this.#settings = settings;
    this.#onChange = onChange;
    this.#deadlineMs = clock.monotonicMs() + settings.silentAfterMs;
    this.#cancel = clock.after(settings.silentAfterMs, () => this.#look());
  }

  get freshness(): LinkFreshness {
    return this.#freshness;
  }

  /** The record step says that the link lives. */
  alive(): void {
    this.#deadlineMs = this.#clock.monotonicMs() + this.#settings.silentAfterMs;
    this.#become("up");
  }

  /** The record step noticed silence itself. */
  silent(): void {
    this.#deadlineMs = Number.POSITIVE_INFINITY;
    this.#become("silent");
  }

  close(): void {
    this.#cancel();
  }

  /** One timer, set again for what remains: a sign of life costs no timer. */
  #look(): void {
    const remainingMs = this.#deadlineMs - this.#clock.monotonicMs();
    if (remainingMs <= 0) this.silent();
    this.#cancel = this.#clock.after(Math.min(Math.max(remainingMs, 1), this.#settings.silentAfterMs), () =>
      this.#look(),
    );
  }

  #become(freshness: LinkFreshness): void {
    if (freshness === this.#freshness) return;
    this.#freshness = freshness;
    this.#onChange(freshness);
  }
}
