/** Rows of a call that are not sent, each with its reason: larger than any payload, or of a device that cannot be born.
 *  edge node → [refused rows] → Sparkplug publisher */
import type { ToldRange } from "../../publisher.ts";

export class RefusedRows {
  readonly #ranges: ToldRange[] = [];

  /** Rows come in order. joined: one record with the row before it, if that is refused for the same. */
  add(row: number, reason: string, how: "alone" | "joined" = "alone"): void {
    const last = this.#ranges.at(-1);
    if (how === "joined" && last?.end === row && last.reason === reason)
      this.#ranges.splice(-1, 1, { ...last, end: row + 1 });
    else this.#ranges.push({ first: row, end: row + 1, reason });
  }

  /** Ascending. */
  get ranges(): readonly ToldRange[] {
    return this.#ranges;
  }
}
