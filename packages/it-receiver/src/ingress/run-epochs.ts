/** The highest run epoch of each key generation, kept over restarts: what is older is never admitted again.
 *  admit → [run epochs] → run-epochs.json */
import { existsSync, readFileSync } from "node:fs";
import { StationError, writeFileDurably } from "@nonreturn/station";
import { z } from "zod";

export const RUN_EPOCH_FILE = "run-epochs.json";

const fileFormat = z.strictObject({
  format: z.literal("nonreturn-run-epochs/1"),
  generations: z.record(z.string().regex(/^\d{1,5}$/), z.int().min(0).max(0xffff_ffff)),
});

/** @throws {StationError} EPOCH_FILE if it cannot be read: starting without it could admit a recording of the link. */
export function readRunEpochs(path: string): Map<number, number> {
  if (!existsSync(path)) return new Map();
  try {
    const { generations } = fileFormat.parse(JSON.parse(readFileSync(path, "utf8")));
    return new Map(Object.entries(generations).map(([generation, epoch]) => [Number(generation), epoch]));
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

/** On disk when it returns. @throws the file system's errors. */
export function writeRunEpochs(path: string, epochs: ReadonlyMap<number, number>): void {
  const generations = Object.fromEntries([...epochs].map(([generation, epoch]) => [String(generation), epoch]));
  writeFileDurably(path, `${JSON.stringify({ format: "nonreturn-run-epochs/1", generations })}\n`, { mode: 0o600 });
}
