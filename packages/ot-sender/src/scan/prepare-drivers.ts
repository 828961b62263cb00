/** Lets drivers load what they need while no device of theirs is scanned yet.
 *  device settings → [prepare drivers] → start scan */
import type { DeviceSettings } from "./device-settings.ts";

/** Of enabled devices only, each driver once. Never rejects: what does not load now is told by every connect of the device. */
export async function prepareDrivers(devices: readonly Pick<DeviceSettings, "driver" | "enabled">[]): Promise<void> {
  const drivers = new Set(devices.filter(({ enabled }) => enabled).map(({ driver }) => driver));
  await Promise.allSettled([...drivers].map((driver) => driver.prepare?.()));
}
