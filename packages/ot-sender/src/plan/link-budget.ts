/** What `check` says about the link: whether it carries the configured plant, at most and at least.
 *  OT station config → [link budget] → check report */
import { independentLoss } from "@nonreturn/wire-format";
import type { LiveEstimate } from "../config/check-report.ts";
import type { OtStationConfig } from "../config/ot-station-config.ts";
import { planLink, rounded } from "./link-plan.ts";

/** Sealed bytes a plant-like sample takes; measured 3.4 … 3.6 plus the block's own 240. */
const BYTES_PER_SAMPLE = 4;
/** Heartbeats, status, refresh and directory repeats. */
const RESERVED_PERCENT = 10;

/**
 * @throws {StationError} PLAN_LINK_RATE if live data and its second pass exceed the link even if every tag changes with every scan:
 *   such a configuration would send late for ever.
 */
export function linkBudget(config: OtStationConfig, estimate: LiveEstimate): string[] {
  const { link, batch } = config;
  const plan = planLink({
    channel: independentLoss(0.01),
    linkRate: link.rate,
    samplesPerSecond: Math.max(1, estimate.samplesPerSecondAtMost),
    bytesPerSample: BYTES_PER_SAMPLE,
    batchAgeMs: batch.maxAgeMs,
    maxBlockBytes: batch.maxBytes,
    maxSymbolBytes: link.maxSymbolBytes,
    redundancyPercent: link.redundancyPercent,
    spreadMs: link.spreadMs,
    secondPassAfterMs: link.secondPass?.afterMs,
    reservedPercent: RESERVED_PERCENT,
  });
  const { live, secondPass, percentOfLinkUsed } = plan;
  const lines = [
    `budget    at most ${rounded(live.bitsPerSecond)} live${secondPass === undefined ? "" : ` + ${rounded(secondPass.bitsPerSecond)} second pass`} of ${rounded(link.rate)}: ${percentOfLinkUsed.toFixed(1)} % with reserve`,
  ];
  if (secondPass !== undefined && link.secondPass !== undefined && link.secondPass.rate < secondPass.bitsPerSecond)
    lines.push(
      `WARNING   the second pass may take ${rounded(link.secondPass.rate)}, but would need ${rounded(secondPass.bitsPerSecond)} if every tag changed with every scan`,
    );
  return lines;
}
