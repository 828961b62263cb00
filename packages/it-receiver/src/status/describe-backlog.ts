/** What one publisher has before it and what it will never get, in lines of `nonreturn-it status`.
 *  status → [describe backlog] → terminal */
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
      `             behind by ${count(blocks)} blocks (${count(backlog.live.bytes + backlog.late.bytes)} bytes)`,
    );
  if (progress !== undefined && progress.quarantined > 0) {
    const rows = `${count(progress.quarantinedRows)} samples or alarm events of ${count(progress.quarantined)} blocks`;
    lines.push(`             set aside: ${rows}; see nonreturn-it quarantine`);
  }
  if (progress === undefined || latestGap === undefined) return lines;
  const dropped = `${count(progress.droppedBlocks)} blocks, ${count(progress.droppedSamples)} samples dropped`;
  const { lane, firstPosition, lastPosition, reason, sealedFrom, sealedTo } = latestGap;
  const times =
    sealedFrom === undefined || sealedTo === undefined ? "" : `, sealed ${iso(sealedFrom)} to ${iso(sealedTo)}`;
  const latest = `${lane} positions ${firstPosition} to ${lastPosition}, ${REASONS[reason]}${times}`;
  lines.push(`             never published: ${count(progress.gaps)} gaps, ${dropped}; the latest: ${latest}`);
  return lines;
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}

function iso(micros: number): string {
  return new Date(micros / 1000).toISOString();
}
