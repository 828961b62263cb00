/** Scans the devices of one channel, each tag in its scan class, one request after the other.
 *  channel's clock → [polling channel] → driver.read → report scan */
import { type Clock, type Log, StationError, sleep } from "@nonreturn/station";
import { StatusCode } from "@nonreturn/wire-format";
import type { PollingDriver, ReadPlan } from "../drivers/driver.ts";
import type { BackOff } from "./back-off.ts";
import type { DeviceStates } from "./device-states.ts";
import { type Connected, keepConnected, UNREAD_PERIOD_MS } from "./keep-connected.ts";
import { Lateness } from "./lateness.ts";
import type { ReportScan } from "./report-scan.ts";
import { UnitLiveness } from "./unit-liveness.ts";
import { withDeadline } from "./with-deadline.ts";

/** A read longer than this is a driver that hangs; drivers have time-outs of their own. */
const READ_DEADLINE_MS = 300_000;

/** Once every unit was silent for so many reads, the connection is taken for dead: a device that lost power never says so. */
const SILENT_READS = 3;

export interface PolledDevice {
  readonly name: string;
  readonly driver: PollingDriver;
  readonly units: readonly PolledUnit[];
}

/** Tags that answer or fall silent together. */
export interface PolledUnit {
  readonly name: string;
  readonly groups: readonly { readonly periodMs: number; readonly plan: ReadPlan }[];
}

/** Counts from the start of the station. */
export interface ChannelCounts {
  readonly scans: number;
  /** Scans that were due while an earlier one still ran. They are left out, never made up for. */
  readonly scansMissed: number;
  /** Scans of a silent unit that was not asked. */
  readonly scansSpared: number;
  readonly connects: number;
  readonly failures: number;
}

interface Group {
  readonly device: Pick<PolledDevice, "name" | "driver">;
  /** All units of the device, this group's among them. */
  readonly siblings: readonly UnitLiveness[];
  readonly unit: UnitLiveness;
  readonly plan: ReadPlan;
  readonly periodMs: number;
  dueMs: number;
}

export interface ChannelSurroundings {
  readonly clock: Clock;
  readonly log: Log;
  readonly backOff: BackOff;
  readonly states: DeviceStates;
  readonly reportScan: ReportScan;
}

/** One connection, one clock of its own: nothing here waits for another channel. */
export class PollingChannel implements Connected {
  readonly name: string;
  readonly lateness = new Lateness();
  readonly drivers: readonly PollingDriver[];
  readonly backOff: BackOff;
  readonly #devices: readonly string[];
  readonly #groups: readonly Group[];
  readonly #surroundings: ChannelSurroundings;
  #scans = 0;
  #scansMissed = 0;
  #scansSpared = 0;
  #connects = 0;
  #failures = 0;

