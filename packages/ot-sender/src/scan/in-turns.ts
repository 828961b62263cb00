/** Does long work piece by piece, with turns of the event loop between: scans that are due meanwhile wait for a piece, not for all of it.
 *  scan change → [in turns] → build channels, take tags over */

/** Work on many tags. Yields how many it has dealt with since the last time. */
export type Pieces<Result> = Generator<number, Result>;

/** A piece of work that has no natural one. */
export const TAGS_PER_PIECE = 500;

/** 5 to 15 ms. */
export const TAGS_PER_TURN = 1500;

/** How the event loop is shared. */
export interface Turns {
  /** A turn ends with the piece that completes so many: TAGS_PER_TURN. */
  readonly tags: number;
  /** Resolves with the next turn of the event loop. */
  next(): Promise<void>;
}

/**
 * @param isStopped  asked after every turn.
 * @returns "stopped" if it did not come to its end. Rejects with what the work throws.
 */
export async function inTurns<Result>(
  work: Pieces<Result>,
  turns: Turns,
  isStopped: () => boolean,
): Promise<{ readonly result: Result } | "stopped"> {
  let done = 0;
  for (let step = work.next(); ; step = work.next()) {
    if (step.done === true) return { result: step.value };
    done += step.value;
    if (done < turns.tags) continue;
    done = 0;
    await turns.next();
    if (isStopped()) return "stopped";
  }
}

/** The same work at a stretch: where nothing is scanned yet. */
export function atOnce<Result>(work: Pieces<Result>): Result {
  for (let step = work.next(); ; step = work.next()) if (step.done === true) return step.value;
}
