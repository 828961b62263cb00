/** `nonreturn-ot check`: what a configuration means, without touching a device or the link.
 *  OT station config → [check report] → lines for a person */
import type { Clock, Log } from "@nonreturn/station";
import { plural, writeByteSize, writeDataRate, writeDuration } from "@nonreturn/station";
import { channelNameOf } from "../scan/build-channels.ts";
import { type PlannedScan, plannedScans } from "../scan/planned-scans.ts";
import type { TagSettings } from "../tag/tag-settings.ts";
import type { OtStationConfig } from "./ot-station-config.ts";

export interface LiveEstimate {
  readonly tags: number;
  /** If every tag changed beyond its deadband with every scan. */
  readonly samplesPerSecondAtMost: number;
  /** If nothing changed: maximum silence alone. */
  readonly samplesPerSecondAtLeast: number;
}

type Changing = Pick<TagSettings, "path" | "scanPeriodMs" | "maximumSilenceMs">;

/** Enabled tags of enabled devices, and what is calculated of them. */
export function estimateLive({ devices, calculated }: OtStationConfig): LiveEstimate {
  const perSecond = (periodMs: number): number => (periodMs === 0 ? 0 : 1000 / periodMs);
  const read: Changing[] = devices
    .filter(({ enabled }) => enabled)
    .flatMap((device) => device.tags.filter(({ enabled }) => enabled));
  const rates = new Map(read.map(({ path, scanPeriodMs }) => [path, perSecond(scanPeriodMs)]));
  const tags = [...read];
  // Calculated with every scan that has one of its inputs. Each comes after its inputs.
  for (const { path, enabled, inputs, maximumSilenceMs } of calculated) {
    const rate = enabled ? [...inputs.values()].reduce((sum, input) => sum + (rates.get(input) ?? 0), 0) : 0;
    if (rate === 0) continue;
    rates.set(path, rate);
    tags.push({ path, scanPeriodMs: 1000 / rate, maximumSilenceMs });
  }
  return {
    tags: tags.length,
    samplesPerSecondAtMost: tags.reduce((sum, tag) => sum + perSecond(tag.scanPeriodMs), 0),
    samplesPerSecondAtLeast: tags.reduce(
      (sum, tag) =>
        sum + perSecond(Math.max(tag.scanPeriodMs, tag.maximumSilenceMs) * (tag.maximumSilenceMs === 0 ? 0 : 1)),
      0,
    ),
  };
}

/**
 * Lines about station, link and devices.
 *
 * @param linkBudget  lines about what the link carries of it; throws a StationError if live data and passes exceed the rate.
 */
export function checkReport(
  config: OtStationConfig,
  surroundings: { readonly clock: Clock; readonly log: Log },
  linkBudget: (config: OtStationConfig, estimate: LiveEstimate) => readonly string[] = () => [],
): string[] {
  const { station, link, devices, dataFolder, keysFolder, journal } = config;
  const estimate = estimateLive(config);
  const enabled = devices.filter((device) => device.enabled);
  const second =
    link.secondPass === undefined
      ? "no second pass"
      : `second pass after ${writeDuration(link.secondPass.afterMs)} at ${writeDataRate(link.secondPass.rate)}/s`;
  return [
    `station   ${station.name} (${station.mode}), data in ${dataFolder}, keys in ${keysFolder}`,
    `journal   ${writeDuration(journal.retentionMs)} or ${writeByteSize(journal.maximumBytes)}, whichever is less`,
    `link      stream ${link.stream} to ${link.destination.host} port ${link.destination.port}, ${writeDataRate(link.rate)}/s, symbols of ${link.maxSymbolBytes} bytes, ${link.redundancyPercent} % redundancy over ${writeDuration(link.spreadMs)}, ${second}`,
    `devices   ${enabled.length} on ${plural(new Set(enabled.map(channelNameOf)).size, "channel")}, ${plural(estimate.tags, "tag")}${devices.length === enabled.length ? "" : `; ${plural(devices.length - enabled.length, "device")} disabled`}`,
    ...alarmLines(config),
    `samples   ${rounded(estimate.samplesPerSecondAtLeast)}/s if nothing changes, at most ${rounded(estimate.samplesPerSecondAtMost)}/s`,
    ...plannedScans(enabled, surroundings).map(scanLine),
    ...linkBudget(config, estimate),
  ];
}

function scanLine({ device, unit, tags, reading }: PlannedScan): string {
  return reading === "as it comes"
    ? `subscribe ${device}, ${unit}: ${plural(tags, "tag")}, asked for once per connection, then as they come`
    : `scan      ${device}, ${unit}, every ${writeDuration(reading.periodMs)}: ${plural(tags, "tag")} in ${plural(reading.requests, "request")}`;
}

/** Of enabled tags; none where there are none. */
function alarmLines({ devices, calculated }: OtStationConfig): string[] {
  const read = devices.filter(({ enabled }) => enabled).flatMap((device) => device.tags);
  const alarmed = [...read, ...calculated].filter(({ enabled, alarms }) => enabled && alarms !== undefined);
  const count = alarmed.reduce((sum, { alarms }) => sum + (alarms?.length ?? 0), 0);
  return count === 0 ? [] : [`alarms    ${count} on ${plural(alarmed.length, "tag")}`];
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(3)));
}
