/** Whether each device is connected, since when, and if not, why not.
 *  keep connected, unit liveness → [device states] → status announcements, console, log */
import type { Clock, Log } from "@nonreturn/station";
import type { DeviceStatus } from "@nonreturn/wire-format";

export class DeviceStates {
  readonly #statuses = new Map<string, DeviceStatus>();
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #onChange: (status: DeviceStatus) => void;

  /** @param onChange  called with every change of state or reason; must not throw. */
  constructor(clock: Clock, log: Log, onChange: (status: DeviceStatus) => void) {
    this.#clock = clock;
    this.#log = log;
    this.#onChange = onChange;
  }

  /** `since` stays while only the reason changes. */
  set(device: string, state: DeviceStatus["state"], reason: string): void {
    const known = this.#statuses.get(device);
    if (known?.state === state && known.reason === reason) return;
    const since = known?.state === state ? known.since : this.#clock.nowUtcMicros();
    const status: DeviceStatus = { device, state, reason, since };
    this.#statuses.set(device, status);
    if (known?.state !== state) {
      const about = reason === "" ? { device } : { device, reason };
      this.#log[state === "failed" ? "warn" : "info"](about, `device ${state}`);
    }
    this.#onChange(status);
  }

  /** It is configured no more. */
  forget(device: string): void {
    if (this.#statuses.delete(device)) this.#log.info({ device }, "device removed");
  }

  /** In the order in which devices were first set. */
  all(): readonly DeviceStatus[] {
    return [...this.#statuses.values()];
  }
}
