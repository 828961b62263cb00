/** The contract of a protocol: what a folder plant/<protocol>/ offers, so that signals, faults, truth and the TCP front are the same for all.
 *  device section → [simulated device] → startPlant → TCP front → reader */
import type { Clock, HostPort } from "@nonreturn/station";
import type { SignalSettings } from "../scenario/signal-section.ts";
import type { HeldType } from "./held-value.ts";
import type { Signal } from "./signals/signal.ts";
import type { Truth } from "./truth.ts";

/** A mistake of a device that no single key shows. `path` starts at the device. */
export interface DeviceMistake {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** @typeParam Settings  the device section of this protocol. @typeParam ServerFault  its own faults, beside those of the TCP front. */
export interface Protocol<Settings, ServerFault> {
  /** What stands behind `protocol:`. */
  readonly name: string;
  /** Kinds of its own faults; no two protocols share one. */
  readonly faultKinds: readonly string[];
  findMistakes(device: Settings): readonly DeviceMistake[];
  /** Listens on a free port of the loopback interface. @throws {StationError} SOCKET_CANNOT_LISTEN, CONFIG_RECORDING; nothing is left running then. */
  start(device: Settings, surroundings: DeviceSurroundings): Promise<SimulatedDevice<ServerFault>>;
}

export interface DeviceSurroundings {
  readonly clock: Clock;
  /** The clock's monotonic time at which the scenario began. */
  readonly originMs: number;
  readonly truth: Truth;
  /** A signal of the device by name, or one of its own. @param randomness  see buildSignal. */
  signalOf(signal: string | SignalSettings, type: HeldType, randomness: string, copy: number): Signal;
}

export interface SimulatedDevice<ServerFault> {
  /** Where the front finds it: loopback. */
  readonly inner: HostPort;
  /** Takes effect with the next request. */
  setFaults(faults: readonly ServerFault[]): void;
  statistics(): ServerStatistics;
  close(): Promise<void>;
}

export interface ServerStatistics {
  /** Read requests that reached the server, answered or not. */
  readonly requests: number;
  readonly valuesServed: number;
  /** Refusals answered, by the protocol's code. */
  readonly exceptions: Readonly<Record<string, number>>;
  /** Requests that would write, all refused. */
  readonly writesRefused: number;
  /** Requests left unanswered because a fault says so. */
  readonly leftUnanswered: number;
}

/** When the device's values change: the start of its current cycle, in scenario time. */
export function cycleStartMs({ clock, originMs }: DeviceSurroundings, cycleMs: number): number {
  return Math.max(0, Math.floor((clock.monotonicMs() - originMs) / cycleMs) * cycleMs);
}
