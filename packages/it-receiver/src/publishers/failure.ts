/** What a failed call of publish says: rows are refused for what they are, perhaps they are, or the far side cannot be reached.
 *  publisher → [failure] → runner */
import { CutOff, Refusal, Suspicion } from "./publisher.ts";

/** Everything else is tried again with the same entries. */
export function isRefusal(error: unknown): error is Refusal {
  return error instanceof Refusal;
}

/** In the place of a suspicion's kind. */
export const CUT_OFF = "cut off";

/** Of a failure that may be the rows' fault; undefined for any other. */
export function kindOfSuspicion(error: unknown): string | undefined {
  return error instanceof Suspicion ? error.kind : error instanceof CutOff ? CUT_OFF : undefined;
}

/** So often a batch fails in the same way before its rows are suspected. Each time the connection was made anew, so the far side answers. */
const TRIES_BEFORE_SEARCH = 4;

/** Failures in a row of one batch. */
export class RepeatedFailure {
  #position = -1;
  #kind = "";
  #times = 0;

  /** @param position  of the batch's first entry. @returns whether it was often enough. */
  again(position: number, kind: string): boolean {
    this.#times = position === this.#position && kind === this.#kind ? this.#times + 1 : 1;
    this.#position = position;
    this.#kind = kind;
    return this.#times >= TRIES_BEFORE_SEARCH;
  }

  forget(): void {
    this.#times = 0;
  }
}
