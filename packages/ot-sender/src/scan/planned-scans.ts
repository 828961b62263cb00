/** Shows what each device would be asked.
 *  device settings → [planned scans] → check report */
import type { Clock, Log } from "@nonreturn/station";
import { channelsOf } from "./build-channels.ts";
import type { DeviceSettings } from "./device-settings.ts";
import { atOnce } from "./in-turns.ts";
import { type PlannedDevice, planChannel } from "./plan-channel.ts";

/** One scan class of one unit as it would be read, or a device that delivers by itself. */
export interface PlannedScan {
  readonly device: string;
  readonly unit: string;
  readonly tags: number;
  readonly reading: { readonly periodMs: number; readonly requests: number } | "as it comes";
}

/** Of enabled devices, in the order of the file; units by name, numbers in it as numbers; the fastest scan class first. No network. */
export function plannedScans(
  devices: readonly DeviceSettings[],
  surroundings: { readonly clock: Clock; readonly log: Log },
): PlannedScan[] {
  const scans = new Map<string, PlannedScan[]>();
  for (const sharing of channelsOf(devices).values())
    for (const planned of atOnce(planChannel(sharing, () => 0, surroundings)))
      scans.set(planned.name, scansOf(planned).toSorted(byUnitAndPeriod));
  return devices.flatMap(({ name }) => scans.get(name) ?? []);
}

function scansOf(planned: PlannedDevice): PlannedScan[] {
  const { name: device } = planned;
  if (planned.kind === "subscribing")
    return planned.units.map(({ name, tags }) => ({ device, unit: name, tags, reading: "as it comes" }));
  return planned.units.flatMap(({ name: unit, groups }) =>
    groups.map(({ periodMs, plan: { tagIds, requests } }) => ({
      device,
      unit,
      tags: tagIds.length,
      reading: { periodMs, requests: requests.length },
    })),
  );
}

function byUnitAndPeriod(a: PlannedScan, b: PlannedScan): number {
  return a.unit.localeCompare(b.unit, "en", { numeric: true }) || periodOf(a) - periodOf(b);
}

function periodOf({ reading }: PlannedScan): number {
  return reading === "as it comes" ? 0 : reading.periodMs;
}
