/** The bdSeq of an edge node's last session, kept over restarts: hosts tell a late death of a former session by it.
 *  Sparkplug publisher → [bdSeq file] → sparkplug-NAME.json */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileDurably } from "@nonreturn/station/thread";

const FORMAT = "nonreturn-sparkplug/1";

export function bdSeqPath(dataFolder: string, publisher: string): string {
  return join(dataFolder, `sparkplug-${publisher}.json`);
}

/** @returns undefined if there was no session yet. @throws the file system's errors; RangeError for anything but what `writeBdSeq` writes. */
export function readBdSeq(path: string): number | undefined {
  if (!existsSync(path)) return undefined;
  const { format, bdSeq } = (JSON.parse(readFileSync(path, "utf8")) ?? {}) as { format?: unknown; bdSeq?: unknown };
  if (format !== FORMAT || typeof bdSeq !== "number" || !Number.isInteger(bdSeq) || bdSeq < 0 || bdSeq > 255)
    throw new RangeError(`not a file of format ${FORMAT}`);
  return bdSeq;
}

/** On disk when it returns. @throws the file system's errors. */
export function writeBdSeq(path: string, bdSeq: number): void {
  writeFileDurably(path, `${JSON.stringify({ format: FORMAT, bdSeq })}\n`, { mode: 0o600 });
}