  constructor(name: string, devices: readonly PolledDevice[], surroundings: ChannelSurroundings) {
    this.name = name;
    this.drivers = devices.map(({ driver }) => driver);
    this.backOff = surroundings.backOff;
    this.#devices = devices.map(({ name }) => name);
    this.#surroundings = surroundings;
    const sharing = devices.reduce((units, device) => units + device.units.length, 0) > 1 ? "shared" : "alone";
    this.#groups = devices.flatMap((device) => {
      const { name, driver } = device;
      const siblings = device.units.map(({ name }) => new UnitLiveness(name, sharing));
      return device.units.flatMap(({ groups }, index) =>
        groups.map(({ periodMs, plan }) => ({
          device: { name, driver },
          siblings,
          unit: siblings[index]!,
          plan,
          periodMs,
          dueMs: 0,
        })),
      );
    });
  }

  get counts(): ChannelCounts {
    return {
      scans: this.#scans,
      scansMissed: this.#scansMissed,
      scansSpared: this.#scansSpared,
      connects: this.#connects,
      failures: this.#failures,
    };
  }

  /** Tags that their driver cannot read, and requests of one scan of everything. */
  get plans(): readonly { readonly device: string; readonly plan: ReadPlan; readonly periodMs: number }[] {
    return this.#groups.map(({ device, plan, periodMs }) => ({ device: device.name, plan, periodMs }));
  }

  /** Resolves when stopped. Never rejects. */
  run(signal: AbortSignal): Promise<void> {
    return keepConnected(this, this.#surroundings.clock, this.#surroundings.log, signal);
  }

  onConnecting(): void {
    // A device that failed stays failed until it is connected: its state does not flicker with every attempt.
    if (this.#failures === 0) this.#setStates("connecting", "");
  }

  onConnected(): void {
    this.#connects++;
    const now = this.#surroundings.clock.monotonicMs();
    for (const group of this.#groups) {
      group.unit.forget();
      group.dueMs = now;
    }
    this.#setStates("connected", "");
  }

  onFailed(reason: string): void {
    this.#failures++;
    this.#setStates("failed", reason);
  }

  whileFailed(): void {
    for (const { plan } of this.#groups)
      this.#surroundings.reportScan.unread(plan.tagIds, StatusCode.BadNoCommunication, UNREAD_PERIOD_MS);
  }

  async work(signal: AbortSignal): Promise<void> {
    const { clock } = this.#surroundings;
    while (!signal.aborted) {
      const group = this.#nextDue();
      const waitMs = group === undefined ? 3_600_000 : group.dueMs - clock.monotonicMs();
      if (waitMs > 0) {
        await sleep(clock, waitMs, signal);
        if (signal.aborted) return;
      }
      if (group !== undefined) await this.#scan(group, signal);
    }
  }

  #nextDue(): Group | undefined {
    let next: Group | undefined;
    for (const group of this.#groups) if (next === undefined || group.dueMs < next.dueMs) next = group;
    return next;
  }

  async #scan(group: Group, signal: AbortSignal): Promise<void> {
    const { clock, reportScan } = this.#surroundings;
    const { plan, unit, periodMs } = group;
    const startMs = clock.monotonicMs();
    const lateMs = Math.max(0, startMs - group.dueMs);
    const missed = Math.floor(lateMs / periodMs);
    group.dueMs += (missed + 1) * periodMs;
    if (!unit.mayBeAsked(startMs)) {
      this.#scansSpared++;
      reportScan.unread(plan.tagIds, unit.statusCode, periodMs);
      return;
    }
    this.#scans++;
    this.#scansMissed += missed;
    this.lateness.observe(lateMs);
    const samples = await withDeadline(clock, READ_DEADLINE_MS, signal, (own) => group.device.driver.read(plan, own));
    if (samples.count !== plan.tagIds.length) throw wrongCount(samples.count, plan.tagIds.length);
    const endMs = clock.monotonicMs();
    unit.observe(samples, plan.refused.length, endMs - startMs, endMs);
    if (!unit.isSilent) this.backOff.reset();
    reportScan.read(samples, periodMs);
    this.#judge(group);
  }

  /** After a read: is its device alive, and is the connection? @throws {StationError} DEVICE_SILENT */
  #judge({ device, siblings, unit }: Group): void {
    const { states } = this.#surroundings;
    const silent = siblings.filter(({ isSilent }) => isSilent);
    if (silent.length === 0 || silent.length < siblings.length) states.set(device.name, "connected", "");
    else states.set(device.name, "failed", `${silent.map(({ name }) => name).join(", ")} does not answer`);
    if (unit.silentReads < SILENT_READS) return;
    if (this.#groups.every((group) => group.unit.silentReads >= SILENT_READS)) throw deviceSilent();
  }

  #setStates(state: "connecting" | "connected" | "failed", reason: string): void {
    for (const name of this.#devices) this.#surroundings.states.set(name, state, reason);
  }
}

function deviceSilent(): StationError {
  return new StationError({
    code: "DEVICE_SILENT",
    what: `the connection stands, but nothing answered ${SILENT_READS} reads in a row`,
    action: "Check that the device runs and that the unit ids are right. The station reconnects by itself.",
  });
}

function wrongCount(got: number, planned: number): StationError {
  return new StationError({
    code: "DRIVER_FAULT",
    what: `the driver returned ${got} samples for ${planned} tags`,
    action: "Report it: a driver must return one sample per planned tag.",
  });
}
