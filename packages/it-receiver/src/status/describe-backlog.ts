/** What one publisher has before it and what it will never get, in lines of `nonreturn-it status`.
 *  status → [describe backlog] → terminal */
import { grouped } from "@nonreturn/station";
import type { RunnerStatus } from "../publishers/runner-status.ts";

const REASONS = {
  store: "removed from the store",
  age: "older than backlogFor",
  size: "beyond backlogSize",
} as const;

/** No line for what there is none of. */
export function describeBacklog({ backlog, progress, latestGap }: RunnerStatus): string[] {
  const lines: string[] = [];
  const blocks = backlog.live.blocks + backlog.late.blocks;
  if (blocks > 0)
    lines.push(
      `             behind by ${grouped(blocks, "block")} (${grouped(backlog.live.bytes + backlog.late.bytes, "byte")})`,
    );
  if (progress !== undefined && progress.quarantined > 0) {
    const what = progress.quarantinedRows === 1 ? "sample or alarm event" : "samples or alarm events";
    const rows = `${progress.quarantinedRows.toLocaleString("en-US")} ${what} of ${grouped(progress.quarantined, "block")}`;
    lines.push(`             set aside: ${rows}; see nonreturn-it quarantine`);
  }
  if (progress === undefined || latestGap === undefined) return lines;
  const dropped = `${grouped(progress.droppedBlocks, "block")}, ${grouped(progress.droppedSamples, "sample")} dropped`;
  const { lane, firstPosition, lastPosition, reason, sealedFrom, sealedTo } = latestGap;
  const times =
    sealedFrom === undefined || sealedTo === undefined ? "" : `, sealed ${iso(sealedFrom)} to ${iso(sealedTo)}`;
  const latest = `${lane} positions ${firstPosition} to ${lastPosition}, ${REASONS[reason]}${times}`;
  lines.push(`             never published: ${grouped(progress.gaps, "gap")}, ${dropped}; the latest: ${latest}`);
  return lines;
}

function iso(micros: number): string {
  return new Date(micros / 1000).toISOString();
}
