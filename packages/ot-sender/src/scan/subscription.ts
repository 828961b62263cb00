/** Runs a device that delivers by itself: OPC UA, MQTT and the like.
 *  driver.subscribe → [subscription] → report scan */
import { type Clock, type Log, StationError } from "@nonreturn/station";
import { StatusCode } from "@nonreturn/wire-format";
import type { ReadPlan, SubscribingDriver } from "../drivers/driver.ts";
import type { BackOff } from "./back-off.ts";
import type { DeviceStates } from "./device-states.ts";
import { type Connected, keepConnected, UNREAD_PERIOD_MS } from "./keep-connected.ts";
import type { ChannelSurroundings } from "./polling-channel.ts";
import type { ReportScan } from "./report-scan.ts";

/** Unchanged values are looked at so often for their maximum silence. */
const SILENCE_PERIOD_MS = 1000;

/** One device, one connection. */
export class Subscription implements Connected {
  readonly name: string;
  readonly drivers: readonly SubscribingDriver[];
  readonly backOff: BackOff;
  readonly plan: ReadPlan;
  readonly #driver: SubscribingDriver;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #states: DeviceStates;
  readonly #reportScan: ReportScan;
  #connects = 0;
  #failures = 0;

  /** @param name  of the device. */
  constructor(name: string, driver: SubscribingDriver, plan: ReadPlan, surroundings: ChannelSurroundings) {
    this.name = name;
    this.drivers = [driver];
    this.backOff = surroundings.backOff;
    this.plan = plan;
    this.#driver = driver;
    this.#clock = surroundings.clock;
    this.#log = surroundings.log;
    this.#states = surroundings.states;
    this.#reportScan = surroundings.reportScan;
  }

  get connects(): number {
    return this.#connects;
  }

  get failures(): number {
    return this.#failures;
  }

  /** See SubscribingDriver. */
  get dropped(): ReadonlyMap<string, number> | undefined {
    return this.#driver.dropped;
  }

  /** Resolves when stopped. Never rejects. */
  run(signal: AbortSignal): Promise<void> {
    return keepConnected(this, this.#clock, this.#log, signal);
  }

  onConnecting(): void {
    if (this.#failures === 0) this.#states.set(this.name, "connecting", "");
  }

  onConnected(): void {
    this.#connects++;
    this.#states.set(this.name, "connected", "");
  }

  onFailed(reason: string): void {
    this.#failures++;
    this.#states.set(this.name, "failed", reason);
  }

  whileFailed(): void {
    this.#reportScan.unread(this.plan.tagIds, StatusCode.BadNoCommunication, UNREAD_PERIOD_MS);
  }

  async work(signal: AbortSignal): Promise<void> {
    for (const { tagId, statusCode } of this.plan.refused)
      this.#reportScan.unread([tagId], statusCode, SILENCE_PERIOD_MS);
    const cancel = this.#clock.every(SILENCE_PERIOD_MS, () =>
      this.#reportScan.repeatSilent(this.plan.tagIds, SILENCE_PERIOD_MS),
    );
    let ended = false;
    try {
      await Promise.race([
        this.#driver.subscribe(
          this.plan,
          (samples) => {
            if (ended) return; // a driver that still delivers after its connection was given up
            this.backOff.reset();
            this.#reportScan.delivered(samples, SILENCE_PERIOD_MS);
          },
          signal,
        ),
        aborted(signal),
      ]);
    } finally {
      ended = true;
      cancel();
    }
  }
}

/** A driver that does not reject when told to stop does not keep the station. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const give = (): void =>
      reject(
        new StationError({
          code: "READ_ABORTED",
          what: "reading was given up",
          action: "Nothing: the station is stopping.",
        }),
      );
    if (signal.aborted) give();
    else signal.addEventListener("abort", give, { once: true });
  });
}
