/** The sealing epoch: rises at every start, and whenever the wall clock jumps, so that no block identity is ever given twice.
 *  [epoch store] → journal, link */
import { existsSync, readFileSync } from "node:fs";
import { type Clock, StationError, writeFileDurably } from "@nonreturn/station/thread";

/** A wall clock that moved this much against the monotonic one was set, or the machine was restored. */
const CLOCK_STEP_MS = 2000;

const MAXIMUM_EPOCH = 0xffff_ffff;

/**
 * Open the next epoch: max(stored + 1, ⌊unix seconds / 60⌋, `floor`), on disk before it is returned (write, fsync, rename, folder fsync).
 *
 * @param floor  the pairing's epoch floor: below it receivers refuse every block.
 * @throws {StationError} EPOCH_FILE if the file is damaged, full or cannot be written: starting without it could repeat an epoch.
 */
export function openNextEpoch(path: string, clock: Clock, floor: number): number {
  const stored = readEpoch(path);
  const minutes = Math.floor(clock.nowUtcMicros() / 60_000_000);
  const epoch = Math.max((stored ?? 0) + 1, minutes, floor);
  if (epoch > MAXIMUM_EPOCH) {
    throw new StationError({
      code: "EPOCH_FILE",
      what: `the next sealing epoch ${epoch} does not fit 32 bits`,
      where: path,
      action: "Set the machine's clock; if it was years ahead before, make new keys and pair again.",
    });
  }
  try {
    writeFileDurably(path, `${epoch}\n`, { mode: 0o600 });
  } catch (cause) {
    throw new StationError(
      {
        code: "EPOCH_FILE",
        what: `the sealing epoch cannot be written (${cause instanceof Error ? cause.message : String(cause)})`,
        where: path,
        action: "Make room on the disk and check that the station's user may write to the data folder.",
      },
      { cause },
    );
  }
  return epoch;
}

function readEpoch(path: string): number | undefined {
  if (!existsSync(path)) return undefined;
  const text = readFileSync(path, "utf8").trim();
  const epoch = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (epoch >= 0 && epoch <= MAXIMUM_EPOCH) return epoch;
  throw new StationError({
    code: "EPOCH_FILE",
    what: "the stored sealing epoch cannot be read",
    where: path,
    action:
      "Restore the file, or write into it a number above every epoch this station used (nonreturn-it verify prints the highest one received).",
  });
}

/** Tells when the wall clock was stepped since the last look. */
export class StepWatch {
  readonly #clock: Clock;
  #offsetMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offsetMs = this.#currentOffsetMs();
  }

  /** Milliseconds that the wall clock jumped by since the last call, 0 if it did not. */
  look(): number {
    const offsetMs = this.#currentOffsetMs();
    const stepMs = offsetMs - this.#offsetMs;
    this.#offsetMs = offsetMs; // slewing between two looks is no step
    return Math.abs(stepMs) > CLOCK_STEP_MS ? stepMs : 0;
  }

  #currentOffsetMs(): number {
    return this.#clock.nowUtcMicros() / 1000 - this.#clock.monotonicMs();
  }
}
