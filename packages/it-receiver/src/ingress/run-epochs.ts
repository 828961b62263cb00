/** The highest run epoch of each key generation, kept over restarts: what is older is never admitted again.
 *  admit → [run epochs] → run-epochs.json */
import { existsSync, readFileSync } from "node:fs";
import { StationError, writeFileDurably } from "@nonreturn/station/thread";

export const RUN_EPOCH_FILE = "run-epochs.json";

const FORMAT = "nonreturn-run-epochs/1";

/** @throws {StationError} EPOCH_FILE if it cannot be read: starting without it could admit a recording of the link. */
export function readRunEpochs(path: string): Map<number, number> {
  if (!existsSync(path)) return new Map();
  try {
    return epochsOf(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    throw new StationError(
      {
        code: "EPOCH_FILE",
        what: "the stored run epochs cannot be read",
        where: path,
        action: "Restore the file; or remove it, after which the next run that arrives is taken as the right one.",
      },
      { cause },
    );
  }
}

/** By hand: zod would take 6 MB of the intake thread for this one file. @throws RangeError for anything but what `writeRunEpochs` writes. */
function epochsOf(file: { readonly format?: unknown; readonly generations?: unknown } | null): Map<number, number> {
  const { format, generations, ...more } = file ?? {};
  if (format !== FORMAT || typeof generations !== "object" || generations === null || Object.keys(more).length > 0)
    throw new RangeError(`not a file of format ${FORMAT}`);
  return new Map(
    Object.entries(generations).map(([generation, epoch]: [string, unknown]) => {
      const isEpoch = typeof epoch === "number" && Number.isInteger(epoch) && epoch >= 0 && epoch <= 0xffff_ffff;
      if (!/^\d{1,5}$/.test(generation) || !isEpoch) throw new RangeError(`no run epoch of generation ${generation}`);
      return [Number(generation), epoch];
    }),
  );
}

/** On disk when it returns. @throws the file system's errors. */
export function writeRunEpochs(path: string, epochs: ReadonlyMap<number, number>): void {
  const generations = Object.fromEntries([...epochs].map(([generation, epoch]) => [String(generation), epoch]));
  writeFileDurably(path, `${JSON.stringify({ format: FORMAT, generations })}\n`, { mode: 0o600 });
}
