/** What one measurement of the reading side reads: simulated devices, the station's devices for them, and the fewest requests it takes.
 *  section → [field case] → simulator, OT station, Node-RED */

export interface FieldCase {
  readonly name: string;
  readonly devices: number;
  readonly tagsPerDevice: number;
  readonly scanPeriodMs: number;
  /** moving: every value changes from scan to scan. still: none does. */
  readonly motion: "moving" | "still";
  readonly protocol: FieldProtocol;
  /** What Node-RED does beside it. */
  readonly beside: readonly NodeRedFlow[];
}

/**
 * reads: its nodes read, and what they read is dropped: registers, not tags.
 * tags: a message per tag, and only those that say something new, which is what the OT station does before it journals.
 */
export type NodeRedFlow = "reads" | "tags";

export interface FieldProtocol {
  /** A device of the scenario, without its name. */
  simulated(tags: number, signal: object): object;
  /** A device of the OT station, without its name and its path. */
  read(tags: number, port: number): object;
  /** Requests for all tags of one device, if every one of them is as full as the protocol and the device let it be. */
  leastRequests(tags: number): number;
  readonly nodeRed?: NodeRedNodes;
}

/** The same reading by Node-RED's usual nodes. */
export interface NodeRedNodes {
  nodesOf(place: NodeRedPlace): readonly object[];
  /** Of a function node: makes of `msg` an array with a message per tag. */
  readonly split: string;
}

export interface NodeRedPlace {
  readonly device: string;
  readonly port: number;
  readonly tags: number;
  readonly scanPeriodMs: number;
  /** The node where messages go. */
  readonly next: string;
}

/** 0 to 30,000 in five minutes: another value every 10 ms, which fits 16 bits. */
const MOVING = { kind: "ramp", from: 0, to: 30_000, period: "300s" };
const STILL = { kind: "constant", value: 1234 };

export const deviceName = (index: number): string => `plc-${index}`;

export function scenarioOf({ devices, tagsPerDevice, motion, protocol }: FieldCase): object {
  const signal = motion === "moving" ? MOVING : STILL;
  return {
    seed: 1,
    plant: {
      devices: Array.from({ length: devices }, (_, index) => ({
        name: deviceName(index),
        ...protocol.simulated(tagsPerDevice, signal),
      })),
    },
  };
}

/** @param ports  by device name. */
export function stationDevices(
  { devices, tagsPerDevice, protocol }: FieldCase,
  ports: ReadonlyMap<string, number>,
): object[] {
  return Array.from({ length: devices }, (_, index) => {
    const name = deviceName(index);
    return { name, path: `bench/${name}`, ...protocol.read(tagsPerDevice, ports.get(name)!) };
  });
}
